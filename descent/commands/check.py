"""``descent check``: films looked over before anybody else sees them."""

import json
import sys
from pathlib import Path

import click

from descent.base.errors import DescentError
from descent.base.failures import failure
from descent.base.progress import progress
from descent.commands.shared import every_option, find_scenes, jobs_option, json_option, scenes_argument


@click.command()
@scenes_argument
@every_option
@click.option("--theme", "themes", multiple=True, metavar="THEME", help="dark or light; by default both.")
@click.option("--strict", is_flag=True, help="Also the rules for sentences that descent's own films keep.")
@jobs_option
@json_option
def check(
    scenes: tuple[str, ...], every: bool, themes: tuple[str, ...], strict: bool, jobs: int, as_json: bool
) -> None:
    """Look over SCENES, without drawing them: a line for every fault, and exit status 1 if there is one.

    At the end of every beat: texts in the frame, apart from each other, large enough and of enough contrast; balls,
    markers, readouts and axis numbers where the data put them. And every claim against its runs.

    With --strict, what the film says as well: a cause (because, so, lets) rests on a claim with a control, a universal
    word (every, only, never) on a claim, a claim of an ending holds for longer runs, and a title that does not say
    "here" for the rates and starts beside it.

    \b
    descent check MomentumEscapes
    descent check scenes/momentum.py --theme light
    descent check --all --strict --json
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.base.workers import Workers
    from descent.delivery.in_worker import Check, faults_of
    from descent.look.palette import THEMES, find_theme

    if bool(scenes) == every:
        raise DescentError("name the scenes to check, or give --all; `descent list` shows them.")
    looks = [find_theme(name).name for name in themes] or list(THEMES)
    found = find_scenes(scenes, "preview", "dark", Path())
    checks = [Check(request.scene, looks, strict) for request in found]
    faults: dict[str, list[str]] = {}
    with progress() as report, Workers(jobs) as workers:
        report(0, len(checks), "checking")
        for done, (each, answer) in enumerate(workers.run(faults_of, checks), 1):
            report(done, len(checks), f"checking {each.scene.name}")
            faults[each.scene.name] = [failure(answer)] if isinstance(answer, Exception) else answer
    rows = [
        {"scene": each.scene.name, "file": str(each.scene.file), "faults": faults[each.scene.name]} for each in checks
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        for row in rows:
            for fault in row["faults"]:
                click.echo(f"{row['file']}: {row['scene']}: {fault}")
        count = sum(map(len, faults.values()))
        click.echo(f"{count or 'no'} {'fault' if count == 1 else 'faults'} in {len(rows)} film{'s' * (len(rows) != 1)}")
    if any(faults.values()):
        sys.exit(1)
