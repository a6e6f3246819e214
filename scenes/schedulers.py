"""Schedulers: why a constant rate does not come to rest, and what decaying, cutting and warming it up change."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.optim import SGD
from torch.optim.lr_scheduler import LinearLR

from descent import (
    BIRD,
    EXPERIMENTS,
    ROSENBROCK,
    Claim,
    Run,
    Trajectory,
    diverges,
    first_step_within,
    oscillates,
    reaches,
    settles,
    stalls,
    trace,
)
from descent.stage import SMALL, ComparisonScene, Label, Series, StepPanel, current_theme, maths, stacked
from descent.stage.panel_marks import DottedCurve, FiringMarks, best_so_far, firings, level
from descent.step_sizes import largest_stable_step

STAR, LOCAL = BIRD.minima[0], BIRD.minima[4]
LIMIT = largest_stable_step(BIRD, STAR)
CLOSE = 4.6  # width of the piece around the star, in parameter units
TAIL = 12  # steps that stay visible there

CONSTANT = EXPERIMENTS["E21"]
DECAYED = EXPERIMENTS["E22"]
CUT = EXPERIMENTS["E23"]
SIGNS, SIGNS_CUT = EXPERIMENTS["E24"], EXPERIMENTS["E25"]
ADAMW = replace(EXPERIMENTS["E26"], steps=SIGNS.steps)


def away(trajectory: Trajectory, point=STAR):
    """Distance of every row from a point, shape (n + 1,)."""
    return np.linalg.norm(trajectory.params - point, axis=1)


def below(trajectory: Trajectory, limit: float) -> int:
    """The first step whose rate is under a limit."""
    return int(np.argmax(trajectory.lr < limit))


def near(trajectory: Trajectory, within: float) -> int:
    """The first row so near the star."""
    return first_step_within(trajectory, STAR, within)


def stays(trajectory: Trajectory, within: float) -> int:
    """The row from which the run stays so near the star."""
    return int(np.flatnonzero(away(trajectory) > within).max(initial=-1)) + 1


def never_rests(trajectory: Trajectory) -> bool:
    """In every fifty steps after the fiftieth it comes near the star and is thrown out again."""
    windows = away(trajectory)[51:].reshape(-1, 50)
    return bool((windows.min(axis=1) < 0.5).all() and (windows.max(axis=1) > 2).all())


class Scheduled:
    """What these films share: room for the learning rate, and its limit at the star."""

    rate_height = 1.9

    def show_limit(self):
        """The animation that draws the largest rate at which plain descent can rest at the star."""
        return FadeIn(level(self.panels[1], LIMIT, f"limit at the star: {LIMIT:.3f}"))

    def land(self, step):
        """Roll to the end and greet the run that came to rest at the star."""
        self.roll(step, 2.2, rate_func=rate_functions.linear)
        self.play(Flash(self.map.to_frame(STAR), color=current_theme().runs[1], flash_radius=0.45), run_time=0.8)


class ConstantRateOscillates(Scheduled, ComparisonScene):
    """At a constant rate above 2/λmax of the minimum, plain SGD finds the place and never comes to rest there."""

    title = "At a constant rate, SGD never comes to rest"
    runs = (CONSTANT,)
    claims = (
        Claim("It stands beside the star after nine steps.", runs, reaches(STAR, within=0.2, by=9)),
        Claim("In every later stretch it comes near and is thrown out.", runs, never_rests),
        Claim("It is still swinging at the end.", runs, oscillates(1, last=50)),
        Claim("The rate is over three times the limit.", runs, lambda t: t.lr.min() > 3 * LIMIT),
        Claim(
            "It is chaotic: in double precision it swings just so, but elsewhere.",
            (CONSTANT, replace(CONSTANT, dtype=torch.float64)),
            lambda t, twin: never_rests(twin) and np.abs(t.params - twin.params).max() > 2,
        ),
    )

    def construct(self):
        (swinging,) = self.trajectories
        there = near(swinging, 0.2)
        thrown = away(swinging)[there:].max()
        twin = trace(replace(CONSTANT, dtype=torch.float64))
        apart = int(np.argmax(np.abs(swinging.params - twin.params).max(axis=1) > 1))

        with self.voiceover(
            f"A bold learning rate, {CONSTANT.lr:g}. "
            f"In {there} steps it leaps across the map, and lands beside the star.",
            f"Rate {CONSTANT.lr:g}: beside the star after {there} steps",
        ) as speech:
            self.play(*self.reveal(), run_time=1.0)
            self.roll(there, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "But it does not stay. Every step overshoots the star, and a few steps on it is far outside again.",
            f"It is thrown out again, by up to {thrown:.1f}",
        ) as speech:
            self.zoom(STAR, CLOSE, TAIL)
            self.roll(24, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"The bowl there is steep: plain descent can rest only at rates below {LIMIT:.3f}. "
            f"This one is {CONSTANT.lr / LIMIT:.1f} times that.",
            f"The rate is {CONSTANT.lr / LIMIT:.1f} times what the bowl allows",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(50, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Time does not help. {swinging.steps - 50} steps more, and it still comes close and is thrown out.",
            f"{swinging.steps} steps, and no rest",
        ) as speech:
            self.roll(200, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Nor can its place be foretold: computed with more digits, the run goes other ways from step {apart}. "
            "Only the swinging is certain.",
            "Chaotic: only the bounds of the swing are certain",
        ) as speech:
            self.roll(swinging.steps, speech.remaining - 0.2, rate_func=rate_functions.linear)
        self.wait(1.2)


class ExponentialLRSettles(Scheduled, ComparisonScene):
    """The same descent with a decaying rate still leaps at first, and settles once the rate is under the limit."""

    title = "A decaying rate lets the same descent settle"
    runs = (replace(CONSTANT, steps=DECAYED.steps), DECAYED)
    claims = (
        Claim("The constant rate still swings.", runs[:1], oscillates(1, last=15)),
        Claim("The decayed one arrives.", runs[1:], lambda t: away(t)[-1] < 0.05),
        Claim("Carried on, it settles.", (replace(DECAYED, steps=100),), settles(STAR, within=0.01, last=50)),
        Claim(
            "Below the limit every step comes closer.",
            runs[1:],
            lambda t: bool((np.diff(away(t)[below(t, LIMIT) :]) < 0).all()),
        ),
        Claim(
            "Its last rate, used from the start, would stall in the local minimum.",
            (replace(CONSTANT, optimizer=partial(SGD, lr=float(trace(DECAYED).lr[-1])), steps=60),),
            stalls(LOCAL),
        ),
    )

    def construct(self):
        swinging, decayed = self.trajectories
        rests = below(decayed, LIMIT)
        gamma = DECAYED.scheduler.keywords["gamma"]

        with self.voiceover(
            f"Same start, same first rate, {DECAYED.lr:g}. One stays constant; the other shrinks "
            f"by {1 - gamma:.0%} after every step.",
            f"ExponentialLR: times {gamma:g} after every step",
        ) as speech:
            self.play(*self.reveal(), run_time=1.0)
            self.roll(3, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "The large steps come first, and they are needed: both leap past the local minimum "
            "where a small rate would stop.",
            "Large steps first: past the local minimum",
        ) as speech:
            self.play(Indicate(self.minima[4], scale_factor=2.2, color=current_theme().ink), run_time=0.8)
            self.roll(13, speech.remaining - 0.2)
        with self.voiceover(
            "Around the star both swing. The constant rate keeps swinging; the other's swing shrinks with its rate.",
            "As the rate shrinks, so does the swing",
        ) as speech:
            self.zoom(STAR, CLOSE, TAIL)
            self.roll(rests, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"At step {rests} its rate falls below {LIMIT:.3f}, the most this bowl allows. "
            "From now on every step comes closer.",
            f"Below {LIMIT:.3f} every step comes closer",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(decayed.steps - 2, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"After {decayed.steps} steps: {away(swinging)[-1]:.1f} from the star, and {away(decayed)[-1]:.2f}. "
            "Big steps to travel, small steps to land.",
            "Big steps to travel, small steps to land",
        ):
            self.land(decayed.steps)
        self.wait(1.2)


def fires_when_not_better(trajectory: Trajectory) -> bool:
    """A cut follows exactly those losses that are no better than the best before them, by torch's default threshold."""
    best, expected = np.inf, []
    for row, loss in enumerate(trajectory.loss[:-2]):
        if loss < best * (1 - 1e-4):
            best = loss
        else:
            expected.append(row)
    return firings(trajectory) == expected


