"""Figures of basins and sweeps: readable, and their colours and lines are the data's."""

import csv
import io
from functools import partial

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from test_compose import assert_readable
from torch.optim import SGD, AdamW

from descent import BIRD, HIMMELBLAU, VALLEY, DescentError, Run
from descent.figures import basin_maps, regimes, sweep_map
from descent.look.basin_colours import MOST, ending_key, kind_name
from descent.look.palette import DARK, LIGHT
from descent.record.many.basins import DIVERGED, MOVING, basins
from descent.record.many.csv_tables import basins_csv, sweep_csv
from descent.record.many.sweeps import DIVERGED as GONE
from descent.record.many.sweeps import OUTCOMES, stability_limit, sweep

RUN = Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 40)


def bird(**settings):
    return Run(BIRD, partial(SGD, lr=0.01, **settings), (-12, 10), 60)


@pytest.fixture(scope="module")
def birds():
    return [basins(run, (24, 30)) for run in (bird(), bird(momentum=0.6), bird(momentum=0.8, nesterov=True))]


@pytest.fixture(scope="module")
def settings_swept():
    return sweep(RUN, ("lr", np.linspace(0.01, 1.1, 23)), ("momentum", np.linspace(0, 0.9, 10)))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.few(1)
def test_basin_maps_are_readable(birds, theme):
    assert_readable(basin_maps([*birds, birds[0], birds[1]], "A claim in a few words", theme))
    assert_readable(basin_maps(birds[:1], theme=theme))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.few(1)
def test_sweeps_are_readable(settings_swept, theme):
    assert_readable(sweep_map(settings_swept, [(0.3, 0), (0.6, 0), (0.6, 0.5)], "A claim", theme))
    assert_readable(sweep_map(settings_swept, theme=theme))
    assert_readable(regimes(sweep(RUN, ("lr", np.linspace(0.01, 0.6, 30))), "A claim", theme))


def test_every_cell_of_a_map_has_the_colour_of_its_ending(birds):
    key = ending_key([each.endings for each in birds], BIRD, LIGHT)
    for found, ax in zip(birds, basin_maps(birds).figure.axes[1::2], strict=False):
        image = ax.images[-1]
        left, right, bottom, top = image.get_extent()
        columns, rows = found.minimum.shape[::-1]
        assert (left, top) == pytest.approx((-14 - 7 / (columns - 1), 12 + 9 / (rows - 1)))
        assert (right, bottom) == pytest.approx((7 / (columns - 1), -6 - 9 / (rows - 1)))
        pixels = np.asarray(image.get_array())
        for row, column in ((0, 0), (5, 20), (29, 23), (14, 3)):
            ending = found.minimum[row, column]
            colour = key.moving
            if ending >= 0:
                loss = BIRD.at(*found.minima[ending])
                (colour,) = [k.colour for k in key.kinds if k.losses[0] - 1e-3 <= loss <= k.losses[1] + 1e-3]
            assert pixels[row, column, :3] / 255 == pytest.approx(to_rgb(colour), abs=1e-2)


def test_the_lower_the_loss_the_brighter_the_colour(birds):
    key = ending_key([each.endings for each in birds], BIRD, DARK)
    assert key.by_loss
    losses = [kind.losses[0] for kind in key.kinds]
    light = [np.dot(to_rgb(kind.colour), (0.2126, 0.7152, 0.0722)) for kind in key.kinds]
    assert losses == sorted(losses)
    assert light == sorted(light, reverse=True)
    assert min(-np.diff(light)) > 0.03  # greys, as the colour-blindest see them, stay apart
    assert len(key.kinds) == len({kind_name(kind, True) for kind in key.kinds}) <= MOST


