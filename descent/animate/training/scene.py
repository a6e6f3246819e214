"""The scene of training runs: their path on the slice, and beside it loss, rate and sharpness on the same clock."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from manim import DR, VGroup, VMobject

from descent.animate.training.measured import LIMIT, Measured, measured
from descent.animate.training.story import TrainingStory
from descent.animate.training.study import Study, read_study
from descent.film.narration import TimingTable
from descent.record.claims import Claim
from descent.record.outcomes import outcome
from descent.record.surfaces import Array
from descent.record.trajectories import Trajectory
from descent.stage.geometry import Box, clip, dashed, joined
from descent.stage.panels.step_panel import Panel, Series, StepPanel, stacked
from descent.stage.scene.comparison import ComparisonScene
from descent.stage.scene.ground import Map
from descent.stage.scene.lecture import LectureScene
from descent.stage.text import PX, SMALL, Label
from descent.stage.theme import current_theme

_BETWEEN = 0.12  # panels
_DASH = (0.1, 0.08)


def scene_of(file: Path, name: str, module: str) -> type[LectureScene]:
    """The scene class of a study.

    Args:
        file: The study.
        name: What the class is called.
        module: The module that it is to belong to.
    """
    study = read_study(file)
    story = TrainingStory(study.trajectories, study=study)
    title = study.title or story.title()
    told = {
        "__module__": module,
        "__doc__": title,
        "title": title,
        "study": study,
        "runs": [trajectory.run for trajectory in study.trajectories],
        "ground": Map(),
        "claims": claims(study, story),
        "beats": story.beats(),
    }
    found: type[LectureScene] = type(name, (TrainingScene,), told)
    return found


def claims(study: Study, story: TrainingStory) -> list[Claim]:
    """A claim for each run's ending, on its record."""

    def check(trajectory: Trajectory, told: str) -> Claim:
        return Claim(told, (), lambda: outcome(trajectory, most=0).told in told)

    return [
        check(trajectory, f"{name} {each.told}{each.detail}.")
        for name, each, trajectory in zip(story.names, story.outcomes, study.trajectories, strict=True)
    ]


class TrainingScene(ComparisonScene):
    """A scene made from a study."""

    study: Study

    def setup(self) -> None:
        """As any film's, but how long the lines take comes with the study; the clock begins where the runs do."""
        super().setup()
        self._timing = TimingTable(self.study.seconds, self.study.words)
        self.clock.set_value(min(float(course.at[0]) for course in self.study.courses))

    def records(self) -> list[Trajectory]:
        """The runs, as they were recorded."""
        return self.study.trajectories

    def make_panels(self, upper: Box, lower: Box) -> Sequence[Panel]:
        """Loss; learning rate and sharpness, where they are known; and how far off the plane the runs are."""
        courses, steps = self.study.courses, self.steps
        whole = Box(upper.left, upper.right, lower.bottom, upper.top)
        made: list[tuple[str, Sequence[Series], bool]] = [("loss", self.losses(), False)]
        if all(course.lr.size for course in courses):
            rates = [Series(course.lr, k, stairs=True, at=course.lr_at) for k, course in enumerate(courses)]
            made.append(("learning rate", rates, True))
        more = {each.name: each for each in measured(courses)}
        for name, each in more.items():
            curves = enumerate(zip(each.values, each.at, strict=True))
            made.append((name, [Series(values, k, at=at) for k, (values, at) in curves], True))
        boxes = _split(whole, len(made))
        makers = [
            lambda gutter, name=name, series=series, zero=zero, box=box, last=last: _panel(
                name, series, steps, box, zero, last, gutter, more[name].ceiling if name in more else None
            )
            for (name, series, zero), box, last in zip(made, boxes, [False] * (len(made) - 1) + [True], strict=True)
        ]
        panels = stacked(*makers)
        for panel, (name, _, _) in zip(panels, made, strict=True):
            if name in more and more[name].limits:
                panel.add(_limits(panel, more[name]))
        return panels

    def lay_out(self) -> None:
        """The board, with what the plane holds written on the map."""
        super().lay_out()
        (_, right), (low, _) = self.study.surface.domain
        self.board.map.add(self.board.map.tag(self.study.holds, (right, low), DR * (1, -1, 0)))


def _split(box: Box, count: int) -> list[Box]:
    """A box in panels above each other: the first is half as high again as others, the last has the steps under it."""
    foot = 1.35 * SMALL * PX
    each = (box.height - foot - _BETWEEN * (count - 1)) / (count + 0.5)
    tops, found = box.top, []
    for k in range(count):
        height = each * (1.5 if k == 0 else 1) + (foot if k == count - 1 else 0)
        found.append(Box(box.left, box.right, tops - height, tops))
        tops -= height + _BETWEEN
    return found


def _panel(
    name: str,
    series: Sequence[Series],
    steps: int,
    box: Box,
    from_zero: bool,
    last: bool,
    gutter: float,
    ceiling: float | None,
) -> StepPanel:
    return StepPanel(name, series, steps, box, None, from_zero, last, gutter, ceiling)


def _limits(panel: StepPanel, bent: Measured) -> VGroup:
    """Dashed lines where steps become unstable, each in its run's colour."""
    found, theme = VGroup(), current_theme()
    seen: list[Array] = []
    for k, (limit, steps) in enumerate(zip(bent.limits, bent.at, strict=True)):
        known = np.isfinite(limit)
        if known.sum() < 2:
            continue
        placed = panel.place(np.stack([steps[known], limit[known]], axis=1))
        line = VMobject(stroke_color=theme.ink if bent.alike else theme.runs[k], stroke_width=2.0)
        pieces = [part for piece in clip(placed, panel.box) for part in dashed(piece, *_DASH)]
        if pieces:
            found.add(line.set_points(joined(pieces)))
            seen.append(placed)
    if seen:
        word = Label(LIMIT, SMALL, theme.soft)
        found.add(word.sit((panel.box.right, panel.box.top + 0.28 * SMALL * PX, 0), 1))
    return found
