"""The beats of an excerpt, as they are typed: FIRST-LAST, counted from 1."""

import re

from descent.base.errors import DescentError, shown


def beats_of(text: str) -> tuple[int, int]:
    """The first and the last beat that are named as FIRST-LAST, or as one number.

    Raises:
        DescentError: If they are not.

    >>> beats_of("3-4"), beats_of("5")
    ((3, 4), (5, 5))
    """
    found = re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last:
        raise DescentError(
            f"beats are named as FIRST-LAST, such as 3-4, and counted from 1; {shown(text)} is not that."
        )
    return first, last


def beats_text(beats: tuple[int, int]) -> str:
    """How :func:`beats_of` reads them."""
    return f"{beats[0]}-{beats[1]}"
