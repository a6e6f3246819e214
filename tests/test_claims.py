"""Claims: each predicate's definition on trajectories drawn by hand, then on the notebook's runs."""

import json
import math
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD, RMSprop

from descent import (
    BIRD,
    HIMMELBLAU,
    REGRESSION,
    SADDLE,
    VALLEY,
    Average,
    Claim,
    Clipping,
    DescentError,
    GradientNoise,
    MiniBatches,
    Run,
    Surface,
    Trajectory,
    claim_from,
    diverges,
    each,
    escapes,
    first_step_within,
    lasting,
    none,
    oscillates,
    reaches,
    same,
    settles,
    stalls,
    trace,
)
from descent.record.predicates import predicate as predicate_from

LOCAL = BIRD.minima[4]
GLOBAL = BIRD.minima[0]
WALKS = st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=2, max_size=30)


def drawn(points, surface=VALLEY, loss=None):
    """A trajectory through the given points, its loss the surface's unless given."""
    params = np.array(points, dtype=float)
    losses = [surface.at(*point) for point in params] if loss is None else loss
    run = Run(surface, partial(SGD, lr=0.1), (1, 1), len(params) - 1)
    return Trajectory(
        run,
        params,
        np.array(losses, dtype=float),
        np.zeros_like(params),
        np.full(len(params) - 1, 0.1),
        np.diff(params, axis=0),
        MappingProxyType({}),
    )


def along(*values, **settings):
    """A trajectory whose w1 takes the given values and whose w2 rests."""
    return drawn([(value, 0) for value in values], **settings)


def test_the_first_step_within_counts_the_steps_and_includes_the_rim():
    walk = along(4, 3, 2, 1, 2)
    assert first_step_within(walk, (1, 0), 1) == 2
    assert first_step_within(walk, (1, 0), 0.99) == 3
    assert first_step_within(walk, (4, 0), 0.5) == 0
    assert first_step_within(walk, (1, 3), 1) is None
    assert first_step_within(drawn([(0, 0), (3, 4)]), (6, 8), 5) == 1


def test_reaching_is_coming_near_once_in_time():
    walk = along(4, 3, 2, 1, 2)
    assert reaches((1, 0), within=0)(walk)
    assert reaches((1, 0), within=0, by=3)(walk)
    assert not reaches((1, 0), within=0, by=2)(walk)
    assert not reaches((0, 0), within=0.9)(walk)


def test_settling_is_staying_for_the_last_steps():
    walk = along(5, 1, 0.3, 0.2, 0.1)
    assert settles((0, 0), within=0.3, last=2)(walk)
    assert not settles((0, 0), within=0.3, last=3)(walk)
    assert not settles((2, 0), within=0.3, last=2)(walk)
    assert settles(within=0.2, last=2)(walk)
    assert not settles(within=0.15, last=2)(walk)
    assert not settles((0, 0), within=10, last=5)(walk)


def test_stalling_is_settling_away_from_every_global_minimum():
    walk = along(3, 2.02, 2.01, 2)
    assert stalls(within=0.1, last=2)(walk)
    assert stalls(near=(2, 0), within=0.1, last=2)(walk)
    assert not stalls(near=(1, 0), within=0.1, last=2)(walk)
    assert not stalls(within=0.1, last=3)(walk)
    assert not stalls(within=2.5, last=2)(walk)
    assert not stalls(within=0.1, last=2)(along(2, 0, 0, 0))
    for minimum in HIMMELBLAU.minima:
        assert not stalls(within=0.1, last=2)(drawn([(0, 0), minimum, minimum, minimum], surface=HIMMELBLAU))


def test_stalling_needs_a_place_where_no_minimum_is_known():
    walk = along(2, 1, 1, 1, surface=SADDLE)
    assert stalls(near=(1, 0), last=2)(walk)
    with pytest.raises(DescentError, match=r"'saddle' knows no minimum, so stalls needs the point"):
        stalls(last=2)(walk)


