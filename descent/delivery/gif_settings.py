"""What a folder of GIFs is made with: width, theme, budget and frame rate, each checked whoever gives it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from descent.base.errors import DescentError, nearest
from descent.delivery.profiles import Profile, find_profile
from descent.look.palette import find_theme

WIDTHS, RATES, BUDGETS = (64, 3840), (5, 50), (0.01, 1000.0)
"""Least and most pixels, frames a second, and megabytes. A slower GIF would stretch short plays; browsers slow a faster
one down."""


@dataclass(frozen=True, slots=True)
class GifSettings:
    """Settings that the GIFs of a folder share.

    Attributes:
        width: Pixels; an odd number is made even.
        theme: "dark" or "light".
        budget: Most megabytes of a GIF.
        rate: Frames a second.
    """

    width: int = 800
    theme: str = "dark"
    budget: float = 2.0
    rate: int = 20

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
        find_theme(chosen.theme)
        return replace(chosen, width=2 * (chosen.width // 2), budget=float(chosen.budget))

    def profile(self) -> Profile:
        """What to render for."""
        height, most = 2 * round(self.width * 9 / 32), round(self.budget * 1_000_000)
        return replace(find_profile("docs"), width=self.width, height=height, rate=self.rate, budget=most)

    def values(self) -> dict[str, Any]:
        """The settings as a file holds them."""
        return asdict(self)


def _within(name: str, value: object, bounds: tuple[float, float], *, whole: bool) -> None:
    kinds: tuple[type, ...] = (int,) if whole else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not bounds[0] <= value <= bounds[1]:  # type: ignore[operator]
        what = "a whole number" if whole else "a number"
        raise DescentError(f"{name} is {value!r:.60}, but takes {what} from {bounds[0]:g} to {bounds[1]:g}.")
