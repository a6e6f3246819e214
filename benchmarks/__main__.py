"""`python -m benchmarks [--quick] [NAME ...]`: measure, and print the table as Markdown."""

import argparse
import platform
from collections.abc import Sequence
from importlib import import_module

from benchmarks import MODULES, Row
from descent.base.errors import DescentError, nearest

_HEAD = ("", "wall", "CPU", "peak memory", "size", "×")


def table(rows: Sequence[Row]) -> str:
    """Rows as Markdown, one table per piece of work.

    >>> print(table([Row("a film", "ours", 2.0, 3.0), Row("a film", "theirs", 6.0, size=1500)]))
    | a film | wall | CPU | peak memory | size | × |
    | --- | ---: | ---: | ---: | ---: | ---: |
    | ours | 2.00 s | 3.00 s | – | – | 1.0 |
    | theirs | 6.00 s | – | – | 1.5 kB | 3.0 |
    """
    lines: list[str] = []
    for what in dict.fromkeys(row.what for row in rows):
        same = [row for row in rows if row.what == what]
        lines += [] if not lines else [""]
        lines += [_line((what, *_HEAD[1:])), _line(("---", *["---:"] * 5))]
        for row in same:
            cells = (
                f"{row.wall:.2f} s",
                "–" if row.cpu is None else f"{row.cpu:.2f} s",
                "–" if row.memory is None else f"{row.memory:.0f} MB",
                "–" if row.size is None else f"{row.size / 1e3:,.1f} kB",
                f"{row.wall / same[0].wall:.1f}",
            )
            lines.append(_line((row.way, *cells)))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks asked for and print what they cost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MODULES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="a small piece of each, for a first idea")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in MODULES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}: {nearest(unknown[0], MODULES)}")
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}\n")
    failed = 0
    for name in asked.names or MODULES:
        try:
            print(table(import_module(f"benchmarks.{name}").run(asked.quick)), flush=True)
        except DescentError as error:
            failed = 1
            print(f"{name}: {error}", flush=True)
        print()
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
