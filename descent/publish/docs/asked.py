"""What a page asks for, read from the text of its directive or fence; the same in Sphinx, MkDocs and pandoc."""

import hashlib
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from descent.base.errors import DescentError, nearest, shown
from descent.film.beats import beats_of, beats_text
from descent.publish.docs.formats import Format, find_format
from descent.publish.frames import HEIGHT, frame_height

RACE = ("surface", "data", "runs", "start", "steps", "scheduler", "domain", "title", "narrate")
"""Options that describe a race in place, named as `descent animate` names them."""

MEDIA = ("format", "theme", "width", "height", "beats", "at", "silent")
"""Options that decide what is made."""

WORDS = ("caption", "alt")
"""Options that a page says beside it."""

PLACE = ("name", "class")
"""Options that name the place in the page."""

OPTIONS = (*MEDIA, *WORDS, *PLACE, *RACE)
THEMES = ("auto", "light", "dark")
_WIDTHS = (64, 3840)  # as of `descent gif`, which loads more than pages that show what is committed
_PATHS = ("data", "narrate")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asks for.

    Attributes:
        format: The kind of media.
        scene: A film's class, by name; empty for a race.
        file: The Python file that the class is in, or the TOML file of a race, seen from the folder of the pages; empty
            for a film that is found by its name.
        race: Options of a race in place, by name; paths are seen from the folder of the pages.
        theme: "auto" for both, "light" or "dark".
        width: Pixels.
        height: Of the frame around a page, in pixels; 0 for others.
        beats: The first and the last beat that a moving picture shows; None for those that the film names.
        at: Seconds into the film at which a still is taken; None for its last picture.
        silent: Whether a film has no voice.
        alt: Words for those who cannot see it; empty for the film's own.
        caption: Words below it.
        anchor: What links to it call it; empty without.
        classes: Classes of its element.
    """

    format: Format
    scene: str = ""
    file: str = ""
    race: tuple[tuple[str, str], ...] = ()
    theme: str = "auto"
    width: int = 0
    height: int = 0
    beats: tuple[int, int] | None = None
    at: float | None = None
    silent: bool = False
    alt: str = ""
    caption: str = ""
    anchor: str = ""
    classes: str = ""

    @property
    def is_race(self) -> bool:
        """Whether it is a race described here or in a TOML file, and not a film with a class of its own."""
        return not self.scene

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes that it is made in; a page has both, and its picture for paper is light."""
        if self.format.page and self.theme == "auto":
            return ("light",)
        return ("light", "dark") if self.theme == "auto" else (self.theme,)

    @property
    def name(self) -> str:
        """What it is called in a message."""
        return self.scene or self.file or "the race"

    def stem_in(self, theme: str) -> str:
        """The beginning of its files' names in a theme, which is what it is noted as."""
        return f"{self.stem}-{theme}"

    @property
    def stem(self) -> str:
        """The beginning of its files' names: the same request has the same one, two requests have two."""
        words = [self.scene or (Path(self.file).stem if self.file else "race")]
        if self.file or self.race:
            words.append(hashlib.sha256(repr((self.file, sorted(self.race))).encode()).hexdigest()[:8])
        words.append(self.format.name)
        if self.width != self.format.width:
            words.append(str(self.width))
        if self.beats:
            words.append(f"beats{beats_text(self.beats)}")
        if self.at is not None:
            words.append(f"at{self.at:g}")
        if self.silent:
            words.append("silent")
        return re.sub(r"[^\w.-]", "_", "-".join(words))


def read_asked(argument: str, options: Mapping[str, str | None], page: Path, base: Path, theme: str = "auto") -> Asked:
    """What a directive or a fence asks for.

    Args:
        argument: What stands behind `{descent}`: a film's class, `file.py:Class`, `race.toml`, or nothing.
        options: Its options by name, as text.
        page: Folder of the page: paths are seen from it, or from ``base`` if they begin with a slash.
        base: Folder of all pages.
        theme: The theme, where the page names none.

    Raises:
        DescentError: If there is no such option, or it cannot have such a value.
    """
    given = {name: " ".join((text or "").split()) if name != "runs" else text or "" for name, text in options.items()}
    for name in given:
        if name not in OPTIONS:
            raise DescentError(f"there is no option {name!r}: {nearest(name, OPTIONS)}")
    scene, file = _subject(argument, given, page, base)
    kind = find_format(given.get("format") or "film")
    chosen = given.get("theme") or theme
    if chosen not in THEMES:
        raise DescentError(f"there is no theme {chosen!r}: {nearest(chosen, THEMES)}")
    race = {name: text for name, text in given.items() if name in RACE}
    for name in _PATHS:
        if name in race:
            race[name] = _from_base(race[name], page, base)
    if ".py:" in race.get("surface", ""):
        path, _, function = race["surface"].rpartition(":")
        race["surface"] = f"{_from_base(path, page, base)}:{function}"
    if "runs" in race:
        race["runs"] = "\n".join(split_runs(race["runs"]))
    return Asked(
        kind,
        scene,
        file,
        tuple(sorted(race.items())),
        chosen,
        _width(given.get("width", ""), kind),
        _height(given, kind),
        _beats(given, kind),
        _seconds(given, kind),
        _silent(given, kind),
        given.get("alt", ""),
        given.get("caption", ""),
        given.get("name", ""),
        given.get("class", ""),
    )


