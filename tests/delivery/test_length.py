"""Memory does not grow with a film's length."""

from collections.abc import Callable
from pathlib import Path

import pytest
from own_process import Ended

SCENE = """
from manim import RIGHT, Dot
from descent.stage.scene.lecture import LectureScene

class Short(LectureScene):
    minutes = 3

    def construct(self):
        dot = Dot()
        self.add(dot)
        for minute in range(self.minutes):
            with self.voiceover(f"This is minute {{minute}} of a film that is as long as a lecture."):
                self.play(dot.animate.shift(0.01 * RIGHT), run_time=2)
                self.wait(58)

class Long(Short):
    minutes = {minutes}
"""
MEASURE = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from descent.delivery.finish import OutputJob, finish
from descent.film.gif import write_gif
from descent.delivery.orders import SceneRef
from descent.delivery.planning import plan_film
from descent.delivery.profiles import Profile
from descent.delivery.store import SegmentStore
from descent.delivery.in_worker import draw
from descent.delivery.jobs import split

def peak():
    # Bytes of this program: Linux lets ru_maxrss begin at what the process that started it had.
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

profile = Profile("tiny", 64, 36, 15, "tests")
for name in ("Short", "Long"):
    planned = plan_film(SceneRef(folder / "length.py", name), profile.manim("dark"), folder / "work")
    missing = dict(enumerate(planned.plays))
    for job in split(planned, missing, folder, folder / "work", 2):
        draw(job)
    segments = tuple(SegmentStore(folder).path(key) for key, _ in planned.plays)
    score = replace(planned.script, voice=None).score(folder / "voice")
    finish(OutputJob(segments, (folder / f"{name}.mp4",), profile, score, folder / f"{name}.png", segments[-1]))
    write_gif(segments[: len(segments) // 3], folder / f"{name}.gif", profile.rate)  # its frames: 3 MiB a minute
    print(sum(frames for _, frames in planned.plays), peak())
"""


@pytest.mark.matrix
@pytest.mark.parametrize("minutes", [12, 30])
def test_a_long_film_takes_no_more_than_three_minutes(
    minutes: int, manim_command: Callable[..., Ended], tmp_path: Path
) -> None:
    """Planning, drawing and finishing as a film and as a GIF, all in one process so that nothing hides in another."""
    (tmp_path / "length.py").write_text(SCENE.format(minutes=minutes), encoding="utf-8")
    ended = manim_command(code=f"from pathlib import Path\nfolder = Path({str(tmp_path)!r})\n{MEASURE}")
    assert ended.status == 0, ended.errors
    (short, before), (long, after) = (map(int, line.split()) for line in ended.output.splitlines())
    assert (short, long) == (3 * 60 * 15, minutes * 60 * 15)
    assert after - before < {12: 32, 30: 40}[minutes] << 20  # its frames, kept, would be 6 MiB a minute
    assert after < 600 << 20
