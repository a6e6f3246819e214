"""The other ways a film is rendered, tried on one: twice, in part, as GIF, as still, and not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from films import FILMS, MAP, MAP_FILE
from manim import tempconfig
from own_process import Ended
from PIL import Image
from showing import CHEAP, Showing, show
from test_films import samples

from descent.film.timeline import TICKS_PER_SECOND
from descent.stage.scene.rehearsal import rehearse

FIRST, LAST = 3, 5  # plays in the middle of the first beats

pytestmark = pytest.mark.xdist_group("commands")


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """What a rendering left: frames, sound, and when each play's segment was written."""

    frames: list[np.ndarray]
    sound: np.ndarray
    segments: dict[str, int]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, voice_folder: Path) -> Path:
    """A folder that the first rendering leaves warm; what is spoken in it may have been spoken before."""
    folder = tmp_path_factory.mktemp("media")
    (folder / "voice").symlink_to(voice_folder, target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def cold(media: Path, on_command_line: Callable[..., None]) -> Film:
    """The first beats of the film from a cold cache."""
    on_command_line(media, "-n", f"0,{LAST}")
    return film_of(media)


def film_of(media: Path) -> Film:
    """What is in the folder."""
    (path,) = media.rglob(f"{MAP}.mp4")
    segments = {path.name: path.stat().st_mtime_ns for path in media.rglob("partial_movie_files/**/*.mp4")}
    return Film(pictures(path), samples(path), segments)


def pictures(film: Path) -> list[np.ndarray]:
    with av.open(str(film)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def on_command_line(manim_command: Callable[..., Ended]) -> Callable[..., None]:
    """What `manim render` does in a process of its own with the scene file and options, small."""

    def render(media: Path, *options: str) -> None:
        size = ["-r", f"{CHEAP['pixel_width']},{CHEAP['pixel_height']}", "--fps", str(CHEAP["frame_rate"])]
        quiet = ["--progress_bar", "none", "-v", "WARNING", "--media_dir", str(media)]
        ended = manim_command("render", *size, *quiet, *options, str(MAP_FILE), MAP)
        assert ended.status == 0, ended.output + ended.errors

    return render


@pytest.mark.matrix
def test_cold_and_warm_cache_give_the_same_film(media: Path, cold: Film, on_command_line: Callable[..., None]) -> None:
    """Another process finds what one has drawn."""
    (film,) = media.rglob(f"{MAP}.mp4")
    film.unlink()
    on_command_line(media, "-n", f"0,{LAST}")
    warm = film_of(media)
    assert len(warm.segments) == LAST + 1
    assert warm.segments == cold.segments, "some plays were drawn again"
    assert len(warm.frames) == len(cold.frames)
    assert all(map(np.array_equal, warm.frames, cold.frames))
    np.testing.assert_array_equal(warm.sound, cold.sound)


def test_a_part_is_a_piece_of_the_whole(cold: Film, voice_folder: Path, tmp_path: Path) -> None:
    """Drawn on its own, it has the same frames, the same sound at the same frame, and the captions of its time."""
    part = show(FILMS[MAP], tmp_path, voice_folder, from_animation_number=FIRST, upto_animation_number=LAST)
    timeline = part.scene.timeline
    written = [play for play in timeline.plays if play.written]
    assert [timeline.plays.index(play) for play in written] == list(range(FIRST, LAST + 1))
    start, end = written[0].start, written[-1].start + written[-1].ticks
    drawn = pictures(part.film)
    assert len(drawn) == end - start
    # Each play begins with a key frame, so that the encoder has no memory of what was before.
    assert all(map(np.array_equal, drawn, cold.frames[start:end]))
    heard = samples(part.film)[: (end - start) * 48_000 // TICKS_PER_SECOND]
    whole = cold.sound[start * 48_000 // TICKS_PER_SECOND :][: len(heard)]
    inner = slice(4800, -4800)  # the coder's windows reach over the cut
    assert np.corrcoef(heard[inner], whole[inner])[0, 1] > 0.99


@pytest.mark.parametrize("last", [pytest.param(None, marks=pytest.mark.matrix), LAST])
def test_a_still_is_the_last_frame(
    cold: Film, whole: Showing, on_command_line: Callable[..., None], tmp_path: Path, last: int | None
) -> None:
    """Of the film, or of as many plays as `-n` asks for."""
    on_command_line(tmp_path, "-s", *(["-n", f"0,{last}"] if last else []))
    (still,) = tmp_path.rglob("*.png")
    pixels = np.asarray(Image.open(still).convert("RGB")).astype(float)
    shown = pictures(whole.film) if last is None else cold.frames
    play = whole.scene.timeline.plays[-1 if last is None else last]
    assert len(shown) == (play.start + play.ticks) * CHEAP["frame_rate"] // TICKS_PER_SECOND
    assert np.abs(pixels - shown[-1]).mean() < 3  # H.264 loses a little
    assert not list(tmp_path.rglob("*.mp4"))


@pytest.mark.matrix
def test_a_gif_plays_at_the_right_pace(on_command_line: Callable[..., None], tmp_path: Path) -> None:
    on_command_line(tmp_path, "--format", "gif", "-n", "0,1")
    (gif,) = tmp_path.rglob(f"{MAP}*.gif")
    with Image.open(gif) as moving:
        lasts = 0
        for k in range(moving.n_frames):
            moving.seek(k)
            lasts += moving.info["duration"]
        assert moving.size == (CHEAP["pixel_width"], CHEAP["pixel_height"])
        assert moving.n_frames > 1
    with tempconfig({"from_animation_number": 0, "upto_animation_number": 1}):
        plays = rehearse(FILMS[MAP]).timeline.plays[:2]
    assert lasts / 1000 == pytest.approx(sum(play.ticks for play in plays) / TICKS_PER_SECOND, rel=0.06)


def test_a_dry_run_writes_nothing(on_command_line: Callable[..., None], tmp_path: Path) -> None:
    on_command_line(tmp_path, "--dry_run", "-n", "0,1")
    assert [
        path for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".mov", ".gif", ".png", ".srt", ".vtt")
    ] == []
