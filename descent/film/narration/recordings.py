"""Somebody's own voice: a folder of recordings, one a line, and the script that says which line each of them is."""

import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from descent.base.errors import DescentError, reason, shown
from descent.base.files import write
from descent.film.narration.clips import PEAK, Clip
from descent.film.narration.lexicon import paced
from descent.film.narration.loudness import RATE, loudness

SCRIPT: Final = "script.json"
"""The file beside recordings that keeps what each number says."""

SUFFIXES: Final = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".aif", ".aiff")
"""The kinds of files that are taken for recordings."""

_LEVEL: Final = -20.0  # LUFS, as of the other voices
_LONGEST: Final = 120.0  # seconds: no line takes as long
_WINDOW, _CLICK = round(0.005 * RATE), 7  # samples; windows of which half are loud in what is more than a click
_LOUD, _QUIET = 10 ** (-20 / 10), 10 ** (-45 / 10)  # of the loudest: surely speech, surely none
_ABOVE_NOISE = 10 ** (10 / 10)  # speech is so much louder than the room
_LEAD, _TAIL = round(0.04 * RATE), round(0.12 * RATE)


@dataclass(frozen=True, slots=True, eq=False)
class Recordings:
    """A folder of recordings as a voice. A line that it lacks is an empty clip.

    Attributes:
        folder: Where they are.
        script: What each number says, as it was written.
        files: The recording of each number that has one.
        strays: Recordings whose names are no number of the script.
        version: A digest of all of it.
    """

    folder: Path
    script: Mapping[str, str]
    files: Mapping[str, Path]
    strays: Sequence[Path]
    version: str

    @property
    def key(self) -> str:
        """What it is called among voices."""
        return f"recordings:{self.folder.as_posix()}"

    @classmethod
    def read(cls, folder: Path) -> "Recordings":
        """Find what a folder holds; nothing is decoded.

        Raises:
            DescentError: If it has no script, or two recordings of one line.
        """
        script = read_script(folder)
        numbers = {_plain(number): number for number in script}
        files: dict[str, Path] = {}
        strays = []
        for path in _audio_files(folder):
            number = numbers.get(_plain(path.relative_to(folder).with_suffix("").as_posix()))
            if number is None:
                strays.append(path)
            elif number in files:
                raise DescentError(f"{files[number]} and {path} are both recordings of {number}; keep one of them.")
            else:
                files[number] = path
        return cls(folder, script, files, tuple(strays), identity(folder))

    def number_of(self, text: str) -> str | None:
        """The number under which the script has a line, by its words alone; one that is recorded, if any is."""
        wanted = _sounds(text)
        found = [number for number, line in self.script.items() if _sounds(line) == wanted]
        return next((number for number in found if number in self.files), found[0] if found else None)

    def missing(self, lines: Iterable[str]) -> dict[str, str]:
        """The lines that have no recording: line → number, empty where the script does not know it."""
        numbers = {line: self.number_of(line) or "" for line in dict.fromkeys(lines)}
        return {line: number for line, number in numbers.items() if number not in self.files}

    def outdated(self, lines: Iterable[str], films: Iterable[str]) -> list[str]:
        """Numbers of films with recordings of words that none of these lines has: changed since, or gone."""
        said, own = {_sounds(line) for line in lines}, set(films)
        recorded = [number for number in self.files if number.rpartition("-")[0] in own]
        return [number for number in recorded if _sounds(self.script[number]) not in said]

    def speak(self, spoken: str) -> Clip:
        """The recording of a line, without silence at both ends, as loud as other voices.

        Args:
            spoken: The line, as it is written or respelled.

        Returns:
            The clip, 48 kHz mono; empty where there is no recording.

        Raises:
            DescentError: If its file cannot be decoded, or nothing is heard in it.
        """
        number = self.number_of(spoken)
        if number is None or number not in self.files:
            return Clip(np.zeros(0, np.float32), RATE)
        return _clip(self.files[number])


def lacking(voice: object, lines: Iterable[str]) -> str:
    """A sentence that names the lines which a folder of recordings lacks; empty if it has all, or is no such voice."""
    if not isinstance(voice, Recordings) or not (missing := voice.missing(lines)):
        return ""
    named = ", ".join(f"{number} {shown(line)}" if number else shown(line) for line, number in missing.items())
    what = "a line has" if len(missing) == 1 else f"{len(missing)} lines have"
    new = "" if all(missing.values()) else f"; `descent narrate --script --voice {voice.folder}` numbers what is new"
    return f"{what} no recording in {voice.folder}, only captions: {named}{new}."