def split_runs(text: str) -> list[str]:
    """Runs that stand on lines of their own, or behind each other with commas or semicolons between.

    >>> split_runs("SGD(lr=0.1, momentum=0.9), Adam(betas=(0.9, 0.99)) + StepLR(5); RMSprop")
    ['SGD(lr=0.1, momentum=0.9)', 'Adam(betas=(0.9, 0.99)) + StepLR(5)', 'RMSprop']
    """
    runs, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            depth += (character in "([{") - (character in ")]}")
            if depth == 0 and character in ",;\n":
                runs.append("")
                continue
        runs[-1] += character
    return [" ".join(run.split()) for run in runs if run.strip()]


def _subject(argument: str, given: Mapping[str, str], page: Path, base: Path) -> tuple[str, str]:
    """The class and the file that are asked for; neither for a race in place."""
    argument = argument.strip()
    race = [name for name in given if name in RACE]
    if not argument:
        if not given.get("runs"):
            raise DescentError("name a film, such as MomentumEscapes, or give a :surface: or :data: and :runs:.")
        return "", ""
    if race:
        raise DescentError(f"{argument} says it all, so :{race[0]}: says nothing; leave one of the two out.")
    if argument.endswith(".toml"):
        return "", _from_base(argument, page, base)
    file, colon, scene = argument.rpartition(":")
    if colon and not file.endswith(".py"):
        raise DescentError(f"{shown(argument)} is neither a film nor file.py:Film.")
    if not scene.isidentifier():
        raise DescentError(f"{shown(scene)} is no name of a film; `descent list` shows them.")
    return scene, _from_base(file, page, base) if colon else ""


def _from_base(path: str, page: Path, base: Path) -> str:
    """A path that stands in a page, as one from the folder of all pages."""
    whole = base / path.lstrip("/") if path.startswith("/") else page / path
    return Path(os.path.relpath(whole, base)).as_posix()


def _width(text: str, kind: Format) -> int:
    if not text:
        return kind.width
    if kind.page:
        raise DescentError(":width: is for pictures; a page is as wide as its place, and :height: says how high.")
    low, high = _WIDTHS
    found = re.fullmatch(r"([0-9]{1,5})(?:px)?", text)
    if found is None or not low <= int(found[1]) <= high:
        raise DescentError(f":width: is a number of pixels from {low} to {high:,}, not {shown(text)}.")
    return 2 * (int(found[1]) // 2)


def _height(given: Mapping[str, str], kind: Format) -> int:
    if "height" in given and not kind.page:
        raise DescentError(
            f":height: is for the format explore; the format {kind.name} has the height of its pictures."
        )
    if not kind.page:
        return 0
    text = given.get("height") or str(HEIGHT)
    found = re.fullmatch(r"([0-9]{1,5})(?:px)?", text)
    return frame_height(int(found[1]) if found else text)


def _beats(given: Mapping[str, str], kind: Format) -> tuple[int, int] | None:
    if "beats" not in given:
        return None
    if not kind.moves:
        raise DescentError(f":beats: is for moving pictures such as gif, not for the format {kind.name}.")
    return beats_of(given["beats"])


def _seconds(given: Mapping[str, str], kind: Format) -> float | None:
    if "at" not in given:
        return None
    if kind.name != "still":
        raise DescentError(f":at: is for stills, not for the format {kind.name}.")
    try:
        seconds = float(given["at"])
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise DescentError(f":at: is a number of seconds into the film, such as 3.5, not {shown(given['at'])}.")
    return seconds


def _silent(given: Mapping[str, str], kind: Format) -> bool:
    if "silent" in given and not kind.plays:
        raise DescentError(f":silent: is for films; the format {kind.name} says nothing anyway.")
    return "silent" in given
