"""Optimizers and schedulers as text: read without eval, written back, misspellings corrected."""

import sys
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import ChainedScheduler, ExponentialLR, LambdaLR, LinearLR, SequentialLR, StepLR

from descent import OPTIMIZERS, SCHEDULERS, VALLEY, DescentError, Run, chained, parse, sequential, spec_text, trace
from descent.record.spec_text import parse_run


def same(one, other):
    """Whether two specs mean the same, parts included."""
    if isinstance(one, partial) and isinstance(other, partial):
        return one.func is other.func and same(one.keywords, other.keywords)
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and type(one) is type(other):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("Adam", partial(Adam)),
        ("Adam()", partial(Adam)),
        ("SGD(lr=0.01, momentum=0.6)", partial(SGD, lr=0.01, momentum=0.6)),
        ("  SGD( lr = 1e-2,nesterov = False )\n", partial(SGD, lr=0.01, nesterov=False)),
        ("AdamW(betas=(0.9, 0.99), eps=-1)", partial(AdamW, betas=(0.9, 0.99), eps=-1)),
        ("ExponentialLR(gamma=0.95)", partial(ExponentialLR, gamma=0.95)),
        (
            "SequentialLR(schedulers=[LinearLR(total_iters=5), ExponentialLR(gamma=0.9)], milestones=[5])",
            sequential(partial(LinearLR, total_iters=5), partial(ExponentialLR, gamma=0.9), milestones=[5]),
        ),
        ("ChainedScheduler(schedulers=[LinearLR])", chained(partial(LinearLR))),
        (
            "ChainedScheduler(schedulers=(LinearLR,))",
            partial(ChainedScheduler, schedulers=(partial(LinearLR),)),
        ),
    ],
)
def test_text_reads_as_the_partial_and_back(text, spec):
    assert same(parse(text), spec)
    assert same(parse(spec_text(spec)), spec)


@pytest.mark.parametrize("text", ["SGD(lr=0.01, momentum=0.6)", "Adam", "MultiStepLR(milestones=[3, 6])"])
def test_canonical_text_comes_back_unchanged(text):
    assert spec_text(parse(text)) == text


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "lr": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
        "betas": st.tuples(st.floats(0, 1), st.floats(0, 1)) | st.lists(st.booleans()) | st.tuples(st.none()),
        "eps": st.none() | st.text(),
    },
)
DECAYS = st.builds(lambda gamma: partial(ExponentialLR, gamma=gamma), st.floats(0, 1))
SCHEDULES = (
    DECAYS
    | st.builds(lambda parts: chained(*parts), st.lists(DECAYS, min_size=1, max_size=3))
    | st.builds(lambda first, then: sequential(first, then, milestones=[3]), DECAYS, DECAYS)
)


@given(SCHEDULES | st.builds(lambda keywords: partial(Adam, **keywords), SETTINGS))
def test_every_spec_survives_the_round_trip(spec):
    assert same(parse(spec_text(spec)), spec)


