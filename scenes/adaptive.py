"""Adaptive optimizers: what dividing by the gradient's recent size does in a narrow valley, and what it does not."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *

from descent import (
    EXPERIMENTS,
    VALLEY,
    Claim,
    Trajectory,
    diverges,
    each,
    first_step_within,
    largest_stable_step,
    lasting,
    oscillates,
    same,
    settles,
    step_sizes,
    trace,
)
from descent.stage import (
    BODY,
    ComparisonScene,
    Label,
    ParameterPanel,
    Series,
    StepPanel,
    current_theme,
    maths,
    number,
    stacked,
)

FLOOR = VALLEY.minima[0]
NEAR = 0.1  # distance from the minimum that counts as arrived, in parameter units
CURVATURES, DIRECTIONS = np.linalg.eigh(VALLEY.hessian(*FLOOR))  # along the valley, across it
SHALLOW, STEEP = CURVATURES.tolist()
LIMIT = largest_stable_step(VALLEY, FLOOR)

SWINGING, DAMPED = EXPERIMENTS["E06"], EXPERIMENTS["E07"]
SHORTER = replace(SWINGING, optimizer=partial(SWINGING.optimizer.func, lr=0.36))  # about RMSprop's step sizes
LONGER = 8  # times the film's steps, to see what becomes of a run


def across(trajectory: Trajectory):
    """Signed distance of every row from the valley's floor, shape (n + 1,)."""
    return trajectory.params @ DIRECTIONS[:, 1]


def crossings(trajectory: Trajectory) -> int:
    """How many steps land on the other side of the valley's floor."""
    return int((np.diff(np.sign(across(trajectory))) != 0).sum())


def calm_from(trajectory: Trajectory, within: float = NEAR) -> int:
    """The row from which the run stays so close to the valley's floor."""
    return int(np.flatnonzero(np.abs(across(trajectory)) > within).max(initial=-1)) + 1


def kept(trajectory: Trajectory) -> float:
    """What share of the swing the second to the sixth crossing leave, in the median."""
    swing = np.abs(across(trajectory))
    return float(np.median(swing[2:7] / swing[1:6]))


def breaks_out(trajectory: Trajectory) -> float:
    """The first row, after the film's first ten, that is no longer close to the floor; infinite if there is none."""
    away = np.flatnonzero(np.abs(across(trajectory)[10:]) > NEAR)
    return 10 + int(away[0]) if away.size else np.inf


def about(row: float) -> int:
    """A row to the nearest fifty: bursts come a few steps earlier or later on other machines."""
    return 50 * round(row / 50)


def times(run, factor):
    """The same run, continued to so many times its steps."""
    return replace(run, steps=factor * run.steps)


def alike(trajectory: Trajectory) -> bool:
    """The step sizes of both parameters differ by less than a twentieth, at every step."""
    sizes = step_sizes(trajectory)
    return bool((sizes.max(axis=1) < 1.05 * sizes.min(axis=1)).all())


def arrival(trajectory: Trajectory) -> float:
    """The first step near the minimum, infinite if there is none."""
    step = first_step_within(trajectory, FLOOR, NEAR)
    return np.inf if step is None else step


def compass(loss_map):
    """Arrows along the valley and across it, named."""
    theme, reach = current_theme(), 2.4
    parts = []
    for word, direction in zip(("along", "across"), DIRECTIONS.T * np.sign(DIRECTIONS[1]), strict=True):
        ends = loss_map.to_frame(np.outer((-reach, reach), direction))
        line = DoubleArrow(*ends, buff=0, color=theme.ink, stroke_width=4, tip_length=0.2)
        parts.append((line, loss_map.tag(word, direction * reach, UP)))
    return parts


