"""What one has in a notebook is taken as it is: whichever way a race is given, it is the same race."""

import inspect
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Circle
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LambdaLR, StepLR

import descent
from descent import BIRD, VALLEY, DescentError, GradientNoise, Run, Schedule, Surface, Trajectory, trace
from descent.animate.inputs import document_of, flat, sorted_race
from descent.animate.problem import Entry, Problem
from descent.animate.read import read
from descent.animate.story import Story
from descent.base.by_value import session_file
from descent.figures import Picture
from descent.record.outcomes import outcome
from descent.record.recorded_paths import recorded
from descent.record.regression import read_points

START, STEPS = (-4.0, -2.0), 6
ENDED = {"start": START, "steps": STEPS}
SLOW, STEPPED = partial(SGD, lr=0.1), partial(StepLR, step_size=2)
RUN = Run(VALLEY, SLOW, START, STEPS, STEPPED)


def slope(w1, w2):
    return w1**2 + 10 * w2**2


class Still(Optimizer):
    """One's own optimizer, written in a cell."""

    def __init__(self, params):
        super().__init__(params, {})

    def step(self, closure):
        return closure()


def raced(*things: object, **options: object) -> list[Trajectory]:
    with document_of(sorted_race(things, options)) as document:
        return read(document).trajectories()


