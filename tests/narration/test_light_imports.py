"""Narration can be used, and is quick to import, without what draws, resamples or speaks."""

import subprocess
import sys

import descent


def test_neither_manim_nor_an_engine_is_imported() -> None:
    code = (
        "import sys, descent.film.narration; print(sorted({'manim', 'scipy', 'hibari', 'piper'} & sys.modules.keys()))"
    )
    root = descent.__path__[0] + "/.."
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
