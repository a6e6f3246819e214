"""Clips: trimming finds the onset, the gain is constant, the WAV form keeps 16 bits and refuses damage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.base.errors import DescentError
from descent.film.narration import Clip, from_wav, to_wav
from descent.film.narration.clips import SENTENCE_PAUSE, speech, trim

LEAD, TAIL, WINDOW = 0.020, 0.080, 0.005


def tone(seconds: float, rate: int, before: float, after: float, level: float = 0.3) -> np.ndarray:
    sound = level * np.sin(2 * np.pi * 220 * np.arange(round(seconds * rate)) / rate)
    pads = (np.zeros(round(before * rate)), np.zeros(round(after * rate)))
    return np.concatenate([pads[0], sound, pads[1]]).astype(np.float32)


@given(
    rate=st.sampled_from([16_000, 22_050, 24_000, 44_100]),
    seconds=st.floats(0.05, 0.5),
    before=st.floats(0.03, 0.5),
    after=st.floats(0.1, 0.6),
    level=st.floats(0.001, 1.0),
)
def test_trim_keeps_a_short_lead_and_tail(rate: int, seconds: float, before: float, after: float, level: float) -> None:
    trimmed = trim(tone(seconds, rate, before, after, level), rate)
    heard = np.flatnonzero(np.abs(trimmed) > 1e-9) / rate
    assert heard[0] == pytest.approx(LEAD, abs=0.010)
    assert len(trimmed) / rate - heard[-1] == pytest.approx(TAIL, abs=0.010)


def test_trim_ignores_noise_45_db_down_and_keeps_what_is_louder() -> None:
    rate = 24_000
    noise = np.random.default_rng(0).normal(size=rate).astype(np.float32)
    sound = tone(0.3, rate, 0.3, 0.4, level=1.0)
    quiet, audible = (sound + noise * level for level in (10 ** (-60 / 20), 10 ** (-30 / 20)))
    assert len(trim(quiet, rate)) / rate == pytest.approx(0.3 + LEAD + TAIL, abs=2 * WINDOW)
    assert len(trim(audible, rate)) == len(audible)


def test_trim_returns_a_part_of_the_recording_unchanged() -> None:
    recording = tone(0.2, 24_000, 0.3, 0.3)
    assert np.shares_memory(trim(recording, 24_000), recording)


@pytest.mark.parametrize("length", [0, 1, 5000])
def test_silence_trims_to_nothing(length: int) -> None:
    assert trim(np.zeros(length, np.float32), 24_000).size == 0


def test_sentences_are_joined_by_one_pause_and_one_gain() -> None:
    rate = 24_000
    loud, soft = tone(0.3, rate, 0.4, 0.5, 0.2), tone(0.2, rate, 0.1, 0.2, 0.05)
    clip = speech([loud, np.zeros(rate, np.float32), soft], rate, gain_db=6.0)
    first, second = (trim(part, rate) * 10 ** (6 / 20) for part in (loud, soft))
    assert clip.rate == rate
    assert clip.seconds == pytest.approx((len(first) + len(second)) / rate + SENTENCE_PAUSE, abs=1 / rate)
    np.testing.assert_allclose(clip.samples[: len(first)], first, rtol=1e-5)
    np.testing.assert_allclose(clip.samples[-len(second) :], second, rtol=1e-5)


@given(st.floats(-20, 40))
def test_no_gain_reaches_full_scale(gain_db: float) -> None:
    clip = speech([tone(0.1, 8_000, 0.1, 0.1, 0.5)], 8_000, gain_db)
    peak = np.abs(clip.samples).max()
    assert peak < 10 ** (-1 / 20)
    assert peak == pytest.approx(min(0.5 * 10 ** (gain_db / 20), 0.89), rel=0.01)


def test_a_lone_peak_is_turned_down_and_leaves_the_rest_as_loud() -> None:
    rate = 24_000
    sound = tone(0.6, rate, 0.1, 0.1, 0.3)
    sound[10_000:10_020] = 0.9
    heard = speech([sound], rate, gain_db=6.0).samples
    assert np.abs(heard).max() <= 0.89
    np.testing.assert_allclose(heard[:7_000], trim(sound, rate)[:7_000] * 10 ** (6 / 20), rtol=1e-5)


def test_a_clip_is_read_only_and_its_own() -> None:
    samples = np.ones(4, np.float32)
    clip = Clip(samples, 8_000)
    samples[0] = 0
    assert clip.samples[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 0


@pytest.mark.parametrize(("samples", "rate"), [(np.zeros((2, 2)), 8_000), ([np.nan], 8_000), ([0.0], 0)])
def test_a_clip_refuses_what_is_no_sound(samples: np.ndarray, rate: int) -> None:
    with pytest.raises(ValueError, match="clip must be"):
        Clip(samples, rate)


@given(st.lists(st.floats(-1, 1, width=32), max_size=50), st.sampled_from([22_050, 24_000, 48_000]))
def test_wav_round_trip_is_exact_to_16_bits_and_then_stable(samples: list[float], rate: int) -> None:
    clip = Clip(np.array(samples, np.float32), rate)
    once = from_wav(to_wav(clip))
    assert once.rate == rate
    np.testing.assert_allclose(once.samples, clip.samples, atol=0.51 / 32767)
    assert to_wav(once) == to_wav(clip)


WHOLE = to_wav(Clip(np.linspace(-1, 1, 30, dtype=np.float32), 24_000))


@given(st.integers(0, len(WHOLE) - 1))
def test_a_cut_wav_is_refused(length: int) -> None:
    with pytest.raises(DescentError, match="WAV"):
        from_wav(WHOLE[:length])


@given(st.integers(0, 43), st.integers(1, 255))
def test_a_damaged_header_is_refused_or_harmless(position: int, flip: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[position] ^= flip
    try:
        assert len(from_wav(bytes(damaged)).samples) == 30
    except DescentError as refusal:
        assert "WAV" in str(refusal)  # noqa: PT017


def test_other_wav_forms_are_refused() -> None:
    stereo = bytearray(WHOLE)
    stereo[22] = 2
    with pytest.raises(DescentError, match="WAV"):
        from_wav(bytes(stereo))
