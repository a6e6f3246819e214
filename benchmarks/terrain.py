"""A frame of a landscape, beside Manim's own three dimensions."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import av

from benchmarks import Row
from benchmarks.films import HERE
from benchmarks.measure import call, command
from descent import BIRD, EXPERIMENTS, trace
from descent.look.palette import DARK
from descent.terrain.camera import View, Window
from descent.terrain.ink import ink_of
from descent.terrain.land import land_of
from descent.terrain.renderer import draw
from descent.terrain.shot import Running, Shot
from descent.terrain.things import Track


def run(quick: bool) -> list[Row]:
    """Measure frames of two runs on the landscape, after the first."""
    size, flag, frames = ((854, 480), "-ql", 8) if quick else ((1920, 1080), "-qh", 60)
    view, land = View(34.0, 40.0, 4.0), land_of(BIRD)
    tracks = [
        Track(land, trace(EXPERIMENTS[name]).params, colour)
        for name, colour in (("E03", (0.96, 0.65, 0.14)), ("E04", (0.34, 0.71, 0.91)))
    ]
    frame = (-size[0] / size[1], size[0] / size[1], -1.0, 1.0)
    still = Shot(land, view, Window.of(frame, frame), size, ink_of(DARK), BIRD.minima)
    draw(still)

    def film(turn: float) -> None:
        for k in range(frames):
            now = replace(view, azimuth=view.azimuth + turn * k)
            draw(replace(still, view=now, runs=[Running(track, k / frames * 25) for track in tracks]))

    what = f"a frame of a landscape, {size[0]} × {size[1]}"
    rows = []
    for way, turn in (("descent, the camera moves", 0.2), ("descent, it stands still", 0.0)):
        _, cost = call(lambda turn=turn: film(turn))  # type: ignore[misc]
        rows.append(Row(what, way, cost.wall / frames, cost.cpu / frames))
    with tempfile.TemporaryDirectory() as folder:
        manim = [sys.executable, "-m", "manim", "render", flag, "--media_dir", folder]
        cost = command([*manim, HERE / "by_hand.py", "LandByHand"], folder=Path(folder))
        (made,) = Path(folder).rglob("LandByHand.mp4")
        with av.open(str(made)) as opened:
            count = opened.streams.video[0].frames
    return [*rows, Row(what, "Manim's Surface of 40 × 40, the camera moves", cost.wall / count, cost.cpu / count)]
