"""HTML that plays a finished film, for notebooks."""

import html
import os
from collections.abc import Sequence
from pathlib import Path

from descent.base.files import data_url
from descent.film.loops import LOOPS

EMBEDDED = 20_000_000
"""Largest film, in bytes, that is put into a notebook; a larger one is shown from its file."""

_KINDS = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    **{suffix: loop.mime for suffix, loop in LOOPS.items()},
    ".png": "image/png",
}


def player(file: Path, captions: Path | None = None, title: str = "", remarks: Sequence[str] = ()) -> str:
    """HTML that plays a film, or shows a GIF or a picture.

    Args:
        file: The film; up to 20 MB go into the HTML, a larger one is named by its path from here.
        captions: A WebVTT file that belongs to it, if there is one.
        title: What the film is called.
        remarks: Sentences that stand below it.
    """
    return _shown(file, captions, title) + "".join(f"<p>{html.escape(remark)}</p>" for remark in remarks)


def _shown(file: Path, captions: Path | None, title: str) -> str:
    if not file.is_file():
        return f"<p>There is no film {html.escape(str(file))}: render it first.</p>"
    kind = _KINDS.get(file.suffix.lower(), "")
    if not kind:
        return f"<p>{html.escape(str(file))}</p>"
    small = file.stat().st_size <= EMBEDDED
    source = data_url(file.read_bytes(), kind) if small else html.escape(Path(os.path.relpath(file)).as_posix())
    name, style = html.escape(title or file.stem), "max-width: 100%; width: 45em"
    if kind.startswith("image/"):
        return f'<img alt="{name}" src="{source}" style="{style}">'
    track = ""
    if captions is not None and captions.is_file():
        told = data_url(captions.read_bytes(), "text/vtt")
        track = f'<track default kind="captions" srclang="en" label="English" src="{told}">'
    return (
        f'<video controls preload="metadata" aria-label="{name}" style="{style}">'
        f'<source src="{source}" type="{kind}">{track}</video>'
    )
