"""Figures: drawn where the data says, readable, in words, into files, and without a trace elsewhere."""

import itertools
import subprocess
import sys
from functools import partial
from xml.etree import ElementTree

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from PIL import Image
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, OneCycleLR, StepLR

from descent import BIRD, EXPERIMENTS, SURFACES, VALLEY, DescentError, Run, Schedule, Surface, trace, trace_lr
from descent.exercises import EXERCISES
from descent.figures import (
    Picture,
    alt_text,
    comparison,
    experiment,
    loss_curves,
    loss_map,
    lr_curves,
    schedule_curves,
    side_by_side,
    trajectories,
)
from descent.figures.style import settings
from descent.figures.words import exit_step, number, outcome, rates
from descent.look.contrast import ENOUGH, contrast
from descent.look.palette import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"
# A bowl without known minima, on which gradient descent multiplies both parameters by 1 − 2·lr.
BOWL = Surface("bowl", lambda w1, w2: w1**2 + w2**2, ((-8, 8), (-4, 4)))
SCHEDULES = [
    Schedule(partial(StepLR, step_size=5, gamma=0.5), lr=0.1, steps=20),
    Schedule(partial(ExponentialLR, gamma=0.9), lr=0.1, steps=20),
    Schedule(partial(CosineAnnealingLR, T_max=20), lr=0.1, steps=20),
]


def bowl_run(lr, steps=4, start=(4, -2)):
    return Run(BOWL, partial(SGD, lr=lr), start, steps)


@pytest.fixture
def ax():
    return Figure().add_subplot()


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


@pytest.mark.parametrize("name", [*EXPERIMENTS, *EXERCISES])
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
def test_comparisons_are_readable(names, theme):
    assert_readable(experiment(*names, title="A claim in a few words", theme=theme))


@pytest.mark.parametrize(
    "names", [("E12", "E13", "E14"), ("E21", "E22", "E23"), ("E24", "E25"), ("E06", "E09", "E03", "E23")]
)
def test_maps_side_by_side_are_readable(traced, names):
    assert_readable(side_by_side([[traced(name)] for name in names], title="One long claim, " * 12))


def test_schedules_are_readable():
    assert_readable(schedule_curves(SCHEDULES, "Three schedules"))


def test_long_settings_take_more_lines():
    optimizer = partial(SGD, lr=0.04, momentum=0.9, weight_decay=0.0001, nesterov=True)
    scheduler = partial(OneCycleLR, max_lr=0.04, total_steps=40, pct_start=0.125, div_factor=12.5, base_momentum=0.75)
    run = Run(BIRD, optimizer, (-12, 10), 40, scheduler)
    assert_readable(comparison([run, run]))
    assert_readable(side_by_side([[run], [run], [run], [run]]))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_stands_out_from_its_ground(theme):
    figure = experiment("E03", "E04", theme=theme.name).figure
    assert to_hex(figure.get_facecolor()) == theme.background
    for text, _ in drawn_texts(figure):
        assert contrast(to_rgb(text.get_color()), to_rgb(theme.background)) >= ENOUGH


def test_a_map_shows_its_surface_where_it_is(ax):
    assert loss_map(BIRD, ax) is ax
    (left, right), (bottom, top) = BIRD.domain
    assert ax.get_xlim() == (left, right)
    assert ax.get_ylim() == (bottom, top)
    assert ax.get_aspect() == 1
    (image,) = ax.images
    x0, x1, y0, y1 = image.get_extent()
    height, width = image.get_array().shape[:2]
    # The first and the last sample lie on the edges, in the middle of their pixels.
    assert x0 + (x1 - x0) / width / 2 == pytest.approx(left)
    assert y1 - (y1 - y0) / height / 2 == pytest.approx(top)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_both_axes_of_a_map_are_numbered_alike(ax, surface):
    loss_map(surface, ax)
    ticks = [
        [t for t in axis.get_majorticklocs() if axis.get_view_interval()[0] <= t <= axis.get_view_interval()[1]]
        for axis in (ax.xaxis, ax.yaxis)
    ]
    assert all(2 <= len(line) <= 8 for line in ticks)
    spacings = {round(gap, 9) for line in ticks for gap in np.diff(line)}
    assert len(spacings) == 1