@pytest.mark.parametrize(
    ("things", "options"),
    [
        (("SGD(lr=0.1) + StepLR(step_size=2)",), {"surface": "valley", **ENDED}),
        (("valley", ["SGD(lr=0.1) + StepLR(step_size=2)"]), ENDED),
        ((SLOW, VALLEY), {**ENDED, "scheduler": STEPPED}),
        (([SLOW], VALLEY.loss), {**ENDED, "scheduler": "StepLR(step_size=2)"}),
        (([[RUN]],), {}),
        ((trace(RUN),), {"surface": VALLEY}),
        ((RUN, "valley"), {}),
        (({"optimizer": SLOW, "scheduler": STEPPED, "start": np.array(START)}, VALLEY), {"steps": np.int64(STEPS)}),
        (({"optimizer": "SGD(lr=0.1)", "scheduler": partial(StepLR, step_size=2), **ENDED}, VALLEY), {}),
        (({"optimizer": RUN},), {}),
        (
            (SLOW, VALLEY),
            {
                "start": torch.tensor(START),
                "steps": STEPS,
                "scheduler": partial(LambdaLR, lr_lambda=lambda step: 0.1 ** (step // 2)),
            },
        ),
    ],
)
def test_a_race_is_the_same_however_it_is_given(things: tuple, options: dict) -> None:
    (found,) = raced(*things, **options)
    expected = trace(RUN)
    assert found.params == pytest.approx(expected.params, rel=1e-6)
    assert found.lr == pytest.approx(expected.lr)
    if "scheduler" not in options or not isinstance(options["scheduler"], partial):
        assert found.digest == expected.digest


@pytest.mark.parametrize(
    "run",
    [
        Run(VALLEY, SLOW, START, STEPS, dtype=torch.float64),
        Run(VALLEY, SLOW, START, STEPS, noise=GradientNoise(0.5)),
        Run(VALLEY, SLOW, START, STEPS, groups=({"lr": 0.2}, {})),
        Run(VALLEY, SLOW, START, STEPS, partial(LambdaLR, lr_lambda=lambda step: 0.5**step)),
        Run(VALLEY, partial(Still), START, STEPS),
        Run(VALLEY, partial(SGD, lr=torch.tensor(0.1)), START, STEPS),
        Run(Surface("slope", slope, ((-9, 9), (-9, 9))), SLOW, START, STEPS),
        descent.EXPERIMENTS["E23"],
    ],
    ids=lambda run: run.label,
)
def test_nothing_of_a_run_is_lost(run: Run) -> None:
    (found,) = raced(run)
    assert found.digest == trace(run).digest
    assert found.run.surface == run.surface


def test_text_is_preferred_so_that_a_race_needs_no_file(tmp_path: Path) -> None:
    with document_of(sorted_race([RUN, "Adam(lr=0.1)"], ENDED), tmp_path) as document:
        assert document.values["runs"][0]["optimizer"] == "SGD(lr=0.1) + StepLR(step_size=2)"
        assert document.values["surface"] == "valley"
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=50, deadline=None)
@given(st.recursive(st.integers(0, 9).map(lambda k: f"SGD(lr=0.{k + 1})"), lambda inner: st.lists(inner, max_size=3)))
def test_lists_are_flattened_in_order(nested: object) -> None:
    text = str(nested)
    assert list(flat([nested])) == [
        part for part in text.replace("[", "").replace("]", "").replace("'", "").split(", ") if part
    ]


PATHS = st.lists(st.tuples(*[st.floats(-4, 4)] * 2), min_size=2, max_size=30)


@settings(max_examples=40, deadline=None)
@given(PATHS)
def test_a_path_is_shown_as_it_was_recorded_and_nothing_is_said_of_how_it_goes_on(points: list) -> None:
    run = Run(VALLEY, recorded(points), points[0], len(points) - 1, dtype=torch.float64)
    found = trace(run)
    assert found.params.tolist() == [list(point) for point in points]
    told = outcome(found)
    assert told.ending.passing
    assert not told.whole
    assert told.followed == len(points) - 1


def test_a_path_beside_a_run(own: Path) -> None:
    path = trace(Run(VALLEY, SLOW, START, STEPS, dtype=torch.float64)).params
    one, other, run = raced(path, path[:4].tolist(), SLOW, surface=VALLEY, **ENDED)
    assert (one.run.label, other.run.label, run.run.label) == ("Path 1", "Path 2", "SGD  lr 0.1")
    assert one.params.tolist() == path.tolist()
    assert other.steps == 3
    beats = [beat.say for beat in Story([one]).beats()]
    assert beats[-1].endswith(f"Followed only to step {STEPS}.")
    picture = descent.figure(path, SLOW, surface=VALLEY, **ENDED)
    assert "loss and length of the step against step" in picture.alt
    assert "nan" not in picture.alt


def test_data_of_the_session(tmp_path: Path) -> None:
    points = np.array([(0.0, 1.0), (0.1, 3.0), (1 / 3, 5.5)])
    x, y = points.T
    for data in (points, points.tolist(), {"x": x, "y": y}, {"y": y, "z": y, "x": x}):
        with document_of(sorted_race(["SGD(lr=0.1)"], {"data": data})) as document:
            assert read_points(Path(document.values["data"])) == tuple(map(tuple, points.tolist()))
            assert read(document).points == tuple(map(tuple, points.tolist()))
        assert not Path(document.values["data"]).exists()


MADE = {
    "a map of a function": (lambda: descent.figure(slope), "Map of the loss slope, w1 from −5 to 5"),
    "a part of a surface": (lambda: descent.figure("bird", domain=((-6, 0), (-6, 0))), "w1 from −6 to 0"),
    "a race": (lambda: descent.figure(slope, [SLOW, "Adam(lr=0.1)"], start=(2, 1), steps=5), "Adam lr 0.1, from (2.00"),
    "runs of two surfaces": (lambda: descent.figure([RUN, trace(descent.EXPERIMENTS["E03"])]), "bird. Map of the loss"),
    "runs of the notebook": (lambda: descent.figure("E03", "E04"), "SGD lr 0.01 momentum 0.6"),
    "a schedule": (lambda: descent.figure(Schedule(STEPPED, 0.1, 5)), "Learning rate against step."),
    "basins": (lambda: descent.figure(descent.basins(RUN, (9, 9))), "valley"),
    "a line": (lambda: descent.figure(SLOW, data=[(0, 1), (1, 3), (2, 5)], steps=3), "Map of the loss regression"),
}


@pytest.mark.parametrize(("make", "words"), MADE.values(), ids=MADE)
def test_a_figure_of_what_there_is(own: Path, make: Callable[[], Picture], words: str) -> None:
    assert words in make().alt
    assert not (own / "media").exists()  # a figure leaves nothing behind


def test_a_scenes_runs_and_title(own: Path) -> None:
    scene = type("Scene", (), {"runs": (RUN,), "title": "It walks"})
    assert descent.figure(scene).alt.startswith("It walks. Map of the loss valley")


WRONG = {
    "a class of Manim's": ((Circle,), {}, r"the class Circle is neither a loss nor a run"),
    "a number": ((3,), {}, r"3 is neither a loss nor a run: a loss is .*; a run is an optimizer, .* \(n, 2\)\."),
    "an array": ((np.zeros((3, 3)),), {}, r"an array of shape \(3, 3\) is neither"),
    "two losses": ((slope, VALLEY), {}, "the function slope and the Surface 'valley' are two losses; give one"),
    "an optimizer with parameters": ((SGD([torch.zeros(1)], lr=1.0),), {}, r"give partial\(SGD, lr=…\) instead"),
    "a scheduler": ((STEPPED,), {}, r"partial\(StepLR, …\) is a scheduler and belongs to an optimizer"),
    "no scheduler": ((SLOW,), {"scheduler": SLOW}, r"a scheduler is text, .*, not partial\(SGD, …\)"),
    "a misspelt setting": ((partial(SGD, lrr=1),), {}, "SGD has no argument 'lrr': did you mean 'lr'"),
    "a misspelt surface": (("brid", SLOW), {}, "no surface and no optimizer 'brid': did you mean 'bird'"),
    "another surface": (
        (RUN, BIRD),
        {},
        "the Run 'SGD  lr 0.1.*' is on the Surface 'valley', not on the Surface 'bird'",
    ),
    "a network": ((torch.nn.Linear(2, 1),), {}, "Linear is a network: descent.networks records how it trains"),
    "a path with a hole": (([(1.0, 1.0), (np.nan, 0.0)],), {}, r"the path's point 1 is \(nan, 0.0\)"),
    "a run that is there twice": ((RUN, trace(RUN)), {}, "is there twice"),
    "data in three columns": ((SLOW,), {"surface": None, "data": np.zeros((4, 3))}, r"not an array of shape \(4, 3\)"),
    "numbers for tensors": ((lambda w1, w2: w1 if w1 > 0 else w2, SLOW), {"surface": None}, "write torch.where"),
    "one parameter": ((lambda w: w, SLOW), {"surface": None}, "it is called with two tensors, w1 and w2"),
    "no start": ((SLOW, VALLEY), {"start": None}, "a run needs a start"),
    "an unknown key": ((SLOW, VALLEY), {"stpes": 3}, "has no 'stpes': did you mean 'steps'"),
}


@pytest.mark.parametrize(("things", "options", "told"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_told_in_a_sentence(things: tuple, options: dict, told: str) -> None:
    with pytest.raises(DescentError, match=told) as error:
        raced(*things, **{"start": START, "steps": 3, **options})
    assert "\n" not in str(error.value)


def test_a_recording_that_cannot_be_traced_again_is_drawn_and_not_raced() -> None:
    recording = trace(RUN)
    elsewhere = Trajectory(
        RUN, recording.params / 2, *[getattr(recording, name) for name in ("loss", "grad", "lr", "update", "state")]
    )
    with pytest.raises(DescentError, match="was recorded elsewhere and cannot be traced again: give its points"):
        raced(elsewhere)
    assert "valley" in descent.figure(elsewhere).alt


CELL = """
import torch
from torch.optim import Optimizer

scale = torch.tensor([1.0, 10.0])

def slope(w1, w2):
    return scale[0] * w1**2 + scale[1] * w2**{power}

class Signs(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {{"lr": lr}})

    @torch.no_grad()
    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        for group in self.param_groups:
            for w in group["params"]:
                w -= group["lr"] * w.grad.sign()
        return loss
"""


@contextmanager
def session(folder: Path, power: int = 2, name: str = "cell 1", before: str = "") -> Iterator[Path]:
    """The file of what a cell defined."""
    defined: dict = {"__name__": "__main__"}
    exec(compile(before + CELL.format(power=power), name, "exec"), defined)
    with session_file(
        {"slope": defined["slope"], "0": {"optimizer": partial(defined["Signs"], lr=0.1)}}, folder
    ) as file:
        yield file


def digest(file: object) -> str:
    (trajectory,) = Problem((Entry(f"{file}:0", (2.0, 1.0), 3),), f"{file}:slope").trajectories()
    return trajectory.digest


@pytest.mark.matrix
def test_another_process_has_what_the_session_defined(tmp_path: Path) -> None:
    code = inspect.getsource(digest) + "\nimport sys\nprint(digest(sys.argv[1]))"
    imports = "from descent.animate.problem import Entry, Problem\n"
    with session(tmp_path / "two  spaces") as file:
        there = subprocess.run([sys.executable, "-c", imports + code, str(file)], capture_output=True, text=True)
        assert (there.stdout.strip(), there.stderr) == (digest(file), "")


def test_a_cell_that_is_run_again_gives_the_same_file(tmp_path: Path) -> None:
    with session(tmp_path) as first:
        assert f"descent_user.{first.stem}" in sys.modules
    assert f"descent_user.{first.stem}" not in sys.modules
    with session(tmp_path, name="cell 7", before="\n\n\n") as again, session(tmp_path, power=3) as other:
        assert again == first != other
    text = first.read_text()
    first.write_text("raise SystemExit('somebody else was here')")
    with session(tmp_path):
        assert first.read_text() == text


def test_what_cannot_leave_the_session_is_told(tmp_path: Path) -> None:
    lock = threading.Lock()
    told = r"^the lambda function cannot be handed to the processes that draw \(.*\): define it in a file"
    with pytest.raises(DescentError, match=told), session_file({"f": lambda w1, w2: w1 * lock.locked()}, tmp_path):
        pass


ORDERS = (
    "import descent; first = descent.animate; import descent.animate; assert descent.animate is first",
    "from descent.animate import animate; import descent; assert descent.animate.animate is animate",
)


@pytest.mark.parametrize("order", ORDERS)
def test_animate_is_room_and_function_whoever_imports_it_first(order: str) -> None:
    subprocess.run([sys.executable, "-c", f"{order}; assert callable(descent.animate)"], check=True)
