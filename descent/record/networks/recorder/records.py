"""What the index of a recorded run holds, and where things lie in its folder."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from descent.record.networks.recorder.frames import contents

INDEX = "steps.log"
LOCK = "lock"
VERSION = 1


class Layout(msgspec.Struct, frozen=True, array_like=True):
    """A parameter: its name and shape, in the order in which the sketch and the norms go through them."""

    name: str
    shape: tuple[int, ...]


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """A process begins to record, at a step: what was recorded of later steps before is another way, given up.

    Attributes:
        version: Of the format.
        session: Its number, from 1.
        step: How many steps had been taken.
        k: How many numbers a sketch has.
        seed: Of the sketch.
        layout: The parameters.
        blocks: What norms are told of.
        name: The optimizer with its settings.
        sketch: That of the parameters where it begins, float32.
    """

    version: int
    session: int
    step: int
    k: int
    seed: int
    layout: tuple[Layout, ...]
    blocks: tuple[str, ...]
    name: str
    sketch: bytes


class Step(msgspec.Struct, frozen=True, tag="step"):
    """After a step.

    Attributes:
        step: How many steps had been taken.
        training: Whether the network was in training mode.
        lr: The rate of every group of parameters in that step.
        momentum: Momentum or β1 of every group, NaN without.
        grad: The length of every block's gradient; empty of a step that was not measured.
        update: How far the step moved every block; empty like it.
        sketch: That of the parameters, float32; empty like it.
    """

    step: int
    training: bool
    lr: list[float]
    momentum: list[float]
    grad: list[float]
    update: list[float]
    sketch: bytes


class Logged(msgspec.Struct, frozen=True, tag="logged"):
    """What the loop said of a step."""

    step: int
    values: dict[str, float]


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """All parameters and buffers are in a file, or were about to be: it is listed before it takes its name."""

    step: int
    training: bool
    file: str


Record = Begin | Step | Logged | Snapshot
_DECODER = msgspec.msgpack.Decoder(Record)


def encoded(record: Record) -> bytes:
    """A record's bytes."""
    return msgspec.msgpack.encode(record)


def records(folder: Path) -> Iterator[Record]:
    """All records of a folder's index, in the order in which they were written; none without an index."""
    path = folder / INDEX
    for content in contents(path.read_bytes()) if path.is_file() else ():
        try:
            yield _DECODER.decode(content)
        except msgspec.DecodeError:  # of a later version of descent
            continue


def way(folder: Path) -> list[Record]:
    """The records of the way that the run went: what was taken again from an earlier step is left out."""
    kept: list[Record] = []
    for record in records(folder):
        if isinstance(record, Begin):
            kept = [each for each in kept if isinstance(each, Begin) or each.step <= record.step]
        kept.append(record)
    return kept


def snapshot_name(step: int, session: int) -> str:
    """The file of a step's parameters: no session writes over those of another.

    >>> snapshot_name(1200, 1)
    'step-00001200.1.safetensors'
    """
    return f"step-{step:08}.{session}.safetensors"
