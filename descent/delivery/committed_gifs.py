"""Moving pictures that are committed with a project: which of them are stale, and why, here or in a fresh clone.

``gifs.json`` beside them holds the settings that they are made with, and of each file what it was made from. If its
*sources* are the same, it is fresh and nothing is executed: text of the scene, of what it imports, of descent, and
the versions of the packages that the two require; nothing of the machine. If they are not, the *look* decides, a
digest of what the film would show.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from descent.base.errors import DescentError, reason
from descent.base.files import write
from descent.base.project import BUILT_IN, READ, TIMINGS, project
from descent.delivery.freshness import digest, package_digest, text_of
from descent.delivery.gif_settings import FORMATS, GifSettings
from descent.delivery.orders import RenderRequest
from descent.film.beats import beats_of, beats_text
from descent.film.narration.voices import voice_inputs
from descent.look.palette import THEMES

NOTE = "gifs.json"
_FILE = re.compile(rf"(\w+)(?:-(?:{'|'.join(THEMES)}))?(?:{'|'.join(map(re.escape, FORMATS.values()))})")
_OWN_FILMS = "descent's own films"


@dataclass(frozen=True, slots=True)
class GifKey:
    """What a film would show, as a digest, and the files of the project that it imports or reads."""

    digest: str
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """What is noted of a file.

    Attributes:
        scene: The scene's file.
        beats: The beats it shows, if it was asked for some.
        made_with: Its settings; their theme is its own.
        look: Digest of what it shows.
        sources: What it was made from: digest or version by name.
        sha256: Digest of the file itself.
    """

    scene: Path
    beats: tuple[int, int] | None
    made_with: GifSettings
    look: str
    sources: Mapping[str, str]
    sha256: str

    @classmethod
    def read(cls, entry: Any) -> "Noted":
        """What a note holds of a file; raises what is wrong with it."""
        beats = entry.get("beats")
        texts = [entry["scene"], entry["look"], entry["sha256"], *entry["sources"].values()]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
        return cls(
            Path(entry["scene"]),
            None if beats is None else beats_of(str(beats)),
            GifSettings.read(entry["made_with"]),
            entry["look"],
            entry["sources"],
            entry["sha256"],
        )

    def has_same_text(self, file: Path) -> bool:
        """Whether its scene's file, where it is now, holds what it held."""
        return file.is_file() and self.sources.get(self.scene.as_posix()) == _text_digest(file)

    def written(self) -> dict[str, Any]:
        """What :meth:`read` reads."""
        return {
            "scene": self.scene.as_posix(),
            **({} if self.beats is None else {"beats": beats_text(self.beats)}),
            "made_with": self.made_with.made_with(self.made_with.theme),
            "look": self.look,
            "sources": dict(self.sources),
            "sha256": self.sha256,
        }


