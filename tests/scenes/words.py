"""The words of films here, as JSON: for another level of the processor, or losses moved by the last bit.

``ATEN_CPU_CAPABILITY=default python tests/scenes/words.py [--moved SEED] [--brief] FILM…`` prints each film's title,
lines and notes, and the claims that do not hold. With ``--moved``, losses and gradients are a unit in the last place
off, up, down or not at all, as their own bits and the seed decide, so that the same numbers are moved the same way
everywhere. With ``--brief``, claims are asked of the films' own steps only, and those of many steps not at all.
"""

import argparse
import json
import logging
import math
import struct
import sys
import tempfile
from typing import Any

import torch
from films import FILMS
from golden import words
from manim import tempconfig
from torch import Tensor

from descent.base.errors import DescentError
from descent.record import predicates
from descent.record.surfaces import Surface
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.rehearsal import rehearse
from descent.stage.scene.runs import RunScene

BRIEF = 500
"""Steps that the runs of a claim may take together, to be asked with ``--brief``."""

_ODD = 2654435761  # scatters neighbouring bits


def nudge(values: Tensor, seed: int) -> Tensor:
    """The values, each a unit in the last place up, down or where it was; its derivative stays."""
    if values.numel() == 1:  # most are, and plain numbers are quicker
        kind = ("d", "q") if values.dtype is torch.float64 else ("f", "i")
        (number,) = struct.unpack(kind[1], struct.pack(kind[0], values.item()))
        mixed = (number * _ODD + 7919 * seed + 2**63) % 2**64 - 2**63  # 64 bits, as torch's
        return values * (1 + ((mixed >> 13) % 3 - 1) * torch.finfo(values.dtype).eps)
    bits = values.detach().view(torch.int64 if values.dtype is torch.float64 else torch.int32).long()
    ways = (bits * _ODD + 7919 * seed >> 13) % 3 - 1
    return values * (1 + ways.to(values.dtype) * torch.finfo(values.dtype).eps)


def move_surfaces(seed: int) -> None:
    """Have every surface of this process give losses and gradients that are off by the last bit."""
    exact = Surface.__call__

    def moved(self: Surface, w1: Tensor, w2: Tensor) -> Tensor:
        felt = [w.view_as(w) for w in (w1, w2)]
        for w in felt:
            if w.requires_grad:
                w.register_hook(lambda slope: nudge(slope, seed))
        return nudge(exact(self, *felt), seed)

    Surface.__call__ = moved  # type: ignore[method-assign]


def found(scene_class: type[LectureScene], most: float = math.inf) -> dict[str, Any]:
    """What a film says here, and which of its claims do not hold; what keeps it from being made, else."""
    try:
        claims = [claim for claim in scene_class.claims if sum(run.steps for run in claim.runs) <= most]
        return words(rehearse(scene_class)) | {"faults": [claim.text for claim in claims if claim.fault()]}
    except DescentError as error:
        return {"faults": [str(error)]}


def main() -> None:
    """Print the words of the films that are named, or of all."""
    parser = argparse.ArgumentParser(description="Print the words of films, and whether their claims hold.")
    parser.add_argument("films", nargs="*", metavar="FILM")
    parser.add_argument("--moved", type=int, metavar="SEED", help="move losses and gradients by the last bit")
    parser.add_argument("--brief", action="store_true", help="follow no run on, and ask no claim of many steps")
    asked = parser.parse_args()
    RunScene.claims_asked = True  # they are asked here, once
    if asked.brief:
        predicates.continued = lambda trajectory, length: trajectory  # type: ignore[assignment]
    if asked.moved is not None:
        move_surfaces(asked.moved)
    logging.getLogger("manim").setLevel(logging.WARNING)  # it writes among the words
    with tempfile.TemporaryDirectory() as media, tempconfig({"media_dir": media}):  # Typst writes its cache in place
        told = {name: found(FILMS[name], BRIEF if asked.brief else math.inf) for name in asked.films or FILMS}
    level = torch.backends.cpu.get_cpu_capability()
    sys.stdout.write(json.dumps({"level": level, "films": told}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
