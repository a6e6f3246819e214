"""``descent copy``: a scene of descent's own, brought into the project to be changed."""

import ast
from pathlib import Path

import click

from descent.base.errors import DescentError, nearest
from descent.base.project import BUILT_IN, project


def _complete_own_films(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Films of descent's own whose names start so."""
    from descent.delivery.find import own_films

    return [name for name in own_films() if name.startswith(incomplete)]


@click.command()
@click.argument("name", metavar="SCENE", shell_complete=_complete_own_films)
def copy(name: str) -> None:
    """Bring descent's own SCENE into the folder `scenes` of the project, to change it.

    Its whole file comes, and those beside it that it imports. From then on the project's films of these names go before
    descent's own. Nothing is overwritten: where one of the files exists, nothing is copied.
    """
    from descent.base.files import write
    from descent.delivery.find import own_film, own_films

    here = project()
    file = own_film(name, here.listing)
    if file is None:
        raise DescentError(f"descent has no film {name!r} of its own: {nearest(name, own_films())}")
    if here.scenes.resolve() == BUILT_IN.scenes.resolve():
        raise DescentError(f"this is descent's own folder, and {file} the scene itself; change it there.")
    wanted = with_neighbours(file)
    if there := [each.name for each in wanted if (here.scenes / each.name).exists()]:
        raise DescentError(f"{here.scenes / there[0]} exists already, so nothing was copied; rename it first.")
    for each in wanted:
        write(here.scenes / each.name, each.read_bytes())
        click.echo(here.scenes / each.name)


def with_neighbours(file: Path) -> list[Path]:
    """A Python file, and those of its folder that it imports, or that these import.

    Args:
        file: The file.

    Returns:
        The files, the first before what it needs.
    """
    found = [file]
    for each in found:  # grows meanwhile
        for name in _imported(each):
            neighbour = file.with_name(f"{name}.py")
            if neighbour.is_file() and neighbour not in found:
                found.append(neighbour)
    return found


def _imported(file: Path) -> list[str]:
    """The top-level modules that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(file.read_bytes())))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    taken_from = [node.module for node in nodes if isinstance(node, ast.ImportFrom) if node.module and not node.level]
    return [name.partition(".")[0] for name in (*plain, *taken_from)]
