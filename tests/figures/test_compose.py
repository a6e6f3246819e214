"""Whole figures: readable in both looks, one for every experiment, and refusals in one sentence."""

import itertools
from dataclasses import replace
from functools import partial

import pytest
from figure_subjects import BOWL, SCHEDULES, bowl_run
from matplotlib.colors import to_hex, to_rgb
from torch.optim import SGD
from torch.optim.lr_scheduler import ExponentialLR, OneCycleLR

from descent import BIRD, EXPERIMENTS, DescentError, Run
from descent.figures import comparison, experiment, schedule_curves, side_by_side
from descent.figures.alt_text import outcome
from descent.figures.style import settings
from descent.look.contrast import ENOUGH, contrast
from descent.look.palette import DARK, LIGHT
from descent.record.lecture_runs import EXERCISES


def drawn_texts(figure):
    """Every text that is drawn, with its box in pixels."""
    with settings():
        figure.draw_without_rendering()
    found = list(figure.texts)
    for axes in figure.axes:
        found += [*axes.texts, axes.title, axes._left_title]
        if not axes.axison:
            continue
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            found.append(axis.label)
            found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    with settings():
        return [(text, text.get_window_extent()) for text in found if text.get_text() and text.get_visible()]


def assert_readable(picture):
    """No text overlaps another or leaves the figure; every text is in Inter."""
    texts = drawn_texts(picture.figure)
    assert len(texts) > 8
    page = picture.figure.bbox
    for text, box in texts:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, text
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, text
        assert "Inter" in text.get_fontproperties().get_file()
    for (one, box), (other, beside) in itertools.combinations(texts, 2):
        apart = box.x1 <= beside.x0 or beside.x1 <= box.x0 or box.y1 <= beside.y0 + 1 or beside.y1 <= box.y0 + 1
        assert apart, (one, other)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if number % 4 == 0 else pytest.mark.matrix)
        for number, name in enumerate((*EXPERIMENTS, *EXERCISES))
    ],
)
def test_every_experiment_and_exercise_has_a_readable_figure(name):
    picture = experiment(name)
    assert_readable(picture)
    assert picture.alt.startswith(f"{name}. ")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "names",
    [("E03", "E04"), ("E06", "E07"), ("E09", "E10", "E11"), ("E12", "E15", "E18", "E20", "E22", "E23", "E24", "E03")],
    ids=len,
)
@pytest.mark.few(2)
def test_comparisons_are_readable(names, theme):
    assert_readable(experiment(*names, title="A claim in a few words", theme=theme))


@pytest.mark.parametrize(
    "names", [("E12", "E13", "E14"), ("E21", "E22", "E23"), ("E24", "E25"), ("E06", "E09", "E03", "E23")]
)
@pytest.mark.few(1)
def test_maps_side_by_side_are_readable(traced, names):
    assert_readable(side_by_side([[traced(name)] for name in names], title="One long claim, " * 12))


def test_schedules_are_readable():
    assert_readable(schedule_curves(SCHEDULES, "Three schedules"))


def test_long_settings_take_more_lines():
    optimizer = partial(SGD, lr=0.04, momentum=0.9, weight_decay=0.0001, nesterov=True)
    scheduler = partial(OneCycleLR, max_lr=0.04, total_steps=40, pct_start=0.125, div_factor=12.5, base_momentum=0.75)
    run = Run(BIRD, optimizer, (-12, 10), 40, scheduler)
    shorter = replace(run, scheduler=partial(ExponentialLR, gamma=0.95))
    assert_readable(comparison([run, shorter]))
    assert_readable(side_by_side([[run], [run], [run], [run]]))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_stands_out_from_its_ground(theme):
    figure = experiment("E03", "E04", theme=theme.name).figure
    assert to_hex(figure.get_facecolor()) == theme.background
    for text, _ in drawn_texts(figure):
        assert contrast(to_rgb(text.get_color()), to_rgb(theme.background)) >= ENOUGH


def test_a_diverging_run_does_not_break_its_figure():
    diverging = Run(BOWL, partial(SGD, lr=1e12), (4, -2), 50)
    picture = comparison([diverging, bowl_run(0.25)])
    assert_readable(picture)
    assert "diverges: loss not finite at step" in picture.alt


def test_a_comparison_has_a_map_and_both_curves_on_one_step_axis(traced):
    ground, loss, rate = (axes for axes in comparison([traced("E03"), traced("E04")]).figure.axes if axes.axison)
    assert ground.images
    assert loss.get_xlim() == rate.get_xlim()
    assert loss._left_title.get_text() == "loss"
    assert rate._left_title.get_text() == "learning rate"


def test_the_key_names_every_run_and_its_outcome(traced):
    said = [text.get_text().replace("\u00a0", " ") for text, _ in drawn_texts(experiment("E03", "E04").figure)]
    for name in ("E03", "E04"):
        assert EXPERIMENTS[name].label in said
        assert outcome(traced(name)) in said


def test_maps_of_one_surface_share_their_losses_scale_and_others_do_not(traced):
    def scales(*names):
        figure = side_by_side([[traced(name)] for name in names]).figure
        return {axes.get_ylim() for axes in figure.axes if axes.axison and not axes.images}

    assert len(scales("E12", "E13", "E14")) == 1
    assert len(scales("E03", "E06")) == 2


def test_groups_continue_each_others_colours(traced):
    figure = side_by_side([[traced("E03"), traced("E04")], [traced("E05")]], titles=["one", "two"]).figure
    last = [axes for axes in figure.axes if axes.images][1]
    assert last.lines[len(BIRD.minima)].get_color() == LIGHT.runs[2]


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda: comparison([]), "one to 8 runs, not 0"),
        (lambda: comparison([bowl_run(0.1)] * 9), "one to 8 runs, not 9"),
        (lambda: experiment("E03", "E06"), "share its surface, not 'bird' and 'valley'"),
        (lambda: experiment("E3"), "did you mean"),
        (lambda: experiment("E03", theme="drak"), "did you mean 'dark'"),
        (lambda: side_by_side([[bowl_run(0.1)]]), "two to four maps side by side, not 1"),
        (lambda: side_by_side([[bowl_run(0.1)]] * 2, titles=["one"]), "2 maps side by side, but 1 titles"),
        (lambda: side_by_side([[bowl_run(0.1)] * 5] * 2), "one to 8 runs, not 10"),
        (lambda: schedule_curves([]), "one to 8 schedules, not 0"),
    ],
)
def test_mistakes_are_told_in_one_sentence(draw, told):
    with pytest.raises(DescentError, match=told):
        draw()
