"""``descent list``: what films there are."""

import json
import sys

import click

from descent.base.failures import failure
from descent.base.project import BUILT_IN, project
from descent.commands.shared import json_option


@click.command("list")
@click.option("--claims", "claims", is_flag=True, help="With what each film claims, and how that is checked.")
@click.option("--built-in", "built_in", is_flag=True, help="Descent's own films, also where the project has some.")
@json_option
def list_films(claims: bool, built_in: bool, as_json: bool) -> None:
    """List the films, and with --claims what each claims: the sentence, and the check that it rests on.

    These are the project's, those of its folder `scenes`; where it has none, descent's own, which are found by name in
    any project.

    With --json, --claims gives whole claims: predicate and arguments, runs, control, and the phrases that rest on it.
    """
    from descent.delivery.find import listed, no_scenes, scene_files

    here = project()
    folder = BUILT_IN.scenes if built_in else here.scenes
    known = listed(scene_files(folder), here.listing)
    found = {name: scene for name, scene in known.items() if scene.error is None}
    if as_json:
        rows = [
            {
                "scene": name,
                "title": scene.title,
                "claims": [claim if claims else claim["text"] for claim in scene.claims],
            }
            for name, scene in found.items()
        ]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        width = max(map(len, found), default=0)
        for name, scene in found.items():
            click.echo(f"{name:{width}}  {scene.title}")
            for claim in scene.claims if claims else ():
                click.echo(f"{'':{width}}  - {claim['text']}  [{claim['check']}]")
    if not known:
        raise no_scenes(folder)
    for scene in known.values():
        if scene.error is not None:
            click.echo(failure(scene.error), err=True)
    if len(found) < len(known):
        sys.exit(1)
