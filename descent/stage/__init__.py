"""The Manim side: what a scene file imports. Everything drawn is a pure function of the step and of recorded arrays."""

from descent.look.opengl.camera import View
from descent.look.palette import DARK, LIGHT, Theme, find_theme
from descent.stage.basin_map import basin
from descent.stage.closeup import Closeup, named_arrows
from descent.stage.comparison import ComparisonScene
from descent.stage.faults import tell_mistakes_plainly
from descent.stage.fit_scene import FitScene
from descent.stage.geometry import Box
from descent.stage.layout import MARGIN, SAFE
from descent.stage.lecture import LectureScene
from descent.stage.legend import swatch
from descent.stage.loss_map import LossMap
from descent.stage.panels import Series, StepPanel, stacked
from descent.stage.run_marks import RunMarks
from descent.stage.run_scene import Beat
from descent.stage.side_by_side import SideBySideScene
from descent.stage.sweep_panel import SweepPanel
from descent.stage.terrain import OVERVIEW, Fly, Terrain
from descent.stage.terrain_run import TerrainRun
from descent.stage.terrain_scene import LandscapeScene
from descent.stage.text import BODY, NOTE, SMALL, TITLE, Label, Readout, maths, number, paragraph
from descent.stage.theme import current_theme, use_theme_of_environment
from descent.stage.vectors import arrow, momentum_arrows, momentum_parts, step_lengths

__all__ = [
    "BODY",
    "DARK",
    "LIGHT",
    "MARGIN",
    "NOTE",
    "OVERVIEW",
    "SAFE",
    "SMALL",
    "TITLE",
    "Beat",
    "Box",
    "Closeup",
    "ComparisonScene",
    "FitScene",
    "Fly",
    "Label",
    "LandscapeScene",
    "LectureScene",
    "LossMap",
    "Readout",
    "RunMarks",
    "Series",
    "SideBySideScene",
    "StepPanel",
    "SweepPanel",
    "Terrain",
    "TerrainRun",
    "Theme",
    "View",
    "arrow",
    "basin",
    "current_theme",
    "find_theme",
    "maths",
    "momentum_arrows",
    "momentum_parts",
    "named_arrows",
    "number",
    "paragraph",
    "stacked",
    "step_lengths",
    "swatch",
]

tell_mistakes_plainly()
use_theme_of_environment()
