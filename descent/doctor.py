"""Whether everything that films need is there, and how to mend what is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from descent.narration import DEFAULT_VOICE, find_voice

_REINSTALL = "run `make setup`, or pip install --force-reinstall"


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one thing: what was seen, or what went wrong and how to mend it."""

    name: str
    healthy: bool
    detail: str


def examine() -> Iterator[Finding]:
    """Check drawing, text, maths, encoding and voice by using each of them once.

    Yields:
        One finding per thing, as it is checked.
    """
    for name, check, mend in (
        ("cairo", _cairo, "install the system package (libcairo2-dev, or brew install cairo), then `make setup`."),
        ("pango", _pango, "install the system package (libpango1.0-dev, or brew install pango), then `make setup`."),
        ("font", _font, f"{_REINSTALL} fontpkg-inter."),
        ("Typst", _typst, f"{_REINSTALL} 'manim[typst]'."),
        ("H.264", lambda: _encoder("libx264"), f"{_REINSTALL} av."),
        ("AAC", lambda: _encoder("aac"), f"{_REINSTALL} av."),
        ("GIF", lambda: _encoder("gif"), f"{_REINSTALL} av."),
        ("voice", _voice, "pip install 'descent-films[voice]'; without it films are silent."),
    ):
        yield _finding(name, check, mend)


def _finding(name: str, check: Callable[[], str], mend: str) -> Finding:
    try:
        return Finding(name, True, check())
    except Exception as error:  # whatever is broken is what the user came to hear about
        return Finding(name, False, f"{error}: {mend}")


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


def _encoder(name: str) -> str:
    import av

    return str(av.codec.Codec(name, "w").long_name)


def _voice() -> str:
    voice = find_voice(DEFAULT_VOICE.split(":")[0])
    return f"{voice.key}, says a word in {voice.speak('descent').seconds:.1f} s"
