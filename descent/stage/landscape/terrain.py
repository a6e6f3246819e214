"""The landscape on stage: a loss surface as a block of land under a flying camera, used as a loss map is."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from manim import DOWN, Group, Scene, ValueTracker, VGroup, config, rate_functions
from manim.animation.animation import Animation
from manim.mobject.types.image_mobject import AbstractImageMobject
from manim.utils.family import extract_mobject_family_members

from descent.look.opengl.camera import Flight, View, Window, fitted, project
from descent.look.opengl.colours import ink_of
from descent.look.opengl.land import Land, land_of
from descent.look.opengl.shot import Running, Shot
from descent.record.surfaces import Surface
from descent.stage.clock import OnClock
from descent.stage.geometry import FRAME, Box, Floats
from descent.stage.landscape.marks import LossScale, tied
from descent.stage.shapes import chip
from descent.stage.theme import current_theme

OVERVIEW = View(azimuth=34.0, elevation=40.0, distance=4.0)
"""Where a landscape is seen from unless its film says otherwise: near corner ahead, all pits open to the eye."""

_SCALE = 0.45  # room that the scale takes at the left of the box


class OnLand(OnClock):
    """Something that the landscape's picture shows; it fades like any mobject, and is there while it is in the scene.

    Attributes:
        step: The step it shows.
    """

    step = 0.0

    def __init__(self) -> None:
        super().__init__(fill_opacity=1.0)  # what Manim's fades scale

    @property
    def opacity(self) -> float:
        """How much of it is there, 0..1."""
        return float(self.fill_rgbas[0, 3])

    def at_step(self, step: float) -> "OnLand":
        """Show it at a step."""
        self.step = float(step)
        return self

    def shown(self) -> Running:
        """What the renderer draws of it now."""
        raise NotImplementedError


class Cast:
    """Who may be in the picture: what is in a scene, or without one all that was made for the land.

    It has slots, since Manim's cache writes every ``__dict__`` it meets out as text.
    """

    __slots__ = ("made", "scene")

    def __init__(self) -> None:
        self.made: list[OnLand] = []
        self.scene: Scene | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Cast":
        return self

    def __iter__(self) -> Iterator[OnLand]:
        if self.scene is None:
            return iter(self.made)
        there = {id(part) for part in extract_mobject_family_members(self.scene.mobjects)}
        return (each for each in self.made if id(each) in there)


class TerrainPicture(AbstractImageMobject):
    """The picture of a landscape: nothing is kept of it, it is drawn when it is asked for.

    Attributes:
        tint: ``[1, 4]``; its last number is the picture's opacity, which fades scale.
    """

    def __init__(self, terrain: "Terrain") -> None:
        self._terrain = terrain
        self.tint = np.ones((1, 4))
        super().__init__(scale_to_resolution=0, z_index=-1)  # under everything else, though it moves
        self.stretch_to_fit_width(terrain.region.width).stretch_to_fit_height(terrain.region.height)
        self.move_to(terrain.region.centre)
        self.add_updater(lambda picture: picture)  # Manim redraws what has an updater

    def reset_points(self) -> "TerrainPicture":
        """The four corners of a unit square; Manim would draw the picture to find them."""
        self.points = np.array([(-1.0, 1, 0), (1, 1, 0), (-1, -1, 0), (1, -1, 0)])
        return self

    @property
    def digest(self) -> str:
        """Names the picture without drawing it: equal for equal pictures."""
        return f"{self._terrain.shot().key}{self.tint[0, 3]!r}{self.points.tobytes().hex()}"

    @property
    def pixel_array(self) -> npt.NDArray[np.uint8]:
        """RGBA, as large as its rectangle is in the film."""
        from descent.look.opengl.renderer import draw

        pixels = draw(self._terrain.shot())
        if self.tint[0, 3] == 1:
            return pixels
        faded = pixels.copy()
        faded[..., 3] = round(255 * float(self.tint[0, 3]))
        return faded

    def get_pixel_array(self) -> npt.NDArray[np.uint8]:  # type: ignore[override]  # Manim's type says int64
        """The same; what Manim's camera calls."""
        return self.pixel_array


