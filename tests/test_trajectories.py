"""Trajectories: every row aligned with what the optimizer saw, repeatable, and stopped cleanly."""

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.optim import LBFGS, SGD, Adam, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, MultiStepLR, OneCycleLR, ReduceLROnPlateau

from descent import BIRD, OPTIMIZERS, ROSENBROCK, SURFACES, VALLEY, DescentError, Run, Surface, trace
from descent.record.trajectories import traced

REFUSED = {"Muon": "only supports 2D parameters", "SparseAdam": "does not support dense gradients"}
SQUARE = ((-5.0, 5.0), (-5.0, 5.0))


def inside(surface):
    """A start off every axis of symmetry."""
    (left, right), (bottom, top) = surface.domain
    return left + 0.31 * (right - left), bottom + 0.43 * (top - bottom)


def seen(surface, params, dtype):
    """Loss and gradient of one iterate, computed apart from `trace`."""
    leaves = [torch.tensor(w, dtype=dtype, requires_grad=True) for w in params]
    loss = surface.loss(*leaves)
    loss.backward()
    return loss.item(), [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_on_every_surface_is_aligned_and_repeatable_or_refused(name, surface):
    run = Run(surface, partial(OPTIMIZERS[name]), inside(surface), 8)
    if name in REFUSED:
        with pytest.raises(DescentError, match=f"'{name}' .*two scalar parameters: .*{REFUSED[name]}"):
            trace(run)
        return
    trajectory = trace(run)
    n = trajectory.steps
    assert n == (8 if trajectory.diverged_at is None else trajectory.diverged_at)
    assert trajectory.params.shape == trajectory.grad.shape == (n + 1, 2)
    assert trajectory.update.shape == (n, 2)
    assert trajectory.loss.shape == (n + 1,)
    assert trajectory.lr.tolist() == [run.lr] * n
    assert trajectory.params[0].tolist() == torch.tensor(run.start).tolist()
    assert np.array_equal(trajectory.update, trajectory.params[1:] - trajectory.params[:-1])
    for row in range(n + 1):
        loss, grad = seen(surface, trajectory.params[row], torch.float32)
        assert trajectory.loss[row] == pytest.approx(loss, rel=0, abs=0, nan_ok=True)
        assert trajectory.grad[row].tolist() == pytest.approx(grad, rel=0, abs=0, nan_ok=True)
    for buffer in trajectory.state.values():
        assert buffer.shape == (n, 2)
    assert trace(run).digest == trajectory.digest


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_arrays_hold_the_exact_values_of_the_dtype(dtype):
    trajectory = trace(Run(BIRD, partial(AdamW, lr=0.2), (-12, 10), 20, dtype=dtype))
    for array in (trajectory.params, trajectory.loss, trajectory.grad, *trajectory.state.values()):
        assert array.dtype == np.float64
        exact = torch.from_numpy(array.copy()).to(dtype).double().numpy()
        assert np.array_equal(array, exact)
        wider = array.astype(np.float32).astype(np.float64)
        assert np.array_equal(array, wider) == (dtype is torch.float32 or array is trajectory.state["step"])


def test_a_row_is_before_its_step_and_a_buffer_after_it():
    trajectory = trace(Run(VALLEY, partial(SGD, lr=0.125, momentum=0.5), (2, 0), 2, dtype=torch.float64))
    assert trajectory.params.tolist()[:2] == [[2, 0], [1.5, -0.45]]
    assert trajectory.loss.tolist()[0] == 4
    assert trajectory.grad.tolist()[0] == [4, 3.6]
    assert trajectory.state["momentum_buffer"][0].tolist() == [4, 3.6]
    velocity = 0.5 * trajectory.grad[0] + trajectory.grad[1]
    assert trajectory.state["momentum_buffer"][1] == pytest.approx(velocity, rel=1e-15)
    assert trajectory.update == pytest.approx(-0.125 * trajectory.state["momentum_buffer"], rel=1e-12)


def test_buffers_are_named_as_torch_names_them_and_absent_without_momentum():
    names = {
        partial(SGD, lr=0.01): set(),
        partial(SGD, lr=0.01, momentum=0.5): {"momentum_buffer"},
        partial(RMSprop, lr=0.01, momentum=0.5, centered=True): {
            "step",
            "square_avg",
            "momentum_buffer",
            "grad_avg",
        },
        partial(Adam, amsgrad=True): {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"},
    }
    for optimizer, expected in names.items():
        assert set(trace(Run(BIRD, optimizer, (-12, 10), 2)).state) == expected


def test_lbfgs_keeps_a_pair_for_both_parameters():
    trajectory = trace(Run(ROSENBROCK, partial(LBFGS, lr=1, max_iter=1), (-1.5, 2), 4))
    assert trajectory.update == pytest.approx(trajectory.state["d"] * trajectory.state["t"][:, :1], rel=1e-5, abs=1e-6)
    assert np.isnan(trajectory.state["t"][:, 1]).all()


def test_lbfgs_with_many_closure_calls_a_step_finds_the_minimum():
    trajectory = trace(Run(ROSENBROCK, partial(LBFGS, line_search_fn="strong_wolfe"), (-1.5, 2), 3))
    assert trajectory.params[-1] == pytest.approx([1, 1], abs=1e-2)


def test_evaluations_are_counted_as_torch_counts_them_and_steps_lead_to_one_of_them():
    search = partial(LBFGS, max_iter=1, max_eval=25, line_search_fn="strong_wolfe")
    found = trace(Run(ROSENBROCK, search, (-1.5, 2), 20, dtype=torch.float64))
    assert found.evaluations[0] == 0
    assert found.evaluations[1:].tolist() == found.state["func_evals"][:, 0].tolist()
    assert len(found.asked) == found.evaluations[-1] > 2 * found.steps
    for step, (first, end) in enumerate(pairwise(found.evaluations.astype(int))):
        places, losses = found.asked[first:end, :2], found.asked[first:end, 2]
        assert places[0].tolist() == found.params[step].tolist()
        assert losses[0] == found.loss[step]
        assert np.abs(places - found.params[step + 1]).max(axis=1).min() < 1e-12
        along = places[1:] - places[0]
        assert along[:, 0] * found.update[step, 1] == pytest.approx(along[:, 1] * found.update[step, 0], abs=1e-9)
    plain = trace(Run(VALLEY, partial(SGD, lr=0.1), (-1.5, 2), 3))
    assert plain.evaluations.tolist() == [0, 1, 2, 3]
    assert plain.asked[:, :2].tolist() == plain.params[:-1].tolist()


def test_rows_are_the_first_closure_call_even_of_a_noisy_loss():
    draws = []

    def noisy(w1, w2):
        draws.append(len(draws))
        return w1**2 + w2**2 + draws[-1]

    surface = Surface("noisy", noisy, SQUARE)
    draws.clear()
    trajectory = trace(Run(surface, partial(LBFGS, max_iter=3, tolerance_change=0), (3, 4), 2))
    first = trajectory.loss - (trajectory.params**2).sum(axis=1)
    assert first[0] == 0
    assert first[1] > 1
    assert len(draws) == first[-1] + 1


def test_nothing_can_be_written():
    trajectory = trace(Run(BIRD, partial(Adam), (-12, 10), 2))
    arrays = [trajectory.params, trajectory.loss, trajectory.grad, trajectory.lr, trajectory.update]
    for array in [*arrays, *trajectory.state.values()]:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(TypeError):
        trajectory.state["step"] = trajectory.params
    with pytest.raises(AttributeError):
        trajectory.params = trajectory.loss


def test_the_digest_sees_every_array():
    base = Run(VALLEY, partial(SGD, lr=0.1, momentum=0.5), (2, 1), 3)
    digests = {
        trace(run).digest
        for run in (
            base,
            Run(VALLEY, partial(SGD, lr=0.1, momentum=0.6), (2, 1), 3),
            Run(VALLEY, partial(SGD, lr=0.1, momentum=0.5), (2, 1), 4),
            Run(VALLEY, partial(SGD, lr=0.1, momentum=0.5), (2, 1), 3, dtype=torch.float64),
            # At the minimum nothing moves: only the recorded rate tells these two apart.
            Run(VALLEY, partial(SGD, lr=0.1, momentum=0.5), (0, 0), 3),
            Run(VALLEY, partial(SGD, lr=0.2, momentum=0.5), (0, 0), 3),
        )
    }
    assert len(digests) == 6
    assert all(len(digest) == 64 for digest in digests)


def test_the_scheduler_steps_after_the_optimizer():
    run = Run(VALLEY, partial(SGD, lr=0.1), (2, 1), 4, partial(MultiStepLR, milestones=[2], gamma=0.5))
    trajectory = trace(run)
    assert trajectory.lr.tolist() == [0.1, 0.1, 0.05, 0.05]
    assert trajectory.update == pytest.approx(-trajectory.lr[:, None] * trajectory.grad[:-1], rel=1e-6)


def test_a_plateau_scheduler_is_told_the_loss_before_the_step():
    # At lr 0.6 the loss rises at once: row 1 is worse than row 0, which step 2 is the first to feel.
    plateau = partial(ReduceLROnPlateau, patience=0, factor=0.5)
    trajectory = trace(Run(VALLEY, partial(SGD, lr=0.6), (-4.5, -2), 3, plateau))
    assert trajectory.loss[1] > trajectory.loss[0]
    assert trajectory.lr.tolist() == [0.6, 0.6, 0.3]


def test_settings_that_hold_state_do_not_leak_from_one_trace_to_the_next():
    class Counting:
        def __init__(self):
            self.calls = 0

        def __call__(self, step):
            self.calls += 1
            return 1 / self.calls

    counting, rate = Counting(), torch.tensor(0.1)
    run = Run(VALLEY, partial(SGD, lr=rate), (2, 1), 4, partial(LambdaLR, lr_lambda=counting))
    assert trace(run).digest == trace(run).digest
    assert counting.calls == 0
    assert rate.item() == torch.tensor(0.1).item()


@pytest.mark.parametrize("name", ["SGD", "Adam", "LBFGS", "RMSprop"])
def test_divergence_stops_at_the_first_loss_that_is_not_finite(name):
    steep = Surface("steep", lambda w1, w2: torch.exp(w1**2) + w2**2, SQUARE)
    trajectory = trace(Run(steep, partial(OPTIMIZERS[name], lr=20), (1, 1), 50))
    assert 1 <= trajectory.steps < 50
    assert trajectory.diverged_at == trajectory.steps == len(trajectory.loss) - 1
    assert np.isfinite(trajectory.loss[:-1]).all()
    assert not math.isfinite(trajectory.loss[-1])


def test_divergence_in_the_very_last_step_is_seen_too():
    steep = Surface("steep", lambda w1, w2: torch.exp(w1**2) + w2**2, SQUARE)
    trajectory = trace(Run(steep, partial(SGD, lr=20), (1, 1), 1))
    assert trajectory.diverged_at == trajectory.steps == 1


def test_a_start_without_a_finite_loss_is_refused():
    logarithm = Surface("logarithm", lambda w1, w2: torch.log(w1) + w2, SQUARE)
    with pytest.raises(DescentError, match=r"surface 'logarithm' is not finite at the start \(-1, 0\)"):
        trace(Run(logarithm, partial(SGD), (-1, 0), 3))


class Strict(Optimizer):
    """Refuses to step on a loss that is not finite."""

    def __init__(self, params):
        super().__init__(params, {})

    def step(self, closure=None):
        loss = closure()
        assert torch.isfinite(loss)
        for param in self.param_groups[0]["params"]:
            param.data -= 20 * param.grad
        return loss


def test_no_step_is_taken_on_a_loss_that_is_not_finite():
    steep = Surface("steep", lambda w1, w2: torch.exp(w1**2) + w2**2, SQUARE)
    assert trace(Run(steep, partial(Strict), (1, 1), 50)).diverged_at == 1


class Forgetful(Optimizer):
    """Never evaluates its closure."""

    def __init__(self, params):
        super().__init__(params, {})

    def step(self, closure=None):
        return None


class Closureless(Forgetful):
    """Takes no closure."""

    def step(self):
        return None


@pytest.mark.parametrize(
    ("optimizer", "scheduler", "message"),
    [
        (partial(SGD, lr=-1), None, r"cannot build 'SGD  lr -1' .*: Invalid learning rate: -1\.$"),
        (partial(Adam, betas=(2, 0)), None, r"cannot build 'Adam  betas .*Invalid beta"),
        (partial(SGD, lr=0.1, nesterov=True), None, r"cannot build .*Nesterov momentum requires"),
        (partial(SGD, differentiable=True), None, r"'SGD  differentiable' cannot step two scalar parameters"),
        (partial(Forgetful), None, r"'Forgetful' never called the closure"),
        (partial(Closureless), None, r"'Closureless' cannot step two scalar parameters"),
        (partial(SGD), partial(OneCycleLR, max_lr=1), r"cannot build 'OneCycleLR  max_lr 1' with SGD: You must"),
        (partial(SGD), partial(OneCycleLR, max_lr=1, total_steps=3), r"OneCycleLR does not fit.*after step 3"),
        (partial(LBFGS), partial(OneCycleLR, max_lr=1, total_steps=9), r"cannot build .* with LBFGS: .*momentum"),
        (
            partial(SGD),
            partial(ExponentialLR, gamma=0.9, last_epoch=4),
            r"cannot build .* with SGD: param 'initial_lr'.*>= 0\.$",
        ),
        (partial(SGD), partial(LambdaLR, lr_lambda=lambda k: 1 / (2 - k)), r"LambdaLR does not fit.*after step 1"),
    ],
)
def test_what_torch_refuses_is_told_with_its_reason(optimizer, scheduler, message):
    with pytest.raises(DescentError, match=message):
        trace(Run(VALLEY, optimizer, (2, 1), 6, scheduler))


@pytest.mark.parametrize("steps", [1, 5])
def test_a_gradient_lost_on_the_way_is_blamed_on_the_surface(steps):
    def floored(w1, w2):
        return torch.zeros(()) if w1.ndim == 0 and w1 < 2 else w1**2 + w2**2

    surface = Surface("floored", floored, ((1, 5), (1, 5)))
    with pytest.raises(DescentError, match=r"Surface 'floored' is not differentiable at \(1\.7"):
        trace(Run(surface, partial(SGD, lr=0.1), (2.2, 2), steps))


def test_a_loss_that_fails_on_the_way_is_blamed_on_the_surface():
    def fickle(w1, w2):
        if w1.ndim == 0 and w1 < 2:
            raise RuntimeError("no loss below 2.")
        return w1**2 + w2**2

    surface = Surface("fickle", fickle, ((1, 5), (1, 5)))
    with pytest.raises(DescentError, match=r"Surface 'fickle' could not compute its loss.*: no loss below 2\.$"):
        trace(Run(surface, partial(SGD, lr=0.1), (2.2, 2), 5))


def test_a_run_is_traced_once_for_films_and_anew_where_it_cannot_be_remembered():
    run = Run(BIRD, partial(SGD, lr=0.01), (-12, 10), 3)
    assert traced(run) is traced(run)
    assert traced(run).digest == trace(run).digest
    assert trace(run) is not trace(run)
    listed = Run(BIRD, partial(SGD, lr=0.01), [-12, 10], 3)
    assert traced(listed).digest == traced(run).digest


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
def test_what_the_caller_has_switched_off_does_not_matter(off):
    run = Run(VALLEY, partial(SGD, lr=0.1), (-4, -2), 3)
    with off():
        own = Surface("own", lambda w1, w2: w1**2 + w2**2, SQUARE, ((0.0, 0.0),))
        assert trace(run).digest == traced(run).digest
        assert own.gradient(1, 2).tolist() == [2, 4]
        assert own.hessian(1, 2).tolist() == [[2, 0], [0, 2]]
        assert not torch.is_grad_enabled()
    assert trace(run).digest == traced(run).digest


class Newton(Optimizer):
    """A step of Newton's method along each axis; its curvatures come from differentiating the gradients."""

    def __init__(self, params, lr=1.0):
        super().__init__(params, {"lr": lr})

    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        leaves = self.param_groups[0]["params"]
        noise = torch.randint(0, 2, ()) * 2.0 - 1  # as Hutchinson's estimate draws it
        for leaf in leaves:
            (curvature,) = torch.autograd.grad(leaf.grad * noise, leaf, retain_graph=True)
            with torch.no_grad():
                leaf -= self.param_groups[0]["lr"] * leaf.grad / (noise * curvature)
                self.state[leaf]["noise"] = noise
        return loss


def test_an_optimizer_that_differentiates_gradients_is_given_their_graph():
    separate = Surface("separate", lambda w1, w2: w1**2 + 5 * w2**2, SQUARE)
    run = Run(separate, partial(Newton), (3.0, -2.0), 8)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    trajectory = trace(run)
    assert torch.equal(torch.get_rng_state(), before), "the caller's random numbers are another sequence now"
    assert trajectory.params[1:] == pytest.approx(np.zeros((8, 2)))
    assert set(trajectory.state["noise"][:, 0]) == {-1, 1}
    torch.manual_seed(2)
    assert trace(run).digest == trajectory.digest


@pytest.mark.parametrize("name", ["AdaHessian", "SophiaH"])
def test_second_order_optimizers_of_others_run(name):
    optimizers = pytest.importorskip("pytorch_optimizer")
    trajectory = trace(Run(VALLEY, partial(getattr(optimizers, name), lr=0.05), (-4, -2), 30))
    assert trajectory.loss[-1] < trajectory.loss[0]
    assert np.isfinite(trajectory.state["hessian"]).all()


def test_sam_starts_from_the_gradient_at_its_iterate():
    """θ − lr ∇L(θ + ρ g/|g|), by hand; a row is at the iterate and not at the point that SAM looks from."""
    sam = pytest.importorskip("pytorch_optimizer").SAM
    trajectory = trace(Run(VALLEY, partial(sam, base_optimizer=SGD, lr=0.1, rho=0.3), (-4, -2), 1, dtype=torch.float64))
    gradient = VALLEY.gradient(-4, -2)
    ahead = np.array([-4, -2]) + 0.3 * gradient / np.linalg.norm(gradient)
    assert trajectory.grad[0] == pytest.approx(gradient)
    assert trajectory.params[1] == pytest.approx([-4, -2] - 0.1 * VALLEY.gradient(*ahead), rel=1e-7)
