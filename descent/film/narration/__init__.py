"""Narration without Manim: how lines are said, by which voice, for how long, and with which captions.

A line goes from its written form through :func:`respell` to a :class:`Voice`; :class:`ClipCache` keeps the
clips and :func:`mix` lays them on one track. Durations come from the committed :class:`TimingTable`, never from
the clips, so a film has the same frames with any voice or none.
"""

from descent.film.narration.cache import ClipCache, MeasuringTable
from descent.film.narration.captions import Cue, cues, subtitles, to_srt, to_vtt
from descent.film.narration.clips import Clip, from_wav, to_wav
from descent.film.narration.lexicon import paced, respell
from descent.film.narration.loudness import mastered
from descent.film.narration.recordings import Recordings, lacking
from descent.film.narration.timing import StaleTimingWarning, TimingTable, refresh
from descent.film.narration.track import mix
from descent.film.narration.voices import (
    DEFAULT_VOICE,
    SILENCE,
    Hibari,
    Piper,
    Silence,
    SilentFilmWarning,
    Voice,
    asked_voice,
    find_voice,
    takes_any_text,
    voice_inputs,
)
from descent.film.narration.words import unmarked

__all__ = [
    "DEFAULT_VOICE",
    "SILENCE",
    "Clip",
    "ClipCache",
    "Cue",
    "Hibari",
    "MeasuringTable",
    "Piper",
    "Recordings",
    "Silence",
    "SilentFilmWarning",
    "StaleTimingWarning",
    "TimingTable",
    "Voice",
    "asked_voice",
    "cues",
    "find_voice",
    "from_wav",
    "lacking",
    "mastered",
    "mix",
    "paced",
    "refresh",
    "respell",
    "subtitles",
    "takes_any_text",
    "to_srt",
    "to_vtt",
    "to_wav",
    "unmarked",
    "voice_inputs",
]
