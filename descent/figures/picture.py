"""A figure with the words that stand in for it, and how it becomes a file."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from descent.base.errors import DescentError, nearest
from descent.base.files import write
from descent.figures.style import settings
from descent.record import display
from descent.record.display import Bundle

_DPI = 200


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A finished figure. A notebook shows it when it is a cell's last value.

    Attributes:
        figure: The matplotlib figure, unknown to `pyplot`.
        alt: What it shows, in sentences made of its data, for whoever cannot see it.
    """

    figure: Figure
    alt: str

    def save(self, path: str | Path, dpi: float = _DPI) -> Path:
        """Write the figure whole, or leave an older file as it was.

        The same data gives the same bytes: no dates, no counters. A PDF embeds the font, an SVG holds its outlines;
        each format carries the alt text.

        Args:
            path: A file that ends in .png, .svg or .pdf; its folder is made where there is none.
            dpi: Pixels per inch of a PNG.

        Returns:
            The path.

        Raises:
            DescentError: If the ending is another, or the file cannot be written.
        """
        path = Path(path)
        write(path, self._bytes(path.suffix.lower().removeprefix("."), path, dpi))
        return path

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle | None:
        """The figure with its alt text, for notebooks."""
        return display.bundle(self)

    def png(self, dpi: float = _DPI) -> bytes:
        """The figure as a PNG.

        Args:
            dpi: Pixels per inch.
        """
        return self._bytes("png", Path("figure.png"), dpi)

    def _bytes(self, ending: str, path: Path, dpi: float) -> bytes:
        title = self.alt.split(". ")[0]
        metadata: dict[str, dict[str, Any]] = {
            "png": {"Software": None, "Title": title, "Description": self.alt},
            "svg": {"Date": None, "Creator": None, "Title": title, "Description": self.alt},
            "pdf": {"CreationDate": None, "Title": title, "Subject": self.alt},
        }
        if ending not in metadata:
            raise DescentError(f"A figure cannot be saved as {path.name!r} by its ending: {nearest(ending, metadata)}")
        with io.BytesIO() as buffer, settings():
            self.figure.savefig(buffer, format=ending, dpi=dpi, metadata=metadata[ending])
            return buffer.getvalue()
