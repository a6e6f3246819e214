"""Decks for the browser: reveal.js, with everything beside the page or inside it, so that no network is needed."""

import base64
import io
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from urllib.parse import quote

from descent.base.errors import DescentError
from descent.base.extras import how_to_install
from descent.base.files import write
from descent.base.progress import Progress
from descent.film.narration import to_vtt
from descent.film.sidecar import iso_language
from descent.look.fonts import inter_file
from descent.publish.frames import SANDBOX
from descent.publish.slides import titling
from descent.publish.slides.cut import cut, picture
from descent.publish.slides.deck import Deck, DeckFilm, Section
from descent.publish.slides.mark import marked
from descent.publish.slides.templating import render

_REVEAL: Mapping[str, str] = MappingProxyType(
    {
        "reset.css": "dist/reset.css",
        "reveal.css": "dist/reveal.css",
        "reveal.js": "dist/reveal.js",
        "notes.js": "plugin/notes/notes.js",
        "reveal-licence.txt": "LICENSE",
    }
)
"""What a deck takes of reveal.js: its name in the deck, its place in the package."""

_FONT = "inter.ttf"


@dataclass(frozen=True, slots=True)
class _Slide:
    """A section as the page shows it; the addresses are relative ones or data."""

    section: Section
    video: str
    poster: str
    captions: str


@dataclass(frozen=True, slots=True)
class _PageSlide:
    """A page to take hold of, and a picture that stands for it where it is not loaded, as addresses."""

    address: str
    still: str


def write_html(deck: Deck, target: Path, one_file: bool = False, progress: Progress = lambda *_: None) -> None:
    """Write a reveal.js deck that plays from a file, without a network.

    Args:
        deck: What to show.
        target: The .html. Unless all is in one file, a folder named after it, such as `deck_files`, goes with it.
        one_file: Whether videos, pictures, fonts and scripts go into the page itself.
        progress: Told (slides done, slides in all, what is going on).

    Raises:
        DescentError: If reveal.js is not installed, a film cannot be cut, or the target cannot be written.
    """
    folder = target.with_name(f"{target.stem}_files")

    def place(name: str, data: bytes) -> str:
        if one_file:
            return _data(name, data)
        write(folder / name, data)
        return quote(f"{folder.name}/{name}")

    assets = {name: place(name, data) for name, data in {**_reveal(), _FONT: inter_file().read_bytes()}.items()}
    done, shown = 0, []
    with TemporaryDirectory() as work:
        for lesson in deck.lessons:
            slides = []
            for number in range(len(lesson.sections)):
                progress(done, deck.slides, f"cutting {lesson.name}")
                slides.append(_slide(deck, lesson, number, Path(work), place))
                done += 1
            done += 1
            page_slide = None
            if lesson.page is not None:
                page_slide = _page_slide(lesson, lesson.page, Path(work), place)
                done += 1
            shown.append((lesson, slides, page_slide))
    page = render(
        "deck.html",
        deck=deck,
        lessons=shown,
        titling=titling,
        language=iso_language(deck.lessons[0].language),
        iso_language=iso_language,
        assets=assets,
        licence=_reveal()["reveal-licence.txt"].decode(),
        one_file=one_file,
        sandbox=SANDBOX,
    )
    write(target, marked(page.encode(), ".html"))


def _slide(deck: Deck, lesson: DeckFilm, number: int, work: Path, place: Callable[[str, bytes], str]) -> _Slide:
    section, name = lesson.sections[number], lesson.clip_name(number)
    clip = work / f"{name}.mp4"
    cut(lesson.film, section.start, section.end, clip, section.title, sound=not deck.silent)
    with io.BytesIO() as poster:
        picture(clip).save(poster, "JPEG", quality=92, subsampling=0)
        return _Slide(
            section,
            place(clip.name, clip.read_bytes()),
            place(f"{name}.jpg", poster.getvalue()),
            # Captions are data in either case: a browser refuses a .vtt beside a page that is opened as a file.
            _data("captions.vtt", to_vtt(section.captions, by_word=True).encode()),
        )


def _page_slide(lesson: DeckFilm, page: Path, work: Path, place: Callable[[str, bytes], str]) -> _PageSlide:
    last = work / f"{lesson.clip_name(len(lesson.sections) - 1)}.mp4"
    with io.BytesIO() as still:
        picture(last, last=True).save(still, "JPEG", quality=92, subsampling=0)
        return _PageSlide(place(lesson.page_name, page.read_bytes()), place(f"{lesson.name}-try.jpg", still.getvalue()))


def _reveal() -> dict[str, bytes]:
    """The files of reveal.js that a deck needs, from the package that carries them."""
    try:
        root = files("sphinx_revealjs") / "_static" / "revealjs"
        return {name: (root / path).read_bytes() for name, path in _REVEAL.items()}
    except (ImportError, OSError) as reason:
        raise DescentError(
            "an HTML deck needs reveal.js, which the package sphinx-revealjs carries; "
            f"{how_to_install('slides')} brings it."
        ) from reason


def _data(name: str, data: bytes) -> str:
    """A file as an address that holds it."""
    kind = {".vtt": "text/vtt", ".ttf": "font/ttf"}.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
