"""``descent narrate``: the timing table."""

import click

from descent.commands.shared import ASSETS, SCENES

TIMING = ASSETS / "narration.json"


@click.command()
@click.option("--voice", default=None, help="Whose timings to measure; the default voice if not given.")
def narrate(voice: str | None) -> None:
    """Measure every narrated line of every scene and renew the committed timing table."""
    import warnings

    from manim import tempconfig

    from descent.narration import StaleTimingWarning, find_voice, refresh
    from descent.stage.catalogue import all_scenes
    from descent.stage.rehearsal import spoken_lines

    with tempconfig({"verbosity": "ERROR"}), warnings.catch_warnings():
        warnings.simplefilter("ignore", StaleTimingWarning)  # they are about to be measured
        lines = spoken_lines(all_scenes(SCENES).values())
    refresh(lines, find_voice(voice), TIMING)
    click.echo(f"{TIMING}: {len(lines)} lines")
