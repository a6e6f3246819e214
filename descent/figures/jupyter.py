"""How runs, schedules, figures and films show themselves in a notebook: HTML that needs nothing beside it.

The classes' own ``_repr_html_`` come here, and only then is anything imported that draws.
"""

import base64
import html
import os
from pathlib import Path
from typing import TYPE_CHECKING

from descent.base.errors import DescentError
from descent.record.runs import Run
from descent.record.schedules import LRCurve, Schedule, trace_lr
from descent.record.trajectories import Trajectory, trace

if TYPE_CHECKING:
    from descent.delivery.orders import Film
    from descent.figures import Picture

EMBEDDED = 20_000_000
"""Largest film, in bytes, that is put into a notebook; a larger one is shown from its file."""

_MOST_STEPS = 5000  # a run that is only named is traced to be shown, but not for minutes
_KINDS = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".gif": "image/gif",
    ".png": "image/png",
}


def run_html(run: Run | Trajectory) -> str:
    """A run as a figure of its way, its loss and its rate; a run that cannot be traced says why."""
    if isinstance(run, Run) and run.steps > _MOST_STEPS:
        return f"<p>{html.escape(run.label)}, {run.steps:,} steps: too many to trace unasked; trace(run) does.</p>"
    from descent.figures import comparison

    try:
        return picture_html(comparison([run if isinstance(run, Trajectory) else trace(run)]))
    except DescentError as error:
        return f"<p>{html.escape(str(error))}</p>"


def schedule_html(schedule: Schedule | LRCurve) -> str:
    """A schedule as a figure of its rate; one that torch refuses says why."""
    from descent.figures import schedule_curves

    try:
        return picture_html(schedule_curves([trace_lr(schedule) if isinstance(schedule, Schedule) else schedule]))
    except DescentError as error:
        return f"<p>{html.escape(str(error))}</p>"


def picture_html(picture: "Picture") -> str:
    """A figure as a PNG, with its alt text."""
    source = _data(picture._repr_png_(), "image/png")
    return f'<img alt="{html.escape(picture.alt)}" src="{source}" style="max-width: 100%; width: 45em">'


def film_html(film: "Film") -> str:
    """A film as a player with its captions; one that failed says why."""
    if film.error:
        return f"<p>{html.escape(film.order.scene.name)}: {html.escape(str(film.error))}</p>"
    return player(film.order.films[0], film.order.file(".vtt"), film.order.scene.name)


def player(file: Path, captions: Path | None = None, title: str = "") -> str:
    """HTML that plays a film, or shows a GIF or a picture.

    Args:
        file: The film; up to 20 MB go into the HTML, a larger one is named by its path from here.
        captions: A WebVTT file that belongs to it, if there is one.
        title: What the film is called.
    """
    if not file.is_file():
        return f"<p>There is no film {html.escape(str(file))}: render it first.</p>"
    kind = _KINDS.get(file.suffix.lower(), "")
    if not kind:
        return f"<p>{html.escape(str(file))}</p>"
    small = file.stat().st_size <= EMBEDDED
    source = _data(file.read_bytes(), kind) if small else html.escape(Path(os.path.relpath(file)).as_posix())
    name, style = html.escape(title or file.stem), "max-width: 100%; width: 45em"
    if kind.startswith("image/"):
        return f'<img alt="{name}" src="{source}" style="{style}">'
    track = ""
    if captions is not None and captions.is_file():
        told = _data(captions.read_bytes(), "text/vtt")
        track = f'<track default kind="captions" srclang="en" label="English" src="{told}">'
    return (
        f'<video controls preload="metadata" aria-label="{name}" style="{style}">'
        f'<source src="{source}" type="{kind}">{track}</video>'
    )


def _data(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
