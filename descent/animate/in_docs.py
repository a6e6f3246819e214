"""Races that pages of documentation describe, as films."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from descent.base.document import Document, read_toml
from descent.base.errors import DescentError, shown
from descent.publish.docs.race import Race, RaceScene


def race_scene(race: Race) -> RaceScene:
    """Make the film of a race, in a worker.

    Raises:
        DescentError: If anything that the page says does not fit, in a sentence.
    """
    # Named here, so that pages without a race to make load nothing of it.
    from descent.animate.make import scene_file, timed
    from descent.animate.read import read
    from descent.animate.view import settle
    from descent.delivery.freshness import project_modules
    from descent.delivery.planning import telling_errors
    from descent.delivery.reads import Watched, watching
    from descent.film.narration import SILENCE, asked_voice

    watched = Watched()
    with telling_errors():
        with watching(watched):
            problem = settle(read(race_document(race)))
        voice = asked_voice()
        scene = scene_file(timed(problem, (voice or None) if race.heard else SILENCE, race.heard), voice)
        files = {*project_modules().values(), *map(Path, watched.read(()).files)} - {scene.file.resolve()}
    return RaceScene(scene, tuple(sorted(files)))


def race_document(race: Race) -> Document:
    """What the page says, or the TOML file that it names, without what is said of files that are made of it."""
    if race.file is None:
        return Document({name: _READ.get(name, _words)(text, name) for name, text in race.options}, race.base)
    from descent.animate.read import LOOKS

    document = read_toml(race.file, {})
    if "font" in document.values:
        raise DescentError(
            f"{race.file.name} names a font; name it in the variable DESCENT_FONT for all pages instead."
        )
    return replace(document, values={name: value for name, value in document.values.items() if name not in LOOKS})


def _words(text: str, name: str) -> str:
    return text


def _lines(text: str, name: str) -> list[str]:
    return text.splitlines()


def _number(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise DescentError(f":{name}: takes a whole number, not {shown(text)}.") from None


def _numbers(text: str, name: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise DescentError(f":{name}: takes numbers with commas between, as in -12,10, not {shown(text)}.") from None


def _starts(text: str, name: str) -> list[list[float]]:
    return [_numbers(start, name) for start in text.split(";")]


_READ: Mapping[str, Callable[[str, str], Any]] = MappingProxyType(
    {"runs": _lines, "steps": _number, "domain": _numbers, "start": _starts}
)
