"""``descent training``: how one's own network trained, on a slice of its loss."""

from pathlib import Path
from typing import Any

import click

from descent.base.progress import progress
from descent.commands.animate import tell_made
from descent.commands.shared import jobs_option, json_option, voice_option


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--code",
    required=True,
    metavar="FILE.py:NAME",
    help="Your function without arguments that returns the network, the loss and the data.",
)
@click.option(
    "--plane",
    default="principal",
    show_default=True,
    metavar="KIND",
    help="principal (components of the paths), ends (through start and ends), random, or hessian (sharpest ways).",
)
@click.option(
    "--points", default=41, show_default=True, type=click.IntRange(4), help="Points along each side of the slice."
)
@click.option("--seconds", type=click.FloatRange(0), help="How long to compute the slice; near the path first.")
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="FILE.npz", help="Keep the slice there, and go on with it."
)
@click.option("--examples", type=click.IntRange(8), help="Use so many examples of the data, drawn at random.")
@click.option(
    "--sharpness",
    default=12,
    show_default=True,
    type=click.IntRange(0),
    help="Measure it at so many snapshots; 0 for none.",
)
@click.option("--mode", type=click.Choice(["train", "eval"]), help="Of the network.  [default: the one it trained in]")
@click.option("--device", help="Where to compute, as torch names it.  [default: cpu]")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of what is drawn at random.")
@click.option("--title", default="", help="Instead of the one written from the runs.")
@click.option("--theme", help="dark, or light for white slides.  [default: dark]")
@click.option("--profile", help="lecture, slides, preview, … as for `descent render`.  [default: as the file needs]")
@click.option("--width", type=int, metavar="PIXELS", help="Instead of the profile's.")
@voice_option
@click.option("--font", metavar="FILE", help="A font for characters that Inter lacks, such as those of Chinese.")
@click.option("-o", "--output", metavar="FILE", help=".mp4, .png, .pptx, .gif, .webp, …  [default: training.mp4]")
@jobs_option
@json_option
def training(runs: tuple[Path, ...], code: str, jobs: int, as_json: bool, **options: Any) -> None:
    """Make a film of how your network trained: its path on a slice, loss, rate and sharpness on one clock.

    RUNS are folders that a Recorder wrote, of one network. Network and data come from code of yours, which is run.

    \b
    descent training runs/a --code train.py:parts -o film.mp4
    descent training runs/a runs/b --code train.py:parts --examples 1000 --seconds 60 -o slide.png
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.animate.make import look_of
    from descent.animate.training.gather import Asked, study_of
    from descent.animate.training.make import make
    from descent.animate.training.own_code import code_of
    from descent.base.document import Document

    looks = ("theme", "profile", "width", "voice", "font", "output")
    given = {name: options.pop(name) for name in looks}
    values = {name: value for name, value in given.items() if value} | {"output": given["output"] or "training.mp4"}
    look = look_of(Document(values, typed=frozenset(values)))
    with progress() as told:
        study = study_of(runs, code_of(code), Asked(**options), told)
        made = make(study, look, jobs, told)
    tell_made(made, as_json)
