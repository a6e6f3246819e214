"""What a Manim user writes today for the runs of ``MomentumEscapes``: stock mobjects, one play a step, no settings."""

from manim import *

from descent import BIRD, EXPERIMENTS, trace

RUNS = [trace(EXPERIMENTS[name]) for name in ("E03", "E04")]
LEVELS = (-90, -60, -30, 0, 30, 60)


class ByHand(Scene):
    """Contour lines, two balls, two traced paths."""

    def construct(self):
        """One play a step."""
        (left, right), (bottom, top) = BIRD.domain
        axes = Axes((left, right, 5), (bottom, top, 5), x_length=9, y_length=6.5, tips=False).shift(0.4 * DOWN)
        contours = VGroup(
            *(
                axes.plot_implicit_curve(lambda w1, w2, level=level: BIRD.at(w1, w2) - level, color=BLUE_E)
                for level in LEVELS
            )
        )
        title = Text("Momentum carries the ball through a local minimum", font_size=32).to_edge(UP)
        self.add(axes, contours, title)
        balls = [Dot(axes.c2p(*run.params[0]), color=colour) for run, colour in zip(RUNS, (ORANGE, BLUE), strict=True)]
        self.add(*balls, *(TracedPath(ball.get_center, stroke_color=ball.get_color()) for ball in balls))
        for step in range(1, min(len(run.params) for run in RUNS)):
            self.play(
                *(ball.animate.move_to(axes.c2p(*run.params[step])) for ball, run in zip(balls, RUNS, strict=True)),
                run_time=0.4,
            )


class LandByHand(ThreeDScene):
    """The same loss as a surface of 40 × 40 patches under a camera that turns."""

    def construct(self):
        """One second."""
        (left, right), (bottom, top) = BIRD.domain
        axes = ThreeDAxes((left, right, 5), (bottom, top, 5), (-110, 160, 50), x_length=8, y_length=8, z_length=3)
        land = Surface(
            lambda w1, w2: axes.c2p(w1, w2, BIRD.at(w1, w2)), (left, right), (bottom, top), resolution=(40, 40)
        )
        self.set_camera_orientation(phi=60 * DEGREES, theta=-45 * DEGREES)
        self.add(axes, land)
        self.begin_ambient_camera_rotation(0.2)
        self.wait(1)