def test_escaping_is_passing_by_to_a_lower_loss():
    assert escapes((2, 0), 0.5)(along(4, 2, 1))
    assert escapes((4, 0), 0.5)(along(4, 2, 1))
    assert not escapes((2, 0), 0.5)(along(4, 3, 1))
    assert not escapes((2, 0), 0.5)(along(4, 2, 3))
    assert not escapes((2, 0), 0.5)(along(4, 2, 1, 2.2))
    assert not escapes((2, 0), 0.5)(along(4, 2, 1, loss=[9, 3, 3]))
    assert not escapes((2, 0), 0.5)(along(4, 2.2, 1.8, 1, loss=[9, 4, 2, 3]))
    assert escapes((2, 0), 0.5)(along(4, 2, 1, loss=[9, 3, 2.9]))


def test_oscillating_is_swinging_far_enough_often_enough():
    zigzag = along(0, 1, 0, 1, 0)
    assert oscillates(1, last=4)(zigzag)
    assert oscillates(1, last=4, swings=4)(zigzag)
    assert not oscillates(1, last=4, swings=5)(zigzag)
    assert not oscillates(1.01, last=4)(zigzag)
    assert not oscillates(1, last=3)(zigzag)
    assert not oscillates(1, last=5)(zigzag)
    assert oscillates(1, last=4)(drawn([(0, w2) for w2 in (0, -1, 0, -1, 0)]))


def test_a_swing_may_take_several_steps_and_small_turns_do_not_end_it():
    slow = along(0, 0.6, 0.5, 1.1, 0.5, 0.6, 0, 0.7, 1, 0.4, 0)
    assert oscillates(1, last=10, swings=4)(slow)
    assert not oscillates(1, last=10, swings=5)(slow)
    assert oscillates(0.6, last=10, swings=4)(slow)


def test_an_early_oscillation_is_looked_for_up_to_a_row():
    dying = along(0, 2, 0, 2, 0, 0.1, 0, 0.1, 0)
    assert oscillates(2, last=4, until=4)(dying)
    assert not oscillates(2, last=4)(dying)
    assert not oscillates(2, last=4, until=9)(dying)
    assert not oscillates(2, last=5, until=4)(dying)


@given(WALKS, st.floats(0.01, 3), st.tuples(st.floats(-5, 5), st.floats(-5, 5)))
def test_oscillating_does_not_feel_shifts_mirrors_or_the_order_of_the_axes(points, amplitude, shift):
    params = np.round(np.array(points) * 64) / 64
    moved = np.round(np.array(shift) * 64) / 64
    holds = oscillates(amplitude, last=len(points) - 1, swings=2)
    expected = holds(drawn(params))
    assert holds(drawn(params + moved)) == expected
    assert holds(drawn(-params)) == expected
    assert holds(drawn(params[:, ::-1])) == expected


@given(WALKS, st.floats(0.1, 3))
def test_who_settles_does_not_swing_wider(points, within):
    walk = drawn(points)
    last = len(points) - 1
    if settles(within=within, last=last)(walk):
        assert not oscillates(2.01 * within, last=last, swings=1)(walk)


@given(WALKS, st.floats(0.1, 3))
def test_who_settles_somewhere_reaches_it(points, within):
    walk = drawn(points)
    if settles((0, 0), within=within, last=1)(walk):
        assert reaches((0, 0), within=within)(walk) or math.hypot(*points[0]) <= within
        assert not stalls(within=within, last=1)(walk)


def test_diverging_is_leaving_the_finite_numbers_or_the_view_uphill():
    assert diverges()(along(1, 3, -6))
    assert diverges()(along(1, 3, 9, loss=[1, 2, math.inf]))
    assert diverges()(along(1, 3, 1, loss=[1, 2, math.nan]))
    assert not diverges()(along(1, 3, -4.9))
    assert not diverges()(along(1, 7, -6))
    assert not diverges()(along(1, 3, -6, loss=[5, 2, 4]))


