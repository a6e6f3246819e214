"""From rendered films to a folder that any static host, or a browser alone, can show."""

from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, replace
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from PIL import Image

from descent.base.errors import DescentError
from descent.delivery.freshness import digest
from descent.delivery.outline import Course
from descent.film.narration import cues, to_vtt
from descent.look.palette import DARK, LIGHT, THEMES
from descent.publish.fonts import font_key, font_licence, web_font
from descent.publish.frames import SANDBOX
from descent.publish.gallery.embeds import Embed, embeds
from descent.publish.gallery.film import GalleryFilm, Rendition, by_word, clock, lesson_words, megabytes, spoken
from descent.publish.gallery.folder import SiteFolder

_THUMBNAIL = 1280  # pixels across: the largest is shown at half of that on a screen of double density


@dataclass(frozen=True, slots=True)
class Still:
    """A picture of the site that is no film.

    Attributes:
        file: A PNG.
        title: What it shows, in a line.
        text: The same in sentences, for whoever cannot see it.
    """

    file: Path
    title: str
    text: str

    @classmethod
    def read(cls, file: Path) -> "Still":
        """A figure that `descent figure` made: title and text are in the file.

        Raises:
            DescentError: If it is no picture, or does not say what it shows.
        """
        try:
            with Image.open(file) as picture:
                title, text = str(picture.info["Title"]), str(picture.info["Description"])
        except (OSError, KeyError):
            raise DescentError(f"{file} does not say what it shows; make it with `descent figure`.") from None
        return cls(file, title.rstrip("."), text)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Films that stand together: those of one scene file, or of a chapter."""

    stem: str
    heading: str
    text: str
    films: tuple[GalleryFilm, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What a site shows.

    Attributes:
        title: Its heading.
        films: Its films, in order.
        stills: Pictures below them.
        url: The address it will have, for snippets; without one they name the files alone.
        chapters: Heading, words and names of films of each chapter; without them, films of one file stand together.
    """

    title: str
    films: tuple[GalleryFilm, ...]
    stills: tuple[Still, ...] = ()
    url: str = ""
    chapters: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """The films by chapter; else by the file they are from, in the order of their first film."""
        films = {film.name: film for film in self.films}
        chapters = [
            Lesson(f"chapter-{k}", heading, words, tuple(films.pop(name) for name in names if name in films))
            for k, (heading, words, names) in enumerate(self.chapters)
        ]
        stems = dict.fromkeys(film.lesson for film in films.values())
        groups = {stem: tuple(film for film in films.values() if film.lesson == stem) for stem in stems}
        rest = [Lesson(stem, *lesson_words(stem, some[0].source.lesson), some) for stem, some in groups.items()]
        return (*(chapter for chapter in chapters if chapter.films), *rest)

    @property
    def tags(self) -> tuple[tuple[str, int], ...]:
        """Optimizers and schedulers with how many films use them, the commonest first; none that all use."""
        counts = Counter(tag for film in self.films for tag in film.tags)
        return tuple((tag, n) for tag, n in counts.most_common() if n < len(self.films))

    @property
    def claims_that_hold(self) -> int:
        """How many claims hold, over all films."""
        return sum(1 for film in self.films for claim in film.note.claims if claim.holds)

    @property
    def length(self) -> tuple[int, str]:
        """Length of all films together, and its unit: minutes, or seconds where it is less than one."""
        seconds = sum(film.note.seconds for film in self.films)
        number, unit = (round(seconds), "second") if seconds < 60 else (round(seconds / 60), "minute")
        return number, unit if number == 1 else f"{unit}s"

    def embeds(self, film: GalleryFilm) -> tuple[Embed, ...]:
        """Snippets that embed a film."""
        main = film.renditions[0]
        width, height = film.note.size
        base, pages = (f"{self.url.rstrip('/')}/{folder}/" if self.url else "" for folder in ("media", "try"))

        def address(suffix: str) -> str | None:
            return base + quote(main.files[suffix].name) if suffix in main.files else None

        return embeds(
            {
                "title": film.title,
                "width": width,
                "height": height,
                "ratio": f"{height / width:.4g}",
                "language": film.language,
                "background": THEMES[main.theme].background,
                "film": base + quote(main.film.name),
                "poster": address(".png"),
                "captions": address(".vtt"),
                "moving": address(".gif"),
                "film_file": main.film.name,
                "poster_file": main.poster.name,
                "page": pages + quote(film.page.name) if film.page else None,
                "sandbox": SANDBOX,
            }
        )


