"""Names of runs fit their legend however long they are, and tell runs apart when they are shortened."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import MultiStepLR

from descent import BIRD, Run, trace
from descent.stage.panels.legend import broken, legend_names, shortened
from descent.stage.text import SMALL, Label

WIDTH, INDENT, LOSS = 5.2, 0.82, 1.15
WORDS = st.text(alphabet="abcWimgЖβ<&1 ", min_size=1, max_size=90).map(lambda text: " ".join(text.split()))


def traced(*specs, **options):
    return [trace(Run(BIRD, spec, (-12, 10), 2, **options)) for spec in specs]


@settings(max_examples=15)
@given(WORDS.filter(bool), st.integers(0, 3))
def test_any_name_fits(name: str, tight: int) -> None:
    names = legend_names(traced(partial(SGD, lr=0.01), name=name), WIDTH, tight)
    (lines,) = names.lines
    assert len(lines) <= {2: 2, 3: 1}.get(tight, 99)
    assert all(Label(line, names.px).width <= WIDTH - INDENT - (LOSS if k == 0 else 0) for k, line in enumerate(lines))
    if tight < 2 and max(map(len, name.split())) < 15:
        assert " ".join(lines).split() == name.split()


def test_what_all_runs_share_is_left_out_first() -> None:
    runs = traced(*(partial(AdamW, lr=0.1, betas=(0.9, 0.99), weight_decay=k / 10, eps=1e-6) for k in range(1, 5)))
    names = legend_names(runs, WIDTH, 3)
    assert [lines[0].endswith("…") for lines in names.lines] == [True] * 4
    assert [f"weight_decay 0.{k}" in lines[0] for k, lines in enumerate(names.lines, 1)] == [True] * 4
    assert len({lines[0] for lines in names.lines}) == 4


def test_a_long_list_of_settings_is_broken_inside() -> None:
    spec = partial(MultiStepLR, milestones=list(range(2, 90, 3)))
    (run,) = traced(partial(SGD, lr=0.01), scheduler=spec)
    (lines,) = legend_names([run], WIDTH).lines
    assert lines[0] == "SGD  lr 0.01"
    assert "".join(lines).replace(" ", "").endswith("(" + ",".join(map(str, range(2, 90, 3))) + ")")
    (short,) = legend_names([run], WIDTH, 3).lines
    assert short == ["SGD  lr 0.01 · MultiStepLR …"]


@pytest.mark.parametrize("most", [1, 2])
def test_a_kind_too_long_for_its_lines_is_cut(most: int) -> None:
    lines = shortened(0, ["Wide" * 40 + "  lr 0.1"], SMALL, 3.0, 4.0, most)
    assert len(lines) == most
    assert lines[0].endswith("…")


def test_a_name_that_fits_stays_on_its_line() -> None:
    assert broken("SGD  lr 0.01 · StepLR  step_size 5", SMALL, 9.0, 9.0) == ["SGD  lr 0.01 · StepLR  step_size 5"]
