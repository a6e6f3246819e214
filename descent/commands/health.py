"""``descent doctor``: is everything there that drawing and speaking need?"""

import json
import sys

import click

from descent.commands.shared import json_option


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check that drawing, text, maths, encoding and voice work, and say how to mend what does not."""
    from descent.doctor import examine

    findings = list(examine())
    if as_json:
        click.echo(json.dumps([{"name": f.name, "healthy": f.healthy, "detail": f.detail} for f in findings], indent=1))
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.healthy else 'BAD'}  {finding.name:6}  {finding.detail}")
    if not all(finding.healthy for finding in findings):
        sys.exit(1)
