"""``descent narrate``: the timing table."""

import os
import sys

import click

from descent.base.errors import DescentError
from descent.base.failures import failure
from descent.base.progress import progress
from descent.base.project import project


@click.command()
@click.option("--voice", default=None, help="Whose timings to measure; the default voice if not given.")
def narrate(voice: str | None) -> None:
    """Measure every narrated line of every scene, and of courses, and renew the committed timing table.

    Lines that are no longer spoken leave it, unless a scene cannot be read: then all of them stay, and the exit status
    is 1.
    """
    from descent.base.workers import Workers
    from descent.delivery.find import requests
    from descent.delivery.in_worker import spoken_lines
    from descent.film.narration import find_voice, refresh
    from descent.publish.course.outline import course_lines

    here = project()
    own, said = any(here.scenes.glob("*.py")), course_lines(here)
    if not own and not said:
        raise DescentError(f"there is no scene in {here.scenes.resolve()}; `descent init` writes a first one.")
    films = requests([], here.scenes, "docs", "dark", here.assets, here.listing) if own else []
    refs = [request.scene for request in films]
    lines = dict.fromkeys(line for course in said.values() for line in course)
    failed = False
    with progress() as told:
        with Workers(os.cpu_count() or 1) as workers:
            for done, (ref, found) in enumerate(workers.run(spoken_lines, refs), 1):
                told(done, len(refs), f"reading {ref.name}")
                if isinstance(found, Exception):
                    failed = True
                    click.echo(f"{ref.name}: {failure(found)}", err=True)
                else:
                    lines |= dict.fromkeys(found)
        refresh(lines, find_voice(voice), here.timings, lambda done, all_: told(done, all_, "measuring"), keep=failed)
    click.echo(f"{here.timings}: {len(lines)} lines")
    if failed:
        sys.exit(1)
