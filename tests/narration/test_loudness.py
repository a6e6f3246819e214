"""A film's sound at one loudness: held to pyloudnorm and FFmpeg, which measure by themselves."""

import io

import av
import numpy as np
import numpy.typing as npt
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.film.narration import Hibari, mix
from descent.film.narration.loudness import CEILING, RATE, ROOM_TONE, TARGET, loudness, mastered

Sound = npt.NDArray[np.float32]


def tone(seconds: float, level: float, hertz: float = 997.0) -> Sound:
    return np.asarray(level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE), np.float32)


def talk(seconds: float, level: float, seed: int = 1) -> Sound:
    """A buzz that comes and goes like syllables, some loud, with peaks far above its mean."""
    at = np.arange(round(seconds * RATE)) / RATE
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, 25)
    buzz = sum(np.sin(2 * np.pi * 130 * k * at + phase) / k**0.7 for k, phase in enumerate(phases, 1))
    syllables = np.abs(np.sin(2 * np.pi * 2 * at)) * (0.3 + 0.7 * (np.floor(4 * at) % 3 == 0))
    return np.asarray(np.clip(level * buzz / np.abs(buzz).max() * syllables, -1, 1), np.float32)


def film(level: float) -> Sound:
    silence = np.zeros(RATE, np.float32)
    return np.concatenate([silence, talk(2, level), silence, talk(1.5, level, 2), silence])


def measured(sound: Sound) -> tuple[float, float]:
    """Integrated loudness and true peak as FFmpeg's ebur128 has them."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base=None)
    meter, sink = graph.add("ebur128", "metadata=1:peak=true"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(sound[None], format="flt", layout="mono")
    frame.sample_rate = RATE
    source.push(frame)
    source.push(None)
    told: dict[str, str] = {}
    while True:
        try:
            told = dict(sink.pull().metadata) or told
        except (av.EOFError, av.BlockingIOError):
            return float(told["lavfi.r128.I"]), 20 * np.log10(float(told["lavfi.r128.true_peak"]))


@given(st.floats(50, 8_000), st.floats(-40, 0), st.floats(0.5, 3))
@settings(max_examples=25)
def test_loudness_is_what_another_meter_says(hertz: float, decibels: float, seconds: float) -> None:
    sound = np.concatenate([tone(seconds, 10 ** (decibels / 20), hertz), np.zeros(RATE // 2, np.float32)])
    other = pyloudnorm.Meter(RATE).integrated_loudness(sound.astype(np.float64))
    assert loudness(sound) == pytest.approx(other, abs=0.15)


def test_a_sine_at_full_scale_is_at_minus_3() -> None:
    """The standard's own check: 997 Hz, one channel."""
    assert loudness(tone(5, 1.0)) == pytest.approx(-3.01, abs=0.01)


def test_silence_does_not_count() -> None:
    spoken = talk(4, 0.2)
    long = np.concatenate([np.zeros(20 * RATE, np.float32), spoken, np.zeros(20 * RATE, np.float32)])
    assert loudness(long) == pytest.approx(loudness(spoken), abs=0.3)


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros(RATE), np.full(10 * RATE, 1e-7)])
def test_nothing_is_as_quiet_as_can_be(sound: Sound) -> None:
    assert loudness(sound) == -np.inf


def test_what_is_shorter_than_a_block_is_measured_whole() -> None:
    assert loudness(tone(0.2, 0.5)) == pytest.approx(loudness(tone(2, 0.5)), abs=0.2)


@pytest.mark.parametrize("level", [0.01, 0.1, 0.9])
def test_a_film_is_as_loud_as_wanted_and_no_peak_is_too_high(level: float) -> None:
    sound = mastered(film(level))
    assert sound.dtype == np.float32
    assert len(sound) == len(film(level))
    heard, peak = measured(sound)
    assert heard == pytest.approx(TARGET, abs=0.15)
    assert peak <= CEILING + 0.05


def test_a_peak_is_turned_down_without_a_jump() -> None:
    """A gain that jumps adds a click: the mastered sound divided by the sound changes slowly."""
    sound = tone(3, 0.1)
    sound[RATE : RATE + RATE // 50] *= 9
    made = mastered(sound)
    loud = np.abs(sound) > 0.05
    gain = made[loud] / sound[loud]
    assert gain.max() / gain.min() > 2
    assert np.abs(np.diff(np.log(gain))).max() < 0.1  # between neighbours that are loud


def test_between_lines_a_room_is_heard_and_no_digital_silence() -> None:
    sound = mastered(film(0.1))
    between = sound[round(3.2 * RATE) : round(3.8 * RATE)]
    level = 20 * np.log10(np.sqrt(np.mean(between.astype(float) ** 2)))
    assert level == pytest.approx(ROOM_TONE, abs=1)
    assert np.array_equal(sound, mastered(film(0.1)))


def test_a_film_of_no_sound_stays_silent() -> None:
    assert not mastered(np.zeros(RATE, np.float32)).any()
    assert mastered(np.zeros(0, np.float32)).size == 0


def test_a_voice_is_as_loud_as_wanted_also_behind_the_encoder() -> None:
    clip = Hibari().speak("It stops in the first valley it meets. Momentum carries it on, down to the deepest minimum.")
    sound = mastered(mix([(0.7, clip)], clip.seconds + 2))
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as out:
        aac = out.add_stream("aac", rate=RATE, layout="mono")
        aac.bit_rate = 128_000
        whole = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        whole.sample_rate = RATE
        parts = av.AudioResampler("fltp", "mono", RATE, frame_size=1024)
        for frame in [*parts.resample(whole), *parts.resample(None), None]:
            out.mux(aac.encode(frame))
    stream.seek(0)
    with av.open(stream) as made:
        decoded = np.concatenate([frame.to_ndarray()[0] for frame in made.decode(audio=0)])
    for each in (sound, decoded):
        heard, peak = measured(each)
        assert heard == pytest.approx(TARGET, abs=0.15)
        assert peak <= -1.5
