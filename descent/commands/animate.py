"""``descent animate``: a film of one's own problem, without writing a scene."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from descent.base.errors import DescentError, shown
from descent.base.progress import progress
from descent.commands.shared import jobs_option, json_option, voice_option

if TYPE_CHECKING:
    from descent.animate.make import Made
    from descent.base.document import Document


@click.command()
@click.argument("runs", nargs=-1)
@click.option(
    "--surface", metavar="NAME", help="bird, valley, … or your own: package.module:function, file.py:function."
)
@click.option("--data", metavar="CSV", help="Points x,y to fit a line to, instead of a surface.")
@click.option("--standardize", is_flag=True, help="Bring both columns of the data to mean 0 and deviation 1.")
@click.option("--start", metavar="W1,W2", multiple=True, help="Where the runs start; each run from each start given.")
@click.option("--steps", type=int, help="Steps of every run.  [default: 50]")
@click.option("--scheduler", metavar="SPEC", help='For runs without their own, such as "ExponentialLR(gamma=0.9)".')
@click.option("--domain", metavar="A,B,C,D", help="The view: w1 from A to B, w2 from C to D.")
@click.option("--title", help="Instead of the one written from the runs.")
@click.option("--question", help="What the film asks, in the title's place.")
@click.option("--answer", help="What it answers, on a card at its end.")
@click.option("--narrate", metavar="MD", help="Your own words: a paragraph per beat, headings are notes on screen.")
@click.option("--theme", help="dark, or light for white slides.  [default: dark]")
@click.option("--profile", help="lecture, slides, preview, … as for `descent render`.  [default: as the file needs]")
@click.option("--width", type=int, metavar="PIXELS", help="Instead of the profile's.")
@voice_option
@click.option("--font", metavar="FILE", help="A font for characters that Inter lacks, such as those of Chinese.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help=".mp4, .gif, .webp, .avif, .webm, .mov, .png, .pptx, .html or .pdf, or a folder.  [default: race.mp4]",
)
@jobs_option
@click.option("--init", is_flag=True, help="Write a commented example, race.toml or the file named, and stop.")
@json_option
def animate(runs: tuple[str, ...], jobs: int, init: bool, as_json: bool, **options: Any) -> None:
    """Make a film of your own: optimizers racing on a surface, or a line fitted to your data.

    RUNS are optimizers as in Python, with a scheduler behind a plus if they have one, and a name of your own before an
    equals sign; or one file.toml that says it all, whose values options replace. Title, captions and narration are
    written from what the runs do.

    \b
    descent animate --surface bird --start -12,10 --steps 25 "SGD(lr=0.01)" "SGD(lr=0.01, momentum=0.6)" -o race.mp4
    descent animate --surface my_losses.py:bowl --start 2,3 "Adam(lr=0.1) + StepLR(step_size=10)" -o bowl.gif
    descent animate --data points.csv --standardize --steps 100 "fast = SGD(lr=0.1)" "SGD(lr=0.01)" -o fit.mp4
    descent animate --init && descent animate race.toml
    """  # noqa: D301 -- click's mark for lines to leave alone
    if init:
        click.echo(write_example(runs))
        return
    options["voice"] = options["voice"] or None
    given = {key: value for key, value in options.items() if value not in (None, ()) and value is not False}
    document = race_of(runs, given)
    from descent.animate.make import look_of, make
    from descent.animate.read import read

    look = look_of(document)
    with progress() as told:
        told(0, 0, "tracing")
        made = make(read(document), look, jobs, told)
    tell_made(made, as_json)


def tell_made(made: "Made", as_json: bool) -> None:
    """Say what was made: where it is, its title, and what the user should read."""
    frames = f"  ({made.film.drawn} of {made.film.frames} frames drawn)" if made.film and made.film.frames else ""
    if as_json:
        told_all = {"file": str(made.file), "title": made.title, "remarks": made.remarks}
        click.echo(json.dumps(told_all, indent=1, ensure_ascii=False))
        return
    click.echo(f"{made.file}{frames}\n{made.title}")
    for remark in made.remarks:
        click.echo(remark)


def race_of(words: Sequence[str], given: Mapping[str, Any]) -> "Document":
    """What a command describes: its words, which are runs or one .toml file, and its options.

    Raises:
        DescentError: If they do not fit.
    """
    from descent.base.document import Document, read_toml

    options = dict(given)
    if "start" in options:
        options["start"] = [numbers(text, "--start", 2) for text in options["start"]]
    if "domain" in options:
        options["domain"] = numbers(options["domain"], "--domain", 4)
    if len(words) > 1 and any(word.endswith(".toml") for word in words):
        raise DescentError("give either one .toml file or runs; runs of a file stand in the file.")
    if len(words) == 1 and words[0].endswith(".toml"):
        return read_toml(Path(words[0]), options)
    return Document({**options, "runs": list(words)}, typed=frozenset({*options, "runs"}))


def numbers(text: str, option: str, count: int) -> list[float]:
    """Numbers separated by commas.

    Raises:
        DescentError: If the text is anything else.
    """
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) != count:
        example = ",".join(("-12", "10", "-5", "5")[:count])
        raise DescentError(f"{option} takes {count} numbers, as in {example}, not {shown(text)}.")
    return found


def write_example(names: tuple[str, ...]) -> str:
    """Write the example, unless there is a file already."""
    from importlib.resources import files

    from descent.base.files import write

    if len(names) > 1:
        raise DescentError("--init writes one file: name it, or leave the name out for race.toml.")
    target = Path(names[0] if names else "race.toml")
    if target.suffix != ".toml":
        raise DescentError(f"--init writes a file that ends in .toml, not {shown(str(target))}.")
    if target.exists():
        raise DescentError(f"{target} exists already; name another file, or remove it.")
    write(target, files("descent.animate").joinpath("templates", "race.toml").read_bytes())
    return f"{target}: change what you like, then `descent animate {target}`"
