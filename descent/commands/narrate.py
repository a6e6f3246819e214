"""``descent narrate``: the timing table, and the script of one's own voice."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError, shown
from descent.base.failures import failure
from descent.base.progress import progress
from descent.base.project import project
from descent.commands.shared import complete_scenes

if TYPE_CHECKING:
    from descent.film.narration import Recordings

_FOLDER = "recordings"


@click.command()
@click.argument("scenes", nargs=-1, metavar="[SCENE|FILE.py|FILE.toml]...", shell_complete=complete_scenes)
@click.option(
    "--voice",
    default=None,
    metavar="NAME|FOLDER",
    help="Whose timings to measure, or a folder of recordings.  [default: hibari; with --script, recordings]",
)
@click.option("--script", is_flag=True, help="Print the lines to read, numbered, and keep the numbers in the folder.")
def narrate(scenes: tuple[str, ...], voice: str | None, script: bool) -> None:
    """Measure every narrated line of SCENES, or of all and of courses, and renew the committed timing table.

    Lines that are no longer spoken leave it, unless scenes are named or one cannot be read: then all of them stay. The
    exit status is 1 if one cannot be read.

    For your own voice, print the script, record each line into a file named after its number, and give the folder
    wherever a voice is chosen (or in DESCENT_VOICE). Here, it says which lines are recorded and which are not.

    \b
    descent narrate --script MomentumEscapes > script.txt   # also of your own scenes, and of race.toml
    ...                                                     # recordings/MomentumEscapes-01.wav, or .flac, .mp3
    descent narrate --voice recordings MomentumEscapes
    descent render --voice recordings MomentumEscapes
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.delivery.outline import course_lines
    from descent.film.narration import Recordings, find_voice, refresh
    from descent.film.narration.voices import is_engine

    here = project()
    if not scenes and not any(here.scenes.glob("*.py")) and not course_lines(here):
        raise DescentError(f"there is no scene in {here.scenes.resolve()}; `descent init` writes a first one.")
    if script:
        folder = voice or _FOLDER
        if is_engine(folder):
            raise DescentError(f"--script is for a folder of recordings, and {folder} is a voice that reads by itself.")
        films, failed = _lines(scenes)
        _write_script(Path(folder), films)
    elif isinstance(speaker := find_voice(voice), Recordings):
        films, failed = _lines(scenes)
        failed = _take_stock(speaker, films) or failed
    else:
        films, failed = _lines(scenes)
        lines = list(dict.fromkeys(line for film in films.values() for line in film))
        with progress() as told:
            keep = failed or bool(scenes)
            refresh(lines, speaker, here.timings, lambda done, all_: told(done, all_, "measuring"), keep=keep)
        click.echo(f"{here.timings}: {len(lines)} lines")
    if failed:
        sys.exit(1)


def _lines(names: Sequence[str]) -> tuple[dict[str, list[str]], bool]:
    """What is said in each film, or in all of them and in courses, and whether one cannot be read, which is told."""
    from descent.base.workers import Workers
    from descent.delivery.find import requests
    from descent.delivery.in_worker import spoken_lines
    from descent.delivery.outline import course_lines

    here = project()
    races = [name for name in names if name.endswith(".toml")]
    films: dict[str, list[str]] = {Path(name).stem: _race_lines(Path(name)) for name in races}
    scenes = [name for name in names if name not in races]
    if races and not scenes:
        return films, False
    own = scenes or any(here.scenes.glob("*.py"))
    found = requests(scenes, here.scenes, "docs", "dark", here.assets, here.listing) if own else []
    refs = [request.scene for request in found]
    courses = {} if names else {name: list(lines) for name, lines in course_lines(here).items()}
    failed = False
    with progress() as told, Workers(os.cpu_count() or 1) as workers:
        for done, (ref, answer) in enumerate(workers.run(spoken_lines, refs), 1):
            told(done, len(refs), f"reading {ref.name}")
            if isinstance(answer, Exception):
                failed = True
                click.echo(f"{ref.name}: {failure(answer)}", err=True)
            else:
                films[ref.name] = answer
    order = [*(Path(race).stem for race in races), *(ref.name for ref in refs)]
    return {name: films[name] for name in order if name in films} | courses, failed


def _race_lines(file: Path) -> list[str]:
    """What is said in the film of a race."""
    from descent.animate.make import lines_of, look_of
    from descent.animate.read import read
    from descent.animate.view import settle
    from descent.base.document import read_toml
    from descent.look.fonts import using

    document = read_toml(file, {"voice": "silence"})  # whoever reads the script can say anything
    with using(look_of(document).font):
        return lines_of(settle(read(document)))


def _write_script(folder: Path, films: Mapping[str, Sequence[str]]) -> None:
    from descent.film.narration.recordings import SCRIPT, numbered, printed, read_script, write_script

    before = read_script(folder) if (folder / SCRIPT).is_file() else {}
    script = numbered(before, films)
    write_script(folder, script)
    click.echo(printed(script, films))
    new = len(script) - len(before)
    click.echo(
        f"{folder / SCRIPT} keeps the numbers, {new} of them new; record each line into {folder}/NUMBER.wav, "
        ".flac or .mp3.",
        err=True,
    )


def _take_stock(voice: "Recordings", films: Mapping[str, Sequence[str]]) -> bool:
    """Say which lines are recorded, and what is wrong; returns whether a recording cannot be used."""
    lines = list(dict.fromkeys(line for film in films.values() for line in film))
    missing = voice.missing(lines)
    seconds, failed = 0.0, False
    for line in lines:
        if line not in missing:
            try:
                seconds += voice.speak(line).seconds
            except DescentError as error:
                failed = True
                click.echo(str(error), err=True)
    click.echo(f"{voice.folder}: {len(lines) - len(missing)} of {len(lines)} lines are recorded, {seconds:.1f} s")
    for line, number in missing.items():
        click.echo(f"  {number or 'without a number'}: no recording of {shown(line)}")
    if not all(missing.values()):
        click.echo(f"  `descent narrate --script --voice {voice.folder}` gives new lines their numbers.")
    for number in voice.outdated(lines, films):
        click.echo(f"  {number}: recorded for words that are not said now, {shown(voice.script[number])}")
    for stray in voice.strays:
        click.echo(f"  {stray}: its name is no number of the script")
    return failed
