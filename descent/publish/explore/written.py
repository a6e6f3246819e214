"""Written: runs as one would type them, in Python and as `descent animate` reads them, to be copied from the page.

A setting's text travels apart from its name, so that the page can put the number there that is on screen.
"""

import ast
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from descent.base.errors import DescentError, reason
from descent.record.lecture_runs import REGRESSION
from descent.record.named_surfaces import SURFACES
from descent.record.runs import Run
from descent.record.spec_text import OPTIMIZERS, SCHEDULERS, spec_text
from descent.record.surfaces import Surface
from descent.record.torch_specs import torch_class
from descent.record.training import MeanLoss

_SESSION = ("__main__", "descent_user")
"""Modules that nobody else can import."""


@dataclass(frozen=True, slots=True)
class Written:
    """An optimizer or a scheduler.

    Attributes:
        text: Its class's name in text: ``SGD``, ``schedulefree.SGDScheduleFree``.
        python: In Python.
        imports: The lines of Python that make these names known.
        settings: Its settings: name, value in text, value in Python.
        why: Why it cannot be written; empty if it can.
    """

    text: str = ""
    python: str = ""
    imports: tuple[str, ...] = ()
    settings: tuple[tuple[str, str, str], ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """A surface.

    Attributes:
        key: The key under which `descent animate` takes it: "surface" or "data"; empty if it has none.
        text: Its value: ``bird``, ``losses.py:bowl``, ``points.csv``.
        standardize: Whether the columns of the data are brought to mean 0 and deviation 1.
        python: The expression that is the surface; empty for data, and for what is the session's own.
        imports: The lines that it needs.
        viewed: Whether the view is the surface's own, and need not be said.
    """

    key: str = ""
    text: str = ""
    standardize: bool = False
    python: str = ""
    imports: tuple[str, ...] = ()
    viewed: bool = False


def written(spec: partial[Any]) -> Written:
    """An optimizer or scheduler as it is typed.

    >>> from torch.optim import SGD
    >>> written(partial(SGD, lr=0.1)).settings
    (('lr', '0.1', '0.1'),)
    """
    try:
        spec_text(spec)
        imports: list[str] = []
        text, python = _class(torch_class(spec), imports)
        settings = tuple((name, *_literal(value, imports)) for name, value in spec.keywords.items())
        return Written(text, python, tuple(dict.fromkeys(imports)), settings)
    except DescentError as error:
        return Written(why=reason(error))


def only_in_python(run: Run) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What of a run no command takes: arguments of `Run`, and the imports that they need."""
    found, imports = [], []
    if run.dtype is torch.float64:
        found.append("dtype=torch.float64")
        imports.append("import torch")
    if run.groups:
        found.append(f"groups={tuple(map(dict, run.groups))!r}")
    for name in ("batches", "noise", "clipping", "average"):
        if (value := getattr(run, name)) is not None:
            found.append(f"{name}={value!r}")
            imports.append(f"from descent import {type(value).__name__}")
    return tuple(found), tuple(imports)


def ground_of(surface: Surface, data: tuple[str, bool] | None = None) -> Ground:
    """A surface as it is typed.

    Args:
        surface: The surface.
        data: The file that its points are from, and whether they were standardized.
    """
    if data is not None:
        return Ground("data", data[0], data[1])
    if surface.loss is REGRESSION.loss and surface == REGRESSION:
        return Ground(python="REGRESSION", imports=("from descent import REGRESSION",), viewed=True)
    known = SURFACES.get(surface.name)
    if known is not None and known.loss is surface.loss:
        python, imports = f'SURFACES["{surface.name}"]', ["from descent import SURFACES"]
        viewed = known.domain == surface.domain
        if not viewed:
            python = f"replace({python}, domain={surface.domain!r}, minima={surface.minima!r})"
            imports.append("from dataclasses import replace")
        return Ground("surface", surface.name, python=python, imports=tuple(imports), viewed=viewed)
    return _own_ground(surface)


def _own_ground(surface: Surface) -> Ground:
    """A surface of a module or a file of the user's; of their session, nothing can be typed."""
    module = sys.modules.get(getattr(surface.loss, "__module__", None) or "")
    if module is None or isinstance(surface.loss, MeanLoss):
        return Ground()
    name = next((key for key, value in vars(module).items() if key.isidentifier() and _is_loss_of(surface, value)), "")
    package, _, stem = module.__name__.partition(".")
    if not name or package == "__main__":
        return Ground()
    if package == _SESSION[1]:
        return Ground("surface", f"{_from_here(Path(str(module.__file__)))}:{name}", python=_python(surface, name),
                      imports=(f"from {stem} import {name}", "from descent import Surface"))  # fmt: skip
    return Ground("surface", f"{module.__name__}:{name}", python=_python(surface, name),
                  imports=(f"from {module.__name__} import {name}", "from descent import Surface"))  # fmt: skip


def _is_loss_of(surface: Surface, thing: object) -> bool:
    return thing is surface.loss or (isinstance(thing, Surface) and thing.loss is surface.loss)


def _python(surface: Surface, name: str) -> str:
    found = vars(sys.modules[surface.loss.__module__])[name]
    loss = f"{name}.loss" if isinstance(found, Surface) else name
    return f"Surface({surface.name!r}, {loss}, {surface.domain!r}, {surface.minima!r})"


def _from_here(file: Path) -> str:
    """A file as one types it in the current folder; of one elsewhere its name, for its place is nobody's business."""
    here = Path.cwd()
    return os.fspath(file.relative_to(here)) if file.is_relative_to(here) else file.name


def _class(kind: type, imports: list[str]) -> tuple[str, str]:
    name = kind.__name__
    if OPTIMIZERS.get(name) is kind:
        imports.append(f"from torch.optim import {name}")
        return name, name
    if SCHEDULERS.get(name) is kind:
        imports.append(
            f"from {'torch.optim.swa_utils' if name == 'SWALR' else 'torch.optim.lr_scheduler'} import {name}"
        )
        return name, name
    if kind.__module__.partition(".")[0] in _SESSION:
        raise DescentError(f"{name} is a class of a session of its own, which nobody else can import.")
    imports.append(f"import {kind.__module__}")
    path = f"{kind.__module__}.{name}"
    return path, path


def _literal(value: object, imports: list[str]) -> tuple[str, str]:
    if isinstance(value, partial):
        text, python = _class(torch_class(value), imports)
        pairs = [(name, *_literal(each, imports)) for name, each in value.keywords.items()]
        inside = ", ".join(f"{name}={each}" for name, each, _ in pairs)
        return f"{text}({inside})", f"partial({', '.join([python, *(f'{name}={each}' for name, _, each in pairs)])})"
    if isinstance(value, type) and issubclass(value, Optimizer | LRScheduler):
        return _class(value, imports)
    if isinstance(value, list | tuple):
        return _several(value, [_literal(each, imports) for each in value])
    text = repr(value.item() if isinstance(value, np.generic) else value)
    ast.literal_eval(text)
    return text, text


def _several(value: Sequence[object], parts: Sequence[tuple[str, str]]) -> tuple[str, str]:
    opening, closing = ("[", "]") if isinstance(value, list) else ("(", ",)" if len(value) == 1 else ")")
    texts, pythons = (", ".join(part[k] for part in parts) for k in (0, 1))
    return f"{opening}{texts}{closing}", f"{opening}{pythons}{closing}"
