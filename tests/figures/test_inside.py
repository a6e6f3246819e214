"""Figures of the inside of a step and of theory: readable, of the recorded numbers, refusals in one sentence."""

from functools import partial

import numpy as np
import pytest
from test_compose import assert_readable
from torch.optim import SGD, Adagrad, Adam, AdamW

from descent import BIRD, VALLEY, DescentError, Run, trace
from descent.figures.step_parts import error_bands, phase_planes, step_parts
from descent.record.theory.quadratics import errors, loss_parts, predicted_errors

RUNS = [Run(VALLEY, partial(SGD, lr=lr), (-2.6, 4.2), 30) for lr in (0.1, 0.5, 0.52)]
HEAVY = [Run(VALLEY, partial(SGD, lr=0.1, momentum=momentum), (-2.6, 4.2), 30) for momentum in (0.3, 0.9)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_they_are_readable(theme):
    assert_readable(
        step_parts(Run(BIRD, partial(Adam, lr=0.5, weight_decay=0.1), (-12.0, 10.0), 8), 5, "One step", theme)
    )
    assert_readable(error_bands(RUNS, "Bands of three runs", theme))
    assert_readable(phase_planes(HEAVY, "Two springs", theme))


def test_the_arrows_of_a_step_are_its_parts_tip_to_tail():
    run = trace(Run(BIRD, partial(AdamW, lr=0.5, weight_decay=0.1), (-12.0, 10.0), 8))
    arrows = [text for text in step_parts(run, 5).figure.axes[2].texts if getattr(text, "arrow_patch", None)]
    ends = np.array([[arrow.xyann, arrow.xy] for arrow in arrows])
    *parts, whole = ends
    assert len(parts) == 3
    assert whole == pytest.approx(run.params[5:7], abs=1e-6)
    tails_and_tips = [parts[0][0], *(tip for _, tip in parts)]
    assert [tail for tail, _ in parts[1:]] == [pytest.approx(tip) for _, tip in parts[:-1]]
    assert tails_and_tips[-1] == pytest.approx(run.params[6], abs=1e-5)


def test_bands_stack_to_the_loss():
    figure = error_bands(RUNS).figure
    for ax, run in zip(figure.axes[1:], map(trace, RUNS), strict=True):
        flat, steep = (band.get_paths()[0].vertices for band in ax.collections)
        assert flat[:, 1].max() == pytest.approx(loss_parts(run)[0, 0])
        assert steep[:, 1].max() == pytest.approx(run.loss[0], rel=1e-6)


def test_phase_planes_draw_velocity_against_position_and_the_closed_form():
    plane, time = phase_planes(HEAVY).figure.axes[1:]
    for k, run in enumerate(map(trace, HEAVY)):
        x = errors(run)[:, 1]
        assert plane.lines[k].get_xydata() == pytest.approx(np.stack([x, np.diff(x, prepend=x[0])], axis=1))
        assert time.lines[2 * k + 1].get_ydata() == pytest.approx(predicted_errors(run)[:, 1])


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: step_parts(RUNS[0], 30), "has no step 30"),
        (lambda: step_parts(Run(BIRD, partial(Adagrad, lr=0.5), (-12.0, 10.0), 3), 1), "cannot be taken apart"),
        (lambda: error_bands([]), "one to four"),
        (lambda: error_bands([Run(BIRD, partial(SGD, lr=0.01), (-12.0, 10.0), 3)]), "not quadratic"),
        (lambda: phase_planes([Run(VALLEY, partial(Adam, lr=0.1), (1.0, 1.0), 3)]), "constant rate and momentum only"),
        (lambda: phase_planes([]), "one to 8"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, words):
    with pytest.raises(DescentError, match=words):
        draw()