class RMSpropDampsOscillation(ComparisonScene):
    """RMSprop's shorter steps damp the swing that SGD keeps, as SGD's do at a lower rate; later they grow."""

    title = "RMSprop damps the swing by shorter steps"
    formula = "w <- w - eta g / (sqrt(v) + epsilon)"
    runs = (SWINGING, DAMPED)
    claims = (
        Claim("Plain SGD crosses the floor at every step.", (SWINGING,), lambda t: crossings(t) == t.steps),
        Claim("Plain SGD still swings after twenty steps.", (SWINGING,), oscillates(NEAR, until=30)),
        Claim(
            "From step 10 to 50 RMSprop stays close to the floor.",
            (DAMPED,),
            lambda t: calm_from(t) <= 10 and t.steps == 50,
        ),
        Claim("For 50 steps its step sizes stay below the rate.", (DAMPED,), lambda t: step_sizes(t)[:50].max() < 0.5),
        Claim("They are nearly the same for both parameters.", (times(DAMPED, LONGER),), alike),
        Claim(
            "Most crossings leave about a third of RMSprop's swing, and nine tenths of plain SGD's.",
            (SWINGING, DAMPED),
            lambda plain, damped: 0.85 < kept(plain) < 0.95 and 0.3 < kept(damped) < 0.4,
        ),
        Claim(
            "RMSprop is calm at least four times sooner.",
            (SWINGING, DAMPED),
            lambda plain, damped: 4 * calm_from(damped) < calm_from(plain),
        ),
        Claim(
            "It is calm in under half the steps of plain SGD, unless that takes steps as short.",
            (SWINGING, DAMPED),
            lambda plain, damped: 2 * calm_from(damped) < calm_from(plain),
            control=(SHORTER, DAMPED),
            says="RMSprop damps the swing by shorter steps",
        ),
        Claim(
            "Shorter steps are why: in 50 steps plain SGD with such steps is calm as soon, and leaves as little.",
            (DAMPED, SHORTER),
            lambda damped, shorter: (
                abs(calm_from(shorter) - calm_from(damped)) <= 2 and abs(kept(shorter) - kept(damped)) < 0.05
            ),
        ),
        Claim(
            "Along the floor neither gains more than two steps on the other here.",
            (SWINGING, DAMPED),
            lambda plain, damped: abs(arrival(plain) - arrival(damped)) <= 2,
            says="nothing is won here",
        ),
        Claim(
            "Continued, RMSprop leaves the floor again; plain SGD with short steps does not.",
            (times(DAMPED, LONGER), times(SHORTER, LONGER)),
            lambda damped, shorter: 130 < breaks_out(damped) < 170 and breaks_out(shorter) == np.inf,
        ),
    )
    rate_height = 1.75

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        sizes = [step_sizes(t) for t in self.trajectories]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: ParameterPanel("step size of w₁ and of w₂", sizes, self.steps, lower, gutter),
        )

    def construct(self):
        plain, damped = self.trajectories
        lr = SWINGING.lr
        first, last = step_sizes(damped)[1].mean(), step_sizes(damped)[-1].mean()
        calm = [calm_from(t) for t in (plain, damped)]
        control = trace(SHORTER)
        out = about(breaks_out(trace(times(DAMPED, LONGER))))

        with self.voiceover(
            f"A narrow valley. Across it the loss bends {STEEP / SHALLOW:.0f} times as sharply as along it.",
            f"Across, the valley bends {STEEP / SHALLOW:.0f} times as sharply as along",
        ):
            self.board.introduce()
            ways = compass(self.board.map)
            for line, name in ways[::-1]:
                self.play(GrowFromCenter(line), FadeIn(name), run_time=1.2)
        with self.voiceover(
            f"Plain SGD with rate {lr:g} jumps from wall to wall. Each of its {plain.steps} steps crosses the floor.",
            f"SGD crosses the floor {crossings(plain)} times in {plain.steps} steps",
        ) as speech:
            gone = FadeOut(self.board.key, *(part for way in ways for part in way))
            self.play(gone, *self.board.reveal_panels(), *self.board.enter(0), run_time=0.8)
            self.roll(12, speech.remaining - 1.8, rate_func=rate_functions.linear)
            self.roll(plain.steps, 1.6, rate_func=rate_functions.ease_out_sine)
        with self.voiceover(
            "RMSprop divides each parameter's step by the recent size of its gradient.",
            "RMSprop divides each step by the gradient's recent size",
        ) as speech:
            self.roll(0, 0.7)
            self.play(*self.board.explain(*self.law()), run_time=0.7)
            self.play(*self.board.enter(1), run_time=0.5)
            self.roll(1, speech.remaining - 0.4)
        with self.voiceover(
            f"Here that turns {lr:g} into about {first:.2f}, for both. "
            f"Most crossings leave about {kept(damped):.0%} of the swing, not {kept(plain):.0%}.",
            f"A crossing leaves about {kept(damped):.0%} of the swing, not {kept(plain):.0%}",
            reveal=True,
        ) as speech:
            self.play(*self.board.resume(), run_time=0.7)
            self.roll(6, speech.remaining - 0.3, rate_func=rate_functions.linear)
        with self.voiceover(
            f"It is calm from step {calm[1]}, plain SGD from {calm[0]}. "
            f"Plain SGD at {SHORTER.lr:g}, with steps as short: from step {calm_from(control)}.",
            f"Calm from step {calm[1]}, not {calm[0]}; SGD at {SHORTER.lr:g}: from step {calm_from(control)}",
        ) as speech:
            self.roll(calm[0] // 2, speech.remaining - 0.2)
        with self.voiceover(
            f"Along the floor nothing is won here. Its step sizes grow; "
            f"around step {out}, past this film, it swings out.",
            f"Its step sizes grow to {last:.2f}; around step {out} it swings out again",
        ) as speech:
            self.roll(int(arrival(damped)), 2.6, rate_func=rate_functions.linear)
            self.play(Flash(self.board.map.to_frame(FLOOR), color=current_theme().ink, flash_radius=0.35), run_time=0.8)
            self.roll(plain.steps, speech.remaining - 0.2)
        self.wait(1.2)

    def law(self):
        """The two lines of RMSprop, for one parameter."""
        lines = maths("v <- alpha v + (1 - alpha) g^2", 42), maths("w <- w - {{ eta / sqrt(v) : size }} g", 42)
        lines[1].select("size").set_color(current_theme().runs[1])
        return *lines, Label("g: the parameter's gradient", BODY, current_theme().soft)


TOO_FAST = EXPERIMENTS["E09"], EXPERIMENTS["E10"], EXPERIMENTS["E11"]


def at_rates(run, *rates, steps=200):
    """The same run at other learning rates."""
    return tuple(replace(run, optimizer=partial(run.optimizer.func, lr=lr), steps=steps) for lr in rates)


WIDE = replace(VALLEY, domain=((-50.0, 50.0), (-50.0, 50.0)))
HIGHER = tuple(replace(run, surface=WIDE, start=(10 * run.start[0], 10 * run.start[1])) for run in TOO_FAST)


def divided(*trajectories) -> bool:
    """Ten times as far up, plain descent's first step is ten times as long, those of the others are no longer."""
    first = [np.linalg.norm(t.update[0]) for t in trajectories]
    low, high = np.split(np.array(first), 2)
    return np.allclose(high / low, (10, 1, 1), rtol=1e-3)


def farthest(trajectory: Trajectory, since: int = 0) -> float:
    """How far from the minimum a run is at most, from a row on."""
    return float(np.linalg.norm(trajectory.params[since:] - FLOOR, axis=1).max())


def swings_out(trajectory: Trajectory) -> float:
    """The first row, after the run was near the minimum, at which it is half a unit away; infinite without one."""
    since = arrival(trajectory)
    if since == np.inf:
        return np.inf
    away = np.flatnonzero(np.linalg.norm(trajectory.params[since:] - FLOOR, axis=1) > 0.5)
    return since + int(away[0]) if away.size else np.inf


def overshoots_by_more(trajectory: Trajectory) -> bool:
    """Every step lands on the other side of the valley's floor, farther from it."""
    side = across(trajectory)
    return bool((side[1:] * side[:-1] < 0).all() and (np.diff(np.abs(side)) > 0).all())


def factor(trajectory: Trajectory) -> float:
    """What a step multiplies the distance across the valley by, as recorded."""
    return float(across(trajectory)[1] / across(trajectory)[0])


class OnlyPlainDescentDiverges(ComparisonScene):
    """Past 2/λmax plain SGD runs away; RMSprop and Adam do not, up to twice the rate. At that rate Adam alone rests."""

    title = "At too high a rate, only plain descent runs away"
    runs = TOO_FAST
    claims = (
        Claim(
            "Plain descent diverges, and would not at the rate of before.",
            TOO_FAST[:1],
            diverges(),
            control=at_rates(TOO_FAST[0], SWINGING.lr, steps=TOO_FAST[0].steps),
            says="So plain descent climbs the walls",
        ),
        Claim(
            "It runs away at once, the others stay in the valley.",
            tuple(replace(run, steps=100) for run in TOO_FAST),
            lambda plain, *others: diverges()(plain) and all(farthest(t, 50) < 7 for t in others),
            says="At too high a rate, only plain descent runs away",
        ),
        Claim(
            "The three share rate, start and valley.",
            TOO_FAST,
            same("lr", "start", "surface"),
            says="RMSprop and Adam, at the same rate",
        ),
        Claim(
            "Every step multiplies the distance across by one minus the rate times the curvature.",
            TOO_FAST[:1],
            lambda t: np.allclose(across(t)[1:], (1 - TOO_FAST[0].lr * STEEP) * across(t)[:-1], rtol=1e-4),
        ),
        Claim(
            "Above the limit every step overshoots by more.",
            at_rates(TOO_FAST[0], 1.02 * LIMIT, 0.6, 0.8, 1.2, steps=10),
            each(overshoots_by_more),
            control=at_rates(TOO_FAST[0], 0.4, SWINGING.lr, 0.95 * LIMIT, 0.98 * LIMIT, steps=10),
            says="every step overshoots by more",
        ),
        Claim(
            "Plain descent settles just below the limit.",
            at_rates(TOO_FAST[0], 0.5, 0.95 * LIMIT, 0.98 * LIMIT),
            each(settles(FLOOR, within=NEAR)),
        ),
        Claim(
            "It diverges at four rates above the limit, from just above it.",
            at_rates(TOO_FAST[0], 1.02 * LIMIT, 0.6, 0.8, 1.2),
            each(diverges()),
        ),
        Claim(
            "Adam comes to rest at this rate.",
            (replace(TOO_FAST[2], steps=100),),
            lasting(settles(FLOOR, within=NEAR)),
        ),
        Claim(
            "Of the three at this rate, Adam alone comes to rest.",
            tuple(replace(run, steps=400) for run in TOO_FAST),
            lambda plain, swinging, resting: (
                diverges()(plain) and swings_out(swinging) < np.inf and farthest(resting, 100) < NEAR
            ),
            says="only Adam rests",
        ),
        Claim(
            "RMSprop and Adam stay in the valley, at this rate and up to its double.",
            tuple(run for adapting in TOO_FAST[1:] for run in at_rates(adapting, 0.6, 0.9, 1.2, steps=60)),
            each(lasting(lambda t: farthest(t, 50) < 7)),
            says=("Neither runs away, up to twice the rate", "Neither runs away up to 1.2"),
        ),
        Claim(
            "RMSprop comes near the minimum, and later swings out again.",
            at_rates(TOO_FAST[1], 0.6, steps=400),
            lambda t: 120 < swings_out(t) < 180,
        ),
        Claim(
            "On a wall ten times as steep, only plain descent's first step is longer.",
            TOO_FAST + HIGHER,
            divided,
        ),
    )

    rate_height = 1.6

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        sides = [Series(within_panel(across(t)), k) for k, t in enumerate(self.trajectories)]
        top = float(self.trajectories[0].loss[-1])
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter, ceiling=top),
            lambda gutter: StepPanel("distance across", sides, self.steps, lower, gutter=gutter, ceiling=_SIDE),
        )

    def construct(self):
        plain, _, gentle = self.trajectories
        safe, fast = SWINGING.lr, plain.run.lr
        gone = int(np.flatnonzero([not VALLEY.contains(*w) for w in plain.params])[0])
        out = about(swings_out(trace(*at_rates(TOO_FAST[1], fast, steps=400))))
        kept = [1 - lr * STEEP for lr in (safe, fast)]

        with self.voiceover(
            f"This valley again, at a learning rate of {fast:g}: just {fast - safe:.1f} more than before.",
            f"The rate goes from {safe:g} to {fast:g}",
        ) as speech:
            ways = compass(self.board.map)[1]
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.play(GrowFromCenter(ways[0]), FadeIn(ways[1]), run_time=1.2)
        with self.voiceover(
            "A plain step multiplies the distance across. "
            f"At {safe:g}, by {number(kept[0], 1)}: it shrinks. At {fast:g}, by {number(kept[1], 1)}: it grows.",
            f"Above 2/λ = {LIMIT:.3f} every step overshoots by more",
            reveal=True,
        ) as speech:
            rule, *cases = self.law(safe, fast, kept)
            self.play(*self.board.explain(rule), run_time=0.8)
            for case in cases:
                self.wait(max(speech.remaining / 2 - 1.0, 0.2))
                self.play(FadeIn(case.next_to(rule, DOWN, 0.22, LEFT)), run_time=0.6)
                rule = case
            self.roll(1, speech.remaining - 0.2)
        with self.voiceover(
            f"So plain descent climbs the walls. It leaves the view at step {gone}, and after {plain.steps} steps "
            f"its loss is {plain.loss[-1]:.0f}.",
            f"SGD: from a loss of {plain.loss[0]:.0f} to {plain.loss[-1]:.0f} in {plain.steps} steps",
        ) as speech:
            self.play(*self.board.resume(), FadeOut(*ways, *cases), run_time=0.6)
            self.roll(plain.steps, speech.remaining - 0.3, rate_func=rate_functions.linear)
        with self.voiceover(
            "RMSprop and Adam, at the same rate, divide by the gradient's recent size. "
            "A steeper wall does not mean a longer first step.",
            "RMSprop and Adam divide by the gradient's size",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(1, 2), run_time=0.6)
            self.roll(12, speech.remaining - 0.3, rate_func=rate_functions.linear)
        with self.voiceover(
            "Neither runs away, up to twice the rate. At this rate Adam comes to rest. "
            f"RMSprop, continued, swings out around step {out}, and stays in the valley.",
            f"Neither runs away up to {2 * fast:g}; at {fast:g}, only Adam rests",
        ) as speech:
            self.roll(gentle.steps, speech.remaining - 0.2)
        self.wait(1.2)

    def law(self, safe, fast, kept):
        """What a step does across the valley, at the old rate and the new one."""
        theme = current_theme()
        return (
            maths(f"d <- (1 - eta lambda) d quad lambda = {STEEP:.1f}", 38),
            maths(f"eta = {safe:g}: quad 1 - eta lambda = {kept[0]:.2f}", 34, theme.soft),
            maths(f"eta = {fast:g}: quad 1 - eta lambda = {kept[1]:.2f}", 34),
        )


_SIDE = 8.0  # the panel of distances ends here


def within_panel(values):
    """The values up to and with the first beyond the panel; a curve that has left it does not come back."""
    beyond = np.flatnonzero(np.abs(values) > _SIDE)
    kept = values.astype(float).copy()
    if beyond.size:
        kept[beyond[0] + 1 :] = np.nan
    return kept
