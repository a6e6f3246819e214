"""The folder of a site: what is as it should be stays untouched, and what the site no longer has goes."""

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from descent.base.errors import DescentError
from descent.base.files import replacing, write

_MANIFEST = ".descent-gallery.json"


class SiteFolder:
    """A folder that one build of a site after the other is written to.

    A manifest notes from what each file was made, so that a build writes only what changed, and removes only what an
    earlier build wrote.

    Args:
        root: The folder.

    Raises:
        DescentError: If it holds a page that no build wrote.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._before = self._read()
        self._now: dict[str, str] = {}
        if (root / "index.html").exists() and "index.html" not in self._before:
            raise DescentError(f"{root / 'index.html'} was not written by `descent gallery`; choose another folder.")

    def text(self, name: str, text: str) -> None:
        """Have a file of this text."""
        data = text.encode()
        self.made(name, sha256(data).hexdigest(), lambda: data)

    def made(self, name: str, key: str, make: Callable[[], bytes]) -> None:
        """Have a file of what ``make`` returns, which is only asked if the key is another than last time."""
        if not self._has(name, key):
            write(self.root / name, make())
        self._now[name] = key

    def linked(self, name: str, key: str, source: Path) -> None:
        """Have a file of the same content as another, without using the space twice where that is possible."""
        if not self._has(name, key):
            with replacing(self.root / name) as beside:
                try:
                    os.link(source, beside)
                except OSError:  # another disk, or one without links
                    shutil.copy2(source, beside)
        self._now[name] = key

    def finish(self) -> None:
        """Remove what this build did not have, and note what it had."""
        for name in self._before.keys() - self._now.keys():
            (self.root / name).unlink(missing_ok=True)
        write(self.root / _MANIFEST, json.dumps(dict(sorted(self._now.items())), indent=1).encode())

    def _has(self, name: str, key: str) -> bool:
        return self._before.get(name) == key and (self.root / name).is_file()

    def _read(self) -> dict[str, str]:
        try:
            noted = json.loads((self.root / _MANIFEST).read_text(encoding="utf-8"))
            return {name: key for name, key in noted.items() if isinstance(key, str) and _inside(name)}
        except (OSError, ValueError, AttributeError):
            return {}


def _inside(name: str) -> bool:
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts
