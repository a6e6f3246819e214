"""``descent doctor``: is everything there that drawing and speaking need?"""

import json
import sys
from dataclasses import asdict

import click

from descent.commands.shared import json_option


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check what films, decks and pages need, and say how to mend it.

    Drawing, text, maths, encoders, voice, landscapes, reveal.js and browser are each used once. Exit status 1 if
    anything is broken that films need; what is marked "no" is missed only for what its line says.
    """
    from descent.doctor import examine

    findings = list(examine())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = "ok " if finding.healthy else "BAD" if finding.needed else "no "
            click.echo(f"{mark}  {finding.name:{width}}  {finding.detail}")
    if not all(finding.healthy for finding in findings if finding.needed):
        sys.exit(1)
