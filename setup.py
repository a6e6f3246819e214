"""What pyproject.toml cannot say: a wheel carries the films of `scenes/`, and a README that an index page can show."""

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent

ADDRESS = ""
"""Where the repository can be read, such as https://host/owner/descent/blob/main/; not decided yet.

With it, the README's pictures and links lead there; without it, an index page shows its text, with nothing broken.
"""

CARRIED = [
    *("manim.cfg", "assets/narration.json", "course.toml"),
    *sorted(
        path.relative_to(HERE).as_posix() for kind in ("courses/*.toml", "scenes/*.py") for path in HERE.glob(kind)
    ),
]
"""What `descent.base.project.BUILT_IN` is in a wheel; it lies there as it lies here."""


class BuildWithFilms(build_py):
    """Builds the package, and beside it what it carries; an editable install finds that in the clone."""

    def run(self) -> None:
        """Build."""
        super().run()
        if not self.editable_mode:
            shutil.rmtree(self._folder(), ignore_errors=True)  # of an older build
            for name in CARRIED:
                target = self._folder() / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(HERE / name, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """What the build leaves."""
        return [*super().get_outputs(include_bytecode), *(str(self._folder() / name) for name in CARRIED)]

    def get_source_files(self) -> list[str]:
        """What the sdist needs for it."""
        return [*super().get_source_files(), *CARRIED]

    def _folder(self) -> Path:
        return Path(self.build_lib) / "descent" / "builtin"


def for_an_index(text: str, address: str = ADDRESS) -> str:
    """A README for a page that does not lie beside the repository's files.

    Args:
        text: Markdown, whose links are paths in the repository.
        address: Where these can be read; where there is none, pictures are left out, a table of nothing but pictures
            with them, and a link is its words.
    """
    link = re.compile(r"(!?)\[((?:!\[[^]]*\]\([^)]*\)|[^]])*)\]\((?!https?://|#)([^)]+)\)")
    if address:
        raw = address.replace("/blob/", "/raw/")

        def led(match: re.Match[str]) -> str:
            picture, words, path = match.groups()
            return f"{picture}[{link.sub(led, words)}]({raw if picture else address}{path})"

        return link.sub(led, text)
    without_pictures = re.sub(r"^!\[[^]]*\]\([^)]*\)\n+", "", text, flags=re.MULTILINE)
    without_tables = re.sub(r"^\|[^\n]*\[!\[[^\n]*\n", "", without_pictures, flags=re.MULTILINE)
    without_tables = re.sub(r"^\| \| \|\n\| --- \| --- \|\n(?!\|)", "", without_tables, flags=re.MULTILINE)
    return link.sub(lambda match: match[2], without_tables)


setup(
    cmdclass={"build_py": BuildWithFilms},
    long_description=for_an_index((HERE / "README.md").read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
)