@pytest.mark.parametrize(
    "holds",
    [
        reaches((1, 0), within=9),
        settles((1, 0), within=9, last=1),
        settles(within=9, last=1),
        stalls(near=(1, 0), within=1e-9, last=1),
        escapes((1, 0), 0.1),
        oscillates(0.1, last=2, swings=1),
    ],
)
def test_a_run_that_left_the_finite_numbers_does_nothing_but_diverge(holds):
    assert not holds(along(1, 2, 1, loss=[3, 2, math.nan]))


def test_an_ending_lasts_if_it_holds_as_the_run_goes_on():
    swinging = Run(VALLEY, partial(SGD, lr=0.01, momentum=0.9), (-4, -2), 50)
    hopping = Run(VALLEY, partial(RMSprop, lr=0.6), (-4.5, -2), 80)
    resting = Run(BIRD, partial(SGD, lr=0.01), (-12, 10), 30)
    assert not settles(within=0.1)(trace(swinging))
    assert settles((0, 0), within=0.2)(trace(hopping))
    assert not lasting(settles((0, 0), within=0.2))(trace(hopping))
    assert lasting(stalls(near=LOCAL))(trace(resting))


def test_who_has_hardly_moved_is_not_stuck():
    still = trace(Run(BIRD, partial(SGD, lr=1e-6), (-9.2, 4.5), 50))
    assert not stalls(near=LOCAL)(still)
    assert not reaches((-9.2, 4.5), within=0.1)(still)


def test_what_is_undefined_does_not_diverge():
    ground = Surface("logs", lambda w1, w2: -torch.log(w1) + w1**2 + w2**2, ((0.01, 4), (-4, 4)))
    assert not diverges()(trace(Run(ground, partial(SGD, lr=0.3, momentum=0.9), (3, 3), 50)))
    assert diverges()(trace(Run(VALLEY, partial(SGD, lr=0.6), (-4.5, -2), 300)))


def test_a_swing_that_has_died_is_none():
    frozen = along(*([0, 1] * 5), *([1] * 10))
    assert not oscillates(1, last=19)(frozen)
    assert oscillates(1, last=9, until=9)(frozen)


@pytest.mark.parametrize("point", [None, (1,), (1, 2, 3), (1, math.nan)])
def test_a_claim_about_no_point_is_refused(point):
    with pytest.raises(DescentError, match=r"point must be two finite numbers"):
        first_step_within(along(1, 2), point, 1)


def test_a_claim_traces_its_runs_in_order():
    slow = Run(VALLEY, partial(SGD, lr=0.01), (-4.5, -2), 10)
    fast = Run(VALLEY, partial(SGD, lr=0.25), (-4.5, -2), 10)
    claim = Claim("faster is lower", (slow, fast), lambda slow, fast: slow.loss[-1] > fast.loss[-1])
    assert claim.check() is True
    assert Claim("faster is higher", (fast, slow), claim.holds).check() is False
    with pytest.raises(DescentError, match=r"'faster is lower' is about 2 runs, but was given 1"):
        claim.holds_for(along(1, 2))


