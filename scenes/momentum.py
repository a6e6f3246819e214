"""Momentum: what a velocity adds to gradient descent, and when it is too much."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import (
    BIRD,
    EXPERIMENTS,
    Claim,
    Trajectory,
    distances,
    escapes,
    first_step_within,
    none,
    reaches,
    same,
    settles,
    stalls,
    trace,
)
from descent.stage import (
    FRAME,
    OVERVIEW,
    Box,
    Closeup,
    ComparisonScene,
    Fly,
    OutcomeBySetting,
    Series,
    Terrain,
    View,
    current_theme,
    maths,
    momentum_arrows,
    momentum_parts,
    named_arrows,
    number,
    step_lengths,
)

GLOBAL, LOCAL = BIRD.minima[0], BIRD.minima[4]
NEAR = 1.5  # radius around a minimum, in parameter units

PLAIN = EXPERIMENTS["E03"]
HEAVY = replace(EXPERIMENTS["E04"], steps=PLAIN.steps)
LR, MU = PLAIN.lr, HEAVY.optimizer.keywords["momentum"]
LARGER = LR / (1 - MU)  # the rate at which momentum moves where the slope stays the same


def uphill_step(trajectory: Trajectory) -> int:
    """The step near the local minimum where velocity most overrules a gradient that points back."""
    near = [k for k in range(1, trajectory.steps) if np.linalg.norm(trajectory.params[k] - LOCAL) < NEAR]
    return min(near, key=lambda k: float(np.dot(*momentum_parts(trajectory, k))))


def climbs_out(trajectory: Trajectory) -> bool:
    """There the gradient pulls against the step that is taken."""
    step = uphill_step(trajectory)
    return float(trajectory.grad[step] @ trajectory.update[step]) > 0


def without_velocity():
    """Plain descent from where the ball with momentum climbs out: the same place and gradient, no velocity."""
    heavy = trace(HEAVY)
    w1, w2 = heavy.params[uphill_step(heavy)].tolist()
    return replace(PLAIN, start=(w1, w2))


def leaves_but_does_not_land(trajectory: Trajectory) -> bool:
    """In its last ten steps it is far from the local minimum, and strays from the global one."""
    return distances(trajectory, LOCAL)[-10:].min() > 3 and distances(trajectory, GLOBAL)[-10:].max() > 0.5


class MomentumEscapes(ComparisonScene):
    """Here plain SGD stalls in a local minimum; momentum carries the same descent through it to the global one."""

    title = "Here, momentum carries the ball through a local minimum"
    formula = "v_(t+1) = mu v_t + nabla L(w_t) quad w_(t+1) = w_t - eta v_(t+1)"
    runs = (PLAIN, HEAVY)
    claims = (
        Claim("Plain descent stalls in the local minimum.", (PLAIN,), stalls(LOCAL)),
        Claim("With momentum, the ball climbs out against the gradient.", (HEAVY,), climbs_out),
        Claim("From there without its velocity, it falls back.", (without_velocity(),), stalls(LOCAL)),
        Claim("Momentum escapes the local minimum.", (HEAVY,), escapes(LOCAL, NEAR), control=(PLAIN,)),
        Claim(
            "Both go at the same learning rate, from the same start.",
            (PLAIN, HEAVY),
            same("start", "lr"),
            says=("The same learning rate", "Same learning rate"),
        ),
        Claim("It reaches the global minimum.", (HEAVY,), reaches(GLOBAL, within=0.1)),
        Claim("It settles there.", (HEAVY,), settles(GLOBAL, within=0.3)),
        Claim(
            "Plain descent at a larger rate leaves the local minimum too, but does not land at the global one.",
            (replace(PLAIN, optimizer=partial(SGD, lr=LARGER)),),
            leaves_but_does_not_land,
        ),
    )

    def construct(self):
        plain, heavy = self.trajectories
        slow = uphill_step(heavy)
        there = first_step_within(heavy, GLOBAL, 0.1)
        stuck = number(plain.loss[-1], 0)
        best = number(BIRD.at(*GLOBAL), 0)

        with self.voiceover(
            "A loss is a landscape, and training seeks low ground. Now from above: dark ground is low. The star is "
            "the lowest minimum; diamonds are local ones.",
            "A loss of two parameters, seen from above",
            around=self.board.minima[0],
        ):
            self.fly_over()
            self.board.introduce()
        with self.voiceover(
            "Plain gradient descent rolls downhill, and stops in a local minimum.",
            f"Plain descent stops in a local minimum: loss {stuck}, not {best}",
        ) as speech:
            self.play(FadeOut(self.board.key), *self.board.reveal_panels(), *self.board.enter(0), run_time=0.8)
            self.roll(plain.steps, speech.remaining - 0.6)
        with self.voiceover(
            f"Now add momentum. Each step carries {MU:.0%} of the last velocity on, and adds the new gradient.",
            "Momentum carries a velocity",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(slow, speech.remaining - 0.2)
        with self.voiceover(
            "Past the bottom, the gradient pulls back, but the velocity is larger: it climbs out. "
            "Without it, the ball falls back.",
            f"Step {slow}: the gradient pulls back, the velocity wins",
            reveal=True,
        ) as speech:
            self.take_apart(heavy, slow)
            speech.pulse(self.lens[2][1])
        with self.voiceover(
            f"The same learning rate rolls through the local minimum, and reaches the star at step {there}.",
            f"Same learning rate, global minimum at step {there}",
        ) as speech:
            self.put_together()
            self.roll(heavy.steps, speech.remaining - 0.2)
        with self.voiceover(
            f"At a rate of {LARGER:g} plain descent leaves the pit too, but swings around the star. Momentum lands.",
            "A larger rate leaves the pit too, but does not land",
            around=self.board.minima[0],
        ):
            pass
        self.wait(1.2)

    def fly_over(self):
        """The ground itself, from low over it up to where its pits are seen; then the map in its place."""
        land = Terrain(BIRD, FRAME, scale=False)
        land.watch(self)
        land.fly([View(-8, 17, 2.35, land.middle(-0.1), curtain=0), replace(land.fit(OVERVIEW), curtain=0)])
        self.hide_title()
        self.add(land.picture)
        self.play(Fly(land, 1), run_time=3.4)
        self.play(FadeOut(land.picture), FadeIn(self.board.map, self.board.minima), *self.show_title(), run_time=0.8)

    def take_apart(self, heavy, step):
        """The lens on one step: equations, then the recorded vectors, tip to tail."""
        theme = current_theme()
        column = self.board.frame.title
        room = Box(column.left, column.left + 3.75, self.board.frame.legend.bottom + 0.06, self.board.loss_top)
        lens = Closeup(heavy, step, 1, self.board.map, room)
        left = room.right + 0.35
        law = VGroup(
            maths("v_(t+1) = {{ mu v_t : carried }} + {{ nabla L(w_t) : slope }}", 42),
            maths("w_(t+1) = w_t - eta v_(t+1)", 42),
            maths(f"mu = {MU:g}, quad eta = {LR:g}", 38, theme.soft),
        )
        law[0].select("carried").set_color(theme.velocity)
        law[0].select("slope").set_color(theme.gradient)
        law.arrange(DOWN, buff=0.3, aligned_edge=LEFT).move_to((left, room.top - 0.1, 0), UL)
        arrows = momentum_arrows(heavy, step, lens.map)
        names = named_arrows(
            [("−ημv", theme.velocity), ("−η∇L", theme.gradient), ("step taken", theme.update)],
            left,
            room.bottom + 1.7,
        )
        self.play(*self.board.clear_column(), FadeIn(lens), FadeIn(law), run_time=0.7)
        for part, name in zip(arrows, names, strict=True):
            self.play(GrowArrow(part), FadeIn(name), run_time=0.7)
        self.lens = [lens, law, arrows, names]

    def put_together(self):
        """Back from the lens to the curves."""
        self.play(*map(FadeOut, self.lens), *self.board.restore_column(), run_time=0.7)


SWEEP = [replace(PLAIN, optimizer=partial(SGD, lr=LR, momentum=share / 100), steps=100) for share in range(0, 100, 5)]
MILD = replace(EXPERIMENTS["E04"], steps=60)
WILD = replace(EXPERIMENTS["E05"], steps=60)


def leaves_the_view(trajectory):
    """Its last point lies outside the map."""
    return not BIRD.contains(*trajectory.params[-1])


def passes_by(trajectory):
    """Where it is nearest to the global minimum, downhill points over 70 degrees away from it."""
    row = int(distances(trajectory, GLOBAL).argmin())
    way, downhill = GLOBAL - trajectory.params[row], -trajectory.grad[row]
    return 0 < row < trajectory.steps and way @ downhill < np.cos(np.radians(70)) * np.hypot(*way) * np.hypot(*downhill)


def found(trajectories):
    """The momenta, in order, whose runs settle in the global minimum."""
    settled = settles(GLOBAL, within=0.1)
    return [t.run.optimizer.keywords["momentum"] for t in trajectories if settled(t)]


def a_band_between(*trajectories):
    """Some momenta succeed, neighbours all, and neither the lowest nor the highest is among them."""
    tried, good = [t.run.optimizer.keywords["momentum"] for t in trajectories], found(trajectories)
    first = tried.index(good[0]) if good else 0
    return first > 0 and tried[first : first + len(good)] == good and good[-1] < tried[-1]


def less_and_more(*trajectories):
    """The momenta below the band end in the local minimum, those above it outside the view."""
    good = found(trajectories)
    rest = [
        (t.run.optimizer.keywords["momentum"], t)
        for t in trajectories
        if t.run.optimizer.keywords["momentum"] not in good
    ]
    return bool(good) and all(settles(LOCAL, within=0.1)(t) if mu < good[0] else leaves_the_view(t) for mu, t in rest)


class MomentumOvershoots(ComparisonScene):
    """With more momentum, the ball passes the global minimum at a distance and leaves the view."""

    title = "Here, too much momentum flies past the minimum"
    runs = (MILD, WILD)
    claims = (
        Claim("Momentum 0.6 settles in the global minimum.", (MILD,), settles(GLOBAL, within=0.01)),
        Claim("Momentum 0.8 never comes near it.", (WILD,), none(reaches(GLOBAL, within=2.5))),
        Claim("At its nearest, the slope hardly points there.", (WILD,), passes_by),
        Claim("It leaves the view, and stays out.", (WILD,), leaves_the_view),
        Claim("It settles, at a higher loss.", runs, lambda a, b: settles(within=0.05)(b) and b.loss[-1] > a.loss[-1]),
        Claim("Its longest step is longer.", runs, lambda a, b: step_lengths(b).max() > step_lengths(a).max()),
        Claim("A band of momenta reaches the global minimum, from one start.", tuple(SWEEP), a_band_between),
        Claim(
            "Of those tried, the lower stay in the local minimum, the higher end off the map.",
            tuple(SWEEP),
            less_and_more,
        ),
    )

    def lower_series(self):
        return "length of the step", [Series(step_lengths(t), k, stairs=True) for k, t in enumerate(self.trajectories)]

    def construct(self):
        mild, wild = self.trajectories
        mu, more = (run.optimizer.keywords["momentum"] for run in self.runs)
        sweep = [trace(run) for run in SWEEP]
        good = found(sweep)
        out = self.board.marks[1].exit_step
        peak = int(step_lengths(wild).argmax())
        nearest = np.linalg.norm(wild.params - GLOBAL, axis=1).min()

        with self.voiceover(
            f"Momentum {mu:g} took this ball to the star. If some is good, is more better? Let us try {more:g}.",
            f"Momentum {mu:g} against {more:g}",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.2)
            self.roll(EXPERIMENTS["E04"].steps, speech.remaining - 1.6)
            self.roll(0, 0.8)
        with self.voiceover(
            "Both start alike. With the larger share, velocities add up to more. The steps become long.",
            f"The velocity adds up: a step of {number(step_lengths(wild)[peak], 1)} units",
        ) as speech:
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(peak + 1, speech.remaining - 0.2)
        with self.voiceover(
            "It passes the star at a distance, where the slope hardly points there. Soon, the ball leaves the map.",
            f"It passes the star at {number(nearest, 1)} units, and leaves the view at step {out}",
            reveal=True,
        ) as speech:
            self.roll(out + 0.999, speech.remaining - 0.2)
        with self.voiceover(
            "Its loss tells the rest. It settles beyond the edge, at a higher loss than the other ball.",
            f"It settles beyond the edge: loss {number(wild.loss[-1], 0)}, not {number(mild.loss[-1], 0)}",
        ) as speech:
            self.roll(self.steps, speech.remaining - 0.4)
        with self.voiceover(
            f"How much momentum is right? Of {len(sweep)} values tried from this start, some in the middle. "
            "Lower ones stay in the local minimum. Higher ones end off the map.",
            f"Of {len(sweep)} tried, {good[0]:g} to {good[-1]:g} reach the lowest minimum",
        ) as speech:
            self.show_sweep(sweep, speech.remaining - 2.0)
        self.wait(1.2)

    def show_sweep(self, sweep, seconds):
        """The final loss of every momentum tried, a dot each; those that succeed in the colour of the one that does."""
        theme, column = current_theme(), self.board.frame.title
        shares = np.array([t.run.optimizer.keywords["momentum"] for t in sweep])
        losses, good = np.array([t.loss[-1] for t in sweep]), found(sweep)
        colours = [
            theme.runs[0] if share in good else theme.runs[1] if share > good[-1] else theme.soft for share in shares
        ]
        room = Box(column.left, column.right, self.board.frame.legend.bottom, self.board.loss_top)
        steps = sweep[0].run.steps
        panel = OutcomeBySetting(f"loss after {steps} steps", "momentum", shares, losses, colours, room)
        self.play(*self.board.clear_column(), FadeIn(panel), run_time=0.8)
        self.play(LaggedStart(*(GrowFromCenter(dot) for dot in panel.dots), lag_ratio=0.5), run_time=seconds)
