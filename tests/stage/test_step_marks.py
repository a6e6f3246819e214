"""Marks of a step and of theory are the record's, and pure functions of the step."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from pictures import same
from torch.optim import SGD, Adam

from descent import VALLEY, Run, trace
from descent.record.theory.anatomy import gradient_terms, take_apart
from descent.record.theory.quadratics import errors, loss_parts
from descent.stage.geometry import Box
from descent.stage.maps.loss_map import LossMap
from descent.stage.maps.step_arrows import FieldArrows, StepEllipse, chain
from descent.stage.maps.theory import Bands, ErrorParts, PhasePanel, bands_panel

HEAVY = trace(Run(VALLEY, partial(SGD, lr=0.4, momentum=0.6), (-4.6, 3.0), 12))
ADAM = trace(Run(VALLEY, partial(Adam, lr=0.5), (-4.6, 3.0), 12))
GROUND = LossMap(VALLEY, Box(-6.0, 0.0, -3.0, 3.0), axes=False)
PANEL = bands_panel([HEAVY], "loss", 12, Box(0.5, 6.0, -2.0, 2.0))


def pictures():
    """One of each moving picture, made afresh."""
    plane = PhasePanel([errors(HEAVY)[:, 1]], Box(0.5, 6.0, -2.0, 2.0), "velocity", "position")
    return [
        FieldArrows(HEAVY.params[:6], -0.4 * HEAVY.grad[:6], GROUND, "#ffffff"),
        StepEllipse(take_apart(ADAM), GROUND, "#ffffff"),
        ErrorParts(HEAVY, GROUND),
        Bands(HEAVY, PANEL),
        *plane.curves(),
    ]


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("step", [0, *(pytest.param(step, marks=pytest.mark.matrix) for step in (3, 7.5, 12)), 0.4])
def test_the_picture_is_the_steps_alone(kind, step):
    fresh, used = pictures()[kind], pictures()[kind]
    for before in (12, 0, 5.3):
        used.at_step(before)
    assert same(fresh.at_step(step), used.at_step(step))
    assert not same(pictures()[kind].at_step(1.0), pictures()[kind].at_step(6.0))


def test_a_chain_of_gradients_ends_where_the_step_ends():
    arrows = chain(GROUND, HEAVY.params[5], gradient_terms(HEAVY, 5)[::-1], ["#ffffff"] * 6)
    for before, after in pairwise(arrows):
        assert after.get_start() == pytest.approx(before.get_end(), abs=1e-6)
    assert arrows[0].get_start() == pytest.approx(GROUND.to_frame(HEAVY.params[5]), abs=1e-6)
    assert arrows[-1].get_end() == pytest.approx(GROUND.to_frame(HEAVY.params[6]), abs=1e-5)


def test_an_arrow_stands_at_every_iterate_reached():
    field = FieldArrows(HEAVY.params[:6], -0.4 * HEAVY.grad[:6], GROUND, "#ffffff")
    for step, shown in ((0, 1), (2.5, 3), (9, 6)):
        starts = field.at_step(step).shafts.points[::4]
        assert starts == pytest.approx(GROUND.to_frame(HEAVY.params[:shown]), abs=1e-9)


@pytest.mark.parametrize("step", [1, 3, 9])
def test_the_ball_lands_on_its_ellipse(step):
    outline = StepEllipse(take_apart(ADAM), GROUND, "#ffffff").at_step(step).points
    ball = GROUND.to_frame(ADAM.params[step])
    assert np.linalg.norm(outline - ball, axis=1).min() < 0.03  # corners lie a fortieth of a turn apart
    inside = StepEllipse(take_apart(ADAM), GROUND, "#ffffff").at_step(step - 0.5).points
    assert inside == pytest.approx(outline)  # one ellipse for the whole step


def test_the_strokes_of_an_error_lead_from_the_minimum_to_the_ball_at_a_right_angle():
    flat, steep = ErrorParts(HEAVY, GROUND).at_step(3).strokes
    assert flat.points[0] == pytest.approx(GROUND.to_frame((0, 0)), abs=1e-6)
    assert flat.points[-1] == pytest.approx(steep.points[0])
    assert steep.points[-1] == pytest.approx(GROUND.to_frame(HEAVY.params[3]))
    assert np.dot(flat.points[-1] - flat.points[0], steep.points[-1] - steep.points[0]) == pytest.approx(0, abs=1e-9)


def test_bands_stack_to_the_loss():
    flat, steep = Bands(HEAVY, PANEL).at_step(4).bands
    for band, height in ((flat, loss_parts(HEAVY)[4, 0]), (steep, loss_parts(HEAVY)[4].sum())):
        at_end = band.points[np.isclose(band.points[:, 0], PANEL.point(4, 0)[0])]
        assert at_end[:, 1].max() == pytest.approx(PANEL.point(4, height)[1])


def test_a_phase_path_goes_through_position_and_velocity():
    x = errors(HEAVY)[:, 1]
    plane = PhasePanel([x], Box(0.5, 6.0, -2.0, 2.0), "velocity", "position")
    marker = plane.curves()[0].at_step(5).marker
    assert marker.get_center() == pytest.approx(plane.place(np.array([[x[5], x[5] - x[4]]]))[0], abs=1e-6)