# What the notebook says of its runs, as claims.
OF_THE_NOTEBOOK = [
    ("E01", reaches(GLOBAL, within=0.1, by=30)),
    ("E03", stalls(near=LOCAL, within=0.01)),
    ("E04", escapes(LOCAL, radius=1)),
    ("E04", reaches(GLOBAL, within=0.2, by=25)),
    ("E06", oscillates(1, last=15, until=15)),
    ("E09", diverges()),
    ("E12", oscillates(1)),
    ("E13", oscillates(1)),
    ("E14", stalls(near=BIRD.minima[3])),
    ("E15", stalls(near=LOCAL, within=0.6)),
    ("E16", oscillates(0.8)),
    ("E18", settles(GLOBAL, within=0.1)),
    ("E19", reaches(GLOBAL, within=0.1)),
    ("E20", settles(GLOBAL, within=0.7)),
    ("E21", oscillates(1)),
    ("E22", settles(GLOBAL, within=0.3)),
    ("E23", settles(GLOBAL, within=0.4)),
    ("E24", oscillates(0.39, swings=20)),
    ("E25", settles(GLOBAL, within=0.01)),
]
NOT_OF_THE_NOTEBOOK = [
    ("E03", escapes(LOCAL, radius=1)),
    ("E03", reaches(GLOBAL, within=1)),
    ("E04", stalls()),
    ("E05", settles(GLOBAL, within=1)),
    ("E05", diverges()),
    ("E06", diverges()),
    ("E07", oscillates(1, last=15, until=15)),
    ("E08", oscillates(1, last=15, until=15)),
    ("E10", diverges()),
    ("E11", diverges()),
    ("E12", settles(within=1)),
    ("E13", settles(within=1)),
    ("E17", diverges()),
    ("E17", stalls()),  # it leaves the place where it lies at step 60
    ("E21", settles(within=1)),
    ("E22", oscillates(1)),
    ("E24", settles(GLOBAL, within=0.2)),
    ("E25", oscillates(0.1, last=10)),
    ("E26", oscillates(1)),
]


@pytest.mark.parametrize(("name", "holds"), OF_THE_NOTEBOOK)
def test_what_the_notebook_says_holds(traced, name, holds):
    assert holds(traced(name))


@pytest.mark.parametrize(("name", "holds"), NOT_OF_THE_NOTEBOOK)
def test_what_the_notebook_denies_does_not_hold(traced, name, holds):
    assert not holds(traced(name))


PREDICATES_OF_ALL_KINDS = [
    reaches((0, 0), within=0.1),
    reaches((0.5, -1), 0.25, by=3),
    settles(within=0.1),
    stalls(LOCAL, within=0.2, last=7),
    escapes(LOCAL, 1.5),
    oscillates(0.5, last=8, until=20),
    diverges(),
    lasting(settles((0, 0), within=0.1)),
    each(none(reaches((1, 2), within=0.5))),
    same("start", "lr"),
]


@pytest.mark.parametrize("predicate", PREDICATES_OF_ALL_KINDS, ids=str)
def test_a_predicate_is_data_and_comes_back_from_it(predicate):
    sent = json.loads(json.dumps(predicate.data()))
    back = predicate_from(sent)
    assert back == predicate
    assert str(back) == str(predicate)
    assert back.data() == predicate.data()
    walks = [along(4, 3, 2, 1, 2), along(0, 1, 0, 1, 0, 1, 0, 1, 0), along(0, 0, 0, 0, 0, 0)]
    for walk in walks:
        assert back(walk) == predicate(walk)


def test_a_predicate_is_written_as_one_would_write_it():
    assert [str(each_) for each_ in PREDICATES_OF_ALL_KINDS[:2]] == [
        "reaches((0, 0), 0.1)",
        "reaches((0.5, -1), 0.25, by=3)",
    ]
    assert str(lasting(settles((0, 0), within=0.1))) == "lasting(settles(point=(0, 0), within=0.1))"
    assert str(same("start", "lr")) == "same('start', 'lr')"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "reachs", "arguments": {}}, "There is no predicate 'reachs': .*reaches"),
        ({"name": "reaches", "arguments": {"point": [0, 0]}}, "reaches cannot take these arguments: .*within"),
        ({"function": "scenes.momentum.climbs_out"}, "climbs_out is a function: data name it, but cannot hold it"),
        ({"name": "same", "arguments": {"what": ["colour"]}}, "same takes names of settings"),
    ],
)
def test_data_that_are_no_predicate_are_refused_in_a_sentence(data, said):
    with pytest.raises(DescentError, match=said):
        predicate_from(data)


