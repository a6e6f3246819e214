"""The Manim side: what a scene file imports. Everything drawn is a pure function of the step and of recorded arrays."""

import sys

from descent.base.numbers import number
from descent.look.opengl.camera import View
from descent.look.palette import DARK, LIGHT, Theme, find_theme
from descent.stage.clock import OnClock
from descent.stage.geometry import FRAME, MARGIN, SAFE, Box
from descent.stage.landscape.run import TerrainRun
from descent.stage.landscape.terrain import OVERVIEW, Fly, Terrain
from descent.stage.maps.arrows import arrow, momentum_arrows, momentum_parts, step_lengths
from descent.stage.maps.basin_map import basin, growing
from descent.stage.maps.closeup import Closeup, named_arrows
from descent.stage.maps.cloud import Cloud
from descent.stage.maps.loss_map import LossMap, crop
from descent.stage.maps.run_marks import RunMarks
from descent.stage.maps.settings_map import LossTint, SettingsMap
from descent.stage.maps.step_arrows import FieldArrows, StepEllipse, chain
from descent.stage.maps.theory import Bands, ErrorParts, PhasePanel, bands_panel, direction_colours
from descent.stage.panels.batch_points import BatchPoints
from descent.stage.panels.decision import DecisionPanel
from descent.stage.panels.fit import FitPanel
from descent.stage.panels.graph import Graph, GraphPanel, grown
from descent.stage.panels.legend import StepReadout, swatch
from descent.stage.panels.loss_by_rate import LossByRate
from descent.stage.panels.marks import DottedCurve, FiringMarks, best_so_far, level
from descent.stage.panels.outcome_by_setting import OutcomeBySetting
from descent.stage.panels.per_parameter import ParameterPanel
from descent.stage.panels.schedule_grid import schedule_grid
from descent.stage.panels.step_panel import Series, StepPanel, stacked
from descent.stage.plain_errors import tell_mistakes_plainly
from descent.stage.scene.basins import BasinScene
from descent.stage.scene.board import Board
from descent.stage.scene.comparison import ComparisonScene
from descent.stage.scene.ground import Fit, Landscape, Map
from descent.stage.scene.layout import compose
from descent.stage.scene.lecture import PAUSE, LectureScene
from descent.stage.scene.runs import Beat, RecordedScene, RunScene
from descent.stage.scene.side_by_side import SideBySideScene
from descent.stage.shapes import dots
from descent.stage.text import BODY, NOTE, PX, SMALL, TITLE, Label, Readout, maths, paragraph, rows
from descent.stage.theme import current_theme, use_theme_of_environment

__all__ = [
    "BODY",
    "DARK",
    "FRAME",
    "LIGHT",
    "MARGIN",
    "NOTE",
    "OVERVIEW",
    "PAUSE",
    "PX",
    "SAFE",
    "SMALL",
    "TITLE",
    "Bands",
    "BasinScene",
    "BatchPoints",
    "Beat",
    "Board",
    "Box",
    "Closeup",
    "Cloud",
    "ComparisonScene",
    "DecisionPanel",
    "DottedCurve",
    "ErrorParts",
    "FieldArrows",
    "FiringMarks",
    "Fit",
    "FitPanel",
    "Fly",
    "Graph",
    "GraphPanel",
    "Label",
    "Landscape",
    "LectureScene",
    "LossByRate",
    "LossMap",
    "LossTint",
    "Map",
    "OnClock",
    "OutcomeBySetting",
    "ParameterPanel",
    "PhasePanel",
    "Readout",
    "RecordedScene",
    "RunMarks",
    "RunScene",
    "Series",
    "SettingsMap",
    "SideBySideScene",
    "StepEllipse",
    "StepPanel",
    "StepReadout",
    "Terrain",
    "TerrainRun",
    "Theme",
    "View",
    "arrow",
    "bands_panel",
    "basin",
    "best_so_far",
    "chain",
    "compose",
    "crop",
    "current_theme",
    "direction_colours",
    "dots",
    "find_theme",
    "growing",
    "grown",
    "level",
    "maths",
    "momentum_arrows",
    "momentum_parts",
    "named_arrows",
    "number",
    "paragraph",
    "rows",
    "schedule_grid",
    "stacked",
    "step_lengths",
    "swatch",
]

if "manim.cli.render.commands" in sys.modules:
    # Manim's own command is rendering the file that imports this. Nobody else finds anything changed by the import.
    tell_mistakes_plainly()
    use_theme_of_environment()
