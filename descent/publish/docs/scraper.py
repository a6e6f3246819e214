"""What an example of sphinx-gallery made, for its page: figures and films, each where it was made."""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from shutil import copyfile
from typing import Any

from descent.publish.docs.formats import FORMATS

_KINDS = {
    "descent.figures.picture.Picture": "figure",
    "descent.delivery.orders.RenderResult": "film",
    "descent.animate.make.Made": "film",
}
IGNORED = r"descent\.(figures|delivery|animate)\."
"""Types that sphinx-gallery need not show by itself, as it has their names."""

_MOVING = {".webm", *(row.suffix for row in FORMATS.values() if row.profile)}


def scrape(block: Any, variables: MutableMapping[str, Any], conf: Mapping[str, Any]) -> str:
    """Save what a block of an example has made and holds, under the names that sphinx-gallery gives.

    Args:
        block: The block.
        variables: What sphinx-gallery knows of the example.
        conf: The configuration of sphinx-gallery.

    Returns:
        reStructuredText that shows it.
    """
    known: list[Any] = variables.setdefault("descent_shown", [])
    shown = []
    for value in _made(variables["example_globals"]):
        if not any(value is each for each in known):
            known.append(value)
            shown.append(_shown(value, variables["image_path_iterator"], Path(conf["src_dir"])))
    return "\n".join(shown)


def _made(names: Mapping[str, Any]) -> Iterator[Any]:
    """The figures and films that names stand for, alone or in a list."""
    for value in list(names.values()):
        for each in value if isinstance(value, list | tuple) else [value]:
            if _kind(each):
                yield each


def _kind(value: Any) -> str:
    """What a value is: "figure", "film", or nothing; its class is only named, so that none is loaded for it."""
    kind = _KINDS.get(f"{type(value).__module__}.{type(value).__name__}", "")
    shows = kind != "film" or (not getattr(value, "error", None) and _file(value).suffix.lower() in (".png", *_MOVING))
    return kind if shows else ""  # a film that failed shows nothing, nor does a deck of slides


def _file(film: Any) -> Path:
    """The file that was asked for."""
    file: Path = film.order.films[0] if hasattr(film, "order") else film.file
    return file


def _shown(value: Any, paths: Iterator[str], sources: Path) -> str:
    """Save it, and say so; a film with its last picture, which stands for the example in the gallery."""
    target = Path(next(paths))
    if _kind(value) == "figure":
        value.save(target)
        return _image(target, value.alt, sources)
    film = value if hasattr(value, "order") else value.film
    file = _file(value)
    title = getattr(value, "title", "") or _title(film)
    if file.suffix.lower() not in _MOVING:
        copyfile(file, target)  # a PNG, of which no film was made
        return _image(target, title, sources)
    copyfile(film.order.file(".png"), target)
    copyfile(file, target.with_suffix(file.suffix.lower()))
    if film.order.file(".vtt").is_file():
        copyfile(film.order.file(".vtt"), target.with_suffix(".vtt"))
    name = _from(target.with_suffix(file.suffix.lower()), sources)
    return f"\n.. descent-file:: /{name}\n   :alt: {title}\n"


def _title(film: Any) -> str:
    from descent.film.sidecar import read_sidecar

    return read_sidecar(film.order.file(".json")).title or str(film.order.scene.name)


def _image(file: Path, alt: str, sources: Path) -> str:
    return f"\n.. image:: /{_from(file, sources)}\n   :alt: {' '.join(alt.split())}\n   :class: sphx-glr-single-img\n"


def _from(file: Path, sources: Path) -> str:
    return Path(os.path.relpath(file, sources)).as_posix()
