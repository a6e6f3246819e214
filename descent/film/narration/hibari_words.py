"""When hibari says each word: its model holds how long every phoneme lasts, and is asked for it.

The package reads six outputs and expects no more. So the model is loaded a second time, with one output added, and
only when lines are measured.
"""

import functools
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from descent.film.narration.words import aligned

_LENGTHS: Final = "/Clip_output_0"  # the graph's name for how many units each phoneme lasts
_UNIT: Final = 600  # samples: 25 ms


def word_starts(
    engine: Any, spoken: str, legible: str, sounds: Sequence[int], shifts: Sequence[int], speed: float
) -> tuple[float, ...] | None:
    """When each word of a line begins in its clip.

    Args:
        engine: hibari.
        spoken: The respelled line.
        legible: The same as hibari was given it.
        sounds: Samples of each sentence as hibari spoke it.
        shifts: By how many samples each sentence lies later in the clip.
        speed: As it was spoken.

    Returns:
        Seconds, one for each word; None if this hibari is built otherwise than the one that this was written for.
    """
    words, starts = [], []
    sentences = [said for text in engine.split_sentences(legible) if (said := _phonemes(engine, text))[1]]
    if len(sentences) != len(sounds):
        return None  # a sentence too long for hibari, which speaks it in parts
    for (texts, phonemes, places), samples, shift in zip(sentences, sounds, shifts, strict=True):
        lengths = _lengths(engine, phonemes, speed)
        if lengths is None or lengths.sum() * _UNIT != samples:
            return None
        known = np.array([character in engine.vocab for character in phonemes])
        number = 1 + np.concatenate([[0], np.cumsum(known)])  # of the phoneme at a place; the first is silence
        edges = np.concatenate([[0], np.cumsum(lengths)]) * _UNIT
        words += texts
        starts += [(edges[number[min(place, len(phonemes))]] + shift) / engine.sample_rate for place in places]
    length = (sounds[-1] + shifts[-1]) / engine.sample_rate
    found = aligned(spoken.split(), words, np.maximum(starts, 0.0).tolist(), length)
    return tuple(round(start, 2) for start in found)


def _phonemes(engine: Any, sentence: str) -> tuple[list[str], str, list[int]]:
    """The words of a sentence as hibari reads them, its phonemes, and where among these each word begins."""
    normalize = importlib.import_module("hibari.g2p.normalize").normalize
    tokens = engine.g2p.phonemize_tokens(engine.g2p.tokenize(normalize(sentence)))
    words, places, phonemes, begun = [], [], "", False
    for token in tokens:
        if not begun:
            words.append("")
            places.append(len(phonemes))
        words[-1] += token.text
        phonemes += (token.phonemes or "") + (" " if token.whitespace else "")
        begun = not token.whitespace
    lead = len(phonemes) - len(phonemes.lstrip())
    return words, phonemes.strip(), [max(0, place - lead) for place in places]


def _lengths(engine: Any, phonemes: str, speed: float) -> npt.NDArray[np.int64] | None:
    session = _session(engine.model_path)
    if session is None:
        return None
    ids = np.asarray([engine.ids(phonemes)], np.int64)
    (lengths,) = session.run([_LENGTHS], {"ids": ids, "speed": np.asarray([speed], np.float32)})
    return np.asarray(lengths, np.int64).ravel()


@functools.cache
def _session(model: str) -> Any:
    """The model with the lengths among its outputs; None if it has nothing of that name.

    Two messages of protobuf behind one another are their union. So nothing of the model is parsed or copied: a graph
    that has but this output goes behind it.
    """
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    graph, output, name = 7, 12, 1  # ModelProto.graph, GraphProto.output, ValueInfoProto.name
    added = _field(graph, _field(output, _field(name, _LENGTHS.encode())))
    try:
        return runtime.InferenceSession(Path(model).read_bytes() + added, options, providers=["CPUExecutionProvider"])
    except Exception:  # its errors have no class that is public
        return None


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes, text or a message of protobuf, shorter than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content