def test_numpy_settings_are_written_as_numbers():
    assert spec_text(partial(SGD, lr=np.float64(0.5), momentum=np.int64(0))) == "SGD(lr=0.5, momentum=0)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SDG(lr=0.01)", r"no optimizer or scheduler 'SDG': did you mean 'SGD'\?"),
        ("rmsprop", r"no optimizer or scheduler 'rmsprop': did you mean 'RMSprop'\?"),
        ("ExponentalLR(gamma=1)", r"did you mean 'ExponentialLR'\?"),
        ("Optimizer", r"no optimizer or scheduler 'Optimizer'"),
        ("LRScheduler", r"no optimizer or scheduler 'LRScheduler'"),
        ("SGD(lrr=0.01)", r"SGD has no argument 'lrr': did you mean 'lr'\?"),
        ("StepLR", r"StepLR needs the argument 'step_size'"),
        ("SGD(0.01)", r"SGD takes each argument once and by name"),
        ("SGD(lr=0.1, lr=0.2)", r"SGD takes each argument once and by name|cannot be read"),
        ("SGD(**{'lr': 0.01})", r"SGD takes each argument once and by name"),
        ("SGD(lr=0.1 * 2)", r"SGD cannot read lr=0\.1 \* 2"),
        ("SGD(lr=rate)", r"SGD cannot read lr=rate"),
        ("SGD(lr=print('boo'))", r"SGD cannot read lr=print"),
        ("SGD(lr=__import__('os').getcwd())", r"SGD cannot read lr=__import__"),
        ("LambdaLR(lr_lambda=lambda k: 1)", r"LambdaLR needs a function.*partial\(LambdaLR, lr_lambda=…\)"),
        ("MultiplicativeLR", r"MultiplicativeLR needs a function"),
        ("torch.optim.SDG(lr=0.01)", r"torch.optim has no 'SDG'"),
        ("torch.optm.SGD(lr=0.01)", r"there is no module 'torch.optm'"),
        ("os.getcwd()", r"os.getcwd is neither an optimizer nor a scheduler"),
        ("schedulefree.ScheduleFreeWrapper(base=1)", r"neither an optimizer nor a scheduler"),
        ("schedulefree.SGDScheduleFree(lrr=0.1)", r"SGDScheduleFree has no argument 'lrr': did you mean 'lr'\?"),
        ("SGD(lr=0.01)(2)", r"write a class's name"),
        ("SGD(lr=0.01", r"cannot be read"),
        ("SGD(lr=0.01); SGD()", r"cannot be read"),
        ("", r"cannot be read"),
        ("3", r"cannot be read"),
        ("(" * 500 + ")" * 500, r"cannot be read"),
        ("SGD(lr=" + "-" * 100_000 + "1)", r"cannot"),
        ("ChainedScheduler(schedulers=[SGD(lr=1)])", r"scheduler must be a functools.partial"),
        ("ChainedScheduler(schedulers=LinearLR)", r"ChainedScheduler cannot read schedulers=LinearLR"),
        ("ChainedScheduler(schedulers=[ReduceLROnPlateau])", r"cannot hold ReduceLROnPlateau"),
    ],
)
def test_anything_else_is_refused(text, message):
    with pytest.raises(DescentError, match=message):
        parse(text)


def test_what_text_cannot_hold_is_refused():
    class Mine(Optimizer):
        pass

    with pytest.raises(DescentError, match=r"LambdaLR\(lr_lambda=…\) cannot be written as text"):
        spec_text(partial(LambdaLR, lr_lambda=abs))
    with pytest.raises(DescentError, match=r"SGD\(lr=…\) cannot be written as text: inf"):
        spec_text(partial(SGD, lr=float("inf")))
    with pytest.raises(DescentError, match=r"Mine cannot be imported by name"):
        spec_text(partial(Mine, defaults={}))


def test_every_class_of_torch_is_known_by_name():
    assert {"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "LBFGS"} <= set(OPTIMIZERS)
    assert {"LambdaLR", "SequentialLR", "ReduceLROnPlateau"} <= set(SCHEDULERS)
    assert SCHEDULERS["SequentialLR"] is SequentialLR
    assert "LRScheduler" not in SCHEDULERS


@pytest.mark.parametrize(
    ("text", "optimizer", "scheduler"),
    [
        ("SGD(lr=0.1)", partial(SGD, lr=0.1), None),
        ("SGD(lr=0.1) + StepLR(step_size=10)", partial(SGD, lr=0.1), partial(StepLR, step_size=10)),
        (
            "Adam + ChainedScheduler(schedulers=[LinearLR])",
            partial(Adam),
            chained(partial(LinearLR)),
        ),
    ],
)
def test_a_run_is_an_optimizer_and_perhaps_a_scheduler(text, optimizer, scheduler):
    assert same(list(parse_run(text)), [optimizer, scheduler])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("StepLR(step_size=10)", r"begins with a scheduler"),
        ("StepLR(step_size=10) + SGD(lr=0.1)", r"begins with a scheduler"),
        ("SGD(lr=0.1) + SGD(lr=0.1)", r"where a scheduler belongs"),
        ("SGD + StepLR(step_size=1) + StepLR(step_size=2)", r"more than one plus"),
        ("SGD - StepLR(step_size=1)", r"write a class's name"),
        ("SGD +", r"cannot be read"),
    ],
)
def test_what_is_no_run_is_refused(text, message):
    with pytest.raises(DescentError, match=message):
        parse_run(text)


def test_other_peoples_classes_are_named_by_their_import_path():
    for text in ("schedulefree.SGDScheduleFree(lr=0.1)", "pytorch_optimizer.Lion(lr=0.01)"):
        spec = parse(text)
        assert same(parse(spec_text(spec)), spec)
    assert same(parse("torch.optim.SGD(lr=0.1)"), partial(SGD, lr=0.1))


