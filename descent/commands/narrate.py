"""``descent narrate``: the timing table."""

import click

from descent.commands.shared import ASSETS, SCENES, progress

TIMING = ASSETS / "narration.json"


@click.command()
@click.option("--voice", default=None, help="Whose timings to measure; the default voice if not given.")
def narrate(voice: str | None) -> None:
    """Measure every narrated line of every scene and renew the committed timing table."""
    import warnings

    from manim import tempconfig

    from descent.film.narration import StaleTimingWarning, find_voice, refresh
    from descent.stage.scene.catalogue import all_scenes
    from descent.stage.scene.rehearsal import spoken_lines

    with progress() as told, tempconfig({"verbosity": "ERROR"}), warnings.catch_warnings():
        warnings.simplefilter("ignore", StaleTimingWarning)  # they are about to be measured
        scenes, lines = all_scenes(SCENES), dict[str, None]()
        for done, (name, scene) in enumerate(scenes.items()):
            told(done, len(scenes), f"reading {name}")
            lines |= dict.fromkeys(spoken_lines([scene]))
        refresh(lines, find_voice(voice), TIMING, lambda done, all_: told(done, all_, "measuring"))
    click.echo(f"{TIMING}: {len(lines)} lines")
