"""A cut keeps what was between two chapters, to the frame and to the word, and nothing else."""

from pathlib import Path

import av
import numpy as np
import pytest
from short_film import BEATS, PAUSE, TONES, pictures, samples

from descent.base.errors import DescentError
from descent.film.mux import SOUND_RATE
from descent.publish.slides import Deck
from descent.publish.slides.cut import cut, picture


@pytest.fixture(scope="module")
def clips(deck: Deck, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clips")
    (lesson,) = deck.lessons
    paths = [folder / f"{number}.mp4" for number in range(len(lesson.sections))]
    for section, path in zip(lesson.sections, paths, strict=True):
        cut(lesson.film, section.start, section.end, path, section.title)
    return paths


def test_the_pieces_are_the_film(deck: Deck, clips: list[Path]) -> None:
    whole = pictures(deck.lessons[0].film)
    assert np.array_equal(np.concatenate([pictures(clip) for clip in clips]), whole)


def test_first_and_last_picture(clips: list[Path]) -> None:
    for clip in clips:
        frames = pictures(clip)
        assert np.array_equal(picture(clip), frames[0])
        assert np.array_equal(picture(clip, last=True), frames[-1])


def test_a_section_sounds_from_its_first_moment_and_nothing_spills(deck: Deck, clips: list[Path]) -> None:
    film = samples(deck.lessons[0].film)
    for section, clip, tone in zip(deck.lessons[0].sections, clips, TONES, strict=True):
        heard = samples(clip)
        assert abs(len(heard) / SOUND_RATE - section.seconds) < 0.03
        first = round(section.start * SOUND_RATE)
        assert np.abs(heard[:4096] - film[first : first + 4096]).max() < 0.01
        spectrum = np.abs(np.fft.rfft(heard[:8192] * np.hanning(8192)))
        assert abs(spectrum.argmax() * SOUND_RATE / 8192 - tone) < SOUND_RATE / 8192
        silent = heard[round((section.seconds - PAUSE + 0.05) * SOUND_RATE) :]
        assert len(silent) > 0.2 * SOUND_RATE
        assert np.abs(silent).max() < 0.005


def test_captions_come_along(deck: Deck, clips: list[Path]) -> None:
    for section, clip, (title, _) in zip(deck.lessons[0].sections, clips, BEATS, strict=True):
        with av.open(str(clip)) as film:
            assert film.metadata["title"] == title
            assert {stream.type: stream.metadata["language"] for stream in film.streams} == dict.fromkeys(
                ("video", "audio", "subtitle"), "eng"
            )
            shown = [
                (float(packet.pts * packet.time_base), bytes(packet)[2:].decode())
                for packet in film.demux(subtitles=0)
                if packet.pts is not None and packet.size > 2
            ]
        assert [text for _, text in shown] == [cue.text for cue in section.captions]
        assert [at for at, _ in shown] == pytest.approx([cue.start for cue in section.captions], abs=2e-3)


def test_the_index_comes_first_and_the_same_cut_gives_the_same_bytes(
    deck: Deck, clips: list[Path], tmp_path: Path
) -> None:
    data = clips[1].read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    section = deck.lessons[0].sections[1]
    cut(deck.lessons[0].film, section.start, section.end, tmp_path / "again.mp4", section.title)
    assert (tmp_path / "again.mp4").read_bytes() == data


@pytest.mark.parametrize(("start", "end", "told"), [(0.2, 1.0, "no key frame at 0.20 s"), (90, 91, "shows nothing")])
def test_where_it_cannot_cut_it_says_so_and_leaves_nothing(
    deck: Deck, tmp_path: Path, start: float, end: float, told: str
) -> None:
    with pytest.raises(DescentError, match=told):
        cut(deck.lessons[0].film, start, end, tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []
