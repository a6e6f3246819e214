"""Memory does not grow with a film's length."""

import subprocess
import sys
from pathlib import Path

SCENE = """
from manim import RIGHT, Dot
from descent.stage.lecture import LectureScene

class Short(LectureScene):
    minutes = 3

    def construct(self):
        dot = Dot()
        self.add(dot)
        for minute in range(self.minutes):
            with self.voiceover(f"This is minute {minute} of a film that is as long as a lecture."):
                self.play(dot.animate.shift(0.01 * RIGHT), run_time=2)
                self.wait(58)

class Long(Short):
    minutes = 30
"""
MEASURE = """
import resource, sys
from pathlib import Path
from manim import tempconfig
from descent.delivery.films import render
from descent.delivery.orders import Order, SceneRef
from descent.delivery.profiles import Profile
from descent.delivery.segments import draw

class Here:
    count = 1
    def run(self, jobs):
        return ((job, draw(job)) for job in jobs)

def peak():
    # Bytes of this program: Linux lets ru_maxrss begin at what the process that started it had.
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

folder, profile = Path(sys.argv[1]), Profile("tiny", 64, 36, 15, "tests")
for name in ("Short", "Long"):
    order = Order(SceneRef(folder / "length.py", name), profile, "dark", folder, silent=True)
    with tempconfig({"media_dir": str(folder / "media")}):
        (film,) = render([order], folder / "segments", 1, crew=Here())
    if film.error:
        raise film.error
    print(film.frames, film.drawn, peak())
"""


def test_half_an_hour_takes_no_more_than_three_minutes(tmp_path: Path) -> None:
    """Planning, drawing and finishing, all in one process so that nothing hides in another."""
    (tmp_path / "length.py").write_text(SCENE, encoding="utf-8")
    ended = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    (short, _, before), (long, drawn, after) = (map(int, line.split()) for line in ended.stdout.splitlines())
    assert (short, long) == (3 * 60 * 15, 30 * 60 * 15)
    assert drawn > 25 * 60 * 15, "the long film was hardly drawn"
    assert after - before < 40 << 20  # its frames, kept, would be 180 MiB
    assert after < 600 << 20
