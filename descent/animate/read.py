"""From what the user typed to a problem and its looks: every value checked, every mistake told with its place."""

import inspect
import math
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from descent.animate import fields
from descent.animate.markdown import LONGEST_LINE, MOST_BEATS, paced, read_script
from descent.animate.problem import Entry, Problem, Said, own_function, settings_of
from descent.base.document import Document, InFile, quoted
from descent.base.errors import DescentError
from descent.base.user_code import forget
from descent.film.loops import LOOPS
from descent.look import fonts
from descent.look.fonts import text_width, wrap
from descent.look.palette import MAX_RUNS
from descent.record.named_surfaces import SURFACES
from descent.record.regression import STANDARDIZE, read_points
from descent.record.spec_text import parse_run, split_name
from descent.record.surfaces import Point

MOST_STEPS = 5000
"""Of all runs together: a minute has no room for more, and every frame draws the way so far."""

STEPS = 50
"""Of a run that does not say."""

_KEYS = (
    "surface",
    "data",
    "standardize",
    "domain",
    "start",
    "steps",
    "scheduler",
    "runs",
    "title",
    "question",
    "answer",
    "beats",
    "narrate",
)
MUTE = (*LOOPS, ".png")
"""Kinds of file in which nothing is heard."""

LOOKS = ("output", "theme", "profile", "width", "voice", "font")
"""Keys that are not about the problem but about its film."""

_NOTE_ROOM, _NOTE_LINES = 19.4, 2  # in multiples of its size: the narrowest column beside a map
_LARGEST_ERROR = 1e36  # at the start: there is room for a run that climbs
_ANSWER = 160  # characters that a card has room for
_LABEL = 80  # characters of a run's own name


def read(document: Document) -> Problem:
    """The problem that a document describes, each of its runs tried out.

    Raises:
        DescentError: Telling the first thing that is wrong, and in which line of which file it is.
    """
    forget()  # a notebook runs for long, and files are edited meanwhile
    for key in document.values:
        with document.at(key):
            fields.known(key, (*_KEYS, *LOOKS), "a problem")
    with fonts.using(font_of(document)):
        return _problem(document)


def font_of(document: Document) -> Path | None:
    """The font file that a document names, for characters that Inter lacks.

    Raises:
        DescentError: If it is no font.
    """
    if "font" not in document.values:
        return None
    with document.at("font"):
        file = document.given("font", fields.text(document.values["font"], "font", 1000))
        with fonts.using(file):
            return fonts.own_font()


def _problem(document: Document) -> Problem:
    values = document.values
    standardize = _standardize(document)
    surface, points = _ground(document, standardize)
    domain = None
    if "domain" in values:
        with document.at("domain"):
            domain = fields.domain(values["domain"], "domain")
    entries = _entries(document, [(0.0, 0.0)] if points else [])
    beats = _beats(document, max(entry.steps for entry in entries))
    title, question, answer = _title(document, "title"), _title(document, "question"), _answer(document)
    problem = Problem(
        entries, surface, points, standardize, domain, title=title, question=question, answer=answer, beats=beats
    )
    with document.at("data"):
        _check_size(problem)
    for entry, where in zip(entries, _places(document, len(entries)), strict=True):
        with document.at(*where):
            Problem((entry,), surface, points, standardize, domain).trajectories()
    return problem


def _standardize(document: Document) -> bool:
    with document.at("standardize"):
        value = document.values.get("standardize", False)
        if not isinstance(value, bool):
            raise DescentError(f"standardize must be true or false, not {quoted(value)}.")
        if value and "data" not in document.values:
            raise DescentError("standardize is for data: a surface has no columns.")
        return value


def _check_size(problem: Problem) -> None:
    """Refuse data whose squared errors, or slopes, single precision does not hold."""
    for entry in problem.entries if problem.points else ():
        weight, bias = entry.start
        with np.errstate(all="ignore"):
            x, y = np.array(problem.points).T
            error = float(np.mean((weight * x + bias - y) ** 2))
        fits = error <= _LARGEST_ERROR and np.abs(problem.points).max() <= math.sqrt(_LARGEST_ERROR)
        if not (fits and np.ptp(x) >= 1 / math.sqrt(_LARGEST_ERROR)):
            raise DescentError(f"the data are too large or too small for single precision: {STANDARDIZE}.")


def _ground(document: Document, standardize: bool) -> tuple[str, tuple[Point, ...]]:
    values = document.values
    with document.at("data"):
        if ("surface" in values) == ("data" in values):
            raise DescentError(
                'give either a surface, such as "bird" or "my_losses.py:bowl", or data, such as "points.csv".'
            )
        if "data" in values:
            return "", read_points(document.beside(fields.text(values["data"], "data", 1000)), standardize)
    with document.at("surface"):
        name = fields.text(values["surface"], "surface", 1000)
        if name not in SURFACES:
            module, colon, function = name.rpartition(":")
            if module.endswith(".py"):
                name = f"{document.given('surface', module).resolve()}{colon}{function}"
            own_function(name)
        return name, ()


