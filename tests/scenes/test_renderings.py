"""The other ways a film is rendered, tried on one: twice, in part, as GIF, as still, and not at all."""

from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from manim import tempconfig
from manim.__main__ import main as manim
from PIL import Image
from showing import CHEAP, Showing, show
from test_films import samples

from descent.stage.catalogue import load_scenes
from descent.stage.clock import TICKS_PER_SECOND
from descent.stage.rehearsal import rehearse

FILE, NAME = Path("scenes/momentum.py"), "MomentumEscapes"
FIRST, LAST = 8, 11  # plays of the third beat, in the middle of the film

Film = tuple[Showing, list[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the first rendering leaves warm."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def cold(media: Path) -> Film:
    """The film from a cold cache: how it was rendered, its frames and its sound."""
    shown = render(media)
    return shown, pictures(shown.film), samples(shown.film)


def render(media: Path, **settings: object) -> Showing:
    return show(load_scenes(FILE)[NAME], media, disable_caching=False, **settings)


def pictures(film: Path) -> list[np.ndarray]:
    with av.open(str(film)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def drawn_at(media: Path) -> dict[str, int]:
    """When each play's segment was written."""
    return {path.name: path.stat().st_mtime_ns for path in media.rglob("partial_movie_files/**/*.mp4")}


def on_command_line(media: Path, *options: str) -> None:
    """What `manim render` does with a scene file and options, small."""
    with tempconfig({}):
        size = ["-r", f"{CHEAP['pixel_width']},{CHEAP['pixel_height']}", "--fps", str(CHEAP["frame_rate"])]
        quiet = ["--progress_bar", "none", "-v", "ERROR", "--media_dir", str(media)]
        result = CliRunner().invoke(manim, ["render", *size, *quiet, *options, str(FILE), NAME])
    assert result.exit_code == 0, result.output


def test_cold_and_warm_cache_give_the_same_film(media: Path, cold: Film) -> None:
    shown, frames, sound = cold
    segments = drawn_at(media)
    again = render(media)
    assert drawn_at(media) == segments, "some plays were drawn again"
    assert [play.ticks for play in again.scene.timeline.plays] == [play.ticks for play in shown.scene.timeline.plays]
    assert all(play.written for play in again.scene.timeline.plays)
    warm = pictures(again.film)
    assert len(warm) == len(frames)
    assert all(map(np.array_equal, warm, frames))
    np.testing.assert_array_equal(samples(again.film), sound)


def test_a_part_is_a_piece_of_the_whole(cold: Film, tmp_path: Path) -> None:
    """Drawn on its own, it has the same frames, the same sound at the same frame, and the captions of its time."""
    _, frames, sound = cold
    part = render(tmp_path, from_animation_number=FIRST, upto_animation_number=LAST)
    timeline = part.scene.timeline
    written = [play for play in timeline.plays if play.written]
    assert [timeline.plays.index(play) for play in written] == list(range(FIRST, LAST + 1))
    start, end = written[0].start, written[-1].start + written[-1].ticks
    drawn = pictures(part.film)
    assert len(drawn) == end - start
    # Each play begins with a key frame, so that the encoder has no memory of what was before.
    assert all(map(np.array_equal, drawn, frames[start:end]))
    heard = samples(part.film)[: (end - start) * 48_000 // TICKS_PER_SECOND]
    whole = sound[start * 48_000 // TICKS_PER_SECOND :][: len(heard)]
    inner = slice(4800, -4800)  # the coder's windows reach over the cut
    assert np.corrcoef(heard[inner], whole[inner])[0, 1] > 0.99


def test_a_still_is_the_last_frame(cold: Film, tmp_path: Path) -> None:
    _, frames, _ = cold
    on_command_line(tmp_path, "-s")
    (still,) = tmp_path.rglob("*.png")
    pixels = np.asarray(Image.open(still).convert("RGB")).astype(float)
    assert np.abs(pixels - frames[-1]).mean() < 3  # H.264 loses a little
    assert not list(tmp_path.rglob("*.mp4"))


def test_a_gif_plays_at_the_right_pace(tmp_path: Path) -> None:
    on_command_line(tmp_path, "--format", "gif", "-n", "0,1")
    (gif,) = tmp_path.rglob(f"{NAME}*.gif")
    with Image.open(gif) as moving:
        lasts = 0
        for k in range(moving.n_frames):
            moving.seek(k)
            lasts += moving.info["duration"]
        assert moving.size == (CHEAP["pixel_width"], CHEAP["pixel_height"])
        assert moving.n_frames > 1
    with tempconfig({"from_animation_number": 0, "upto_animation_number": 1}):
        plays = rehearse(load_scenes(FILE)[NAME]).timeline.plays[:2]
    assert lasts / 1000 == pytest.approx(sum(play.ticks for play in plays) / TICKS_PER_SECOND, rel=0.06)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    on_command_line(tmp_path, "--dry_run", "-n", "0,1")
    assert [
        path for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".mov", ".gif", ".png", ".srt", ".vtt")
    ] == []
