"""What a film is rendered for: frame size, frame rate and look."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from descent.errors import DescentError, nearest
from descent.look.palette import find_theme


@dataclass(frozen=True, slots=True)
class Profile:
    """A purpose.

    Attributes:
        name: How the command line calls it.
        width: Frame width in pixels.
        height: Frame height in pixels.
        rate: Frames a second; 15, 30 and 60 hold whole ticks of the stage's clock.
        use: What it is good for, in a few words.
    """

    name: str
    width: int
    height: int
    rate: int
    use: str

    def manim(self, theme: str) -> dict[str, Any]:
        """Manim settings of this profile in a theme; the encoder's come from manim.cfg.

        Raises:
            DescentError: If there is no such theme.
        """
        return {
            "pixel_width": self.width,
            "pixel_height": self.height,
            "frame_rate": self.rate,
            "background_color": find_theme(theme).background,
            "format": "mp4",
            "progress_bar": "none",
            "verbosity": "ERROR",
        }


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile("lecture", 1920, 1080, 60, "full screen in a lecture hall"),
            Profile("slides", 1280, 720, 30, "a slide deck"),
            Profile("preview", 854, 480, 15, "a quick look while writing"),
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