class Published:
    """A folder of moving pictures and what is noted about them.

    An order here is for one file: its profile has one suffix.

    Args:
        folder: The folder.

    Attributes:
        folder: The folder.
        file: The note.
        settings: What its files are made with, as the note says; as usual if there is none.
        gifs: What is noted, by the file's name.

    Raises:
        DescentError: If there is a note that cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / NOTE
        self.settings = GifSettings()
        self.gifs: dict[str, Noted] = {}
        if not self.file.exists():
            return
        try:
            note = json.loads(self.file.read_text(encoding="utf-8"))
            if not isinstance(note, dict):
                raise ValueError("it holds no names with values")
            listed = dict(note["gifs"])
            self.settings = GifSettings.read(note["settings"])
        except DescentError as error:
            raise DescentError(f"{self.file} cannot be used: {error}") from error
        except OSError as error:
            raise DescentError(f"{self.file} cannot be read ({error.strerror or error}).") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise DescentError(
                f"{self.file} is no note of GIFs ({_wrong(error)}); restore it, or delete it to have all made anew."
            ) from error
        for name, entry in listed.items():
            try:
                if not _FILE.fullmatch(name):
                    raise DescentError("its name is not that of a moving picture in this folder.")
                self.gifs[name] = Noted.read(entry)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DescentError(
                    f"what {self.file} holds of {name!r} cannot be read ({_wrong(error)}); restore it, or delete it "
                    "to have that file made anew."
                ) from error

    @property
    def scenes(self) -> dict[str, Noted]:
        """A note of each scene that is listed: its files share the scene's own file, and their beats."""
        return {scene_of(name): noted for name, noted in reversed(self.gifs.items())}

    def fault(self, order: RenderRequest, settings: GifSettings) -> str:
        """What makes a file stale whatever its film shows, in a clause; empty if nothing does."""
        file = order.films[0]
        noted = self.gifs.get(file.name)
        if not file.is_file():
            return "not made yet" if noted is None else "the file is missing"
        if noted is None:
            return f"{self.file.name} does not say what it was made from"
        if noted.sha256 != digest(file):
            return "the file is not the one that was noted"
        before = {**noted.made_with.made_with(noted.made_with.theme), "beats": _beats(noted.beats)}
        now = {**settings.made_with(order.theme), "beats": _beats(order.beats)}
        other = [f"{name} {_plain(before[name])}, now {_plain(now[name])}" for name in now if before[name] != now[name]]
        return f"made with other settings: {'; '.join(other)}" if other else ""

    def changed(self, order: RenderRequest) -> list[str]:
        """The sources of a noted file that are not what they were, each named in a few words."""
        noted = self.gifs[order.films[0].name]
        known = {"descent", "packages", "voice", _OWN_FILMS, *READ, noted.scene.as_posix()}
        now = sources(order, sorted({*noted.sources} - known))
        names = sorted(name for name in {*noted.sources, *now} if noted.sources.get(name) != now.get(name))
        return [_told(name, noted.sources.get(name, ""), now.get(name, "")) for name in names]

    def looks_the_same(self, order: RenderRequest, look: GifKey) -> bool:
        """Whether a noted file shows what its film would show now."""
        return self.gifs[order.films[0].name].look == look.digest

    def add(self, order: RenderRequest, look: GifKey, settings: GifSettings) -> None:
        """Note what a file was made from, and the settings for the folder."""
        file = order.films[0]
        made_from = sources(order, look.modules)
        scene = Path(_named(order.scene.file))
        made_with = replace(settings, theme=order.theme)
        self.gifs[file.name] = Noted(scene, order.beats, made_with, look.digest, made_from, digest(file))
        self._write(settings)

    def keep(self, settings: GifSettings, orders: Iterable[RenderRequest]) -> list[Path]:
        """Note the settings, and take files out that they ask for no more; all that they ask for are there.

        Args:
            settings: The settings.
            orders: All files of some scenes.

        Returns:
            The files that are noted no more.
        """
        wanted = {order.films[0].name: order.scene.name for order in orders}
        scenes = set(wanted.values())
        left = [name for name in self.gifs if name not in wanted and scene_of(name) in scenes]
        for name in left:
            del self.gifs[name]
        if left or settings != self.settings:
            self._write(settings)
        return [self.folder / name for name in left]

    def _write(self, settings: GifSettings) -> None:
        self.settings = settings
        listed = {name: noted.written() for name, noted in sorted(self.gifs.items())}
        text = json.dumps({"settings": settings.values(), "gifs": listed}, indent=1, ensure_ascii=False)
        write(self.file, f"{text}\n".encode())


def scene_of(name: str) -> str:
    """The scene of a file, by its name.

    >>> scene_of("MomentumEscapes-light-still.webp")
    'MomentumEscapes'
    """
    found = _FILE.fullmatch(name)
    assert found
    return found[1]


def sources(order: RenderRequest, modules: Iterable[str]) -> dict[str, str]:
    """What a film is made from, each as a digest or version by name; alike on machines that have the same packages.

    Args:
        order: The film.
        modules: What else of the project it is made from, as paths in the project.
    """
    root = project().root
    files = {_named(order.scene.file): order.scene.file} | {name: root / name for name in (*modules, *READ)}
    found = {name: _text_digest(file) for name, file in files.items()}
    packages = ", ".join(f"{name} {number}" for name, number in package_versions())
    found |= {"descent": package_digest(), "packages": packages, "voice": voice_inputs(order.voice)}
    if order.scene.file.resolve().is_relative_to(BUILT_IN.scenes) and root.resolve() != BUILT_IN.root.resolve():
        own = [BUILT_IN.timings, *sorted(BUILT_IN.scenes.glob("*.py"))]
        found[_OWN_FILMS] = sha256(b"".join(map(text_of, own))).hexdigest()
    return found


def _text_digest(file: Path) -> str:
    return sha256(text_of(file)).hexdigest()


def _named(file: Path) -> str:
    """A file's path in the project, or its name alone: what is the same in every clone."""
    name = project().name_of(file)
    return file.name if Path(name).is_absolute() else name


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _beats(beats: tuple[int, int] | None) -> str:
    return "as the scene says" if beats is None else beats_text(beats)


def _told(name: str, before: str, now: str) -> str:
    """A source that changed, in a few words."""
    if name == "packages":
        old, new = (dict(each.rpartition(" ")[::2] for each in text.split(", ") if each) for text in (before, now))
        differ = [
            f"{p} {old.get(p, '-')} → {new.get(p, '-')}" for p in sorted({*old, *new}) if old.get(p) != new.get(p)
        ]
        return f"packages ({', '.join(differ)})"
    return {TIMINGS: f"the narration's times ({TIMINGS})", "voice": "the voice (DESCENT_VOICE)"}.get(name, name)


def _wrong(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else reason(error)


@cache
def package_versions() -> list[tuple[str, str]]:
    """What descent and Manim require, without what depends on the system, and without a build's own mark (+cpu)."""
    found = set()
    for package in ("descent-films", "manim"):
        for line in requires(package) or ():
            named = re.match(r"[\w.-]+", line)
            if ";" not in line and named:
                found.add(named[0].lower())
    known = []
    for name in sorted(found):
        try:
            known.append((name, version(name).partition("+")[0]))
        except PackageNotFoundError:
            known.append((name, "-"))
    return known
