"""`descent slides`, from a scene file to decks."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest
from click.testing import CliRunner, Result
from pptx import Presentation

from descent.base.errors import DescentError
from descent.commands.cli import descent
from descent.delivery import profiles

ROOT = Path(__file__).parents[2]
SCENE = """
from functools import partial
from torch.optim import SGD
from descent import VALLEY, Run
from descent.stage import Beat, ComparisonScene

class Short(ComparisonScene):
    title = "A short film"
    runs = (Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 2),)
    beats = (Beat("One.", "First"), Beat("Two.", "Second", to=2, loop=True))
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "short.py").write_text(SCENE, encoding="utf-8")
    shutil.copytree(ROOT / "assets", tmp_path / "assets", ignore=shutil.ignore_patterns("*.gif", "gallery"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESCENT_VOICE", "silence")
    small = {name: replace(profile, width=192, height=108) for name, profile in profiles.PROFILES.items()}
    monkeypatch.setattr(profiles, "PROFILES", small)
    return lambda *words: CliRunner().invoke(descent, ["slides", *words])


@pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")
def test_from_a_scene_to_decks_of_every_kind(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descent.commands.slides._HEAVY", 1_000)
    targets = ["-o", "deck.pptx", "-o", "deck.html", "-o", "deck.pdf"]
    result = run("Short", "--profile", "preview", "--jobs", "1", "--explore", *targets)
    assert result.exit_code == 0, result.output
    assert result.output.count("(4 slides, ") == 3
    assert "deck.html and deck_files  (4 slides" in result.output
    assert "deck.pptx and deck_files  (4 slides" in result.output
    page = (tmp_path / "deck_files/Short-try.html").read_text(encoding="utf-8")
    assert ">A short film</h1>" in page
    assert '"code":0' in page, "its run can be taken hold of"
    assert "deck.pptx is larger than 0 MB" in result.output
    show = Presentation(str(tmp_path / "deck.pptx"))
    assert [slide.shapes.title.text_frame.text for slide in show.slides] == [
        "A short film",
        "First",
        "Second",
        "Try it",
    ]
    assert [slide.notes_slide.notes_text_frame.text for slide in list(show.slides)[1:3]] == ["One.", "Two."]
    assert ["repeatCount" in slide.element.xml for slide in show.slides] == [False, False, True, False]
    (tmp_path / "deck.pdf").write_bytes(b"%PDF my own")
    again = run("Short", "--profile", "preview", "-o", "deck.html", "-o", "deck.pdf")
    with pytest.raises(DescentError, match=r"deck\.pdf is there already .*--force"):
        raise again.exception
    shown = ["Short", "--profile", "preview", "-o", "deck.pdf", "-o", "deck.html", "--silent", "--loop", "2"]
    assert run(*shown, "--force").exit_code == 0
    page = (tmp_path / "deck.html").read_text(encoding="utf-8")
    assert page.count(" data-loops muted aria-label=") == page.count("<video ") == 2
    seconds = []
    for clip in sorted((tmp_path / "deck_files").glob("Short-*.mp4")):
        with av.open(str(clip)) as film:
            seconds.append(film.streams.video[0].frames / 15)
    with av.open(str(tmp_path / "films" / "preview" / "Short.mp4")) as film:
        assert sum(seconds) == pytest.approx(film.streams.video[0].frames / 15)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name the scenes"),
        (["Short", "-o", "deck.ppt"], r"a deck ends in \.pptx, \.html or \.pdf"),
        (["Short", "--silent", "-o", "deck.pdf"], r"--silent and --loop are for decks that play"),
        (["Short", "--loop", "two"], "--loop takes numbers of slides"),
        (["Short", "--template", "scenes/short.py", "-o", "deck.html"], r"--template is for \.pptx"),
        (["Short", "--template", "scenes/short.py"], "is not a template for slides"),
        (["Short", "--one-file"], r"--one-file is for \.html"),
        (["Short", "--profile", "docs"], "take lecture or slides or preview"),
        (["Shrot"], "did you mean 'Short'"),
    ],
)
def test_mistakes_are_told_before_anything_is_rendered(
    run: Callable[..., Result], tmp_path: Path, words: list[str], told: str
) -> None:
    result = run(*words)
    assert isinstance(result.exception, DescentError)
    with pytest.raises(DescentError, match=told):
        raise result.exception
    assert not (tmp_path / "films").exists()