def _entries(document: Document, starts: list[Point]) -> tuple[Entry, ...]:
    values = document.values
    if "start" in values:
        with document.at("start"):
            starts = fields.points(values["start"], "start")
    with document.at("runs"):
        runs = values.get("runs")
        if not isinstance(runs, list) or not runs:
            raise DescentError('there are no runs: give at least one, such as "SGD(lr=0.01)".')
        entries = [entry for number, run in enumerate(runs) for entry in _run(document, number, run, starts)]
        if len(entries) > MAX_RUNS:
            raise DescentError(f"{len(entries)} runs are too many for one picture; {MAX_RUNS} fit.")
        same = [(_meant_by(settings_of(entry.text)), entry.start, entry.steps) for entry in entries]
        for number, entry in enumerate(entries):
            if same[number] in same[:number]:
                raise DescentError(f"{entry.told} from {entry.start} is there twice.")
        called: dict[str, str] = {}
        for entry in entries:
            if entry.name and called.setdefault(entry.name, entry.text) != entry.text:
                raise DescentError(f"two runs are called {quoted(entry.name)}; give each a label of its own.")
    with document.at("steps"):
        if sum(entry.steps for entry in entries) > MOST_STEPS:
            raise DescentError(f"all runs together may take {MOST_STEPS:,} steps; take fewer.")
    return tuple(entries)


def _meant_by(settings: Mapping[str, Any]) -> dict[str, object]:
    """The settings of a run, its optimizer and scheduler as :func:`_meant` has them."""
    return {name: _meant(value) if isinstance(value, partial) else value for name, value in settings.items()}


def _meant(spec: partial[Any] | None) -> tuple[object, ...]:
    """A spec with every setting that it does not name, so that one run is the same however it is written."""
    if spec is None:
        return ()
    defaults = {name: each.default for name, each in inspect.signature(spec.func).parameters.items()}
    settings = {**defaults, **spec.keywords}
    if "schedulers" in spec.keywords:
        settings["schedulers"] = [_meant(part) for part in spec.keywords["schedulers"]]
    return spec.func, settings


def _run(document: Document, number: int, run: object, starts: list[Point]) -> list[Entry]:
    with document.at("runs", number):
        given = {"optimizer": run} if isinstance(run, str) else run
        if not isinstance(given, Mapping) or "optimizer" not in given:
            raise DescentError(f'a run is an optimizer, such as "SGD(lr=0.01)", not {quoted(run)}.')
        for key in given:
            with document.at("runs", number, key):
                fields.known(key, ("optimizer", "scheduler", "start", "steps", "label"), "a run")
        with document.at("runs", number, "optimizer"):
            text = fields.text(given["optimizer"], "optimizer", 2000)
            name, text = ("", text) if isinstance(text, InFile) else split_name(text)
            scheduler = settings_of(text).get("scheduler")
        with document.at("runs", number, "label" if "label" in given else "optimizer"):
            name = _label(given.get("label", name), name)
        if scheduler is None:
            text = _scheduled(document, number, given, text)
        elif "scheduler" in given:
            raise DescentError(f"{text} has a scheduler already; give one of the two.")
        where = ("runs", number, "steps") if "steps" in given else ("steps",)
        with document.at(*where):
            steps = fields.whole(given.get("steps", document.values.get("steps", STEPS)), "steps", 1, MOST_STEPS)
        if "start" in given:
            with document.at("runs", number, "start"):
                starts = fields.points(given["start"], "start")
        if not starts:
            raise DescentError("a run needs a start, two numbers w1 and w2.")
        return [Entry(text, start, steps, name) for start in starts]


def _label(value: object, before: str) -> str:
    label = fields.text(value, "label", _LABEL)
    if before and label != before:
        raise DescentError(f"the run is called {quoted(before)} already; give one of the two.")
    _shown(label)
    return label


def _scheduled(document: Document, number: int, given: Mapping[str, Any], text: str) -> str:
    """A run's text with its own scheduler, else with the one for all."""
    own = "scheduler" in given
    if not own and "scheduler" not in document.values:
        return text
    with document.at(*(("runs", number, "scheduler") if own else ("scheduler",))):
        value = given["scheduler"] if own else document.values["scheduler"]
        scheduler = fields.text(value, "scheduler", 2000)
        if own and not scheduler:
            return text  # none for this run
        parse_run(f"SGD + {scheduler}")
        return f"{text} + {scheduler}"