def test_a_claim_is_data_and_comes_back_from_it():
    slow, fast = (Run(VALLEY, partial(SGD, lr=lr), (-4.5, -2.0), 20) for lr in (0.01, 0.4))
    claim = Claim("It arrives.", (fast,), reaches((0, 0), within=0.1), control=(slow,), says="it arrives")
    back = claim_from(json.loads(json.dumps(claim.data())))
    assert back.data() == claim.data()
    assert back.check() == claim.check()
    assert (back.text, back.says, back.predicate) == (claim.text, ("it arrives",), claim.predicate)


def test_its_data_hold_what_its_runs_add_from_training():
    plain = Run(REGRESSION, partial(SGD, lr=0.01), (0.0, 0.0), 12)
    run = replace(
        plain,
        groups=({"lr": 0.02}, {}),
        batches=MiniBatches(3, seed=7),
        noise=GradientNoise(0.5, seed=2),
        clipping=Clipping(3.0),
        average=Average(4, decay=0.9),
    )
    claim = Claim("It is there.", (run,), reaches((8, 8), within=50), control=(plain,))
    back = claim_from(json.loads(json.dumps(claim.data())), {REGRESSION.name: REGRESSION})
    for found, meant in ((*back.runs, run), (*back.control, plain)):
        assert found.label == meant.label
        assert trace(found).digest == trace(meant).digest
    assert trace(*back.runs).digest != trace(plain).digest


def test_claims_and_predicates_can_be_keys():
    claims = [Claim("x.", (), reaches((0, 0), within=within)) for within in (0.1, 0.1, 0.2)]
    assert len(set(claims)) == len({claim.predicate for claim in claims}) == 2


def test_the_data_of_a_bare_function_say_that_it_is_one():
    def mine(trajectory):
        return True

    claim = Claim("It is so.", (Run(VALLEY, partial(SGD, lr=0.1), (1, 1), 2),), mine)
    assert claim.predicate is None
    assert claim.data()["check"].startswith("bare function ")
    assert claim.data()["predicate"] == {"function": claim.data()["check"].removeprefix("bare function ")}
    with pytest.raises(DescentError, match="is a function"):
        claim_from(claim.data())


def test_a_control_must_not_show_the_effect():
    slow, fast, faster = (Run(VALLEY, partial(SGD, lr=lr), (-4.5, -2.0), 50) for lr in (0.001, 0.4, 0.45))
    arrives = reaches((0, 0), within=0.1)
    assert Claim("Its rate lets it arrive.", (fast,), arrives, control=(slow,)).fault() is None
    assert "holds without its cause as well" in Claim("x.", (fast,), arrives, control=(faster,)).fault()
    assert "does not hold on its own runs" in Claim("x.", (slow,), arrives, control=(fast,)).fault()
    with pytest.raises(DescentError, match="is about 1 run, but its control has 2"):
        Claim("x.", (fast,), arrives, control=(slow, slow))


def test_the_control_of_what_was_recorded_elsewhere_is_a_function():
    assert Claim("x.", (), lambda: True, control=lambda: False).fault() is None
    assert "holds without its cause as well" in Claim("x.", (), lambda: True, control=lambda: True).fault()
    run = Run(VALLEY, partial(SGD, lr=0.4), (-4.5, -2.0), 50)
    with pytest.raises(DescentError, match="is about runs; give runs as its control, too"):
        Claim("x.", (run,), reaches((0, 0), within=0.1), control=lambda: False)
    data = Claim("x.", (), reaches((0, 0), within=0.1), control=lambda: False).data()
    assert data["control"].startswith("bare function ")
    with pytest.raises(DescentError, match="is a function, which data cannot hold"):
        claim_from(data)


def test_what_runs_share_is_told_of_each_setting():
    one = Run(VALLEY, partial(SGD, lr=0.1), (1, 1), 3)
    other = Run(VALLEY, partial(RMSprop, lr=0.1), (1.0, 1.0), 5)
    pair = [trace(one), trace(other)]
    assert same("surface", "start", "lr", "scheduler")(*pair)
    assert not same("optimizer")(*pair)
    assert not same("start", "steps")(*pair)
    with pytest.raises(DescentError, match="same takes names of settings"):
        same()
