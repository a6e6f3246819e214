"""One slow step under the lens: a piece of the map enlarged, with the step's parts as arrows and in formulas."""

from collections.abc import Sequence

from manim import DOWN, LEFT, Arrow, Group, Rectangle, VGroup

from descent.record.trajectories import Trajectory
from descent.stage.geometry import Box
from descent.stage.maps.loss_map import LossMap, crop
from descent.stage.maps.run_marks import RunMarks
from descent.stage.text import BODY, Label, rows
from descent.stage.theme import current_theme


def lens(trajectory: Trajectory, step: int, box: Box, width: float) -> LossMap:
    """An enlarged map around one step, in the proportions of a box.

    Args:
        trajectory: The run.
        step: The step to look at; the map is centred between its two iterates.
        box: Where the enlargement is drawn; it fills it.
        width: Width of the piece in parameter units.

    Returns:
        The map, without numbers.
    """
    surface = trajectory.run.surface
    middle = trajectory.params[step] + trajectory.update[step] / 2
    return LossMap(crop(surface, middle, width, box), box, axes=False, levels=14, best=surface.global_minimum)


class Closeup(Group):
    """A lens on one step: outline on the map, enlarged map with the path so far, and named arrows.

    Attributes:
        outline: Where the lens lies on the map.
        picture: The enlarged map, its minima, and the run as it is before the step.
        marks: That run, which may follow the clock.
        arrows: The step's parts, in the order given by ``parts``.
        names: One row per part: arrow and words.

    Args:
        trajectory: The run.
        step: The step.
        index: Position of the run among those compared.
        on: The map the lens is held over.
        box: Where the enlargement goes; the names stand to its right.
        width: Width of the piece in parameter units.
    """

    def __init__(
        self, trajectory: Trajectory, step: int, index: int, on: LossMap, box: Box, width: float = 2.7
    ) -> None:
        theme = current_theme()
        self.map = lens(trajectory, step, box, width)
        (x0, x1), (y0, y1) = self.map.surface.domain
        corners = on.to_frame([(x0, y0), (x1, y1)])
        self.outline = Rectangle(
            width=corners[1, 0] - corners[0, 0],
            height=corners[1, 1] - corners[0, 1],
            stroke_color=theme.ink,
            stroke_width=2.5,
        ).move_to(corners.mean(axis=0))
        self.marks = RunMarks(trajectory, self.map, index, size=1.5).at_step(step)
        self.picture = Group(self.map, self.map.minimum_marks().scale(1.5), self.marks)
        super().__init__(self.outline, self.picture)


def named_arrows(parts: Sequence[tuple[str, str]], left: float, top: float) -> VGroup:
    """A list of arrows with words: (words, colour) per row, from a top left corner down."""
    names = []
    for words, colour in parts:
        icon = Arrow(LEFT * 0.3, -LEFT * 0.3, buff=0, color=colour, stroke_width=5, tip_length=0.16)
        label = Label(words, BODY)
        label.sit((0.5, -0.1, 0), -1)
        names.append(VGroup(icon, label))
    listing = rows(names, 0.2)
    listing.move_to((left, top, 0), aligned_edge=LEFT - DOWN)
    return listing
