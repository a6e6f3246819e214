"""What a user gets wrong at the command line is told in one sentence, with status 1 and nothing lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from own_process import Ended

SCENE = """
from functools import partial
from torch.optim import SGD
from descent import BIRD, Claim, Run, reaches
from descent.stage import Beat, ComparisonScene

class Film(ComparisonScene):
    title = "A film"
    runs = (Run(BIRD, partial(SGD, lr=0.01), (-12.0, 10.0), 3),)
    beats = (Beat("Down.", "Down", to=3),)
"""


@pytest.fixture
def render(tmp_path: Path, manim_command: Callable[..., Ended]) -> Callable[..., tuple[int, str]]:
    """Exit status and error output of Manim's own command on a scene file."""

    def run(scene: str, *options: str, limit: int | None = None, **env: str) -> tuple[int, str]:
        file = tmp_path / "film.py"
        file.write_text(scene)
        arguments = ["-v", "ERROR", "--progress_bar", "none", "-ql", "--media_dir", str(tmp_path / "media"), *options]
        ended = manim_command("render", *arguments, str(file), "Film", limit=limit, **env)
        return ended.status, ended.errors

    return run


@pytest.mark.parametrize(
    ("scene", "options", "env", "told"),
    [
        (SCENE.replace("lr=", "lrr="), [], {}, "SGD has no argument 'lrr': did you mean 'lr'?"),
        (SCENE, ["-r", "853,480"], {}, "H.264 needs even numbers"),
        (SCENE, [], {"DESCENT_VOICE": "piper"}, "pip install 'piper-tts=="),
        (SCENE, ["--media_dir", "/dev/null/media"], {}, "choose another folder"),
    ],
    ids=["argument", "odd frame", "voice", "media folder"],
)
def test_one_sentence(
    render: Callable[..., tuple[int, str]], scene: str, options: list[str], env: dict[str, str], told: str
) -> None:
    status, errors = render(scene, *options, **env)
    sentences = [line for line in errors.splitlines() if line.strip()]
    assert status == 1
    assert len(sentences) == 1
    assert told in sentences[0]


@pytest.mark.matrix
def test_a_full_disk_keeps_the_last_good_film(render: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    status, errors = render(SCENE)
    assert (status, errors) == (0, "")
    (film,) = (tmp_path / "media").rglob("Film.mp4")
    good = film.read_bytes()
    # The kernel refuses what goes beyond the limit, as a full disk does; the segments are cached and fit.
    status, errors = render(SCENE, limit=len(good) // 2)
    assert status == 1
    assert len(errors.splitlines()) == 1
    assert "write" in errors
    assert film.read_bytes() == good
    assert [path.name for path in film.parent.iterdir() if path.name.startswith(".")] == []
