"""What a play would draw, as a key: geometry, colours and images at sampled moments.

A key over what is drawn cannot be blind to where a change came from: a surface, a run, a theme, a font, the timing or a
package. A key over source text can.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from manim import ImageMobject, Mobject, Scene, VMobject

from descent.stage.drawing.writer import FilmRenderer

_MOMENTS = (0.0, 0.13, 0.31, 0.5, 0.67, 0.86, 0.99)
"""Shares of a play at which it is looked at, deliberately uneven."""


class SamplingRenderer(FilmRenderer):
    """Draws nothing; takes a fingerprint of every play, and skips from sample to sample.

    Attributes:
        keys: One hex digest per play.
    """

    def __init__(self) -> None:
        super().__init__(skip_animations=True)
        self.keys: list[str] = []
        self._sha = hashlib.sha256()

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Take the fingerprint of a play."""
        self._sha = hashlib.sha256()
        super().play(scene, *args, **kwargs)
        self._sha.update(f"{scene.duration:.6f}".encode())
        self.keys.append(self._sha.hexdigest())

    def frame_times(self, run_time: float) -> Sequence[float]:
        """The moments looked at."""
        return [run_time * share for share in _MOMENTS]

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> None:
        """Take everything on stage as the play begins, in drawing order."""
        _absorb(self._sha, scene.mobjects)

    def update_frame(self, scene: Scene, mobjects: Iterable[Mobject] | None = None, *args: Any, **kwargs: Any) -> None:
        """Take what moves, instead of drawing it."""
        _absorb(self._sha, scene.mobjects if mobjects is None else mobjects)


def _absorb(sha: "hashlib._Hash", mobjects: Iterable[Mobject]) -> None:
    for mobject in mobjects:
        for part in mobject.get_family():
            # What is derived from a record names it: what shows only between two samples must not go unseen.
            sha.update(getattr(part, "digest", "").encode())
            if isinstance(part, VMobject):
                if len(part.points):
                    sha.update(_path(part))
            elif isinstance(part, ImageMobject):
                sha.update(part.pixel_array.tobytes() + part.points.tobytes())


def _path(part: VMobject) -> bytes:
    widths = part.stroke_width, part.background_stroke_width
    style = (*widths, part.sheen_factor, part.z_index, part.cap_style.value, part.joint_type.value)
    colours = part.fill_rgbas, part.stroke_rgbas, part.background_stroke_rgbas
    return b"".join((repr(style).encode(), *(each.tobytes() for each in colours), part.points.tobytes()))
