"""Fences ```` ```{descent} ```` in Markdown, for programs that know no directives."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from descent.base.errors import DescentError, shown

_OPENING = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?P<info>.*)$")
_OURS = re.compile(r"\{\.?descent\}[ \t]*(?P<argument>.*)")
_OPTION = re.compile(r":(?P<name>[A-Za-z][\w-]*):(?:[ \t]+(?P<text>.*))?$")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence.

    Attributes:
        first: Its first line, counted from 0.
        last: Its last line.
        indent: The white space before it.
        argument: What stands behind `{descent}`.
        body: The lines between.
    """

    first: int
    last: int
    indent: str
    argument: str
    body: tuple[str, ...]

    def options(self) -> Mapping[str, str]:
        """Its options by name; a line that continues one is indented.

        Raises:
            DescentError: If there is a line that is none.
        """
        return options_of(self.body)


def fences(lines: list[str]) -> Iterator[Fence]:
    """The fences of a page that are ours; what stands inside another fence is only shown.

    Args:
        lines: The page.
    """
    number = 0
    while number < len(lines):
        opening = _OPENING.match(lines[number])
        if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
            number += 1
            continue
        closing = re.compile(rf"^[ \t]*{re.escape(opening['fence'][0])}{{{len(opening['fence'])},}}[ \t]*$")
        last = next((k for k in range(number + 1, len(lines)) if closing.match(lines[k])), len(lines))
        ours = _OURS.fullmatch(opening["info"].strip())
        if ours and last < len(lines):
            yield Fence(number, last, opening["indent"], ours["argument"].strip(), tuple(lines[number + 1 : last]))
        number = last + 1


def options_of(lines: tuple[str, ...]) -> dict[str, str]:
    r"""Options that stand on a line each.

    >>> options_of((":format: gif", ":runs: SGD(lr=0.1)", "  Adam(lr=0.1)", ""))
    {'format': 'gif', 'runs': 'SGD(lr=0.1)\nAdam(lr=0.1)'}
    """
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        option = _OPTION.match(line.strip())
        if option:
            name = option["name"]
            if name in found:
                raise DescentError(f":{name}: is there twice.")
            found[name] = option["text"] or ""
        elif line.strip() and name and line[0] in " \t":
            found[name] = f"{found[name]}\n{line.strip()}".strip()
        elif line.strip():
            raise DescentError(f"a line is an option, such as :format: gif, not {shown(line.strip())}.")
    return found
