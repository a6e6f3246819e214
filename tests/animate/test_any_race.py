"""Any race fits: one to eight runs with any settings, names and magnitudes, looked over in both themes."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manim import tempconfig

from descent import DescentError
from descent.animate.make import timed
from descent.animate.problem import to_text
from descent.animate.read import read
from descent.animate.scene import scene_of
from descent.animate.view import settle
from descent.base.document import Document
from descent.look.palette import find_theme
from descent.stage.checks.lint import lint

NAMES = (
    "", "", "", "fast", '<b>wild</b> & "quick"', "Ωμέγα β = 0.9", "Быстрый спуск", "a" * 60, "W" * 30, "%s {0} \\n $x$",
    "one that is called by very many words, so that no line of a legend can hold all of them",
)  # fmt: skip
SETTINGS = ("", ", weight_decay=0.01", ", eps=1e-06", ", maximize=True", ", foreach=False")
SCHEDULERS = (
    "", "", "",
    " + ExponentialLR(gamma=0.9)",
    " + StepLR(step_size=3, gamma=0.5)",
    " + ReduceLROnPlateau(mode='min', factor=0.5, patience=2, threshold=0.001)",
    " + MultiStepLR(milestones=[2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610], gamma=0.7)",
    " + CosineAnnealingWarmRestarts(T_0=5, T_mult=2, eta_min=1e-08)",
    " + SequentialLR(schedulers=[LinearLR(start_factor=0.1), ExponentialLR(gamma=0.95)], milestones=[4])",
)  # fmt: skip
POWERS = st.sampled_from([-12, -8, -3, 0, 0, 0, 1, 3, 5, 8, 12])


def written(power: int) -> str:
    return f"m{-power}" if power < 0 else str(power)


@st.composite
def races(draw: st.DrawFn) -> dict[str, Any]:
    """A race as a document: a ground of some size, and runs whose rates are about right for it, or far from it."""
    loss, *sizes = (draw(POWERS) for _ in range(3))
    if draw(st.booleans()):
        sizes[1] = sizes[0]
    shape = draw(st.sampled_from(["bowl", "wells", "waves", "falls", "raised"]))
    count, runs = draw(st.integers(1, 8)), []
    for number in range(count):
        right = 10.0 ** (2 * min(sizes) - loss - draw(st.sampled_from([1, 2, 2, 0, -2, 9])))
        step = 10.0 ** (max(sizes) - draw(st.sampled_from([0, 1, 2])))
        digit = 1 + 0.1 * number  # no run twice
        kind = draw(st.sampled_from(["SGD", "SGD", "Adam", "AdamW", "RMSprop", "NAdam"]))
        momentum = draw(st.sampled_from(["", ", momentum=0.9", ", momentum=0.9, nesterov=True"]))
        own = momentum if kind == "SGD" else draw(st.sampled_from(["", ", betas=(0.9, 0.99)"]))
        own = "" if kind == "RMSprop" else own
        more = draw(st.sampled_from(SETTINGS)) if kind != "SGD" else ""
        rate = (right if kind == "SGD" else step) * digit
        text = f"{kind}(lr={rate:.3g}{own}{more}){draw(st.sampled_from(SCHEDULERS))}"
        name = draw(st.sampled_from(NAMES))
        runs.append({"optimizer": text, "label": f"{name[:78]} {number}" if name else ""})
    starts = [[draw(st.sampled_from([2.0, -0.7, 0.0])) * 10.0 ** sizes[0], 1.5 * 10.0 ** sizes[1]]]
    if count <= 4 and draw(st.booleans()):
        starts.append([1.2 * 10.0 ** sizes[0], 0.0])
    ground = "_".join([shape, *map(written, (loss, *sizes))])
    return {"surface": f"tests.animate.scaled:{ground}", "start": starts, "steps": draw(st.sampled_from([1, 6, 30])),
            "runs": runs, "voice": "silence"}  # fmt: skip


def faults(values: dict[str, Any], theme: str) -> Sequence[str]:
    """What the lint finds in the film of a race, or why it was refused."""
    try:
        problem = settle(read(Document(values)))
    except DescentError as error:
        return [str(error)]
    with tempconfig({"background_color": find_theme(theme).background}):
        return lint(scene_of(to_text(timed(problem, "silence")), "Animated", __name__))


EIGHT = [
    "AdamW(lr=0.5, betas=(0.9, 0.99), weight_decay=0.1) + OneCycleLR(max_lr=0.5, total_steps=60)",
    "SGD(lr=0.1, momentum=0.9, nesterov=True) + ReduceLROnPlateau(patience=2, factor=0.5)",
    '<b>wild</b> & "quick" = SGD(lr=1e8)',
    "one that is called by very many words, so that no line of a legend holds them = RMSprop(lr=0.1)",
    "Быстрый спуск = SGD(lr=0.12, momentum=0.5)" + SCHEDULERS[6],
    *(f"SGD(lr=0.01, momentum=0.{k}, weight_decay=1e-05)" for k in (5, 6, 7)),
]
ODD = {
    "eight runs with any settings": ("light", {"surface": "valley", "start": [-4.5, -2], "steps": 6, "runs": EIGHT}),
    "parameters of other sizes": (
        "dark",
        {
            "surface": "tests.animate.scaled:bowl_0_3_0",
            "start": [0, 0],
            "steps": 6,
            "runs": ["LBFGS(lr=0.5)", "SGD(lr=1e8)"],
        },
    ),
}


@pytest.mark.parametrize(("theme", "values"), ODD.values(), ids=ODD)
@pytest.mark.matrix
def test_an_odd_race_fits(theme: str, values: dict[str, Any]) -> None:
    assert faults({**values, "voice": "silence"}, theme) == []


@pytest.mark.matrix
@pytest.mark.parametrize("theme", ["dark", "light"])
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(values=races())
def test_any_race_fits(values: dict[str, Any], theme: str) -> None:
    assert faults(values, theme) == []
