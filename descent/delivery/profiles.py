"""What a film is rendered for: frame size, frame rate, kinds of file, and how its pictures are kept until then."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from descent.base.errors import DescentError, nearest
from descent.film.loops import BUDGET, LOOPS, RATE, STILL
from descent.look.palette import find_theme

H264: Mapping[str, str] = MappingProxyType(
    {
        "preset": "veryfast",
        "crf": "18",
        "threads": "1",
        "g": "60",
        "bf": "0",
        "colorspace": "smpte170m",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "color_range": "tv",
    }
)
"""What manim.cfg says, and why; kept here too for films made where there is no manim.cfg."""

_MASTERS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "final": {"format": "mp4", "video_encoder_options": dict(H264)},
        "lossless": {
            "format": "mp4",
            "video_codec": "libx264rgb",
            "pixel_format": "rgb24",
            "video_encoder_options": {"crf": "0", "preset": "ultrafast", "threads": "1"},
        },
        "alpha": {
            "format": "mov",
            "background_opacity": 0.0,
            "video_codec": "qtrle",
            "pixel_format": "argb",
            "video_encoder_options": {"g": "600"},
        },
    }
)
"""Manim settings per kind of segment: H.264, to be copied as it is; or without loss, with or without
a background, to be encoded once the film is whole."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A purpose.

    Attributes:
        name: How the command line calls it.
        width: Frame width in pixels.
        height: Frame height in pixels.
        rate: Frames a second; 15, 30 and 60 hold whole ticks of the stage's clock.
        use: What it is good for, in a few words.
        suffixes: The kinds of file a film becomes; the first is the one that is meant by "the film".
        master: How segments are kept: "final", "lossless" or "alpha".
        budget: Most bytes of a moving picture.
        held: Whether a picture is encoded once and held for as long as it stands, at a variable frame rate; editors and
            PowerPoint want every frame encoded.
    """

    name: str
    width: int
    height: int
    rate: int
    use: str
    suffixes: tuple[str, ...] = (".mp4",)
    master: str = "final"
    budget: int = BUDGET
    held: bool = False

    @property
    def looping(self) -> bool:
        """Whether it is for pictures that move silently in a page, perhaps of a part of the film, or stand for it."""
        return all(suffix in LOOPS or suffix == STILL for suffix in self.suffixes)

    def manim(self, theme: str) -> dict[str, Any]:
        """Manim settings of this profile in a theme.

        Raises:
            DescentError: If there is no such theme.
        """
        return {
            "pixel_width": self.width,
            "pixel_height": self.height,
            "frame_rate": self.rate,
            "background_color": find_theme(theme).background,
            "background_opacity": 1.0,
            "progress_bar": "none",
            "verbosity": "ERROR",
        } | dict(_MASTERS[self.master])


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile("lecture", 1920, 1080, 60, "MP4, full screen in a lecture hall"),
            Profile("slides", 1280, 720, 30, "MP4, in a slide deck"),
            Profile(
                "docs", 800, 450, RATE, "GIF of at most 2 MB, in docs and READMEs", (".gif",), "lossless", held=True
            ),
            Profile("web", 1280, 720, 30, "WebM (AV1, Opus), on a web page", (".webm",), "lossless", held=True),
            Profile("overlay", 1920, 1080, 30, "WebM and MOV without background", (".webm", ".mov"), "alpha"),
            Profile("preview", 854, 480, 15, "MP4, a quick look while writing", held=True),
        )
    }
)


def find_profile(name: str) -> Profile:
    """A profile by name.

    Raises:
        DescentError: If there is none; the nearest one is given.
    """
    if name not in PROFILES:
        raise DescentError(f"there is no profile {name!r}: {nearest(name, PROFILES)}")
    return PROFILES[name]