def falls_yet_fires(trajectory: Trajectory) -> int:
    """The first row at which the scheduler fires though the loss fell, as it is not the best so far; 0 for none."""
    return next((row for row in firings(trajectory) if trajectory.loss[row] < trajectory.loss[row - 1]), 0)


class PlateauSettles(Scheduled, ComparisonScene):
    """ReduceLROnPlateau cuts the rate when the loss is no better than its best, and so lets the descent settle."""

    title = "Cut the rate when the loss stops improving"
    runs = (CUT,)
    claims = (
        Claim("Cuts follow exactly the losses that are no new best.", runs, fires_when_not_better),
        Claim("One cut follows a loss that fell.", runs, lambda t: falls_yet_fires(t) > 0),
        Claim("It arrives.", runs, lambda t: away(t)[-1] < 0.02),
        Claim("The last steps are below the limit.", runs, lambda t: t.lr[-1] < LIMIT),
        Claim("Carried on, it settles.", (replace(CUT, steps=100),), settles(STAR, within=0.01, last=50)),
    )

    def construct(self):
        (cut,) = self.trajectories
        rows = firings(cut)
        factor = CUT.scheduler.keywords["factor"]
        fell = falls_yet_fires(cut)
        again = next(row for row in rows if row > fell + 1)
        marks = FiringMarks(cut, *self.panels)
        best = best_so_far(cut, self.panels[0])

        with self.voiceover(
            "This scheduler watches the loss. The dotted line is the best so far. "
            f"A loss that is no better, and the rate is cut to {factor:.0%}.",
            f"ReduceLROnPlateau: no new best, then times {factor:g}",
        ) as speech:
            self.play(*self.reveal(), FadeIn(best.follow(self.clock), marks.follow(self.clock)), run_time=1.0)
            self.roll(fell - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"At step {rows[0]} the loss is up: first cut. At step {fell} it falls, but not below the best. "
            "That is a cut too.",
            "The loss is compared with the best, not with the last",
        ) as speech:
            self.roll(fell + 1, speech.remaining - 0.4)
        with self.voiceover(
            "Now every step brings a new best, so the rate is left alone while the ball travels.",
            f"Steps {fell + 1} to {again - 1}: new bests, no cut",
        ) as speech:
            self.roll(again - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"At the star it overshoots. From step {again} no loss beats the best, "
            f"and every one of {len(rows) - rows.index(again)} steps cuts the rate again.",
            f"From step {again}: a cut at every step",
        ) as speech:
            self.zoom(STAR, CLOSE, TAIL)
            self.roll(cut.steps - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"{len(rows)} cuts take the rate from {CUT.lr:g} below the limit, to {cut.lr[-1]:.3f}. "
            f"The ball lands {away(cut)[-1]:.2f} from the star.",
            f"{len(rows)} cuts, and it lands {away(cut)[-1]:.2f} from the star",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(cut.steps, speech.remaining - 1.0)
        self.wait(1.2)


def hops(trajectory: Trajectory) -> bool:
    """It ends hopping between two points, each parameter by the learning rate."""
    last = trajectory.params[-10:]
    back = np.abs(last[2:] - last[:-2]).max() < 1e-3
    return bool(back and np.allclose(np.abs(trajectory.update[-10:]), trajectory.lr[-1], atol=2e-3))


class RMSpropSwingsByItsRate(Scheduled, ComparisonScene):
    """RMSprop at a constant rate ends hopping by one learning rate; cutting the rate ends the hopping."""

    title = "RMSprop hops by its learning rate, until that is cut"
    runs = (SIGNS, SIGNS_CUT)
    claims = (
        Claim("RMSprop comes to the star.", runs[:1], reaches(STAR, within=0.5, by=8)),
        Claim("It ends hopping between two points, one learning rate apart.", runs[:1], hops),
        Claim("With a cut rate it settles.", runs[1:], settles(STAR, within=0.01)),
        Claim("Cuts follow exactly the losses that are no new best.", runs[1:], fires_when_not_better),
    )

    def construct(self):
        hopping, calmed = self.trajectories
        rows = firings(calmed)
        factor = SIGNS_CUT.scheduler.keywords["factor"]
        there = near(hopping, 0.5)

        with self.voiceover(
            f"RMSprop, with a rate of {SIGNS.lr:g}, passes the local minimum too. In {there} steps it is at the star.",
            f"RMSprop reaches the star's bowl in {there} steps",
        ) as speech:
            self.play(*self.reveal([0]), run_time=1.0)
            self.roll(there, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "There it swings, and the swing does not die out. In the end it hops between two points, for ever.",
            "It ends hopping between two points",
        ) as speech:
            self.zoom(STAR, CLOSE, TAIL)
            self.roll(hopping.steps, speech.remaining - 0.2)
        with self.voiceover(
            "A gradient divided by its own size leaves only a sign. So each parameter hops by the learning rate: "
            f"{np.abs(hopping.update[-1]).mean():.2f}.",
            f"Each hop: {np.abs(hopping.update[-1, 0]):.3f} in w₁, {np.abs(hopping.update[-1, 1]):.3f} in w₂",
        ) as speech:
            self.play(*self.explain(*self.law(hopping)), run_time=0.8)
            self.roll(hopping.steps - 3, 1.2, rate_func=rate_functions.linear)
            self.roll(hopping.steps, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Now cut the rate to {factor:.0%} whenever the loss is no new best. "
            f"For {rows[0] + 1} steps the two runs are one.",
            f"ReduceLROnPlateau: no new best, then times {factor:g}",
        ) as speech:
            self.play(*self.resume(), run_time=0.5)
            self.roll(there, 0.7)
            self.play(*self.retime(calmed.steps), run_time=0.6)
            marks = FiringMarks(calmed, *self.panels)
            self.play(*self.enter(1), FadeIn(marks.follow(self.clock)), run_time=0.5)
            self.roll(rows[0] + 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"{len(rows)} cuts bring the rate down to {calmed.lr[-1]:.2f}, and the ball comes to rest at the star.",
            f"{len(rows)} cuts, and the hopping is over",
        ) as speech:
            self.roll(calmed.steps - 6, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "An adaptive step follows the gradient's size. How small it can become, the rate decides.",
            "Adaptive optimizers can need a schedule too",
        ):
            self.land(calmed.steps)
        self.wait(1.2)

    def law(self, hopping):
        """RMSprop's step where the gradient only changes its sign."""
        return (
            maths(f"w <- w - eta g / sqrt(v) quad eta = {hopping.lr[-1]:g}", 40),
            maths("abs(g) approx sqrt(v) quad arrow.r.double quad w <- w plus.minus eta", 40),
        )


def longest(trajectory: Trajectory):
    """The farthest each step moved one parameter, shape (n,)."""
    return np.abs(trajectory.update).max(axis=1)


class AdamWNeedsNoSchedule(Scheduled, ComparisonScene):
    """At a constant rate AdamW's swings die out where RMSprop's do not, because it averages its gradients."""

    title = "AdamW comes to rest without a schedule"
    runs = (SIGNS, ADAMW)
    claims = (
        Claim("RMSprop ends hopping by its learning rate.", runs[:1], hops),
        Claim("AdamW swings too, at first.", runs[1:], oscillates(0.5, until=60, last=36, swings=3)),
        Claim("AdamW settles.", runs[1:], settles(STAR, within=0.02, last=50)),
        Claim("AdamW stays settled.", (replace(ADAMW, steps=1000),), settles(STAR, within=0.02, last=900)),
        Claim("Its rate is the larger one.", runs, lambda r, a: a.lr.min() > r.lr.max()),
        Claim(
            "Its steps shrink to under a hundredth of the rate.",
            runs[1:],
            lambda t: longest(t)[-20:].max() < t.lr.min() / 100,
        ),
    )

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        moves = [Series(longest(t) / t.lr, k, stairs=True) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel(
                "longest move of a parameter, in learning rates",
                moves,
                self.steps,
                lower,
                gutter=gutter,
            ),
        )

    def construct(self):
        hopping, gentle = self.trajectories
        arrivals = [near(t, 0.5) for t in self.trajectories]
        calm = stays(gentle, 0.1)
        notebook = EXPERIMENTS["E26"].steps
        swing = away(gentle)[arrivals[1] : notebook].max()

        with self.voiceover(
            f"RMSprop with rate {SIGNS.lr:g}, AdamW with {ADAMW.lr:g}. Neither has a schedule. "
            f"RMSprop is at the star after {arrivals[0]} steps, AdamW after {arrivals[1]}.",
            f"At the star after {arrivals[0]} and {arrivals[1]} steps",
        ) as speech:
            self.play(*self.reveal(), run_time=1.0)
            self.roll(arrivals[1], speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"AdamW overshoots as well, by {swing:.1f}. At step {notebook} it is still swinging through.",
            f"AdamW overshoots too, by {swing:.1f}",
        ) as speech:
            self.zoom(STAR, 3.4, TAIL)
            self.roll(notebook, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "But it steps along an average of its gradients. "
            "Forth and back cancel in it, so the steps shrink by themselves.",
            "Forth and back cancel in the average",
        ) as speech:
            self.roll(calm, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "RMSprop keeps no such average. Its last steps are as long as its rate, and always will be.",
            f"RMSprop's last steps: {longest(hopping)[-1] / SIGNS.lr:.2f} learning rates",
        ) as speech:
            self.roll(hopping.steps - 20, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"After {gentle.steps} steps AdamW is {away(gentle)[-1]:.3f} from the star, "
            f"RMSprop {away(hopping)[-1]:.2f}. "
            "Here AdamW needed patience, not a schedule.",
            f"{away(gentle)[-1]:.3f} from the star, against {away(hopping)[-1]:.2f}",
        ):
            self.land(gentle.steps)
        self.wait(1.2)


COLD = Run(ROSENBROCK, partial(SGD, lr=0.0015), (1.8, -0.5), 40)


def warmed(total_iters: int, steps: int = COLD.steps, **changes) -> Run:
    """The same run with a rate that starts at a tenth and grows in so many steps."""
    scheduler = partial(LinearLR, start_factor=0.1, total_iters=total_iters)
    return replace(COLD, scheduler=scheduler, steps=steps, **changes)


WARM = warmed(20)
AROUND = [(w1, w2) for w1 in np.linspace(1.5, 2, 4) for w2 in np.linspace(-1, 0, 4)]


def limits(trajectory: Trajectory):
    """The largest stable rate by the curvature at every row, shape (n + 1,)."""
    return np.array([largest_stable_step(trajectory.run.surface, row) for row in trajectory.params.tolist()])


class WarmUpSavesTheRun(ComparisonScene):
    """From a steep start the full rate diverges at once; a warm-up first walks to where the ground allows it."""

    title = "Warm-up saves a run from a steep start"
    runs = (COLD, WARM)
    claims = (
        Claim("Without warm-up the run diverges.", runs[:1], diverges()),
        Claim("With it the loss falls at every step.", runs[1:], lambda t: bool((np.diff(t.loss) < 0).all())),
        Claim(
            "The full rate is above the limit at the start, and below it at the minimum.",
            runs[:1],
            lambda t: limits(t)[0] < COLD.lr < largest_stable_step(ROSENBROCK, ROSENBROCK.minima[0]),
        ),
        Claim("The warmed rate stays under the limit all the way.", runs[1:], lambda t: (t.lr < limits(t)[:-1]).all()),
        Claim(
            "Any warm-up of 3 to 60 steps does it.",
            tuple(warmed(n, steps=200) for n in (3, 5, 10, 20, 40, 60)),
            lambda *ts: all(t.diverged_at is None and t.loss[-1] < 0.25 for t in ts),
        ),
        Claim(
            "It does so from each of sixteen starts on that wall.",
            tuple(warmed(20, steps=200, start=start) for start in AROUND),
            lambda *ts: all(t.diverged_at is None and t.loss[-1] < 1 for t in ts),
        ),
    )
    rate_height = 1.9

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        rates = [Series(t.lr, k, stairs=True) for k, t in enumerate(self.trajectories)]
        top = 1.2 * limits(self.trajectories[1]).max()
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel(
                "learning rate", rates, self.steps, lower, from_zero=True, gutter=gutter, ceiling=top
            ),
        )

    def construct(self):
        theme = current_theme()
        cold, warm = self.trajectories
        allowed = limits(warm)
        grows = WARM.scheduler.keywords["total_iters"]
        star = largest_stable_step(ROSENBROCK, ROSENBROCK.minima[0])
        dotted = DottedCurve(allowed, self.panels[1], color=theme.gradient)
        named = Label("what the curvature allows", SMALL, theme.ink)
        named.sit(self.panels[1].point(warm.steps, 0.72 * allowed.max()), 1)

        with self.voiceover(
            "Another landscape: a bent valley between high walls. The run starts on the wall, "
            f"where the ground bends {star / allowed[0]:.0f} times as sharply as at the star.",
            "Rosenbrock's valley, from high on its wall",
        ):
            self.introduce()
            self.wait(1.4)
            for point in (COLD.start, ROSENBROCK.minima[0]):
                self.play(Flash(self.map.to_frame(point), color=theme.ink, flash_radius=0.4), run_time=1.4)
                self.wait(0.6)
        with self.voiceover(
            f"A rate of {COLD.lr:g} could rest at the star. Here on the wall it is too much: "
            f"it overshoots, and {cold.steps} steps later the loss is no longer finite.",
            f"Full rate at once: gone in {cold.steps} steps",
        ) as speech:
            self.play(FadeOut(self.key), *self.reveal_panels(), *self.enter(0), run_time=0.8)
            self.roll(cold.steps, speech.remaining - 0.4, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Warm-up starts at a tenth of that rate, and raises it a little after each step, {grows} times.",
            f"Warm-up: from a tenth to the full rate in {grows} steps",
        ) as speech:
            self.roll(0, 0.7)
            self.play(*self.enter(1), FadeIn(dotted.follow(self.clock), named), run_time=0.6)
            self.roll(5, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "The dotted line is what the curvature under the ball allows. As it comes down, that limit rises, "
            "faster than the rate.",
            f"The limit rises from {allowed[0]:.4f} to {allowed[grows]:.4f}",
        ) as speech:
            self.roll(grows, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"At step {grows} the full rate is safe. Same optimizer, same start, same rate: "
            "only the first steps had to be small.",
            f"Loss {warm.loss[-1]:.2f} at step {warm.steps}, falling at every step",
        ) as speech:
            self.roll(warm.steps, speech.remaining - 0.2, rate_func=rate_functions.ease_out_sine)
        self.wait(1.2)
