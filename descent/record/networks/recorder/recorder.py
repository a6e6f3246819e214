"""A recorder of one's own training loop."""

import atexit
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from numbers import Real
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from descent.base.errors import DescentError, reason
from descent.record.networks.recorder.gauge import Gauge
from descent.record.networks.recorder.names import plain_name, unwrapped
from descent.record.networks.recorder.pieces import agreed, are_sharded, rank, whole
from descent.record.networks.recorder.preconditioning import check_adaptive, divisors
from descent.record.networks.recorder.records import VERSION, Begin, Layout, Logged, Snapshot, Step, snapshot_name
from descent.record.networks.recorder.resuming import next_session
from descent.record.networks.recorder.stepping import inner, momenta, named, rates, was_skipped
from descent.record.networks.recorder.writer import Writer

Schedule = Literal["even", "log"]
_SMALL = 1_000_000  # parameters, of which every step is measured
_SELDOM = 10
_MOST = 4096  # numbers of a sketch: it is put together from a table of so many rows and columns


class Recorder:
    """Records how a network trains in a loop of one's own, into a folder, beside the loop.

    After every step of the optimizer it measures the network where it lies: a `CountSketch` of the parameters, the
    rate and momentum of every group, the lengths of gradient and update of every block. At some steps it keeps all
    parameters and buffers, as a safetensors file. A thread writes; what is written is whole wherever the process is
    killed. What cannot be written stops the recording, with one warning, and never the training.

    A step that a gradient scaler skips is no step; batches whose gradients are accumulated are one. Where several
    processes train together, the first one writes, of a network that `fully_shard` sharded too. It keeps one copy of
    the parameters beside them, and while it takes a snapshot a second one in memory.

    Args:
        folder: Where to; one that holds a run that stopped goes on with it, at the step whose parameters are those of
            the network now.
        model: The network, as it is trained: on any device, compiled, distributed.
        optimizer: The optimizer, or several in a list; a step is over when the last of them has taken it.
        every: How many steps lie between two snapshots; on a logarithmic schedule, how many snapshots there are each
            time that the number of steps doubles.
        schedule: "even", or "log" for ever fewer.
        measure: How many steps lie between two that are measured; sketches and lengths are of these alone. Measuring
            takes about as long as a step of the optimizer itself; by default every step of a network of up to a million
            parameters is measured, and every tenth of a larger one.
        sketch: How many numbers the parameters of a step become; distances between steps are then about
            ``√(1 / (2 · sketch))`` off, 4 % for 256.
        seed: Of the sketch: runs of one seed can be compared.
        step: How many steps the network has taken, where the folder does not tell: after a checkpoint that is newer
            than what was recorded, or to take steps again from an earlier one.
        preconditioner: Whether snapshots also hold what an adaptive optimizer divides each parameter's step by, as Adam
            does by ``√v̂ + ε``, for `sharpness`; they are twice as large then.

    Raises:
        DescentError: If something does not fit, or the folder holds another run or cannot be written.

    >>> import tempfile
    >>> network, data = nn.Linear(2, 1), torch.ones(4, 2)
    >>> optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    >>> with tempfile.TemporaryDirectory() as folder, Recorder(folder, network, optimizer, every=2) as run:
    ...     for _ in range(3):
    ...         loss = network(data).square().mean()
    ...         optimizer.zero_grad()
    ...         loss.backward()
    ...         optimizer.step()
    ...         run.log(loss=loss)
    >>> run.steps
    3
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        model: nn.Module,
        optimizer: Optimizer | Sequence[Optimizer],
        *,
        every: int = 100,
        schedule: Schedule = "even",
        measure: int | None = None,
        sketch: int = 256,
        seed: int = 0,
        step: int | None = None,
        preconditioner: bool = False,
    ) -> None:
        if not isinstance(folder, str | PathLike):
            raise DescentError(f"A recorder needs a folder to record into, not {folder!r}.")
        numbers = (
            ("every", every, 1),
            ("measure", measure, 1),
            ("sketch", sketch, 8),
            ("seed", seed, 0),
            ("step", step, 0),
        )
        for name, value, least in numbers:
            if (value is not None or name not in ("step", "measure")) and (type(value) is not int or value < least):
                raise DescentError(f"A recorder's {name!r} is a whole number, at least {least}, not {value!r}.")
        if sketch > _MOST:
            raise DescentError(f"A recorder's 'sketch' is at most {_MOST} numbers, not {sketch}.")
        if schedule not in get_args(Schedule):
            raise DescentError(f"A recorder's schedule is 'even' or 'log', not {schedule!r}.")
        self._folder = Path(folder)
        self._model = _network(model)
        self._params = {plain_name(name): param for name, param in self._model.named_parameters()}
        given = list(optimizer) if isinstance(optimizer, list | tuple) else [optimizer]
        self._optimizers = [inner(each) for each in given]
        if not self._optimizers:
            raise DescentError("A recorder needs a torch optimizer, or several in a list, not an empty list.")
        if preconditioner:
            check_adaptive(self._optimizers, are_sharded(list(self._params.values())))
        self._preconditioned = preconditioner
        size = sum(param.numel() for param in self._params.values())
        self._every, self._schedule = every, schedule
        self._measure = measure or (1 if size <= _SMALL else _SELDOM)
        self._settings: tuple[list[Any], list[Any]] = ([], [])
        self._k, self._seed, self._asked = sketch, seed, step
        self.steps = 0
        self._first = 0
        self._kept = -1
        self._gauge: Gauge | None = None
        self._writer: Writer | None = None
        self._stopped = False
        self._logged: set[str] = set()

    def __enter__(self) -> "Recorder":
        """Begin to record: from here on, every step of the optimizer."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep the network as it is now, and stop."""
        self.close(failed=kind is not None)

    def start(self) -> None:
        """Begin to record, where there is no ``with``, as in callbacks; `close` ends it.

        Raises:
            DescentError: If the folder holds another run or cannot be written.
        """
        if self._gauge is not None:
            raise DescentError("This recorder records already.")
        params = list(self._params.values())
        if rank() != 0 and not are_sharded(params):
            return  # the first process has all that this one has
        gauge = Gauge(self._params, self._k, self._seed)
        sketch = gauge.sketch()
        session, self._first = agreed(partial(self._begun, gauge, sketch), gauge.sharded)
        self.steps, self._session, self._gauge = self._first, session, gauge
        if session == 1 or self._asked is not None:
            self._guarded(partial(self._snapshot, gauge))
        self._hook = self._optimizers[-1].register_step_post_hook(self._after_step)
        atexit.register(self.close)

    def log(self, **values: float | Tensor) -> None:
        """Say something of the step that was just taken, such as its loss: ``run.log(loss=loss)``.

        Of several of one name after a step the first counts: what follows is of batches that are accumulated for the
        next step, or whose step a gradient scaler skipped.

        Raises:
            DescentError: If something is no number.
        """
        for name, value in values.items():
            if not (value.numel() == 1 if isinstance(value, torch.Tensor) else isinstance(value, Real)):
                raise DescentError(f"What is logged of a step is a number each, but {name!r} is {value!r}.")
        fresh = {name: _kept(value) for name, value in values.items() if name not in self._logged}
        if self._writer is None or self._stopped or self.steps == self._first or not fresh:
            return
        self._logged |= fresh.keys()
        step = self.steps
        self._writer.write(lambda: Logged(step, {name: float(value) for name, value in fresh.items()}))

    def close(self, failed: bool = False) -> None:
        """Keep the network as it is now, and stop recording; nothing if it has stopped.

        Args:
            failed: Whether the loop ended by an error: the processes of a sharded network then no longer wait for
                each other, and its last parameters are not kept.
        """
        if self._gauge is None:
            return
        atexit.unregister(self.close)
        self._hook.remove()
        if self._kept != self.steps and not (failed and self._gauge.sharded):
            self._guarded(partial(self._record_end, self._gauge))
            self._guarded(partial(self._snapshot, self._gauge))
        if self._writer is not None:
            self._writer.close()
            self._look_for_failure()
            if self.steps == self._first and not failed and not self._stopped:
                _warn(f"no step of the optimizer was seen, and nothing recorded into {self._folder}.")
        self._gauge = self._writer = None

    def _begun(self, gauge: Gauge, sketch: Tensor) -> tuple[int, int]:
        """Open the folder; the number of the session and its first step."""
        layout = tuple(Layout(name, tuple(param.shape)) for name, param in self._params.items())
        session, step = next_session(self._folder, layout, self._seed, sketch.cpu().numpy(), self._asked)
        self._writer = Writer(self._folder)
        words = named(self._optimizers)
        begin = Begin(VERSION, session, step, self._k, self._seed, layout, gauge.blocks, words, as_bytes(sketch))
        self._writer.write(lambda: begin)
        return session, step

    def _after_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        gauge = self._gauge
        # A recording that stopped goes on measuring where other processes wait for this one's part.
        if gauge is None or was_skipped(optimizer) or (self._stopped and not gauge.sharded):
            return
        self.steps += 1
        self._logged.clear()
        self._guarded(partial(self._record_step, gauge))

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do something beside the training, which goes on whatever becomes of it."""
        try:
            work()
        except Exception as error:
            self._stop(reason(error))
        self._look_for_failure()

    def _record_step(self, gauge: Gauge) -> None:
        step, every = self.steps, self._measure
        kept = is_kept(step, self._every, self._schedule)
        measured, next_one = step % every == 0, (step + 1) % every == 0
        lengths = gauge.lengths(next_one) if measured else None
        if next_one and not measured:
            gauge.remember()
        sketch = gauge.sketch() if measured or kept else None
        if self._writer is not None and not self._stopped:
            training, count = self._model.training, len(gauge.blocks)
            lr, momentum = self._settings = rates(self._optimizers), momenta(self._optimizers)

            def made() -> Step:
                squares = [] if lengths is None else lengths.tolist()
                found = [square**0.5 for square in squares]
                settings = [float(each) for each in lr], [float(each) for each in momentum]
                return Step(step, training, *settings, found[:count], found[count:], as_bytes(sketch))

            self._writer.write(made)
        if kept:
            self._snapshot(gauge)

    def _record_end(self, gauge: Gauge) -> None:
        """Sketch the network where the recording ends, so that it is known again when it goes on from there."""
        if self.steps == self._first or self.steps % self._measure == 0:
            return
        sketch = gauge.sketch()
        if self._writer is not None and not self._stopped:
            lr, momentum = ([float(each) for each in settings] for settings in self._settings)
            end = Step(self.steps, self._model.training, lr, momentum, [], [], as_bytes(sketch))
            self._writer.write(lambda: end)

    def _snapshot(self, gauge: Gauge) -> None:
        self._kept = self.steps
        gathered = whole(self._model) if gauge.sharded else None
        if self._writer is None or self._stopped:
            return
        record = Snapshot(self.steps, self._model.training, snapshot_name(self.steps, self._session))

        def taken() -> Mapping[str, Tensor]:
            params = self._params if gathered is None else {name: gathered[name] for name in self._params}
            buffers = {plain_name(name): buffer for name, buffer in self._model.named_buffers()}
            found = {name: _on_cpu(tensor) for name, tensor in {**params, **buffers}.items()}
            return {**found, **divisors(self._optimizers, self._params)} if self._preconditioned else found

        self._writer.snapshot(record, taken)

    def _look_for_failure(self) -> None:
        if self._writer is not None and self._writer.failure is not None:
            self._stop(self._writer.failure)

    def _stop(self, why: str) -> None:
        if not self._stopped:
            self._stopped = True
            _warn(f"recording into {self._folder} stopped at step {self.steps}: {why}. The training goes on.")


def is_kept(step: int, every: int, schedule: Schedule) -> bool:
    """Whether the parameters of a step are kept.

    On a logarithmic schedule those of all steps up to ``2 · every`` are, then those of every second up to
    ``4 · every``, of every fourth up to ``8 · every``, and so on.

    >>> [step for step in range(35) if is_kept(step, 4, "log")]
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32]
    """
    gap = every if schedule == "even" else 2 ** max(0, (step // every).bit_length() - 1)
    return step % gap == 0


def as_bytes(sketch: Tensor | None) -> bytes:
    """A sketch as records hold it; of none, nothing."""
    return b"" if sketch is None else sketch.cpu().numpy().astype("<f4").tobytes()


def _network(model: object) -> nn.Module:
    """The network that trains.

    Raises:
        DescentError: If it is none, or one whose parameters are hidden or not there yet.
    """
    if not isinstance(model, nn.Module):
        raise DescentError(f"A recorder needs a torch.nn.Module, not {type(model).__name__}.")
    network = unwrapped(model)
    params = dict(network.named_parameters())
    if not params or any(isinstance(each, nn.UninitializedParameter) for each in params.values()):
        raise DescentError("The module has no parameters yet; if it is lazy, call it once with a batch before.")
    if any("_fsdp_wrapped_module" in name or "_flat_param" in name for name in params):
        raise DescentError(
            "FullyShardedDataParallel hides the network's parameters; shard it by torch.distributed.fsdp.fully_shard."
        )
    if name := next((name for name, each in params.items() if each.is_complex()), None):
        raise DescentError(f"The parameter {name!r} is complex; a recorder takes real numbers, as view_as_real gives.")
    return network


def _on_cpu(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True).contiguous()


def _kept(value: float | Tensor) -> float | Tensor:
    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def _warn(text: str) -> None:
    warnings.warn(f"descent: {text}", UserWarning, stacklevel=4)
