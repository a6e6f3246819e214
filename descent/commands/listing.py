"""``descent list``: what films there are."""

import json

import click

from descent.commands.shared import LISTING, SCENES, json_option


@click.command("list")
@json_option
def list_films(as_json: bool) -> None:
    """List the films and what each claims."""
    from descent.delivery.listing import scenes_in
    from descent.stage.catalogue import all_scenes

    found = all_scenes(SCENES)
    scenes_in(sorted(SCENES.glob("*.py")), LISTING)  # so that a shell can complete them
    if as_json:
        rows = [
            {"scene": n, "title": c.title, "claims": [claim.text for claim in getattr(c, "claims", ())]}
            for n, c in found.items()
        ]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    width = max(map(len, found))
    for name, scene_class in found.items():
        click.echo(f"{name:{width}}  {scene_class.title}")