def test_minima_of_one_loss_have_a_colour_each():
    found = basins(Run(HIMMELBLAU, partial(SGD, lr=0.01), (0, 0), 80), (20, 20))
    key = ending_key([found.endings], HIMMELBLAU, LIGHT)
    assert not key.by_loss
    assert len({kind.colour for kind in key.kinds}) == 4
    assert sorted(kind_name(kind, False) for kind in key.kinds)[0].startswith("(3.0, 2.0)")
    assert sum(key.shares(found.endings)) == pytest.approx(1)


def test_what_ends_nowhere_has_its_own_colours():
    key = ending_key([basins(bird(), (8, 8)).endings], BIRD, DARK)
    moving, gone = key.tints(np.array([MOVING, DIVERGED]))
    assert moving[:3] / 255 == pytest.approx(to_rgb(DARK.line), abs=1e-2)
    assert gone[:3] / 255 == pytest.approx(to_rgb(DARK.chip), abs=1e-2)


def test_the_words_of_basins_are_their_shares(birds):
    alt = basin_maps(birds[:1]).alt
    lowest = ending_key([birds[0].endings], BIRD, LIGHT).shares(birds[0].endings)[0]
    assert f"720 starts, 60 steps: {100 * lowest:.0f} % end at loss −106.8" in alt


def test_the_line_of_a_sweep_is_theorys(settings_swept):
    ax = sweep_map(settings_swept).figure.axes[1]
    line = ax.lines[-1]
    momenta = settings_swept.values["momentum"]
    assert np.array_equal(line.get_ydata(), momenta)
    assert np.array_equal(line.get_xdata(), stability_limit(RUN, momenta))


def test_no_line_where_theory_has_none():
    run = Run(VALLEY, partial(AdamW, lr=0.1), (-4.5, -2.0), 10)
    figure = sweep_map(sweep(run, ("lr", [0.1, 0.2]), ("weight_decay", [0.0, 0.1])))
    assert not figure.figure.axes[1].lines
    assert "limit" not in figure.alt


def test_the_words_of_a_sweep_are_its_shares(settings_swept):
    share = (settings_swept.outcome == GONE).mean()
    assert f"{100 * share:.0f} % {OUTCOMES[GONE]}" in sweep_map(settings_swept).alt
    assert "limit of stability: lr 0.5263 to 1" in sweep_map(settings_swept).alt


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda many, one: basin_maps([]), "one to 5 maps"),
        (lambda many, one: basin_maps([bird(), RUN], shape=(3, 3)), "must share a surface"),
        (lambda many, one: sweep_map(one), "needs two settings"),
        (lambda many, one: regimes(many), "of one setting"),
        (lambda many, one: sweep_map(many, [(0.1, 0.1)] * 4), "up to 3 sample runs"),
    ],
)
def test_mistakes_are_told(settings_swept, draw, told):
    with pytest.raises(DescentError, match=told):
        draw(settings_swept, sweep(RUN, ("lr", [0.1, 0.2])))


def test_tables_hold_every_run(birds, settings_swept):
    lines = list(csv.DictReader(io.StringIO(basins_csv(birds[:1]))))
    assert len(lines) == birds[0].minimum.size
    for k in (0, 100, 719):
        row, column = divmod(k, 24)
        assert float(lines[k]["start_w1"]) == birds[0].w1[column]
        assert float(lines[k]["start_w2"]) == birds[0].w2[row]
        ending = birds[0].minimum[row, column]
        assert (lines[k]["ending"] == "minimum") == (ending >= 0)
        assert ending < 0 or float(lines[k]["w1"]) == birds[0].minima[ending][0]
    lines = list(csv.DictReader(io.StringIO(sweep_csv(settings_swept))))
    assert len(lines) == settings_swept.loss.size
    row, column = settings_swept.cell(lr=0.3, momentum=0.5)
    line = lines[row * 23 + column]
    assert float(line["lr"]) == settings_swept.values["lr"][column]
    assert float(line["loss"]) == settings_swept.loss[row, column]
    assert int(line["steps"]) == settings_swept.steps[row, column] >= 0