class Terrain(Group):
    """A surface as a landscape; where a :class:`~descent.stage.maps.loss_map.LossMap` can stand, it can.

    Height is the logarithm of the loss above its minimum, as :func:`descent.look.relief.compress` gives it; contour
    lines and strata lie at round losses, which the scale at the edge numbers.

    Attributes:
        land: The ground, in world units.
        flight: The camera's path.
        place: How far along the flight the camera is; play ``terrain.place.animate.set_value(1)`` to fly.

    Args:
        surface: What to show, over its own view.
        box: Where the block stands in the frame.
        views: The camera's path, by default one view: the overview. ``fit`` helps to make views.
        region: The picture's rectangle, by default the whole frame: no edge is seen.
        best: The minimum that gets the star; the surface's own lowest by default.
        scale: Whether the losses of levels are written at the block's edge.
    """

    def __init__(
        self,
        surface: Surface,
        box: Box,
        views: Sequence[View] = (),
        region: Box = FRAME,
        best: tuple[float, float] | None = None,
        scale: bool = True,
    ) -> None:
        super().__init__()
        self.surface, self.box, self.region = surface, box, _on_pixels(region)
        region = self.region
        self.best = best or surface.global_minimum
        self.window = Window.of(
            (region.left, region.right, region.bottom, region.top), (box.left, box.right, box.bottom, box.top)
        )
        self.land: Land = land_of(surface)
        self._margin = _SCALE if scale else 0.0
        self.place = ValueTracker(0.0)
        self.fly(views or (self.fit(OVERVIEW),))
        self._cast = Cast()
        self.picture = TerrainPicture(self)
        self.add(self.picture)
        self.axes: VGroup = VGroup()
        if scale:
            self.axes = LossScale(self)
            self.add(self.axes)

    def fit(self, view: View, box: Box | None = None) -> View:
        """The view from its direction that shows the whole block in a box, by default the terrain's own."""
        room = box or Box(self.box.left + self._margin, self.box.right, self.box.bottom, self.box.top)
        return fitted(view, self.land, self.window, self._in_window(room))

    def middle(self, height: float = 0.0) -> tuple[float, float, float]:
        """The world point in the middle of the land, so much above the ground's mean height."""
        return (0.0, 0.0, float(self.land.heights.mean()) + height)

    def fly(self, views: Sequence[View]) -> None:
        """Set the camera's path; where the camera is along it stays as it is."""
        self.flight = Flight(tuple(views))
        self.digest = f"{self.land.digest}{self.flight!r}"  # what Manim's cache can read of all this

    def view(self) -> View:
        """Where the camera is now."""
        return self.flight.at(self.place.get_value(), self.land)

    def watch(self, scene: Scene) -> None:
        """From now on only what is in the scene is in the picture."""
        self._cast.scene = scene

    def to_frame(self, w: npt.ArrayLike, above: float = 0.0) -> Floats:
        """Positions in the frame of parameters (w1, w2) on the ground, as the camera sees them now.

        Args:
            w: Parameters, shape (2,) or (n, 2).
            above: Height above the ground, in world units.

        Returns:
            Points, shape (3,) or (n, 3).
        """
        return self.seen(self.land.on_ground(w) + np.array((0.0, 0.0, above)))

    def seen(self, points: npt.ArrayLike) -> Floats:
        """Positions in the frame of world points, shape (…, 3), as the camera sees them now."""
        found = project(points, self.view(), self.window)
        x = self.region.left + (found[..., 0] + 1) / 2 * self.region.width
        y = self.region.top - (found[..., 1] + 1) / 2 * self.region.height
        return np.stack([x, y, np.zeros_like(x)], axis=-1)

    def minimum_marks(self) -> VGroup:
        """Nothing: the pins at the minima belong to the picture, so that hills hide them."""
        return VGroup()

    def tag(self, text: str, w: Sequence[float], direction: npt.ArrayLike = DOWN, above: float = 0.0) -> VGroup:
        """A small label beside a point of the ground, which it follows through every move of the camera."""
        label = chip(text, self.box.width - 0.4)
        return tied(label, self, self.land.on_ground(w) + np.array((0.0, 0.0, above)), direction)

    def enroll(self, each: OnLand) -> None:
        """Take something into the picture's cast."""
        self._cast.made.append(each)

    def shot(self) -> Shot:
        """The picture that is to be drawn now."""
        theme = current_theme()
        per_unit = _per_unit()
        cast = [each.shown() for each in self._cast if each.opacity > 0]
        lowest_first = sorted(self.surface.minima, key=lambda minimum: minimum != self.best)
        return Shot(
            self.land,
            self.view(),
            self.window,
            (round(self.region.width * per_unit), round(self.region.height * per_unit)),
            ink_of(theme),
            tuple(lowest_first),
            cast,
        )

    def _in_window(self, box: Box) -> tuple[float, float, float, float]:
        half, x, y = self.box.height / 2, *self.box.centre[:2]
        return ((box.left - x) / half, (box.right - x) / half, (box.bottom - y) / half, (box.top - y) / half)


def _per_unit() -> float:
    """Pixels of the film in a frame unit."""
    return float(config.pixel_width) / FRAME.width


def _on_pixels(box: Box) -> Box:
    """The box with its edges between pixels of the film and inside it, so that a picture there is not resampled."""
    scale, width, height = _per_unit(), config.pixel_width, config.pixel_height
    across = (round(float(np.clip(edge * scale + width / 2, 0, width))) for edge in (box.left, box.right))
    up = (round(float(np.clip(edge * scale + height / 2, 0, height))) for edge in (box.bottom, box.top))
    sides = [*((edge - width / 2) / scale for edge in across), *((edge - height / 2) / scale for edge in up)]
    return Box(*sides)


class Fly(Animation):
    """The camera of a landscape flies on, from where it is to another place of its flight.

    Args:
        terrain: The landscape.
        to: Where; 0 is the flight's first view, 1 the second.
        kwargs: ``run_time``, ``rate_func`` and the like; by default it starts and ends slowly.
    """

    def __init__(self, terrain: Terrain, to: float, **kwargs: Any) -> None:
        kwargs.setdefault("rate_func", rate_functions.ease_in_out_sine)
        self._place, self._to = terrain.place, float(to)
        super().__init__(terrain.place, **kwargs)

    def begin(self) -> None:
        """Note where the camera is."""
        self._start = float(self._place.get_value())
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Put the camera where it is by now."""
        share = self.rate_func(alpha)
        self._place.set_value((1 - share) * self._start + share * self._to)