def test_a_maps_ground_is_dark_where_the_loss_is_low(ax):
    loss_map(VALLEY, ax)
    image = ax.images[0].get_array()[..., :3].mean(axis=2)
    # Row 0 is the top: the valley runs from there on the left to the bottom on the right.
    for low, high in ((image[40, 40], image[40, -40]), (image[-40, -40], image[-40, 40])):
        assert image[len(image) // 2, len(image) // 2] < low < high


def test_contours_are_lines_of_one_loss(ax):
    loss_map(VALLEY, ax)
    (lines,) = ax.collections
    assert len(lines.get_segments()) >= 18
    for segment in lines.get_segments():
        losses = [VALLEY.at(*w) for w in segment]
        assert np.ptp(losses) <= 0.02 * max(losses) + 0.02


def test_every_minimum_is_marked_the_lowest_by_a_star(ax):
    loss_map(BIRD, ax)
    marks = {line.get_marker(): [] for line in ax.lines}
    for line in ax.lines:
        marks[line.get_marker()].append(tuple(line.get_xydata()[0]))
    assert marks["*"] == [BIRD.global_minimum]
    assert sorted(marks["D"]) == sorted(BIRD.minima[1:])


def test_a_run_is_its_iterates_with_start_and_end(ax, traced):
    trajectory = traced("E04")
    assert trajectories([trajectory], ax) == [trajectory]
    trail, dots, start, end = ax.lines
    assert np.array_equal(trail.get_xydata(), trajectory.params)
    assert np.array_equal(dots.get_xydata(), trajectory.params)
    assert np.array_equal(start.get_xydata()[0], trajectory.params[0])
    assert np.array_equal(end.get_xydata()[0], trajectory.params[-1])
    assert trail.get_marker() == "None"
    assert dots.get_linestyle() == "None"
    assert to_hex(start.get_markerfacecolor()) != to_hex(end.get_markerfacecolor()) == LIGHT.runs[0]


def test_a_run_can_be_given_untraced(ax):
    (trajectory,) = trajectories([bowl_run(0.25)], ax)
    assert trajectory.params[:, 0].tolist() == [4, 2, 1, 0.5, 0.25]


def test_a_run_that_ends_outside_has_no_end_mark_and_one_that_returns_has(ax):
    trajectories([bowl_run(1.5, 3)], ax)
    assert len(ax.lines) == 3
    # (3, −3) → (−6, 6), above the view → the minimum.
    back = trace(Run(BOWL, partial(SGD, lr=1.5), (3, -3), 2, partial(StepLR, step_size=1, gamma=1 / 3)))
    assert exit_step(back) == 1
    trajectories([back], ax)
    assert len(ax.lines) == 7


def test_a_diverging_run_does_not_break_its_figure():
    diverging = Run(BOWL, partial(SGD, lr=1e12), (4, -2), 50)
    picture = comparison([diverging, bowl_run(0.25)])
    assert_readable(picture)
    assert "diverges: loss not finite at step" in picture.alt


def test_eight_runs_are_told_apart_by_colour_and_marker_and_dash(ax):
    trajectories([bowl_run(0.05 * k) for k in range(1, 9)], ax)
    trails = [line for line in ax.lines if len(line.get_xdata()) == 5 and line.get_marker() == "None"]
    dots = [line for line in ax.lines if line.get_linestyle() == "None" and len(line.get_xdata()) == 5]
    assert len({line.get_color() for line in trails}) == 8
    assert len({line.get_marker() for line in dots}) == 8
    assert len({str(line._unscaled_dash_pattern) for line in trails}) == 4
    with pytest.raises(DescentError, match="at most 8 runs"):
        trajectories([bowl_run(0.1)], ax, first=8)


def test_a_loss_curve_is_the_loss_against_the_step(ax):
    run = trace(bowl_run(0.25))
    assert loss_curves([run], ax) is ax
    curve, end = ax.lines
    assert curve.get_xydata().tolist() == [[0, 20], [1, 5], [2, 1.25], [3, 0.3125], [4, 0.078125]]
    assert end.get_xydata().tolist() == [[4, 0.078125]]
    assert ax.get_yscale() == "log"


def test_losses_that_span_little_or_reach_below_zero_are_on_a_linear_scale(ax, traced):
    loss_curves([traced("E04")], ax)
    assert ax.get_yscale() == "linear"
    low, high = ax.get_ylim()
    assert low < traced("E04").loss.min() < traced("E04").loss.max() < high


def test_a_runaway_does_not_squash_the_others(ax):
    tilted = Surface("tilted", lambda w1, w2: w1**2 + w2, ((-8, 8), (-40, 4)))
    calm, runaway = (trace(Run(tilted, partial(SGD, lr=lr), (4, 0), 8)) for lr in (0.1, 1.5))
    loss_curves([calm, runaway], ax)
    span = calm.loss[0] - min(calm.loss.min(), runaway.loss.min())
    assert runaway.loss.max() > 1000
    assert ax.get_ylim()[1] <= calm.loss[0] + 3.2 * span


def test_several_axes_can_share_one_scale(traced):
    runs = [traced("E12"), traced("E14")]
    first, second = Figure().subplots(1, 2)
    loss_curves(runs[:1], first, among=runs)
    loss_curves(runs[1:], second, first=1, among=runs)
    assert first.get_ylim() == second.get_ylim()


def test_a_rate_is_a_staircase(ax):
    curve = trace_lr(Schedule(partial(StepLR, step_size=2, gamma=0.5), lr=0.8, steps=5))
    lr_curves([curve], ax)
    (stairs,) = ax.lines
    assert stairs.get_drawstyle() == "steps-post"
    assert stairs.get_xydata().tolist() == [[0, 0.8], [1, 0.8], [2, 0.4], [3, 0.4], [4, 0.2], [5, 0.2]]
    assert ax.get_ylim()[0] == 0
    assert ax.get_yscale() == "linear"


def test_rates_of_different_size_share_a_logarithmic_axis(ax):
    lr_curves([trace(bowl_run(0.001)), trace(bowl_run(0.2))], ax)
    low, high = ax.get_ylim()
    assert ax.get_yscale() == "log"
    assert low < 0.001 < 0.2 < high


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


def test_words_for_numbers():
    values = [0.0, -106.78773, 9999.4, 9999.6, 55261.49, 1e-5, -2.5e7]
    assert list(map(number, values)) == ["0", "−106.8", "9999", "10000", "55261", "10⁻⁵", "−2.5 × 10⁷"]


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


@pytest.fixture(scope="module")
def picture():
    return experiment("E03", "E04")


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_data_gives_the_same_file_whatever_the_users_style(tmp_path, picture, ending):
    first = picture.save(tmp_path / f"one.{ending}").read_bytes()
    with plt.style.context(
        ["ggplot", {"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "none", "pdf.fonttype": 3}]
    ):
        second = experiment("E03", "E04").save(str(tmp_path / f"two.{ending}")).read_bytes()
    assert first == second


def test_a_png_has_its_size_and_carries_its_alt_text(tmp_path, picture):
    with Image.open(picture.save(tmp_path / "figure.png", dpi=100)) as image:
        assert image.size == tuple((picture.figure.get_size_inches() * 100).astype(int))
        assert image.info["Description"] == picture.alt


def test_an_svg_draws_its_text_as_outlines_and_carries_its_alt_text(tmp_path, picture):
    root = ElementTree.parse(picture.save(tmp_path / "figure.svg")).getroot()
    assert not list(root.iter(f"{SVG}text"))
    assert root.find(f"{SVG}title").text == "E03, E04"
    assert any(element.text == picture.alt for element in root.iter())
    assert not any("DejaVu" in element.get("id", "") for element in root.iter())


def test_a_pdf_embeds_inter_and_nothing_else(tmp_path, picture):
    data = picture.save(tmp_path / "figure.pdf").read_bytes()
    assert b"/FontFile2" in data
    assert b"+Inter" in data
    assert b"DejaVu" not in data
    assert b"/Type3" not in data
    assert b"CreationDate" not in data


def test_a_notebook_shows_a_picture(picture):
    assert picture._repr_png_().startswith(b"\x89PNG")


def test_an_unknown_ending_is_refused(tmp_path, picture):
    with pytest.raises(DescentError, match=r"'figure.jgp': the ending .jgp"):
        picture.save(tmp_path / "figure.jgp")
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_told(tmp_path, picture):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(DescentError, match="cannot write"):
        picture.save(tmp_path / "taken" / "figure.png")


def test_a_drawing_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "figure.png"
    path.write_bytes(b"old")

    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(MemoryError):
        Picture(Figure(), "nothing").save(path)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("figure.png", b"old")]


def test_nothing_global_changes(tmp_path):
    before = dict(matplotlib.rcParams)
    fonts = [entry.fname for entry in font_manager.fontManager.ttflist]
    figures = plt.get_fignums()
    experiment("E04", theme="dark").save(tmp_path / "figure.pdf")
    schedule_curves(SCHEDULES)
    assert dict(matplotlib.rcParams) == before
    assert [entry.fname for entry in font_manager.fontManager.ttflist] == fonts
    assert plt.get_fignums() == figures


def test_figures_need_neither_manim_nor_pyplot():
    code = "import descent.figures, sys; print([m for m in ('manim', 'matplotlib.pyplot') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
