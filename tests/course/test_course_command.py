"""`descent course`: one film whose pictures are its films' own, decks that ask, a handout, and no work done twice."""

import re
import shutil
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner
from pptx import Presentation
from small_course import TINY, Small

from descent.base.errors import DescentError
from descent.base.project import Project
from descent.commands.cli import descent
from descent.delivery.orders import RenderRequest, SceneRef
from descent.delivery.outline import read_course
from descent.film.course import Chapter, Course, CourseFilm
from descent.film.mux import SOUND_RATE, Score
from descent.film.narration import Cue
from descent.film.sidecar import read_sidecar
from descent.publish.course import handout
from descent.publish.course.film import Part, chained, write_film
from descent.publish.slides.pdf import MARGIN, Page

TITLE = "A <i>small</i> course & “more”"
PARTS = {
    TITLE: None,
    "The third": "Three",
    "1  Beginnings": None,
    "1.1  A <b>“first”</b> & 'film'": "One",
    "2  Ends": None,
    "2.1  The second": "Two",
    "Questions and films": None,
}


def pictures(film: Path) -> np.ndarray:
    with av.open(str(film)) as opened:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)])


def test_the_films_stand_in_the_whole_as_they_are_each_in_a_chapter_of_its_name(small: Small) -> None:
    note, whole = read_sidecar(small.folder / "out/all.json"), pictures(small.folder / "out/all.mp4")
    assert [chapter.title for chapter in note.chapters] == list(PARTS)
    with av.open(str(small.folder / "out/all.mp4")) as film:
        marks = [(float(mark["start"] * mark["time_base"]), mark["metadata"]["title"]) for mark in film.chapters()]
        assert film.streams.audio[0].codec_context.name == "aac"
    assert marks == [(pytest.approx(chapter.start, abs=1e-3), chapter.title) for chapter in note.chapters]
    assert len(whole) == round(15 * note.seconds)
    for chapter in note.chapters:
        if name := PARTS[chapter.title]:
            own, first = pictures(small.folder / f"films/preview/{name}.mp4"), round(15 * chapter.start)
            assert np.array_equal(whole[first : first + len(own)], own)


def test_captions_and_lines_are_moved_to_where_their_film_begins(small: Small) -> None:
    note = read_sidecar(small.folder / "out/all.json")
    starts = {PARTS[chapter.title]: chapter.start for chapter in note.chapters}
    one = read_sidecar(small.folder / "films/preview/One.json")
    moved = [(pytest.approx(starts["One"] + line.start), line.text) for line in one.lines]
    said = [(line.start, line.text) for line in note.lines]
    assert [text for _, text in said] == [
        "Welcome.",
        "One.",
        "Two.",
        "We begin here.",
        *2 * ["One.", "Two."],
        "That was it.",
    ]
    assert said[4:6] == moved
    captions = (small.folder / "out/all.srt").read_text(encoding="utf-8")
    assert re.findall(r"^[A-Z].*$", captions, re.M) == [text for _, text in said]
    script = (small.folder / "out/all.txt").read_text(encoding="utf-8")
    assert script.startswith(
        f"{TITLE}\n\n\n{TITLE}\n\nWelcome.\n\n\nThe third\n\nOne.\n\nTwo.\n\n\n1  Beginnings\n\nWe"
    )


def test_films_follow_each_other_to_the_sample() -> None:
    def score(ticks: int, level: float | None, text: str) -> Score:
        length = ticks / 15
        sound = None if level is None else np.full(round(length * SOUND_RATE), level, np.float32)
        return Score(sound, [Cue(0.5 * length, length, text)], [(0.0, "its own")], length, text)

    scores = [score(7, 0.1, "a"), score(1, None, "b"), score(22, 0.3, "c")]
    whole = chained(scores, ["A", "B", "C"], "All")
    assert whole.length == 2.0
    assert whole.chapters == [(0.0, "A"), (7 / 15, "B"), (8 / 15, "C")]
    assert [(cue.start, cue.text) for cue in whole.cues] == [
        (pytest.approx(at), text) for at, text in ((3.5 / 15, "a"), (7.5 / 15, "b"), (19 / 15, "c"))
    ]
    expected = np.concatenate([np.full(3200 * n, level, np.float32) for n, level in ((7, 0.1), (1, 0.0), (22, 0.3))])
    assert np.array_equal(whole.sound, expected)
    assert chained([score(3, None, "a")], ["A"], "All").sound is None