def _places(document: Document, count: int) -> list[tuple[str | int, ...]]:
    """Where each entry stands: a run from several starts makes as many of them."""
    runs = document.values["runs"]
    shares = count // len(runs) if count % len(runs) == 0 else 1
    return [("runs", min(k // shares, len(runs) - 1)) for k in range(count)]


def _title(document: Document, key: str) -> str:
    """The title, or the question that stands in its place; empty if it is not there."""
    if key not in document.values:
        return ""
    with document.at(key):
        title = fields.text(document.values[key], key, 200)
        _shown(title)
        from descent.stage.scene.comparison import title_fits

        if not title_fits(title):
            raise DescentError(f"the {key} {quoted(title)} does not fit on three lines beside the map; shorten it.")
        return title


def _answer(document: Document) -> str:
    """What the last card says; empty if it is not there."""
    with document.at("answer"):
        answer = fields.text(document.values.get("answer", ""), "answer", _ANSWER)
        _shown(answer)
        return answer


def _beats(document: Document, steps: int) -> tuple[Said, ...]:
    values = document.values
    if "beats" in values and "narrate" in values:
        with document.at("narrate"):
            raise DescentError("give either beats or a file to narrate, not both.")
    if "narrate" in values:
        with document.at("narrate"):
            heard = _heard(document)
            told = read_script(document.beside(fields.text(values["narrate"], "narrate", 1000)))
            return tuple(
                Said(_spoken(say, heard), _noted(note), to)
                for (say, note), to in zip(told, paced(len(told), steps), strict=True)
            )
    if "beats" not in values:
        return ()
    heard = _heard(document)
    with document.at("beats"):
        beats = values["beats"]
        if not isinstance(beats, list) or not 1 <= len(beats) <= MOST_BEATS:
            raise DescentError(f"beats must be 1 to {MOST_BEATS} tables [[beats]], each with what to say.")
        return tuple(
            _beat(document, number, beat, (paced(len(beats), steps)[number], steps), heard)
            for number, beat in enumerate(beats)
        )


def _beat(document: Document, number: int, beat: object, to: tuple[int, int], heard: bool) -> Said:
    """What is said, and how far the runs go: as far as it says, else the first of two numbers; at most the second."""
    with document.at("beats", number):
        if not isinstance(beat, Mapping) or "say" not in beat:
            raise DescentError(f"a beat is a table with what to say, not {quoted(beat)}.")
        for key in beat:
            with document.at("beats", number, key):
                fields.known(key, ("say", "note", "to", "reveal"), "a beat")
        with document.at("beats", number, "say"):
            say = _spoken(beat["say"], heard)
        with document.at("beats", number, "note"):
            note = _noted(beat.get("note", ""))
        with document.at("beats", number, "reveal"):
            reveal = beat.get("reveal", False)
            if not isinstance(reveal, bool):
                raise DescentError(f"reveal must be true or false, not {quoted(reveal)}.")
        with document.at("beats", number, "to"):
            own, last = to
            return Said(say, note, fields.whole(beat.get("to", own), "to", 0, last), reveal)


def _heard(document: Document) -> bool:
    """Whether somebody will speak the lines: in a GIF, a picture and in silence they are only shown."""
    from descent.film.narration import SilentFilmWarning, asked_voice, find_voice, takes_any_text

    values = document.values
    if Path(str(values.get("output", ""))).suffix.lower() in MUTE:
        return False
    with document.at("voice"), warnings.catch_warnings():
        warnings.simplefilter("ignore", SilentFilmWarning)
        return not takes_any_text(find_voice(voice_of(document) or asked_voice() or None))


def voice_of(document: Document) -> str:
    """Who speaks: a name, or a folder of recordings as one from here; empty if nothing is said.

    Raises:
        DescentError: If it is no text.
    """
    from descent.film.narration.voices import is_engine, is_folder

    with document.at("voice"):
        name = fields.text(document.values.get("voice", ""), "voice", 1000)
    folder = str(document.given("voice", name))
    return folder if name and not is_engine(name) and is_folder(folder) else name


def _spoken(value: object, heard: bool) -> str:
    from descent.film.narration import respell, unmarked

    line = fields.text(value, "a spoken line", LONGEST_LINE)
    if heard or not line:
        respell(unmarked(line)[0])
    return line


def _noted(value: object) -> str:
    note = fields.text(value, "a note", 200)
    _shown(note)
    lines = wrap(note, _NOTE_ROOM)
    if len(lines) > _NOTE_LINES or any(text_width(line) > _NOTE_ROOM for line in lines):
        raise DescentError(f"the note {quoted(note)} does not fit on two lines beside the map; shorten it.")
    return note


def _shown(words: str) -> None:
    """Refuse characters that no font has."""
    if fonts.lacking(words):
        from descent.stage.typesetting import glyphs

        glyphs(words)  # the system may have a font for it
