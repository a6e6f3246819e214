"""What a play would draw, as a key: geometry, colours and images at sampled moments.

A key over what is drawn cannot be blind to where a change came from: a surface, a run, a theme, a font, the timing or a
package. A key over source text can.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from manim import Mobject, PMobject, Scene, VMobject
from manim.mobject.types.image_mobject import AbstractImageMobject

from descent.stage.drawing.writer import FilmRenderer

_MOMENTS = (0.0, 0.13, 0.31, 0.5, 0.67, 0.86, 0.99)
"""Shares of a play at which it is looked at, deliberately uneven."""

_COARSE = 3  # decimals of a frame unit, an eighth of a pixel at 1080p: rounding differs by how a moment was reached


class Fingerprint:
    """A digest of what is looked at, exactly, and one that forgives rounding."""

    def __init__(self) -> None:
        self._exact, self._coarse = hashlib.sha256(), hashlib.sha256()

    @property
    def key(self) -> str:
        """The exact digest, in hex."""
        return self._exact.hexdigest()

    @property
    def seen(self) -> str:
        """The one that forgives rounding."""
        return self._coarse.hexdigest()

    def take(self, mobjects: Iterable[Mobject]) -> None:
        """Look at mobjects and their families, in drawing order."""
        seen = _Seen()
        for mobject in mobjects:
            family: dict[int, Mobject] = {}
            _gather(mobject, family)
            for part in family.values():
                # What is derived from a record names it: what shows only between two samples must not go unseen.
                seen.texts.append(getattr(part, "digest", ""))
                if len(part.points):
                    seen.look(part)
        self.note("\0".join(seen.texts))
        if seen.numbers:  # all at once: there are thousands of short arrays on a stage
            numbers = np.concatenate([array.ravel() for array in seen.numbers])
            self._exact.update(numbers.data)
            self._coarse.update((np.round(numbers, _COARSE) + 0.0).data)  # no negative zero

    def note(self, text: str) -> None:
        """Take a text."""
        for sha in (self._exact, self._coarse):
            sha.update(text.encode())


def _gather(mobject: Mobject, family: dict[int, Mobject]) -> None:
    """Add a family in Manim's order, which keeps the last mention of each member, in a fraction of its time."""
    family.pop(id(mobject), None)
    family[id(mobject)] = mobject
    for part in mobject.submobjects:
        _gather(part, family)


class _Seen:
    """What is seen of a stage: texts, which say how many numbers of what belong to them, and numbers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.numbers: list[npt.NDArray[Any]] = []

    def look(self, part: Mobject) -> None:
        """Take what is drawn of a mobject itself."""
        if isinstance(part, VMobject):
            colours = part.fill_rgbas, part.stroke_rgbas, part.background_stroke_rgbas
            # Where a gradient runs depends on its direction and on the whole family.
            run = part.get_gradient_start_and_end_points() if max(map(len, colours)) > 1 else ()
            widths = part.stroke_width, part.background_stroke_width, part.sheen_factor
            style = part.z_index, part.cap_style.value, part.joint_type.value
            self._add(style, np.array(widths, dtype=float), *colours, *run, part.points)
            if (image := part.get_background_image()) is not None:
                self.texts.append(_digest_of(image))
        elif isinstance(part, AbstractImageMobject):
            # One that names itself is drawn when it is asked for: to plan a film, nothing is drawn.
            pixels = np.zeros(0) if getattr(part, "digest", "") else part.get_pixel_array()
            looks = part.z_index, pixels.shape, str(getattr(part, "resampling_algorithm", "")), _digest_of(pixels)
            self._add(looks, part.points)
        elif isinstance(part, PMobject):
            self._add((part.z_index,), np.array([part.stroke_width], dtype=float), part.rgbas, part.points)

    def _add(self, looks: tuple[object, ...], *arrays: npt.NDArray[Any]) -> None:
        self.texts.append(repr((*looks, *map(len, arrays))))
        self.numbers.extend(arrays)


def _digest_of(image: Any) -> str:
    """A digest of an image that a path is coloured with: a file's name, an array, or one of Pillow's."""
    data = image.encode() if isinstance(image, str) else np.asarray(image).tobytes()
    return hashlib.sha256(data).hexdigest()


def moments(run_time: float) -> list[float]:
    """The seconds of a play at which it is looked at."""
    return [run_time * share for share in _MOMENTS]


class SamplingRenderer(FilmRenderer):
    """Draws nothing; takes a fingerprint of every play, and skips from sample to sample.

    Attributes:
        keys: One hex digest per play.
        seen: One that forgives rounding.
    """

    def __init__(self) -> None:
        super().__init__(skip_animations=True)
        self.keys: list[str] = []
        self.seen: list[str] = []
        self._print = Fingerprint()

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Take the fingerprint of a play."""
        self._print = Fingerprint()
        super().play(scene, *args, **kwargs)
        self._print.note(f"{scene.duration:.6f}")
        self.keys.append(self._print.key)
        self.seen.append(self._print.seen)

    def frame_times(self, run_time: float) -> Sequence[float]:
        """The moments looked at."""
        return moments(run_time)

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> None:
        """Take everything on stage as the play begins, in drawing order."""
        self._print.take(scene.mobjects)

    def update_frame(self, scene: Scene, mobjects: Iterable[Mobject] | None = None, *args: Any, **kwargs: Any) -> None:
        """Take what moves, instead of drawing it."""
        self._print.take(scene.mobjects if mobjects is None else mobjects)
