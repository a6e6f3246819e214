"""Pictures for paper, where WebP is not known."""

from pathlib import Path

from descent.base.files import replacing


def as_png(source: Path, folder: Path) -> Path:
    """A picture as a PNG: itself if it is one, else a copy in a folder.

    Args:
        source: The picture; of one that moves, the first picture is taken.
        folder: Where copies are kept.
    """
    from PIL import Image

    if source.suffix.lower() == ".png":
        return source
    target = folder / f"{source.stem}.png"
    if not target.is_file() or target.stat().st_mtime < source.stat().st_mtime:
        with Image.open(source) as picture, replacing(target) as beside:
            picture.convert("RGB").save(beside)
    return target


def size_of(picture: Path) -> tuple[int, int]:
    """(width, height) of a picture in pixels."""
    from PIL import Image

    with Image.open(picture) as opened:
        return opened.size