def read_script(folder: Path) -> dict[str, str]:
    """What each number says.

    Raises:
        DescentError: If the folder has no script, or it cannot be read.
    """
    path = folder / SCRIPT
    try:
        script = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DescentError(
            f"{folder} has no {SCRIPT}, which says which line each recording is; "
            f"`descent narrate --script --voice {folder}` writes it and prints the lines to read."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DescentError(f"{path} cannot be read ({reason(error)}); restore it.") from error
    if not isinstance(script, dict) or not all(isinstance(line, str) and line for line in script.values()):
        raise DescentError(f"{path} must map numbers to lines; restore it.")
    return script


def numbered(script: Mapping[str, str], films: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A script with every line of some films: what it has keeps its number, what is new takes the film's next one.

    So a line that was changed is a new one, and the recording of the old words is known to be that.

    Args:
        script: What there was, number → line.
        films: The lines of each film, in order.

    >>> numbered({"Roll-01": "It rolls."}, {"Roll": ["Watch.", "It rolls."]})
    {'Roll-01': 'It rolls.', 'Roll-02': 'Watch.'}
    """
    found = dict(script)
    known = {_sounds(line) for line in found.values()}
    for film, lines in films.items():
        own = [re.fullmatch(rf"{re.escape(film)}-(\d+)", number) for number in found]
        last = max((int(match[1]) for match in own if match), default=0)
        for line in lines:
            if _sounds(line) not in known:
                last += 1
                found[f"{film}-{last:02}"] = line
                known.add(_sounds(line))
    return found


def write_script(folder: Path, script: Mapping[str, str]) -> None:
    """Keep a script beside the recordings."""
    write(folder / SCRIPT, (json.dumps(script, indent=1, ensure_ascii=False) + "\n").encode())


def printed(script: Mapping[str, str], films: Mapping[str, Sequence[str]]) -> str:
    """The lines to read, film by film, each behind its number."""
    numbers = {_sounds(line): number for number, line in script.items()}
    parts = []
    for film, lines in films.items():
        rows = [f"{numbers[_sounds(line)]}  {' '.join(line.split())}" for line in dict.fromkeys(lines)]
        parts.append("\n".join([film, *(f"  {row}" for row in rows)]))
    return "\n\n".join(parts)


def identity(folder: Path) -> str:
    """A digest of a folder's script and recordings: names and contents."""
    sha = hashlib.sha256()
    for path in [folder / SCRIPT, *_audio_files(folder)]:
        with (
            suppress(OSError),
            path.open("rb") as file,
        ):  # opened also where the digest is known: films note what is read
            about = os.fstat(file.fileno())
            name = path.relative_to(folder).as_posix()
            sha.update(f"{name}:{_digest(path, about.st_size, about.st_mtime_ns)}\n".encode(errors="surrogateescape"))
    return sha.hexdigest()[:16]


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, modified: int) -> str:
    """SHA-256 of a file that is as it was."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _audio_files(folder: Path) -> list[Path]:
    """Recordings in a folder and in its folders, but for hidden ones."""
    return sorted(
        path
        for pattern in ("*", "*/*")
        for path in folder.glob(pattern)
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _plain(name: str) -> str:
    """A number as it is compared: ``Roll-01``, ``roll 1`` and ``Roll/01`` are one."""
    dashed = re.sub(r"[\s_/-]+", "-", name).lower()
    return re.sub(r"(?<=-)0+(?=\d+$)", "", dashed)


def _sounds(text: str) -> str:
    """The words of a line without what is not heard."""
    return " ".join(re.findall(r"\w+(?:\.\w+)?", paced(text).lower()))


def _clip(path: Path) -> Clip:
    samples = _decoded(path)
    if len(samples) > _LONGEST * RATE:
        raise DescentError(
            f"{path} lasts {len(samples) / RATE:.0f} s, and a line at most {_LONGEST:.0f}; record one line a file."
        )
    heard = _heard(samples)
    now = loudness(heard)
    if not heard.size or now == -np.inf:
        raise DescentError(f"nothing is heard in {path}; record the line again.")
    gain = 10 ** ((_LEVEL - now) / 20)
    peak = float(np.abs(heard).max()) * gain
    return Clip(heard * np.float32(gain * min(1.0, PEAK / peak)), RATE)


def _decoded(path: Path) -> npt.NDArray[np.float32]:
    """A file's first sound track, mono at 48 kHz."""
    import av
    from av.container import InputContainer

    try:
        with av.open(io.BytesIO(path.read_bytes())) as source:
            assert isinstance(source, InputContainer)
            resampler = av.AudioResampler("flt", "mono", RATE)
            parts = [
                part.to_ndarray().ravel() for frame in source.decode(audio=0) for part in resampler.resample(frame)
            ]
            parts += [part.to_ndarray().ravel() for part in resampler.resample(None)]
    except (OSError, ValueError, IndexError, RuntimeError) as error:  # av's errors are of these kinds
        raise DescentError(f"{path} is no recording that can be read ({reason(error)}); export it as WAV.") from error
    samples = np.asarray(np.concatenate(parts) if parts else [], np.float32)
    if not np.isfinite(samples).all():
        raise DescentError(f"{path} holds values that are no sound; export it again.")
    return samples - np.float32(samples.mean()) if samples.size else samples  # some sound cards add a constant


def _heard(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A recording from where somebody begins to speak to where they end.

    Speech is what is 10 dB above the quietest tenth of the recording, but surely what is within 20 dB of the loudest,
    and surely not what is 45 dB below it. Clicks, as of a key, are passed over.
    """
    padded = np.pad(samples, (0, -len(samples) % _WINDOW))
    power = np.mean(np.square(padded.reshape(-1, _WINDOW), dtype=np.float64), axis=1)
    if not power.any():
        return samples[:0]
    around = np.lib.stride_tricks.sliding_window_view(np.pad(power, _CLICK // 2, mode="edge"), _CLICK)
    steady = np.median(around, axis=1)
    loudest = steady.max() or power.max()
    floor = np.clip(np.quantile(steady, 0.1) * _ABOVE_NOISE, loudest * _QUIET, loudest * _LOUD)
    heard = np.flatnonzero(steady > floor)
    if not heard.size:
        return samples[:0]
    return samples[max(0, heard[0] * _WINDOW - _LEAD) : (heard[-1] + 1) * _WINDOW + _TAIL]
