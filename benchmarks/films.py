"""One film, drawn by descent and by what a user would pick instead; and all films, with nothing to draw."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import av

from benchmarks import Row
from benchmarks.measure import Cost, command
from descent.base.errors import DescentError
from descent.delivery.profiles import H264

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
DESCENT = Path(sys.executable).with_name("descent")
FROZEN = HERE / "frozen"
FILM = "Frozen"
CORES = 2
EVERY = 4
"""Of the course, every so many-th film is rendered where some are rendered together."""
_CHUNK = 60  # decoded frames that are in memory at once


def workshop(folder: Path, scenes: Path = FROZEN, timings: Path = FROZEN / "narration.json") -> Path:
    """A folder with scenes and nothing drawn yet."""
    for name, real in (("scenes", scenes), ("assets/narration.json", timings), ("manim.cfg", ROOT / "manim.cfg")):
        here = folder / name
        here.parent.mkdir(exist_ok=True, parents=True)
        here.symlink_to(real)
    return folder


def run(quick: bool) -> list[Row]:
    """Measure; by seconds of film, since nobody writes 44 s by hand."""
    profile, size, flag = ("preview", (854, 480, 15), "-ql") if quick else ("lecture", (1920, 1080, 60), "-qh")
    what = f"a second of film ({FILM}: MomentumEscapes as it was), {size[0]} × {size[1]} at {size[2]} frames a second"
    with tempfile.TemporaryDirectory() as name:
        folder = workshop(Path(name))
        film = folder / "films" / profile / f"{FILM}.mp4"
        rows = []
        for flag_of_rate, told in (("--vfr", "pictures held"), ("--cfr", "every frame encoded")):
            cold = command([DESCENT, "render", FILM, "--profile", profile, "--silent", flag_of_rate], folder=folder)
            rows.append(_row(what, f"descent render, nothing drawn before, {told}", cold, film))
            if flag_of_rate == "--cfr":
                shutil.copy(film, folder / "constant.mp4")
        rows.append(
            _row(
                what,
                "every frame encoded, by a process that has drawn another film before",
                _warm(folder, profile),
                film,
            )
        )
        constant = folder / "constant.mp4"
        rows.append(_row(what, f"its frames, only encoded, on {CORES} cores", encode(constant), constant))
        render = [sys.executable, "-m", "manim", "render", flag, "--media_dir", folder, HERE / "by_hand.py", "ByHand"]
        cost = command(render, folder=folder / "films")
        (film,) = (folder / "videos").rglob("ByHand.mp4")
        rows.append(_row(what, "Manim, written by hand", cost, film))
        film, seconds = folder / "animation.mp4", 1 if quick else 6
        cost = command([sys.executable, "-m", "benchmarks.by_matplotlib", film, *size, seconds], folder=ROOT)
        rows.append(_row(what, "matplotlib's FuncAnimation", cost, film))
    return rows + _before_the_first_frame() + _again(quick)


def _warm(folder: Path, profile: str) -> Cost:
    """What the film costs where the workers' imports are paid for."""
    program = [sys.executable, "-m", "benchmarks.warm", FILM, profile]
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(program, cwd=folder, env=settings, capture_output=True, text=True)
    if done.returncode:
        raise DescentError(f"{' '.join(program)} failed: {done.stderr.strip()[-500:]}")
    return Cost(float(done.stdout))


def _before_the_first_frame() -> list[Row]:
    """What is paid before anything is drawn."""
    what = "before the first frame"
    with tempfile.TemporaryDirectory() as name:
        folder = workshop(Path(name))
        still = command([DESCENT, "still", FILM, "--width", 640, "--at", 0], folder=folder)
        loaded = command([sys.executable, "-c", "import descent.delivery.preload"], folder=ROOT)
        listed = command([DESCENT, "list"], folder=folder)
        return [
            Row(what, "the first picture of a film (descent still --at 0)", still.wall, still.cpu, still.memory),
            Row(what, "importing torch, Manim and descent", loaded.wall, loaded.cpu, loaded.memory),
            Row(what, "a command that needs none of them (descent list)", listed.wall, listed.cpu, listed.memory),
        ]


def _again(quick: bool) -> list[Row]:
    """Films for the first time, and films of which nothing changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = (
            workshop(Path(name)) if quick else workshop(Path(name), ROOT / "scenes", ROOT / "assets/narration.json")
        )
        listed = subprocess.run([DESCENT, "list", "--json"], cwd=folder, capture_output=True, text=True, check=True)
        names = [row["scene"] for row in json.loads(listed.stdout)]
        chosen = names if quick else names[::EVERY]
        render = [DESCENT, "render", *chosen, "--profile", "preview", "--silent"]
        first = command(render, folder=folder)
        films = list((folder / "films").rglob("*.mp4"))
        again = command(render, folder=folder)
        size, minutes = sum(film.stat().st_size for film in films), sum(map(_seconds, films)) / 60
        what = f"{len(films)} of {len(names)} films, {minutes:.1f} minutes at 480p15"
    return [
        Row(what, "rendered again, nothing changed", again.wall, again.cpu, again.memory, size, shown=True),
        Row(what, "rendered for the first time", first.wall, first.cpu, first.memory, size, shown=True),
    ]


def _seconds(film: Path) -> float:
    with av.open(str(film)) as opened:
        return float(opened.duration or 0) / av.time_base


def _row(what: str, way: str, cost: Cost, film: Path) -> Row:
    with av.open(str(film)) as opened:
        video = opened.streams.video[0]
        assert video.average_rate is not None
        length = float(video.frames / video.average_rate)
    cpu = None if cost.cpu is None else cost.cpu / length
    size = round(film.stat().st_size / length)
    return Row(what, way, cost.wall / length, cpu, cost.memory, size, shown=True)


def encode(film: Path) -> Cost:
    """What encoding a film's frames costs, with the encoder and the settings that made it, and nothing else."""
    with ProcessPoolExecutor(CORES, get_context("spawn")) as pool:
        costs = list(pool.map(_encode_part, [film] * CORES, range(CORES)))
    return Cost(max(wall for wall, _ in costs), sum(cpu for _, cpu in costs))


def _encode_part(film: Path, part: int) -> tuple[float, float]:
    """Seconds and processor seconds of encoding a part of a film; decoding it before is not counted."""
    wall = cpu = 0.0
    with av.open(str(film)) as read, av.open("/dev/null", "w", format="null") as written:
        source = read.streams.video[0]
        stream = written.add_stream("libx264", source.average_rate, options=dict(H264))
        stream.width, stream.height, stream.pix_fmt = source.width, source.height, "yuv420p"
        share = -(-source.frames // CORES)
        frames = islice(_counted(read.decode(source), 1 / source.average_rate), part * share, (part + 1) * share)
        while chunk := list(islice(frames, _CHUNK)):
            began = time.perf_counter(), time.process_time()
            for frame in chunk:
                written.mux(stream.encode(frame))
            wall, cpu = wall + time.perf_counter() - began[0], cpu + time.process_time() - began[1]
        written.mux(stream.encode())
    return wall, cpu


def _counted(frames: Iterator[av.VideoFrame], tick: Fraction) -> Iterator[av.VideoFrame]:
    """Frames as if they had never been encoded: of no kind, numbered from zero."""
    for number, frame in enumerate(frames):
        frame.pict_type, frame.pts, frame.time_base = 0, number, tick
        yield frame
