"""`descent animate`, from the command line to the file."""

import os
import zipfile
from pathlib import Path

import av
import pytest
from manim import tempconfig
from PIL import Image

from descent.animate import animate
from descent.animate.make import SCENE, scene_file
from descent.animate.problem import Entry, Problem, to_text
from descent.commands.cli import main
from descent.stage.scene.catalogue import load_scenes

RUNS = ("SGD(lr=0.3)", "SGD(lr=0.3, momentum=0.5) + StepLR(step_size=3)")
OPTIONS = ("--surface", "valley", "--start", "-4,-2", "--steps", "6", "--voice", "silence", "--width", "320")


@pytest.fixture
def descent(own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """The command, in a folder that holds nothing of ours; returns its status, what it says and what it complains."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["descent", "animate", *words])
        with pytest.raises(SystemExit) as stop, tempconfig({"media_dir": "media"}):
            main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return run


@pytest.mark.matrix
def test_a_film_a_deck_and_nothing_drawn_twice(descent, own: Path) -> None:
    (own / "words.md").write_text("## Down\n\nIt rolls.\n\nIt rests.\n")  # a short film
    film = (*OPTIONS, "--profile", "preview", "--narrate", "words.md", "--jobs", "1", "-o")
    status, said, complaint = descent(*RUNS, *film, "out/a race.mp4")
    assert (status, complaint) == (0, "")
    assert said.startswith("out/a race.mp4  (")
    assert [path.name for path in (own / "out").iterdir()] == ["a race.mp4"]
    with av.open(str(own / "out" / "a race.mp4")) as opened:
        video = opened.streams.video[0]
        assert (video.width, video.height, opened.streams.subtitles[0].name) == (320, 180, "mov_text")
        assert opened.metadata["title"] == said.splitlines()[1]
        packets = [packet for packet in opened.demux(video) if packet.pts is not None]
    assert all(packet.pts == packet.dts for packet in packets)  # no frame refers to a later one, without our manim.cfg
    assert len(packets) > 30
    status, said, _ = descent(*RUNS, *film, "again.mp4")
    assert (status, said.splitlines()[0]) == (0, "again.mp4")
    assert (own / "again.mp4").read_bytes() == (own / "out" / "a race.mp4").read_bytes()
    status, said, _ = descent(*RUNS, *film, "deck.pptx")
    assert (status, said.split("  (")[0]) == (0, "deck.pptx")  # drawn anew: a deck is at a constant rate
    assert descent(*RUNS, *film, "again.pptx")[1].splitlines()[0] == "again.pptx"
    assert (own / "deck.pptx").stat().st_size > 20_000
    with zipfile.ZipFile(own / "deck.pptx") as deck:
        assert {f"ppt/media/deck-0{k}.mp4" for k in (1, 2)} <= set(deck.namelist())
    assert "DESCENT_VOICE" not in os.environ


def test_a_deck_of_somebody_elses_is_kept(descent, own: Path) -> None:
    (own / "deck.pptx").write_text("my own")
    status, _, complaint = descent(*RUNS, *OPTIONS, "-o", "deck.pptx")
    assert (status, complaint.count("\n")) == (1, 1)
    assert complaint.startswith("Error: deck.pptx is there already and is not a deck as descent wrote it")
    assert not (own / "media").exists(), "nothing was rendered"
    assert (own / "deck.pptx").read_text() == "my own"


def test_a_still_shows_the_end(descent, own: Path) -> None:
    status, said, _ = descent(*RUNS, *OPTIONS, "--theme", "light", "-o", "still.png")
    assert (status, said.splitlines()[0]) == (0, "still.png")
    with Image.open(own / "still.png") as picture:
        assert (picture.size, picture.getpixel((316, 2))) == ((320, 180), (255, 255, 255))
        assert len(picture.getcolors(100_000)) > 500


def test_the_example_is_written_once_and_is_read_back(descent, own: Path) -> None:
    assert descent("--init") == (0, "race.toml: change what you like, then `descent animate race.toml`\n", "")
    status, _, complaint = descent("--init")
    assert (status, complaint) == (1, "Error: race.toml exists already; name another file, or remove it.\n")
    status, _, complaint = descent("race.toml", "--steps", "0")
    assert (status, complaint) == (1, "Error: steps must be a whole number from 1 to 5,000, not 0.\n")
    text = (own / "race.toml").read_text()
    (own / "race.toml").write_text(text.replace("SGD(lr=0.01)", "SGD(lr=oh)"))
    line = text[: text.index('"SGD(lr=0.01)"')].count("\n") + 1
    assert descent("race.toml")[2].startswith(f"Error: race.toml, line {line}: SGD cannot read lr=oh")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give either a surface"),
        (("--surface", "bird", "--start", "-12,10"), "there are no runs"),
        (("SGD", "--surface", "bird"), "a run needs a start"),
        (("SGD", "--surface", "bird", "--start", "-12"), "--start takes 2 numbers, as in -12,10, not '-12'."),
        (("SGD", "--surface", "bird", "--start", "a,b"), "--start takes 2 numbers"),
        (("SGD", "--data", "points.csv", "--domain", "1,2,3"), "--domain takes 4 numbers"),
        (("SGD", "--data", "pints.csv"), "cannot read the data 'pints.csv'"),
        (("SGD", *OPTIONS, "-o", "race.avi"), "'race.avi' is no kind of file that is made here"),
        (("SGD", *OPTIONS, "-o", "losses.py/race.png"), "cannot write losses.py/race.png"),
        (("SGD", *OPTIONS, "--narrate", "words.md"), "cannot read the narration 'words.md'"),
        (("race.toml", "SGD"), "give either one .toml file or runs"),
        (("none.toml",), "cannot read 'none.toml'"),
        (("--init", "race.txt"), "--init writes a file that ends in .toml"),
    ],
)
def test_mistakes_are_one_sentence(descent, words: tuple[str, ...], told: str) -> None:
    status, _, complaint = descent(*words)
    assert status == 1
    assert complaint.startswith(f"Error: {told}")
    assert len(complaint.splitlines()) == 1


def test_text_of_the_user_stays_text(own: Path) -> None:
    title = 'a""" + __import__("os").mkdir("hacked") + """'
    problem = Problem((Entry("SGD(lr=0.1)", (1.0, 1.0), 3),), "valley", title=title)
    ref = scene_file(problem)
    scene = load_scenes(ref.file)[SCENE]
    assert scene.title == title
    assert to_text(scene.problem) == to_text(problem)
    assert not (own / "hacked").exists()
    assert scene_file(problem).file == ref.file


def test_from_python(own: Path) -> None:
    made = animate("SGD(lr=0.3)", surface="valley", start=(-4, -2), steps=4, output="still.png", width=320)
    assert (made.file, made.title) == (Path("still.png"), "SGD is still going down after 4 steps")
    assert made._repr_html_().startswith('<img alt="SGD is still going down after 4 steps" src="data:image/png;base64,')
