"""What figures say is made of their data."""

from functools import partial

import pytest
from figure_subjects import BOWL, SCHEDULES, bowl_run
from torch.optim import SGD

from descent import Run, trace
from descent.base.numbers import rounded
from descent.figures import alt_text, experiment, schedule_curves
from descent.figures.alt_text import outcome, rates


def test_words_for_numbers():
    values = [0.0, -106.78773, 9999.4, 9999.6, 55261.49, 1e-5, -2.5e7]
    assert list(map(rounded, values)) == ["0", "−106.8", "9999", "10000", "55261", "10⁻⁵", "−2.5 × 10⁷"]


def test_words_for_outcomes():
    assert outcome(trace(bowl_run(0.25))) == "ends at (0.25, −0.12), loss 0.07812 after 4 steps"
    assert outcome(trace(bowl_run(2, 1))) == "leaves the view at step 1, loss 180 after 1 step"
    assert outcome(trace(Run(BOWL, partial(SGD, lr=1e30), (4, -2), 9))) == "diverges: loss not finite at step 1"


@pytest.mark.parametrize(
    ("lr", "told"),
    [
        ([0.1, 0.1], "learning rate 0.1 throughout"),
        ([0.1, 0.05], "learning rate from 0.1 to 0.05"),
        ([0.1, 0.4, 0.05], "learning rate from 0.1 up to 0.4, then to 0.05"),
        ([0.1, 0.01, 0.4, 0.2], "learning rate from 0.1 down to 0.01, up to 0.4, then to 0.2"),
    ],
)
def test_words_for_learning_rates(lr, told):
    assert rates(lr) == told


def test_the_alt_text_is_made_of_the_data(traced):
    text = alt_text([traced("E03"), traced("E04")])
    assert text.startswith("Map of the loss bird, w1 from −14 to 0, w2 from −6 to 12, dark where it is low.")
    assert "Lowest minimum (−3.12, −1.59), loss −106.8; 6 other minima." in text
    assert f"SGD lr 0.01 momentum 0.6, from (−12.00, 10.00): {outcome(traced('E04'))}; learning rate 0.01" in text
    assert experiment("E03", "E04", title="Why?").alt == f"Why? {text} Beside it, loss and learning rate against step."
    assert "minimum" not in alt_text([trace(bowl_run(0.1))])


def test_the_alt_text_of_schedules_tells_each_of_them():
    alt = schedule_curves(SCHEDULES).alt
    assert "ExponentialLR gamma 0.9: learning rate from 0.1 to 0.01351, in 20 steps." in alt
    assert alt.count("learning rate from") == 3
