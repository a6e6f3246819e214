"""``descent slides``: decks of finished films."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError
from descent.base.output import is_file
from descent.base.progress import progress
from descent.commands.render import render_all, report_new
from descent.commands.shared import (
    deck_profile_option,
    every_option,
    jobs_option,
    scenes_argument,
    theme_option,
    voice_option,
)

if TYPE_CHECKING:
    from descent.delivery.orders import RenderRequest

_HEAVY = 100_000_000  # bytes


@click.command()
@scenes_argument
@every_option
@click.option(
    "-o",
    "--output",
    "targets",
    type=click.Path(path_type=Path),
    multiple=True,
    default=("deck.pptx",),
    show_default=True,
    help="A .pptx, .html or .pdf, or a folder for a .pptx; several at once by giving it again.",
)
@theme_option
@deck_profile_option
@click.option("--one-file", is_flag=True, help="Put everything into the .html itself, with no folder beside it.")
@voice_option
@click.option("--silent", is_flag=True, help="Without sound, for someone who speaks; what is said stands in the notes.")
@click.option(
    "--loop",
    metavar="SLIDES",
    help="Beats that begin again at their end until one advances: numbers of slides, as in 3,5-7, or all.",
)
@click.option(
    "--template",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.pptx",
    help="Put a .pptx in the masters of this one: its layouts, theme, size and footers.",
)
@click.option(
    "--explore",
    is_flag=True,
    help="Behind each film of one map, its runs to take hold of: in an .html the page itself, else a picture of it.",
)
@click.option("--force", is_flag=True, help="Replace a file even if descent did not make it, or it was changed since.")
@click.option("--title", default="", help="Title of the deck; by default the film's, or the file's name.")
@jobs_option
def slides(
    scenes: tuple[str, ...],
    every: bool,
    targets: tuple[Path, ...],
    theme: str,
    profile: str,
    one_file: bool,
    voice: str,
    silent: bool,
    loop: str | None,
    template: Path | None,
    explore: bool,
    force: bool,
    title: str,
    jobs: int,
) -> None:
    """Make a deck of SCENES (class names or files, in the order to show them): a slide a beat.

    Films that are not up to date are rendered first. Each begins with a slide of its claim; then every beat is a
    slide whose film plays by itself, with sound, captions, and the narration as speaker notes. A deck that is there
    is replaced only if it is as descent wrote it.

    \b
    .pptx   PowerPoint, Keynote, LibreOffice
    .html   reveal.js, for any browser, without a network: with a folder beside it, or --one-file
    .pdf    a handout: the last picture of each beat and what is said
    """  # noqa: D301 -- click's mark for lines to leave alone
    if bool(scenes) == every:
        raise DescentError("name the scenes to make slides of, or give --all; `descent list` shows them.")
    from descent.publish.slides import looping, read_deck, slide_numbers, write_deck

    targets = _files(scenes, targets)
    _check({target.suffix.lower() for target in targets}, one_file, silent or bool(loop), template)
    numbers = slide_numbers(loop) if loop is not None else frozenset[int]()
    _keep(targets, template, force)
    _check_profile(profile)
    films = render_all(list(scenes), profile, theme, None, jobs, voice=voice, held=False, done=report_new)
    if any(film.error for film in films):
        sys.exit(1)
    pages = _pages([film.order for film in films], jobs) if explore else {}
    for target in targets:
        name = title or (target.stem if len(films) > 1 else "")
        deck = looping(read_deck([film.order.file(".json") for film in films], name, silent, pages), numbers)
        with progress() as told:
            write_deck(deck, target, one_file=one_file, template=template, force=force, progress=told)
        _report(target, deck.slides, _beside(target, one_file, bool(pages)))


def _files(scenes: tuple[str, ...], targets: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files that are asked for; a folder stands for a .pptx in it."""
    from descent.publish.slides import FORMATS

    name = f"{scenes[0] if len(scenes) == 1 and not scenes[0].endswith('.py') else 'deck'}.pptx"
    return tuple(target if is_file(target, FORMATS, "a deck") else target / name for target in targets)


def _check(endings: set[str], one_file: bool, played: bool, template: Path | None) -> None:
    """Refuse options that none of the decks can follow, and a template that cannot be read."""
    if one_file and ".html" not in endings:
        raise DescentError("--one-file is for .html decks; others are one file anyway.")
    if played and endings == {".pdf"}:
        raise DescentError("--silent and --loop are for decks that play, .pptx and .html; a .pdf does not.")
    if template:
        if ".pptx" not in endings:
            raise DescentError("--template is for .pptx decks; others have the films' own look.")
        from descent.publish.slides import read_template

        read_template(template)


def _keep(targets: tuple[Path, ...], template: Path | None, force: bool) -> None:
    """Refuse to lose what somebody else made, the template above all."""
    from descent.publish.slides import check_replaceable

    for target in targets:
        if template and target.exists() and target.samefile(template):
            raise DescentError(f"{target} is the template; write the deck to another file.")
        check_replaceable(target, force, "name another file, or give --force to replace it")


def _check_profile(profile: str) -> None:
    from descent.delivery.profiles import PROFILES, find_profile

    if find_profile(profile).suffixes[0] != ".mp4":
        able = " or ".join(name for name, known in PROFILES.items() if known.suffixes[0] == ".mp4")
        raise DescentError(f"slides are cut from MP4 films, which profile {profile!r} does not make; take {able}.")


def _pages(orders: "list[RenderRequest]", jobs: int) -> dict[Path, Path]:
    """The pages of those films that have one, by the films' notes; of the others, why they have none is told."""
    from descent.publish.explore.films import film_pages

    with progress() as told:
        found = film_pages(orders, jobs, told)
    for order, page in found.items():
        if page.file is None:
            click.echo(f"{order.scene.name}, no page to take hold of: {page.why}", err=True)
    return {order.file(".json"): page.file for order, page in found.items() if page.file}


def _beside(target: Path, one_file: bool, pages: bool) -> Path | None:
    """The folder that belongs to a deck, if one does."""
    kind = target.suffix.lower()
    belongs = (kind == ".html" and not one_file) or (kind == ".pptx" and pages)
    return target.with_name(f"{target.stem}_files") if belongs else None


def _report(target: Path, count: int, beside: Path | None) -> None:
    """Say what was written, and where it is too large to be sent."""
    size = sum(file.stat().st_size for file in (target, *(beside.iterdir() if beside else ())))
    click.echo(f"{target}{f' and {beside.name}' if beside else ''}  ({count} slides, {size / 1e6:.1f} MB)")
    if size > _HEAVY:
        click.echo(
            f"  {target.name} is larger than {_HEAVY / 1e6:.0f} MB, too large for most mail servers and learning "
            "platforms; take fewer scenes, or --profile preview."
        )
