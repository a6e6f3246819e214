"""``descent watch``: see a film while it is written."""

import signal
import sys
import tomllib
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from descent.base.errors import DescentError
from descent.base.project import project
from descent.commands.shared import complete_profiles, complete_scenes, complete_themes, find_scenes, voice_option


@click.command()
@click.argument("what", metavar="SCENE|FILE.py|FILE.toml", shell_complete=complete_scenes)
@click.option("--theme", shell_complete=complete_themes, help="dark or light: the one shown first.  [default: dark]")
@click.option(
    "--profile",
    default="slides",
    show_default=True,
    shell_complete=complete_profiles,
    help="Size and rate of the pictures: slides (720p30), preview (480p15), lecture (1080p60).",
)
@voice_option
@click.option("--strict", is_flag=True, help="Check sentences too, as `descent check --strict` does.")
@click.option("--open", "opened", is_flag=True, help="Open the page in this machine's browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 for a free one.  [default: 8765, if free]")
@click.option("--allow-host", "names", multiple=True, metavar="NAME", help="A name that a forwarded port has.")
def watch(
    what: str,
    theme: str | None,
    profile: str,
    voice: str,
    strict: bool,
    opened: bool,
    host: str,
    port: int | None,
    names: tuple[str, ...],
) -> None:
    """Show a film while it is written: a scene by name, a file with one scene, or a TOML file of `descent animate`.

    It prints the address of a page. There, drag to any moment and it is drawn; play with sound, beat by beat; see both
    themes side by side; and read what `descent check` finds, where it arises. Save the file, or one that it imports or
    reads, and the page follows; a file that is broken shows its line and keeps the last good picture. Ctrl-C ends it.

    \b
    descent watch MomentumEscapes
    descent watch scenes/race.py --theme light           # a file that holds one scene
    descent animate --init && descent watch race.toml
    descent watch MomentumEscapes --profile preview      # on a slow machine

    On another machine, forward the port, and open the printed address here:

    \b
    ssh -t -L 8765:localhost:8765 me@far 'cd descent && descent watch MomentumEscapes --port 8765'

    All addresses in the page are relative, so any port here will do, and any forwarder; one that gives the page a name
    of its own needs that name: --allow-host name-8765.app.example.dev.

    The address holds a secret that is new each time. Whoever has it sees the film, and can make the machine draw;
    nothing can be changed or executed through it. With --host 0.0.0.0 the network can reach the page, unencrypted;
    browsers must then use a name given with --allow-host. A tunnel is better.

    \b
    Space            play, stop          Shift ← →    a beat          M   sound
    ← →              a frame             Home, End    begin, end      T   dark, light, both
    B                play this beat
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.delivery.profiles import find_profile
    from descent.delivery.watch.access import is_loopback
    from descent.delivery.watch.server import Address, need_server, serve
    from descent.delivery.watch.session import WatchOrder
    from descent.look.palette import find_theme

    need_server()
    if not is_loopback(host):
        click.echo(f"The network can reach {host}, unencrypted; see `descent watch --help` for tunnels.", err=True)
    subject = _subject(what, voice)
    look = find_theme(theme or _theme_of(what)).name
    order = WatchOrder(subject, find_profile(profile), look, project().clips.absolute(), strict)

    def ready(address: str) -> None:
        click.echo(f"{subject.name} is at {address}\nCtrl-C ends it.")
        sys.stdout.flush()
        if opened:
            webbrowser.open(address)

    ended = serve(order, Address(host, port, tuple(name.lower() for name in names)), ready)
    if ended == signal.SIGINT:
        click.echo("Stopped.", err=True)
    if ended:
        sys.exit(128 + ended)


def _subject(what: str, voice: str) -> Any:
    """What is to be watched.

    Raises:
        DescentError: If there is no such thing, or a file has several scenes.
    """
    from descent.delivery.find import noted_file
    from descent.delivery.orders import SceneRef
    from descent.delivery.outline import in_course
    from descent.delivery.watch.subject import SceneSubject
    from descent.film.narration.voices import asked_voice

    if what.endswith(".toml"):
        from descent.animate.watched import TomlSubject

        if not Path(what).is_file():
            raise DescentError(f"there is no file {what}; `descent animate --init {what}` writes an example.")
        return TomlSubject(Path(what).absolute(), voice)
    try:
        found = [request.scene for request in find_scenes([what], "slides", "dark", Path(), voice=voice)]
    except DescentError:
        # It may be broken just now, and was known before: the page says what is wrong, and follows when it is mended.
        file = noted_file(what, project().listing)
        if file is None:
            raise
        found = in_course([SceneRef(file, what, voice or asked_voice())], project())
    if len(found) > 1:
        raise DescentError(f"{what} has {len(found)} scenes: name one of {', '.join(ref.name for ref in found)}.")
    return SceneSubject(found[0])


def _theme_of(what: str) -> str:
    """The theme that a TOML file asks for."""
    with suppress(OSError, ValueError):
        if what.endswith(".toml"):
            asked = tomllib.loads(Path(what).read_text(encoding="utf-8")).get("theme")
            return asked if asked in ("dark", "light") else "dark"
    return "dark"
