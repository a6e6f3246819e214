"""`python docs/films_page.py` writes docs/films.md: the chapters of course.toml, each film with its poster."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from descent.base.project import BUILT_IN
from descent.delivery.find import Listed, listed, scene_files
from descent.delivery.outline import read_course
from descent.film.course import CourseFilm

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "films.md"
_ACROSS = 2

_INTRODUCTION = """# The films

Each takes about a minute, narrated, with captions. It begins with a question and ends with the answer, which stands
below; its title is a claim that the tests check on the film's own runs. A poster shows a film's last picture before the
answer and leads to its scene; the command under it makes the film, `descent gif NAME` a GIF of it,
`descent slides NAME -o deck.pptx` a deck, and `descent course` one film of them all: [the course](course.md).
`make posters` draws the posters and writes this page, in the order of `course.toml`.
"""


def chapters() -> list[tuple[str, Sequence[CourseFilm]]]:
    """The course's chapters: their titles and their films; first of all its opening."""
    course = read_course(BUILT_IN.course, BUILT_IN)
    opening = [("Opening", [course.opening])] if course.opening else []
    return [*opening, *((f"{chapter.number} · {chapter.title}", chapter.films) for chapter in course.chapters)]


def page(films: Mapping[str, Listed]) -> str:
    """The page as Markdown."""
    parts = [_INTRODUCTION]
    for title, shown in chapters():
        cells = [_cell(film, films[film.name]) for film in shown]
        cells += [""] * (-len(cells) % _ACROSS)
        rows = [_row(cells[k : k + _ACROSS]) for k in range(0, len(cells), _ACROSS)]
        parts.append("\n".join([f"## {title}\n", "| | |", "| --- | --- |", *rows, ""]))
    return "\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(asked: CourseFilm, film: Listed) -> str:
    poster = f"[![{film.title}](posters/{asked.name}.webp)](../scenes/{film.file.name})"
    return f"{poster}<br>*{asked.question}*<br>{asked.answer}<br>**{film.title}**<br>`descent render {asked.name}`"


def films(listing: Path) -> dict[str, Listed]:
    """The films of this repository, by name."""
    return listed(scene_files(ROOT / "scenes"), listing)


if __name__ == "__main__":
    PAGE.write_text(page(films(BUILT_IN.listing)), encoding="utf-8")
