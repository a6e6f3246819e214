"""What a folder of moving pictures is made with: size, themes, budget, rate and formats; checked whoever gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Self

from descent.base.errors import DescentError, nearest
from descent.delivery.profiles import Profile, find_profile
from descent.film.loops import STILL
from descent.look.palette import THEMES, find_theme

FORMATS: Mapping[str, str] = MappingProxyType({"avif": ".avif", "webp": ".webp", "gif": ".gif", "still": STILL})
"""How the file of each format ends; what a page should prefer comes first."""

EMBEDDED = ("avif", "webp", "still")
"""What a page needs: what is smallest, what older browsers show, and a picture that does not move."""

AUTO = "auto"
"""The theme that is all of them: a page takes the one that its reader has asked for."""

WIDTHS, RATES, BUDGETS = (64, 3840), (5, 50), (0.01, 1000.0)
"""Least and most pixels, frames a second, and megabytes. A slower GIF would stretch short plays; browsers slow a faster
one down."""


@dataclass(frozen=True, slots=True)
class GifSettings:
    """Settings that the moving pictures of a folder share.

    Attributes:
        width: Pixels; an odd number is made even.
        theme: "dark", "light", or "auto" for a file in each.
        budget: Most megabytes of a file.
        rate: Frames a second.
        formats: Which files each film becomes, by the names in `FORMATS`, in that order.
    """

    width: int = 800
    theme: str = "dark"
    budget: float = 2.0
    rate: int = 20
    formats: tuple[str, ...] = ("gif",)

    @classmethod
    def read(cls, values: object) -> Self:
        """Settings as a file holds them; what it does not hold is as usual.

        Raises:
            DescentError: If there is no such setting, or it cannot have such a value.
        """
        if not isinstance(values, Mapping):
            raise DescentError(f"the settings are {values!r:.60}, not names with values.")
        return cls().given(**values)

    def given(self, **values: Any) -> Self:
        """The same with some values replaced; None leaves one as it is.

        Raises:
            DescentError: If there is no such setting, or it cannot have such a value.
        """
        known = [field.name for field in fields(self)]
        for name in values:
            if name not in known:
                raise DescentError(f"there is no setting {name!r}: {nearest(name, known)}")
        chosen = replace(self, **{name: value for name, value in values.items() if value is not None})
        _within("width", chosen.width, WIDTHS, whole=True)
        _within("rate", chosen.rate, RATES, whole=True)
        _within("budget", chosen.budget, BUDGETS, whole=False)
        if not isinstance(chosen.theme, str):
            raise DescentError(f"theme is {chosen.theme!r:.60}, but takes a name.")
        if chosen.theme != AUTO:
            find_theme(chosen.theme)
        formats = _formats(chosen.formats)
        return replace(chosen, width=2 * (chosen.width // 2), budget=float(chosen.budget), formats=formats)

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes that each film is made in."""
        return tuple(THEMES) if self.theme == AUTO else (self.theme,)

    def stem(self, scene: str, theme: str) -> str:
        """What a film's files are called in a theme, before what says their format."""
        return scene if theme in ("dark", self.theme) else f"{scene}-{theme}"

    def profile(self) -> Profile:
        """What to render for."""
        height, most = 2 * round(self.width * 9 / 32), round(self.budget * 1_000_000)
        return replace(
            find_profile("docs"),
            width=self.width,
            height=height,
            rate=self.rate,
            budget=most,
            suffixes=tuple(map(FORMATS.__getitem__, self.formats)),
        )

    def made_with(self, theme: str) -> dict[str, Any]:
        """What decides the pictures of a file in a theme."""
        return {"width": self.width, "theme": theme, "budget": self.budget, "rate": self.rate}

    def values(self) -> dict[str, Any]:
        """The settings as a file holds them."""
        return {**self.made_with(self.theme), "formats": [*self.formats]}


def _formats(given: object) -> tuple[str, ...]:
    """Formats in the order of `FORMATS`, each once."""
    if not isinstance(given, list | tuple) or not given or not all(isinstance(name, str) for name in given):
        raise DescentError(f"formats is {given!r:.60}, but takes a list of some of {', '.join(FORMATS)}.")
    for name in given:
        if name not in FORMATS:
            raise DescentError(f"there is no format {name!r:.60}: {nearest(name, FORMATS)}")
    return tuple(name for name in FORMATS if name in given)


def _within(name: str, value: object, bounds: tuple[float, float], *, whole: bool) -> None:
    kinds: tuple[type, ...] = (int,) if whole else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not bounds[0] <= value <= bounds[1]:  # type: ignore[operator]
        what = "a whole number" if whole else "a number"
        raise DescentError(f"{name} is {value!r:.60}, but takes {what} from {bounds[0]:g} to {bounds[1]:g}.")