def test_a_class_of_the_current_folder_is_found(tmp_path, monkeypatch):
    (tmp_path / "own_steps.py").write_text(
        "from torch.optim import SGD\n\nclass Calm(SGD):\n    def __init__(self, params, **settings):\n"
        "        super().__init__(params, **settings)\n"
    )
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    spec = parse("own_steps.Calm(lr=0.25)")
    assert sys.path == before
    assert (
        trace(Run(VALLEY, spec, (2, 0), 2)).params.tolist()
        == trace(Run(VALLEY, partial(SGD, lr=0.25), (2, 0), 2)).params.tolist()
    )


def test_a_setting_that_a_class_swallows_is_refused():
    with pytest.raises(DescentError, match=r"Lion leaves 'lrr' unused: did you mean 'lr'\?"):
        trace(Run(VALLEY, parse("pytorch_optimizer.Lion(lrr=0.01)"), (2, 0), 2))


def test_schedule_free_runs_are_recorded_where_they_take_their_gradient():
    """The record is y of Defazio et al. (2024): the gradient of its own row; z moves by it alone."""
    run = Run(VALLEY, parse("schedulefree.SGDScheduleFree(lr=0.1, momentum=0.9)"), (2, 0), 6, dtype=torch.float64)
    trajectory = trace(run)
    for row, point in enumerate(trajectory.params):
        assert trajectory.grad[row] == pytest.approx(VALLEY.gradient(*point))
    z = trajectory.state["z"]
    assert np.diff(np.vstack([run.start, z]), axis=0) == pytest.approx(-0.1 * trajectory.grad[:-1])
    averages = np.cumsum(z, axis=0) / np.arange(1, 7)[:, None]
    assert trajectory.params[1:] == pytest.approx(0.1 * z + 0.9 * averages)


def test_a_setting_may_be_a_class():
    pytest.importorskip("pytorch_optimizer")
    for written, kind in (("SGD", SGD), ("torch.optim.AdamW", AdamW)):
        spec = parse(f"pytorch_optimizer.SAM(base_optimizer={written}, lr=0.1)")
        assert spec.keywords["base_optimizer"] is kind
        assert same(parse(spec_text(spec)), spec)
        assert f"base_optimizer {kind.__name__}" in Run(VALLEY, spec, (1, 1), 1).label
    with pytest.raises(DescentError, match=r"SAM leaves 'lrr' unused: did you mean 'lr'\?"):
        trace(Run(VALLEY, parse("pytorch_optimizer.SAM(base_optimizer=SGD, lrr=0.1)"), (1, 1), 1))
    with pytest.raises(DescentError, match=r"os.path.join is neither an optimizer nor a scheduler"):
        parse("pytorch_optimizer.SAM(base_optimizer=os.path.join)")
    with pytest.raises(DescentError, match=r"SAM cannot read base_optimizer=SDG"):
        parse("pytorch_optimizer.SAM(base_optimizer=SDG)")


def test_swalr_is_torchs_too():
    optimizer, scheduler = parse_run("SGD(lr=0.5) + SWALR(swa_lr=0.05, anneal_epochs=4)")
    assert spec_text(scheduler) == "SWALR(swa_lr=0.05, anneal_epochs=4)"
    rates = trace(Run(VALLEY, optimizer, (1, 1), 7, scheduler)).lr
    assert rates[[0, 2, 4, 6]] == pytest.approx([0.5, 0.275, 0.05, 0.05])


OWN = """
from torch.optim.lr_scheduler import LambdaLR

class HalvesEvery(LambdaLR):
    def __init__(self, optimizer, period):
        super().__init__(optimizer, lambda step: 0.5 ** (step // period))

class Needs(LambdaLR):
    pass
"""


def test_a_scheduler_of_ones_own_is_judged_by_its_own_signature(tmp_path, monkeypatch):
    (tmp_path / "own_rates.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    optimizer, scheduler = parse_run("SGD(lr=0.5) + own_rates.HalvesEvery(period=2)")
    assert trace(Run(VALLEY, optimizer, (1, 1), 4, scheduler)).lr.tolist() == [0.5, 0.5, 0.25, 0.25]
    with pytest.raises(DescentError, match=r"HalvesEvery needs the argument 'period', which has no default"):
        parse("own_rates.HalvesEvery")
    with pytest.raises(DescentError, match=r"Needs needs a function, which text cannot hold"):
        parse("own_rates.Needs")
