"""What was measured, as data and as Markdown: every row in docs/benchmarks.md, and a choice of them in the README."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import Row
from descent.base.errors import DescentError

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results.json")
PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- made by make bench -->\n", "<!-- end of what make bench made -->"

_HEAD = ("", "wall", "CPU", "peak memory", "size", "×")
_INTRODUCTION = """# What it costs

`make bench` measures descent and what a user would pick instead in the same run, with every process that each of them
starts, and writes this page. The first row of a table is descent's; the last column is each row's time as a multiple of
it. Figures of other machines differ, ratios less so.

Measured on {machine}.
"""

_BOUND = """## What a film cannot be faster than

Worked out by hand from the run above, for the frozen film (44 s) at 1080p60, per second of film. With pictures held
it took 0.82 s, 1.95 times what only encoding every frame takes on both cores; with every frame encoded 1.02 s, and
1.77 s of processor time. The encoder alone takes 0.42 s on both cores, 0.84 s of processor time. Starting, importing
torch and Manim, and planning took about 9 s for the whole film, 0.2 s a second of it, on one core while the other
waits. What is left of the 1.77 s, about 0.7 s, is drawing.

A film at 1.7 times the encoder's time would take 0.71 s. Cairo's strokes and fills alone, without any Python, took 2
ms for each of the 335 pictures of `MomentumEscapes` that change at 480p15 (on another, busy machine), and a picture
at 1080p has five times the pixels. As far as these figures go, that target is out of reach for a film of this length
as long as Cairo draws; what can be saved is the rest: imports, constructing a film once to plan it and again to draw
it, and Python around Cairo.

How much that construction is was measured by processor time in one process (on a busy machine, at 480p15, runs traced
already). `MomentumEscapes`: drawing all of it 9.8 s, of which constructing it 0.7 s; planning it 1.6 s.
`AdamWForgivesTheRate`: 24.9 s, 1.4 s and 2.7 s. If the process that plans a film drew it too, as it plans, 6 to 7 %
of drawing would be saved, and where one film is rendered, the second core would not wait for its plan. It is not
done: a process knows the key of a play only at the play's end, so it would have to draw before it knows what is
missing.

A second of film at 480p15 took 0.32 s in the run above, start and planning included. Nine of the 34 films that there
were before pictures were held (revision b9f4532, every fourth in the order of its list) took 0.39 s a second on the
same machine within the hour: 82 %. The films are not the same ones.

The 650 MB are what is resident in the largest process, pages that it shares with others included: importing torch,
Manim and descent alone is 363 MB, and a scene names torch's optimizers, so whatever constructs it imports torch. In a
rendering of the same film, the two workers had 655 and 622 MB resident at most, of which 387 and 347 MB were their
own; as proportional set size, which counts a shared page by the share, 475 and 439 MB.
"""


def table(rows: Sequence[Row]) -> str:
    """Rows as Markdown, one table per piece of work.

    >>> print(table([Row("a film", "ours", 2.0, 3.0), Row("a film", "theirs", 6.0, size=1500)]))
    | a film | wall | CPU | peak memory | size | × |
    | --- | ---: | ---: | ---: | ---: | ---: |
    | ours | 2.00 s | 3.00 s | – | – | 1.0 |
    | theirs | 6.00 s | – | – | 1.5 kB | 3.0 |
    """
    lines: list[str] = []
    for what, same in _groups(rows).items():
        lines += [] if not lines else [""]
        lines += [_line((what, *_HEAD[1:])), _line(("---", *["---:"] * 5))]
        for row in same:
            cells = (
                _seconds(row.wall),
                "–" if row.cpu is None else _seconds(row.cpu),
                "–" if row.memory is None else f"{row.memory:.0f} MB",
                "–" if row.size is None else _size(row.size),
                _ratio(row.wall / same[0].wall),
            )
            lines.append(_line((row.way, *cells)))
    return "\n".join(lines)


def summary(rows: Sequence[Row]) -> str:
    """What the README shows: for each piece of work that it is interested in, descent beside each other way.

    >>> chosen = [Row("a film", "ours", 2.0, size=500, shown=True), Row("a film", "theirs", 6.0, shown=True)]
    >>> print(summary([*chosen, Row("a film", "a third way", 4.0)]))
    | work | descent | instead | ratio |
    | --- | --- | --- | ---: |
    | a film | 2.00 s, 0.5 kB: ours | 6.00 s: theirs | 3.0 |
    """
    lines = [_line(("work", "descent", "instead", "ratio")), _line(("---", "---", "---", "---:"))]
    for what, same in _groups([row for row in rows if row.shown]).items():
        first = same[0]
        for place, other in enumerate(same[1:]):
            begun = ("", "") if place else (what, _cost(first))
            lines.append(_line((*begun, _cost(other), _ratio(other.wall / first.wall))))
    return "\n".join(lines)


def _cost(row: Row) -> str:
    size = "" if row.size is None else f", {_size(row.size)}"
    return f"{_seconds(row.wall)}{size}: {row.way}"


def _size(size: float) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB"


def _seconds(seconds: float) -> str:
    if seconds < 0.005:
        return f"{1000 * seconds:.2f} ms"
    return f"{seconds / 3600:,.0f} h" if seconds >= 36_000 else f"{seconds:,.{0 if seconds >= 100 else 2}f} s"


def _ratio(ratio: float) -> str:
    return f"{ratio:,.{0 if ratio >= 20 else 1 if ratio >= 1 else 2}f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return {what: [row for row in rows if row.what == what] for what in dict.fromkeys(row.what for row in rows)}


def save(machine: str, measured: Mapping[str, Sequence[Row]]) -> None:
    """Keep what was measured, and write the page and the README's table from it."""
    data = {"machine": machine, "rows": {name: [asdict(row) for row in rows] for name, rows in measured.items()}}
    shown = readme(README.read_text(encoding="utf-8"), data)
    RESULTS.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(data), encoding="utf-8")
    README.write_text(shown, encoding="utf-8")


def page(data: Mapping[str, Any]) -> str:
    """docs/benchmarks.md of what was measured."""
    parts = [_INTRODUCTION.format(machine=data["machine"])]
    parts += [table([Row(**row) for row in rows]) + "\n" for rows in data["rows"].values()]
    return "\n".join([*parts, _BOUND])


def readme(text: str, data: Mapping[str, Any]) -> str:
    """The README with its table of what was measured."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise DescentError(f"the README has no one place for what was measured, from {BEGIN.strip()} to {END}.")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = [Row(**row) for rows in data["rows"].values() for row in rows]
    return f"{before}{BEGIN}{summary(rows)}\n\nMeasured on {data['machine']}.\n{END}{after}"
