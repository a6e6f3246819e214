"""The track: every clip at its exact sample, nothing cut, nothing clipped, overlaps refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.base.errors import DescentError
from descent.film.narration import Clip, mix


def impulse(at: int, length: int, rate: int, level: float = 0.5) -> Clip:
    samples = np.zeros(length, np.float32)
    samples[at] = level
    return Clip(samples, rate)


@given(start=st.integers(0, 96_000), at=st.integers(0, 4_799))
def test_an_impulse_lands_on_its_sample(start: int, at: int) -> None:
    track = mix([(start / 48_000, impulse(at, 4_800, 48_000))], length=2.2)
    assert len(track) == 105_600
    assert np.flatnonzero(track).tolist() == [start + at]


@given(start=st.integers(0, 1000), at=st.integers(100, 900), rate=st.sampled_from([16_000, 24_000, 96_000]))
def test_a_resampled_impulse_peaks_on_its_sample(start: int, at: int, rate: int) -> None:
    at -= at % 2  # also a whole sample at 48 kHz when coming down from 96
    track = mix([(start / 1000, impulse(at, 1_000, rate))], length=1.2)
    assert np.abs(track).argmax() == start * 48 + at * 48_000 // rate


def test_a_resampled_tone_is_the_tone_at_the_new_rate() -> None:
    old, new = (np.sin(2 * np.pi * 440 * np.arange(rate) / rate) / 2 for rate in (22_050, 48_000))
    track = mix([(0.0, Clip(old.astype(np.float32), 22_050))], length=1.0)
    np.testing.assert_allclose(track[2_000:-2_000], new[2_000:-2_000], atol=2e-3)


@given(st.floats(0, 100))
def test_the_track_has_exactly_its_length(length: float) -> None:
    track = mix([], length, rate=1_000)
    assert track.shape == (round(length * 1_000),)
    assert track.dtype == np.float32
    assert not track.any()


def test_clips_keep_their_place_in_any_order() -> None:
    first, second = impulse(0, 100, 1_000, 0.25), impulse(0, 100, 1_000, 0.75)
    track = mix([(0.5, second), (0.1, first)], 1.0, rate=1_000)
    assert {int(k): float(track[k]) for k in np.flatnonzero(track)} == {100: 0.25, 500: 0.75}


def test_nothing_clips_when_resampling_overshoots() -> None:
    square = np.where(np.arange(2_400) // 7 % 2, 1.0, -1.0).astype(np.float32)
    track = mix([(0.0, Clip(square, 24_000))], 0.1)
    assert np.abs(track).max() == pytest.approx(1.0)


def test_overlapping_clips_are_refused_with_their_times() -> None:
    clip = impulse(0, 1_000, 1_000)
    with pytest.raises(DescentError, match=r"at 1\.00 s is spoken until 2\.00 s, but the next one begins at 1\.90 s"):
        mix([(1.9, clip), (1.0, clip)], 5.0, rate=1_000)


def test_clips_may_touch_even_where_samples_round_together() -> None:
    clip = Clip(np.full(1_001, 0.9, np.float32), 22_050)
    starts = [k * clip.seconds for k in range(20)]
    track = mix([(start, clip) for start in starts], 20 * clip.seconds)
    assert np.abs(track).max() <= 1.0
    assert np.abs(track[500:-500]).min() > 0.0


def test_empty_clips_take_no_room() -> None:
    nothing = Clip(np.zeros(0, np.float32), 24_000)
    track = mix([(0.0, impulse(5, 1_000, 1_000)), (0.5, nothing), (9.0, nothing)], 1.0, rate=1_000)
    assert np.flatnonzero(track).tolist() == [5]


@pytest.mark.parametrize("start", [-0.1, 0.2, 3.0])
def test_a_clip_outside_the_film_is_refused(start: float) -> None:
    with pytest.raises(DescentError, match=r"does not fit into a film of 1\.00 s"):
        mix([(start, impulse(0, 900, 1_000))], 1.0, rate=1_000)