def test_what_is_there_is_not_made_again_and_what_is_damaged_is(small: Small) -> None:
    film = small.folder / "out/all.mp4"
    before = film.stat().st_mtime_ns
    assert small.course("-o", "out/all.mp4").output == "out/all.mp4  (nothing changed)\n"
    assert film.stat().st_mtime_ns == before
    whole = film.read_bytes()
    film.write_bytes(whole[:-1])
    assert "out/all.mp4  (0:" in small.course("-o", "out/all.mp4").output
    assert film.read_bytes() == whole
    silent = small.course("-o", "out/silent.mp4", "--silent")
    assert "frames drawn" not in silent.output
    with av.open(str(small.folder / "out/silent.mp4")) as opened:
        assert [stream.type for stream in opened.streams] == ["video", "subtitle", "data"]


@pytest.mark.matrix
def test_ones_own_voice_is_heard_in_films_and_on_cards(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small.folder)
    script = CliRunner().invoke(descent, ["narrate", "--script", "--voice", "own"])
    assert script.exit_code == 0, script.output
    numbers = re.findall(r"^ *((?:One|course)-\d+)\b", script.output, re.M)
    assert {number.partition("-")[0] for number in numbers} == {"One", "course"}, script.output
    for number in numbers:
        with wave.open(f"own/{number}.wav", "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            tone = 9000 * np.sin(2 * np.pi * 300 * np.arange(48_000) / 48_000)
            file.writeframes(tone.astype("<i2").tobytes())
    made = small.course("-o", "out/own.mp4", "--voice", "own")
    assert made.exit_code == 0, made.output
    with av.open("out/own.mp4") as opened:
        sound = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in opened.decode(audio=0)])
    lines = read_sidecar(Path("out/own.json")).lines
    assert {line.text for line in lines} >= {"Welcome.", "One.", "Two.", "We begin here."}
    for line in lines:
        middle = round(SOUND_RATE * (line.start + 0.5))
        heard = float(np.sqrt(np.mean(sound[middle - 4800 : middle + 4800] ** 2)))
        assert heard > 0.05, line


def test_a_voice_that_is_nobodys_is_told_before_anything_is_made(small: Small) -> None:
    made = small.course("-o", "out/nobody.mp4", "--voice", "nobody")
    assert made.exit_code == 1
    assert str(made.exception).startswith("there is no voice 'nobody'")
    assert not (small.folder / "out/nobody.mp4").exists()


def test_films_are_reported_and_cards_are_not(small: Small) -> None:
    assert sorted(re.findall(r"^films/preview/(\w+)\.mp4 ", small.told, re.M)) == ["One", "Three", "Two"]
    assert "CourseOpening" not in small.told
    assert "the timing table has no 'Welcome.'" in small.told
    assert re.search(r"^out/all\.mp4  \(0:\d\d, 7 chapters\)$", small.told, re.M)


def test_a_chapter_alone_has_its_card_its_films_and_its_questions(small: Small) -> None:
    made = small.course("-o", "out/two.mp4", "--chapter", "2")
    assert made.exit_code == 0
    note = read_sidecar(small.folder / "out/two.json")
    assert [chapter.title for chapter in note.chapters] == ["2  Ends", "2.1  The second", "Questions and films"]


def test_a_deck_asks_before_it_answers_and_has_a_section_a_chapter(small: Small) -> None:
    show = Presentation(str(small.folder / "out/all.pptx"))
    titles = [slide.shapes.title.text_frame.text for slide in show.slides]
    one = "What is 1 < 2 & <b>so</b>?"
    assert titles == [
        *(TITLE, "The third", "First", "Second"),
        *("1  Beginnings", one, "First", "Second", "It *is* {{ 7 * 7 }}."),
        *("2  Ends", "The second", "First", "Second"),
        *("Answers", "Answers: Beginnings", "Answers: Ends"),
    ]
    words = {title: slide.placeholders for title, slide in zip(titles, show.slides, strict=True)}
    assert words["1  Beginnings"][1].text_frame.text == f"1.1\u2002{one}"
    assert words["Answers: Beginnings"][1].text_frame.text == f"1.1\u2002{one} It *is* {{{{ 7 * 7 }}}}."
    assert len(list(words[one])) == 1, "nothing but the question"
    notes = [slide.notes_slide.notes_text_frame.text for slide in show.slides]
    assert (notes[0], notes[4], notes[5], notes[9]) == ("Welcome.", "We begin here.", "A <b>“first”</b> & 'film'", "")
    found = show.element.findall(".//{http://schemas.microsoft.com/office/powerpoint/2010/main}section")
    sections = [(section.get("name"), len(list(section[0]))) for section in found]
    assert sections == [(TITLE, 4), ("1  Beginnings", 5), ("2  Ends", 4), ("Answers", 3)]
    listed = [slide.get("id") for section in found for slide in section[0]]
    assert listed == [str(slide.slide_id) for slide in show.slides]


def test_a_page_of_slides_shows_words_as_words(small: Small) -> None:
    page = (small.folder / "out/all.html").read_text(encoding="utf-8")
    assert page.count('<li class="plain">') == 2 + 1 + 1 + 3
    assert "<b>so" not in page
    assert "{{ 7 * 7 }}" in page


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Page, str]]:
    """Every paragraph of a handout with the page it is on; none stands below the margin."""
    found: list[tuple[Page, str]] = []
    plain = Page.paragraph

    def paragraph(page: Page, text: str, *rest: Any, **more: Any) -> None:
        plain(page, text, *rest, **more)
        found.append((page, text))
        assert page.top > MARGIN

    monkeypatch.setattr(Page, "paragraph", paragraph)
    return found


def test_a_handout_has_questions_first_and_answers_last(small: Small, printed: list[tuple[Page, str]]) -> None:
    assert len(re.findall(rb"/Type /Page\b", (small.folder / "out/all.pdf").read_bytes())) == 5
    course = read_course(small.folder / "course.toml", Project(small.folder))
    notes = {film.name: small.folder / f"films/preview/{film.name}.json" for film in course.films}
    handout.write_handout(course, notes, small.folder / "out/again.pdf")
    one, said = "What is 1 < 2 & <b>so</b>?", ["One.", "Two."]
    assert [text for _, text in printed] == [
        *(TITLE, "The third", "Beginnings", one, "Ends", "The second"),
        *("The third", *said, one, *said, "The second", *said),
        *("Answers", "The third", "The third", one, "It *is* {{ 7 * 7 }}.", "The second", "The second"),
    ]
    pages = list(dict.fromkeys(page for page, _ in printed))
    assert [sum(page is each for page, _ in printed) for each in pages] == [6, 3, 3, 3, 7]


@pytest.mark.matrix
def test_many_long_questions_go_over_to_the_next_page(
    small: Small, printed: list[tuple[Page, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handout, "_film", lambda *_: None)  # its page is looked at above
    films = [CourseFilm("One", f"1.{k}", f"Question {k} " + 60 * "of words ", "An answer.") for k in range(1, 9)]
    course = Course("Long", "", None, "", (Chapter(1, "Long", "", tuple(films)),))
    handout.write_handout(course, {"One": small.folder / "films/preview/One.json"}, small.folder / "out/long.pdf")
    pages = list(dict.fromkeys(page for page, _ in printed))
    assert len(pages) == 2 + 2
    assert [text for _, text in printed[2:10]] == [film.question for film in films]


def test_a_site_has_the_chapters(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("descent.publish.gallery.site.web_font", lambda: b"which takes long to make")
    made = small.course("-o", "site")
    assert made.output == f"{Path('site/index.html')}  (3 films)\n"
    page = (small.folder / "site/index.html").read_text(encoding="utf-8")
    assert re.findall(r'<h2 id="chapter-\d-heading">(.*?)</h2>', page) == ["Opening", "1 · Beginnings", "2 · Ends"]
    assert re.findall(r'<a href="films/(\w+)\.html">', page) == ["Three", "One", "Two"]
    assert "<p>We begin here.</p>" in page
    film = (small.folder / "site/films/Two.html").read_text(encoding="utf-8")
    assert '<a href="../index.html#chapter-2">2 · Ends</a>' in film


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "site", "--chapter", "1"], "a site shows the whole course"),
        (["-o", "out.mov"], r"a course ends in \.mp4, \.pptx, \.html or \.pdf"),
        (["--chapter", "3"], "there is no chapter 3"),
        (["--profile", "docs"], "there is no profile 'docs'"),
        (["nowhere.toml"], r"there is no course 'nowhere\.toml'"),
        (["-o", "mine.pdf"], r"mine\.pdf is there already"),
    ],
)
def test_mistakes_are_told_before_anything_is_rendered(small: Small, words: list[str], told: str) -> None:
    (small.folder / "mine.pdf").write_bytes(b"%PDF my own")
    result = small.course(*words)
    with pytest.raises(DescentError, match=told):
        raise result.exception
    assert "drawn" not in result.output


def test_films_that_one_decoder_cannot_read_are_not_joined(small: Small, tmp_path: Path) -> None:
    def part(folder: Path) -> Part:
        return Part("A part", RenderRequest(SceneRef(Path("films.py"), "One"), TINY, "dark", folder))

    films = small.folder / "films" / "preview"
    shutil.copy(films / "One.json", tmp_path)
    with av.open(str(films / "One.mp4")) as source, av.open(str(tmp_path / "One.mp4"), "w") as other:
        stream = other.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = 96, 54, "yuv420p"
        for frame in source.decode(video=0):
            other.mux(stream.encode(frame.reformat(96, 54)))
        other.mux(stream.encode(None))
    with pytest.raises(DescentError, match=r"One\.mp4 was encoded in another way than .*; delete both"):
        write_film("All", [part(films), part(tmp_path)], tmp_path / "all.mp4", None)
    assert not (tmp_path / "all.mp4").exists()
