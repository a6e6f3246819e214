"""``descent init``: a project of one's own, with a first scene that renders as it is."""

import shlex
from importlib.resources import files
from pathlib import Path

import click

from descent.base.errors import DescentError
from descent.base.project import BUILT_IN, CONFIG, TIMINGS

_TEMPLATES = {
    "scenes/rates.py": "rates.py",
    TIMINGS: "narration.json",
    ".gitignore": "gitignore",
    "README.md": "README.md",
    ".github/workflows/films.yml": "films.yml",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
}
"""What a new project holds, and the template of each; without their dots, packaging tools see them too."""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Start a project in FOLDER, by default the current one: a first scene, and what keeps its films right.

    It writes scenes/rates.py, its timings, manim.cfg, .gitignore, README.md, a workflow for GitHub and anything that
    reads the same, and a hook for pre-commit. Nothing is overwritten: where one of these exists, nothing is written.
    """
    from descent.base.files import write

    contents = project_files()
    if there := [name for name in contents if (folder / name).exists()]:
        raise DescentError(f"{folder / there[0]} exists already, so nothing was written; take another folder.")
    for name, data in contents.items():
        write(folder / name, data)
        click.echo(folder / name)
    where = "" if folder.resolve() == Path.cwd() else f"`cd {shlex.quote(str(folder))}`, then "
    click.echo(f"Now {where}`descent render RMSpropSwingsLess --profile preview`.")


def project_files() -> dict[str, bytes]:
    """What a new project holds, by path in it; Manim's settings are those of descent itself."""
    templates = files("descent.commands").joinpath("templates", "project")
    contents = {name: templates.joinpath(template).read_bytes() for name, template in _TEMPLATES.items()}
    return {CONFIG: BUILT_IN.config.read_bytes(), **contents}