def in_chapters(site: Site, course: Course | None) -> Site:
    """A site whose films stand in the order and the chapters of a course; those that it does not name come last."""
    if course is None:
        return site
    opening = [("Opening", course.welcome, (course.opening.name,))] if course.opening else []
    chapters = [(f"{c.number} · {c.title}", c.bridge, tuple(film.name for film in c.films)) for c in course.chapters]
    arranged = replace(site, chapters=(*opening, *chapters))
    return replace(arranged, films=tuple(film for lesson in arranged.lessons for film in lesson.films))


def build(site: Site, root: Path) -> Path:
    """Write a site.

    Args:
        site: What it shows.
        root: Its folder; what a build before this one wrote there is renewed.

    Returns:
        Its first page.

    Raises:
        DescentError: If there are no films, or the folder cannot be written or holds a foreign page.
    """
    if not site.films:
        raise DescentError("there is no film to show; render one first.")
    folder = SiteFolder(root)
    jinja = _environment()
    for film in site.films:
        for rendition in film.renditions:
            _media(folder, rendition)
        if film.page and film.page.source:
            folder.linked(f"try/{film.page.name}", film.page.sha, film.page.source)
    for still in site.stills:
        folder.linked(f"media/{still.file.name}", digest(still.file), still.file)
    folder.made("assets/inter.woff", font_key(), web_font)
    folder.made("assets/inter-license.txt", font_key(), font_licence)
    for name in ("style.css", "gallery.js"):
        folder.text(f"assets/{name}", jinja.get_template(name).render(dark=DARK, light=LIGHT))
    shared = {
        "site": site,
        "made_by": f"descent {version('descent-films')}",
        "torch": version("torch").partition("+")[0],
        "sandbox": SANDBOX,
    }
    lessons = {film.name: lesson for lesson in site.lessons for film in lesson.films}
    template = jinja.get_template("film.html")
    for before, film, after in zip((None, *site.films), site.films, (*site.films[1:], None), strict=False):
        own = {"film": film, "lesson": lessons[film.name], "captions": _captions(film), "embeds": site.embeds(film)}
        page = template.render(shared | own, before=before, after=after, root="../")
        folder.text(f"films/{film.name}.html", page)
    folder.text("index.html", jinja.get_template("index.html").render(shared, root=""))
    folder.finish()
    return root / "index.html"


def _media(folder: SiteFolder, rendition: Rendition) -> None:
    for file in rendition.files.values():
        if file.source is None:
            folder.text(f"media/{file.name}", file.data.decode())
        else:
            folder.linked(f"media/{file.name}", file.sha, file.source)
    poster = rendition.poster
    assert poster.source is not None
    source = poster.source
    folder.made(f"media/{rendition.thumbnail}", f"{_THUMBNAIL} of {poster.sha}", lambda: _thumbnail(source))


def _captions(film: GalleryFilm) -> str:
    """The captions as an address of their own: browsers load none from a file beside a page that is itself a file.

    They hold the times of words, which those in the file do not: some players would show them.
    """
    spoken = [line for line in film.note.lines if line.seconds > 0]
    shown = [cue for line in spoken for cue in cues(line.text, line.start, line.seconds, line.words)]
    return f"data:text/vtt;base64,{b64encode(to_vtt(shown, by_word=True).encode()).decode()}" if shown else ""


def _thumbnail(poster: Path) -> bytes:
    with Image.open(poster) as picture, BytesIO() as out:
        small = picture.convert("RGB")
        small.thumbnail((_THUMBNAIL, _THUMBNAIL), Image.Resampling.LANCZOS)
        small.save(out, "WEBP", quality=82, method=6)
        return out.getvalue()


def _environment() -> Environment:
    jinja = Environment(
        loader=PackageLoader("descent.publish.gallery"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {"clock": clock, "spoken": spoken, "megabytes": megabytes, "address": quote, "by_word": by_word}
    return jinja
