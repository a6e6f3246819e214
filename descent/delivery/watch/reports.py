"""What is told of a film besides its pictures: its words and times, what is wrong with it, and how it sounds."""

import os
import time
import warnings
from collections.abc import Sequence
from typing import Any

from manim import config

from descent.base.failures import failure
from descent.delivery.watch.messages import Line
from descent.delivery.watch.order import StageOrder
from descent.film.mux import SOUND_RATE
from descent.film.narration import Clip, SilentFilmWarning, StaleTimingWarning
from descent.film.narration.clips import to_wav
from descent.film.narration.voices import SILENCE
from descent.film.script import Script
from descent.film.timeline import TICKS_PER_SECOND
from descent.record.claims import Claim
from descent.stage.checks.lint import follows, looked_over
from descent.stage.checks.sentences import rules
from descent.stage.scene.lecture import LectureScene

FIRST = 0.4  # seconds for the first picture, in which nothing else is done
_LATER = 10


def told_of(scene: LectureScene, remarks: Sequence[tuple[float, str]]) -> dict[str, Any]:
    """A constructed film as what the page needs: times in seconds, plays in frames.

    Args:
        scene: The scene after its last play.
        remarks: What warned while it was constructed, each with its second.
    """
    timeline, script, rate = scene.timeline, scene.script, round(config.frame_rate)
    chapters = [(tick / TICKS_PER_SECOND, note) for tick, note in timeline.chapters]
    ends = [*(start for start, _ in chapters[1:]), timeline.now / TICKS_PER_SECOND][: len(chapters)]
    said = [line.text for line in timeline.lines]
    said += [""] * (len(chapters) - len(said))  # nobody speaks over the card that answers
    return {
        "title": script.title,
        "scene": type(scene).__name__,
        "rate": rate,
        "width": config.pixel_width,
        "height": config.pixel_height,
        "seconds": timeline.now / TICKS_PER_SECOND,
        "plays": [
            [play.start * rate // TICKS_PER_SECOND, -(-play.ticks * rate // TICKS_PER_SECOND), play.still]
            for play in timeline.plays
        ],
        "beats": [
            {"start": start, "end": end, "note": note, "say": say}
            for (start, note), end, say in zip(chapters, ends, said, strict=True)
        ],
        "captions": [[cue.start, cue.end, cue.text] for cue in script.captions()],
        "remarks": [{"at": at, "text": text} for at, text in dict.fromkeys(remarks)],
        "voiced": script.voice is not None and script.voice.key != SILENCE,
    }


def look_over(order: StageOrder, film: type[LectureScene], hello: dict[str, Any]) -> None:
    """Say which claims hold, and what `descent check` finds; for a forked child.

    Args:
        order: What is watched.
        film: Its class, as it was constructed.
        hello: Which walk this belongs to.
    """
    line = _called(order, hello)
    claims: Sequence[Claim] = tuple(getattr(film, "claims", ()))
    if order.leads:
        line.tell({"claims": [{"text": claim.text, "says": claim.says, "fault": _fault(claim)} for claim in claims]})
    warnings.simplefilter("ignore", StaleTimingWarning)  # the walk has told already
    warnings.simplefilter("ignore", SilentFilmWarning)
    try:
        scene = looked_over(film)
        faults = [
            {"at": tick / TICKS_PER_SECOND, "text": text.removeprefix(f"{film.__name__}, ")}
            for tick, text in scene.faults_at
        ]
        if order.strict and order.leads:
            said = [*rules(scene.timeline, film), *follows(scene)]
            faults += [{"at": None, "text": text} for text in said]
    except Exception as error:
        faults = [{"at": None, "text": f"the checks stopped: {failure(error)}"}]
    line.tell({"faults": faults})


def _called(order: StageOrder, hello: dict[str, Any]) -> Line:
    """The server, called by a child that lets those go first who draw."""
    os.nice(_LATER)
    time.sleep(FIRST)
    return Line.to(order.place, {**hello, "pid": os.getpid()})


def _fault(claim: Claim) -> str | None:
    try:
        return claim.fault()
    except Exception as error:
        return failure(error)


def speak(order: StageOrder, script: Script, hello: dict[str, Any]) -> None:
    """Speak a film's lines and send its sound track; for a forked child.

    Args:
        order: What is watched.
        script: Its words and times.
        hello: Which walk this belongs to.
    """
    line = _called(order, hello)
    try:
        sound = script.score(order.clips).sound
    except Exception as error:
        line.tell({"mute": failure(error)})
        return
    if sound is None or not sound.any():
        line.tell({"mute": "no voice speaks here"})
    else:
        line.tell({"sound": True}, to_wav(Clip(sound, SOUND_RATE)))
