"""`python -m benchmarks [--quick | --write] [NAME ...]`: measure, and print the tables as Markdown."""

import argparse
import os
import platform
from collections.abc import Sequence
from importlib import import_module

from benchmarks import MODULES, Row
from benchmarks.report import save, table
from descent.base.errors import DescentError, nearest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks asked for and print what they cost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MODULES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="a small piece of each, for a first idea")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and the README's table")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in MODULES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}: {nearest(unknown[0], MODULES)}")
    if asked.write and (asked.quick or asked.names):
        parser.error("what is written was measured whole: --write goes with neither --quick nor names")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    print(f"{machine}\n")
    failed, measured = 0, dict[str, Sequence[Row]]()
    for name in asked.names or MODULES:
        try:
            measured[name] = import_module(f"benchmarks.{name}").run(asked.quick)
            print(table(measured[name]), flush=True)
        except DescentError as error:
            failed = 1
            print(f"{name}: {error}", flush=True)
        print()
    if asked.write and not failed:
        save(machine, measured)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
