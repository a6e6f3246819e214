"""The Manim side: what a scene file imports. Everything drawn is a pure function of the step and of recorded arrays."""

from descent.base.numbers import number
from descent.look.opengl.camera import View
from descent.look.palette import DARK, LIGHT, Theme, find_theme
from descent.stage.geometry import MARGIN, SAFE, Box
from descent.stage.landscape.run import TerrainRun
from descent.stage.landscape.terrain import OVERVIEW, Fly, Terrain
from descent.stage.maps.arrows import arrow, momentum_arrows, momentum_parts, step_lengths
from descent.stage.maps.basin_map import basin
from descent.stage.maps.closeup import Closeup, named_arrows
from descent.stage.maps.loss_map import LossMap
from descent.stage.maps.run_marks import RunMarks
from descent.stage.panels.legend import swatch
from descent.stage.panels.outcome_by_setting import SweepPanel
from descent.stage.panels.step_panel import Series, StepPanel, stacked
from descent.stage.plain_errors import tell_mistakes_plainly
from descent.stage.scene.comparison import ComparisonScene
from descent.stage.scene.fit import FitScene
from descent.stage.scene.landscape import LandscapeScene
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.runs import Beat
from descent.stage.scene.side_by_side import SideBySideScene
from descent.stage.text import BODY, NOTE, SMALL, TITLE, Label, Readout, maths, paragraph
from descent.stage.theme import current_theme, use_theme_of_environment

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
