"""Runs captured programs in Chromium, as a page would, without a page."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Page

import descent
from descent import Run, trace
from descent.publish.explore.capture import capture_step, capture_surface
from descent.publish.explore.emit import javascript_regime, javascript_surface
from descent.publish.explore.operations import JAVASCRIPT_PRELUDE

ENGINE = (Path(descent.__file__).parent / "publish" / "explore" / "templates" / "engine.js").read_text("utf-8")
ELEVEN = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Rprop", "ASGD")


def steps_in(page: Page, runs: Sequence[Run]) -> list[np.ndarray[Any, Any]]:
    """The iterates of runs, each ``[n+1, 2]``, computed by the browser."""
    parts = []
    for run in runs:
        regime = capture_step(run.optimizer, run.dtype)
        settings = [value for _, value in regime.settings]
        lr = next((k for k, (name, _) in enumerate(regime.settings) if name == "lr"), -1)
        parts.append(
            f"takeSteps({{surface: {javascript_surface(capture_surface(run.surface, run.dtype))}, "
            f"regimes: [{javascript_regime(regime)}], single: {json.dumps(run.dtype is torch.float32)}, lr: {lr}}}, "
            f"{list(run.start)}, {settings}, null, {run.steps})"
        )
    script = f"{JAVASCRIPT_PRELUDE}{ENGINE}\nreturn [{','.join(parts)}].map(path => path.w && path.w.map(String));"
    return [np.array(w, dtype=float).reshape(-1, 2) for w in page.evaluate(f"() => {{ {script} }}")]


def apart(page: Page, runs: Sequence[Run], near: float) -> list[str]:
    """Runs that the browser takes elsewhere than torch, relative to their farthest point, where rounding does not."""
    faults = []
    for run, w in zip(runs, steps_in(page, runs), strict=True):
        record = trace(run).params
        if off(w, record) <= near:
            continue
        steady = rounding(run) < near  # where one unit in the last place leads elsewhere, nothing can be said
        rows = len(record) if steady.all() else int(np.argmin(steady))
        if not off(w[:rows], record[:rows]) <= near:
            faults.append(f"{run.surface.name}, {run.label}, from {run.start}: not within {near} for {rows} rows")
    return faults


def off(w: np.ndarray[Any, Any], record: np.ndarray[Any, Any]) -> float:
    """How far two paths are apart at most, relative to how far they have been from the origin."""
    if len(w) != len(record):
        return np.inf
    size = np.fmax.accumulate(np.abs(record).max(axis=1, initial=1e-300))
    same = (w == record) | (np.isnan(w) & np.isnan(record))
    with np.errstate(invalid="ignore"):
        return float((np.where(same, 0.0, np.abs(w - record)).max(axis=1) / size).max(initial=0.0))


def rounding(run: Run) -> np.ndarray[Any, Any]:
    """How far one unit in the last place leads, row by row, relative to the farthest point: eight times that."""
    record = trace(run)
    eps = torch.finfo(run.dtype).eps
    worst = np.zeros(len(record.loss))
    rate = run.optimizer.keywords.get("lr")
    changes = [{"start": (run.start[0] * (1 + s * eps), run.start[1])} for s in (1, -1)]
    changes += [{"start": (run.start[0], run.start[1] * (1 + s * eps))} for s in (1, -1)]
    if rate:
        slower = {**run.optimizer.keywords, "lr": rate * (1 - eps)}
        changes.append({"optimizer": partial(run.optimizer.func, **slower)})
    for change in changes:
        other = trace(Run(**{"surface": run.surface, "optimizer": run.optimizer, "start": run.start, "steps": run.steps,
                             "dtype": run.dtype, **change}))  # fmt: skip
        rows = min(len(other.loss), len(worst))
        with np.errstate(invalid="ignore"):
            off = np.abs(other.params[:rows] - record.params[:rows]).max(axis=1)
        worst[:rows] = np.maximum(worst[:rows], np.where(np.isfinite(off), off, np.inf))
        worst[rows:] = np.inf
    size = np.fmax.accumulate(np.abs(record.params).max(axis=1, initial=1e-300))
    return 8 * np.maximum.accumulate(worst / size)
