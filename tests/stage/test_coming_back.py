"""What comes back on stage shows the clock as it is now, from the first frame of its fade on."""

import numpy as np
import pytest
from manim import AnimationGroup, FadeIn, FadeOut, Mobject, ValueTracker

from descent.stage import LectureScene
from descent.stage.panels.legend import StepReadout
from descent.stage.scene.rehearsal import NullRenderer, rehearse


class Looking(NullRenderer):
    """Looks at the beginning and in the middle of every play."""

    def frame_times(self, run_time: float) -> list[float]:
        return [0.0, run_time / 2]


@pytest.mark.parametrize("along", [False, True, None])
def test_a_readout_that_was_away_is_not_what_it_was_when_it_left(along: bool | None) -> None:
    seen: list[np.ndarray] = []

    class Back(LectureScene):
        def construct(self) -> None:
            self.clock = ValueTracker(2.0)
            readout = StepReadout(6, (0, 0, 0)).follow(self.clock)
            self.add(readout)
            self.play(FadeOut(readout), run_time=0.4)
            self.clock.set_value(5.0)
            looking = Mobject().add_updater(lambda _: seen.append(readout.get_all_points().copy()))
            self.add(looking)
            if along:
                self.along(FadeIn(readout, run_time=0.4))
                self.wait(0.4)
            else:
                come = FadeIn(readout)
                self.play(AnimationGroup(come) if along is None else come, run_time=0.4)
            self.remove(looking)

    rehearse(Back, Looking())
    now = StepReadout(6, (0, 0, 0)).at_step(5.0).get_all_points()
    assert len(seen) > 1
    for points in seen[1:]:  # the first is of the moment before the play
        np.testing.assert_allclose(points, now, atol=1e-9)
