"""``descent cache``: how large the cache is, and what of it may go."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from descent.base.errors import DescentError
from descent.base.project import project
from descent.commands.shared import json_option

_DAYS = 30
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that descent keeps so as not to do it again.

    Attributes:
        name: What it is.
        folder: Where in `media` it lies.
        pattern: What its names look like; nothing of another name is touched.
        whole: Whether each is a folder rather than a file.
    """

    name: str
    folder: str
    pattern: str
    whole: bool = False


KINDS = (
    Kind("drawn parts of films", "segments", r"[0-9a-f]{40}\.(mp4|json)"),
    Kind("what is being drawn, or was when it was killed", "segments", r"\.drawing-[0-9a-f]{32}", whole=True),
    Kind("spoken lines", "voice", r"[0-9a-f]{32}\.wav"),
    Kind("races of descent animate", "animate", r"[0-9a-f]{16}", whole=True),
    Kind("films' pages to take hold of", "explore", r"[0-9a-f]{40}\.(html|txt)"),
    Kind("what pages of documentation show", "docs", r"[\w.-]+", whole=True),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A thing in the cache: its kind, where it is, its bytes, and when it was last written."""

    kind: Kind
    path: Path
    size: int
    written: float


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def cache(context: click.Context, as_json: bool) -> None:
    """Show how large the project's cache is: what films, lines and races need not be drawn or spoken again.

    It lies in `media`. `descent cache prune` removes what is old. Films, and files that descent did not put there, are
    never touched.
    """
    if context.invoked_subcommand:
        return
    found = list(kept(project().media))
    sizes = {kind: sum(each.size for each in found if each.kind == kind) for kind in KINDS}
    counts = {kind: sum(each.kind == kind for each in found) for kind in KINDS}
    if as_json:
        rows = [{"kind": kind.name, "count": counts[kind], "bytes": sizes[kind]} for kind in KINDS]
        click.echo(json.dumps({"folder": str(project().media), "kinds": rows}, indent=1))
        return
    for kind in KINDS:
        click.echo(f"{sizes[kind] / 1e6:10.1f} MB  {counts[kind]:6} {kind.name}")
    click.echo(f"{sum(sizes.values()) / 1e6:10.1f} MB  in {project().media}")


@cache.command()
@click.option("--older-than", "days", type=click.FloatRange(0), metavar="DAYS", help=f"By default {_DAYS}.")
@click.option("--all", "everything", is_flag=True, help="However new it is.")
def prune(days: float | None, everything: bool) -> None:
    """Remove from the cache what was written more than 30 days ago; a later rendering draws it again.

    Do not prune while something renders in the same project: what it counts on would be gone.
    """
    if everything and days is not None:
        raise DescentError("--all removes everything and --older-than only what is old; give one of them.")
    before = time.time() - (0 if everything else (_DAYS if days is None else days) * _DAY)
    gone = [each for each in kept(project().media) if everything or each.written < before]
    for each in gone:
        remove(each)
    click.echo(f"{project().media}: {len(gone)} removed, {sum(each.size for each in gone) / 1e6:.1f} MB")


def kept(media: Path) -> Iterator[Kept]:
    """What descent keeps in a folder; links, and what bears another name, are somebody else's.

    Args:
        media: The project's folder of what need not be done again.
    """
    for kind in KINDS:
        folder = media / kind.folder
        if folder.is_symlink() or not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if path.is_symlink() or not re.fullmatch(kind.pattern, path.name) or path.is_dir() != kind.whole:
                continue
            files = [each for each in path.rglob("*") if each.is_file()] if kind.whole else [path]
            stats = [each.lstat() for each in files] or [path.lstat()]
            size = sum(stat.st_size for stat in stats) if files else 0
            yield Kept(kind, path, size, max(stat.st_mtime for stat in stats))


def remove(each: Kept) -> None:
    """Remove a thing from the cache.

    Raises:
        DescentError: If it cannot be removed.
    """
    try:
        if each.kind.whole:
            shutil.rmtree(each.path)
        else:
            each.path.unlink(missing_ok=True)
    except OSError as error:
        raise DescentError(f"{each.path} cannot be removed ({error.strerror or error}).") from error
