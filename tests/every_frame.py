"""A film seen as its plan sees it, but with all frames on the way, as it is drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Scene

from descent.delivery.fingerprint import SamplingRenderer, moments
from descent.film.timeline import TICKS_PER_SECOND


class EveryFrame(SamplingRenderer):
    """Sees the same moments as the plan of a film, with every frame between them."""

    def frame_times(self, run_time: float) -> Sequence[float]:
        looks = [(time, True) for time in moments(run_time)]
        both = sorted([*looks, *((time, False) for time in np.arange(0, run_time, 1 / TICKS_PER_SECOND).tolist())])
        self._looks = iter([look for _, look in both])
        return [time for time, _ in both]

    def render(self, scene: Scene, time: float, moving_mobjects: Any = None) -> None:
        if next(self._looks):
            super().render(scene, time, moving_mobjects)
