"""``descent media``: what the filter for pandoc and Quarto calls."""

import json
import sys
from pathlib import Path

import click

from descent.base.errors import DescentError
from descent.base.project import project
from descent.commands.shared import jobs_option, output_option
from descent.publish.docs.html import FILTER, OUTPUT, RENDERS, SCRIPT


@click.command()
@click.option("--filter", "filter_", is_flag=True, help="Print where the filter is, and stop.")
@click.option("--page", type=click.Path(path_type=Path), default=Path(), help="Folder of the page: paths start there.")
@click.option("--address", default=OUTPUT, help="Where the page finds the folder of media.")
@click.option("--render/--no-render", default=RENDERS, help="Make what is stale, or show what is committed.")
@click.option("--theme", default="auto", show_default=True, help="auto, light or dark, where a block names none.")
@output_option
@jobs_option
def media(filter_: bool, page: Path, address: str, render: bool, theme: str, output: Path | None, jobs: int) -> None:
    """Make what the blocks of a page ask for; the filter for pandoc and Quarto calls it.

    It reads blocks as JSON, of each its "argument" and its "lines", makes what is stale of them into the folder that
    -o names (_descent), and prints of each block "html", "picture", "alt", "caption", "name", "class" and "problem",
    and a "script".

    \b
    pandoc --lua-filter "$(descent media --filter)" page.md -o page.html
    """  # noqa: D301 -- click's mark for lines to leave alone
    if filter_:
        click.echo(FILTER)
        return
    from descent.animate.in_docs import race_scene
    from descent.publish.docs.elements import element, read_blocks
    from descent.publish.docs.folder import MediaFolder
    from descent.publish.docs.make import committed, make

    try:
        blocks = json.loads(sys.stdin.read())
        blocks = [{"argument": block["argument"], "lines": list(block["lines"])} for block in blocks]
    except (ValueError, TypeError, KeyError) as error:
        raise DescentError('the blocks of a page are read as JSON: [{"argument": "…", "lines": ["…"]}].') from error
    base, folder = Path.cwd(), MediaFolder(output or Path(OUTPUT))
    read = read_blocks(blocks, base / page, base, theme)
    asked = [each for each, _ in read if each is not None]
    if render:
        shown = make(asked, folder, base, race_scene, base, jobs, lambda told: click.echo(f"descent: {told}", err=True))
    else:
        shown = committed(asked, folder)
    stills = project().media / "docs" / "stills"
    elements = [element(*each, shown, folder.path, address, stills) for each in read]
    click.echo(json.dumps({"blocks": elements, "script": SCRIPT.read_text("utf-8")}, ensure_ascii=False))
