"""``descent check``: films looked over before anybody else sees them."""

import json
import sys
from dataclasses import asdict
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

    What makes a film hard to follow is advice, and with --strict a fault: a picture that stands still under talk for
    more than 3 s, more than 150 words a minute, less than 0.8 s between two lines or 2 s before a beat that answers,
    more than 3 spoken numbers, and an answer that is told before its beat.

    \b
    descent check MomentumEscapes
    descent check scenes/momentum.py --theme light
    descent check --all --strict --json
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.base.workers import Workers
    from descent.delivery.in_worker import Check, Checked, checked
    from descent.look.palette import THEMES, find_theme

    if bool(scenes) == every:
        raise DescentError("name the scenes to check, or give --all; `descent list` shows them.")
    looks = [find_theme(name).name for name in themes] or list(THEMES)
    found = find_scenes(scenes, "preview", "dark", Path())
    checks = [Check(request.scene, looks, strict) for request in found]
    answers: dict[str, Checked] = {}
    with progress() as report, Workers(jobs) as workers:
        report(0, len(checks), "checking")
        for done, (each, answer) in enumerate(workers.run(checked, checks), 1):
            report(done, len(checks), f"checking {each.scene.name}")
            answers[each.scene.name] = Checked([failure(answer)]) if isinstance(answer, Exception) else answer
    rows = [
        {"scene": each.scene.name, "file": str(each.scene.file), **asdict(answers[each.scene.name])} for each in checks
    ]
    count = sum(len(answer.faults) for answer in answers.values())
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        for row in rows:
            for fault in row["faults"]:
                click.echo(f"{row['file']}: {row['scene']}: {fault}")
            for advice in row["advice"]:
                click.echo(f"{row['file']}: {row['scene']}: advice: {advice}")
        click.echo(f"{count or 'no'} {'fault' if count == 1 else 'faults'} in {len(rows)} film{'s' * (len(rows) != 1)}")
    if count:
        sys.exit(1)
