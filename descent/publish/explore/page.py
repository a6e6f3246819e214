"""The page itself: one HTML file with pictures, code and data inside it, which asks nothing of any network."""

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
from matplotlib.figure import Figure
from PIL import Image

from descent.base.errors import DescentError
from descent.base.files import data_url, write
from descent.base.templates import templates
from descent.figures import loss_map
from descent.figures.style import settings
from descent.look.palette import DARK, DASHES, LIGHT, MARKERS, Theme
from descent.publish.explore.live import Code, Live, live
from descent.publish.explore.operations import GLSL_PRELUDE, JAVASCRIPT_PRELUDE
from descent.publish.explore.panels import Panel
from descent.publish.fonts import font_licence, small_font
from descent.record.claims import Claim
from descent.record.runs import Run
from descent.record.surfaces import Surface
from descent.record.trajectories import Trajectory, is_traced

_LONGER_SIDE = 960  # pixels of the map
_QUALITIES = (82, 64, 46, 30)
_ROOM = 56_000  # bytes of a map, for which it gives up quality
_SCRIPTS = (
    "engine", "record", "numbers", "scales", "curves", "basins", "map", "parts", "inside", "address", "cards", "runs",
    "page", "ground", "starts", "clock", "predict", "written", "copy", "picture",
    "lamps", "begin", "holder",
)  # fmt: skip


def explore(
    runs: Run | Sequence[Run | Trajectory],
    target: str | Path,
    title: str = "",
    claims: Sequence[Claim] = (),
    data: tuple[str, bool] | None = None,
    question: str = "",
) -> Path:
    """Write a page on which runs can be taken hold of: their starts dragged, their settings moved.

    The browser computes them by torch's own steps, captured as graphs; on loading, the page compares itself with what
    torch did. A run that cannot be captured (its optimizer is not elementwise, its scheduler looks at the loss, …) is
    shown as recorded, and says why; so is a path that was recorded elsewhere, as a network's on a slice.

    Args:
        runs: One to eight runs of one surface, traced or not.
        target: The .html to write; it needs nothing beside it.
        title: The page's title; by default what the runs are.
        claims: What is said of the runs, each shown with a lamp that tells whether it holds of what is on screen; those
            of other runs, and those that rest on a function, are left out.
        data: The CSV file that the surface's points are from, and whether they were standardized, for whoever copies
            what the page shows.
        question: What the title answers; it stands in its place while the paths are hidden. By default what the runs
            are.

    Returns:
        The target.

    Raises:
        DescentError: If there are no runs, too many, runs of several surfaces, or torch refuses one.
    """
    path = Path(target)
    if path.suffix.lower() not in (".html", ".htm"):
        raise DescentError(f"a page is written to a file that ends in .html, not {path.name!r}.")
    write(path, page_of([runs] if isinstance(runs, Run) else runs, title, claims, data, question)[1].encode())
    return path


def page_of(
    runs: Sequence[Run | Trajectory],
    title: str = "",
    claims: Sequence[Claim] = (),
    data: tuple[str, bool] | None = None,
    question: str = "",
    panels: Sequence[Panel] = (),
) -> tuple[Live, str]:
    """A page, as what it holds and as text.

    Args:
        runs: As :func:`explore` takes them, in a list.
        title: The same.
        claims: The same.
        data: The same.
        question: The same.
        panels: What else was measured of paths that were recorded elsewhere, one curve each.

    Raises:
        DescentError: For the same reasons.
    """
    elsewhere = [each if isinstance(each, Trajectory) and not is_traced(each) else None for each in runs]
    given = [each.run if isinstance(each, Trajectory) else each for each in runs]
    for each in given:
        if not isinstance(each, Run):
            raise DescentError(f"a page is made of runs, such as Run(BIRD, partial(SGD, lr=0.01), …), not {each!r}.")
    page, code = live(given, title, claims, data, question, elsewhere, panels)
    return page, page_html(page, code, given[0].surface)


def page_html(page: Live, code: Code, surface: Surface) -> str:
    """The page as text."""
    scripts = "\n".join(_script(f"{name}.js") for name in _SCRIPTS)
    return (
        templates("descent.publish.explore")
        .get_template("page.html")
        .render(
            page=page,
            data=_harmless(msgspec.json.encode(page).decode()),
            code=_code(code),
            scripts=scripts,
            themes=(LIGHT, DARK),
            font=data_url(small_font(), "font/woff"),
            licence=font_licence().decode().replace("*/", "* /"),
            maps={theme.name: _map(surface, page.axes.ratio, theme) for theme in (LIGHT, DARK)},
            looks=_harmless(msgspec.json.encode({"dashes": DASHES, "markers": MARKERS}).decode()),
        )
    )


def _harmless(text: str) -> str:
    """JSON that ends no script, whatever names it holds."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _code(code: Code) -> str:
    double, single, glsl = code.surfaces
    optimizers = ",\n".join(f"[{', '.join(regimes)}]" for regimes in code.optimizers)
    shaders = msgspec.json.encode({"prelude": GLSL_PRELUDE, "surface": glsl}).decode()
    lines = (
        f"{JAVASCRIPT_PRELUDE}const SURFACES = {{ double: {double}, single: {single} }};",
        f"const GLSL = {shaders};",
        f"const OPTIMIZERS = [{optimizers}];",
    )
    return "\n".join(lines)


@cache
def _script(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text("utf-8")


def _map(surface: Surface, ratio: float, theme: Theme) -> str:
    """The relief with its contours, from edge to edge of the view, as an address that holds it."""
    size = (_LONGER_SIDE * min(1.0, ratio), _LONGER_SIDE / max(1.0, ratio))
    with settings(), io.BytesIO() as png, io.BytesIO() as small:
        figure = Figure(figsize=(round(size[0]) / 200, round(size[1]) / 200), dpi=200)
        ax = figure.add_axes((0, 0, 1, 1))
        loss_map(replace(surface, minima=()), ax, theme)
        ax.set_axis_off()
        ax.set_aspect("auto")
        figure.savefig(png, format="png", dpi=200)
        picture = Image.open(png).convert("RGB")
        for quality in _QUALITIES:
            small.seek(0)
            small.truncate()
            picture.save(small, "WEBP", quality=quality, method=4)
            if small.tell() <= _ROOM:
                break
        return data_url(small.getvalue(), "image/webp")
