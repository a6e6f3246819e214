"""``descent doctor``: is everything there that films need, and how to mend what is not?"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import click

from descent.base.errors import reason
from descent.base.extras import how_to_install
from descent.commands.shared import json_option

_ENCODERS = {
    "H.264": "libx264",
    "AAC": "aac",
    "GIF": "gif",
    "AV1": "libsvtav1",
    "VP9": "libvpx-vp9",
    "ProRes": "prores_ks",
    "Opus": "libopus",
}
_REINSTALL = "run `make setup` in a clone, elsewhere pip install --force-reinstall"


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one thing.

    Attributes:
        name: What it is.
        healthy: Whether it works.
        detail: What was seen, or what went wrong and how to mend it.
        needed: Whether films need it; without the others something else is missing, which the detail says.
    """

    name: str
    healthy: bool
    detail: str
    needed: bool = True


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check what films, decks and pages need, and say how to mend it.

    Drawing, text, maths, encoders, voice, landscapes, reveal.js and browser are each used once. Exit status 1 if
    anything is broken that films need; what is marked "no" is missed only for what its line says.
    """
    findings = list(examine())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = "ok " if finding.healthy else "BAD" if finding.needed else "no "
            click.echo(f"{mark}  {finding.name:{width}}  {finding.detail}")
    if not all(finding.healthy for finding in findings if finding.needed):
        sys.exit(1)


def examine() -> Iterator[Finding]:
    """Check drawing, text, maths, encoding, voice, landscapes, decks and browser by using each of them once.

    Yields:
        One finding per thing, as it is checked.
    """
    for name, check, mend in (
        (
            "cairo",
            _cairo,
            f"install libcairo2-dev (brew: cairo), then {_REINSTALL} pycairo.",
        ),
        (
            "pango",
            _pango,
            f"install libpango1.0-dev (brew: pango), then {_REINSTALL} manimpango.",
        ),
        ("font", _font, f"{_REINSTALL} fontpkg-inter."),
        ("Typst", _typst, f"{_REINSTALL} 'manim[typst]'."),
        *((name, _encoder(codec), f"{_REINSTALL} av.") for name, codec in _ENCODERS.items()),
        *((name, _pillow(name), f"{_REINSTALL} pillow.") for name in ("WebP", "AVIF")),
    ):
        yield _finding(name, check, mend)
    for name, check, mend in (
        ("voice", _voice, f"{how_to_install('voice')}; without it films are silent."),
        ("EGL", _egl, "without it landscapes cannot be drawn, maps can."),
        (
            "reveal.js",
            _reveal,
            f"{how_to_install('slides')}; without it decks can be .pptx and .pdf, not .html.",
        ),
        (
            "cluster",
            _cluster,
            f"{how_to_install('cluster')}; without it films are drawn on this machine alone.",
        ),
        ("browser", _browser, "install Chromium or Chrome; without it the tests of pages and decks fail."),
    ):
        yield _finding(name, check, mend, needed=False)


def _finding(name: str, check: Callable[[], str], mend: str, needed: bool = True) -> Finding:
    try:
        return Finding(name, True, check(), needed)
    except Exception as error:  # whatever is broken is what the user came to hear about
        return Finding(name, False, f"{reason(error)}: {mend}", needed)


def _cairo() -> str:
    import cairo

    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, 8, 8)
    cairo.Context(surface).paint()
    return cairo.cairo_version_string()


def _pango() -> str:
    import manimpango  # type: ignore[import-untyped]

    return str(manimpango.pango_version())


def _font() -> str:
    import manimpango

    from descent.look.fonts import inter_file

    if not manimpango.register_font(str(inter_file())):
        raise OSError(f"Pango cannot load {inter_file()}")
    return f"Inter, {inter_file().name}"


def _typst() -> str:
    import typst

    picture = typst.compile(b"$ x^2 $", format="svg")
    if picture is None or b"<svg" not in picture:
        raise OSError("Typst compiled a formula to nothing")
    return "compiles a formula"


def _pillow(kind: str) -> Callable[[], str]:
    def check() -> str:
        from PIL import features

        if not features.check(kind.lower()):
            raise OSError(f"Pillow cannot write {kind}")
        return f"Pillow writes it, by {kind.lower()} {features.version(kind.lower())}"

    return check


def _encoder(codec: str) -> Callable[[], str]:
    def check() -> str:
        import av

        return str(av.codec.Codec(codec, "w").long_name)

    return check


def _voice() -> str:
    from descent.film.narration import DEFAULT_VOICE, find_voice

    voice = find_voice(DEFAULT_VOICE.split(":")[0])
    return f"{voice.key}, says a word in {voice.speak('descent').seconds:.1f} s"


def _egl() -> str:
    from descent.look.opengl.renderer import graphics

    return graphics()


def _reveal() -> str:
    found = find_spec("sphinx_revealjs")
    if found is None or not found.submodule_search_locations:
        raise OSError("the package sphinx-revealjs, which carries it, is missing")
    script = next(Path(found.submodule_search_locations[0]).rglob("reveal.js"), None)
    if script is None:
        raise OSError("the package sphinx-revealjs carries no reveal.js")
    return f"in {script.parent}"


def _cluster() -> str:
    if find_spec("distributed") is None:
        raise OSError("the package distributed is missing")
    return "distributed is installed"


def _browser() -> str:
    for name in ("google-chrome", "chromium", "chromium-browser"):
        if found := shutil.which(name):
            return found
    for name in ("Google Chrome", "Chromium"):
        if (application := Path(f"/Applications/{name}.app")).is_dir():
            return str(application)
    raise OSError("there is no Chromium or Chrome")
