"""A frame of a landscape, beside Manim's own three dimensions."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import av
from manim import tempconfig

from benchmarks import Row
from benchmarks.films import HERE, ROOT
from benchmarks.measure import call, command
from descent.delivery.profiles import find_profile
from descent.look.opengl.renderer import draw
from descent.look.opengl.shot import Shot
from descent.stage.scene.catalogue import load_scenes
from descent.stage.scene.rehearsal import rehearse

FILM = "MomentumEscapes3D"


def run(quick: bool) -> list[Row]:
    """Measure the film's last picture, its camera and its balls set in motion, once it has been drawn."""
    profile, flag, frames = ("preview", "-ql", 8) if quick else ("lecture", "-qh", 60)
    still = _last(profile)
    draw(still)

    def film(turn: float) -> None:
        for k in range(frames):
            view = replace(still.view, azimuth=still.view.azimuth + turn * k)
            draw(replace(still, view=view, runs=[replace(run, step=run.step * k / frames) for run in still.runs]))

    what = "a frame of a landscape, {} × {}".format(*still.size)
    rows = []
    for way, turn in (("descent, the camera moves", 0.2), ("descent, it stands still", 0.0)):
        _, cost = call(lambda turn=turn: film(turn))  # type: ignore[misc]
        rows.append(Row(what, way, cost.wall / frames, cost.cpu / frames, shown=turn != 0))
    with tempfile.TemporaryDirectory() as folder:
        manim = [sys.executable, "-m", "manim", "render", flag, "--media_dir", folder]
        cost = command([*manim, HERE / "by_hand.py", "LandByHand"], folder=Path(folder))
        (made,) = Path(folder).rglob("LandByHand.mp4")
        with av.open(str(made)) as opened:
            count = opened.streams.video[0].frames
    return [
        *rows,
        Row(what, "Manim's Surface of 40 × 40, the camera moves", cost.wall / count, cost.cpu / count, shown=True),
    ]


def _last(profile: str) -> Shot:
    """What the landscape of the film shows in the end."""
    with tempconfig(find_profile(profile).manim("dark")):
        scene = rehearse(load_scenes(ROOT / "scenes" / "landscapes.py")[FILM])
        shot: Shot = scene.board.map.shot()  # type: ignore[attr-defined]
    return shot
