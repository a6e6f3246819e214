"""A film with formulas renders where every LaTeX program fails: nothing asks for one."""

import os
from collections.abc import Callable
from pathlib import Path

from own_process import Ended

SCENE = """
from descent import EXPERIMENTS
from descent.stage import ComparisonScene

class Small(ComparisonScene):
    title = "Formulas without LaTeX"
    runs = (EXPERIMENTS["E06"],)

    def construct(self):
        self.board.introduce()
        self.play(*self.board.reveal_panels(), *self.board.enter(0))
"""
PROGRAMS = ("latex", "pdflatex", "xelatex", "lualatex", "luatex", "tex", "dvisvgm", "dvips")


def test_formulas_are_set_without_latex(tmp_path: Path, manim_command: Callable[..., Ended]) -> None:
    programs, called = tmp_path / "bin", tmp_path / "called"
    programs.mkdir()
    for name in PROGRAMS:
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "$0" >> "{called}"\nexit 1\n')
        program.chmod(0o755)
    scene = tmp_path / "small.py"
    scene.write_text(SCENE)
    told = manim_command(
        *("render", "-ql", "-s", "--media_dir", str(tmp_path), "-v", "WARNING", str(scene), "Small"),
        PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
        DESCENT_VOICE="silence",
    )
    assert told.status == 0, told.errors
    assert list(tmp_path.glob("images/**/*.png"))
    assert list(tmp_path.glob("**/*.typ")), "no formula was set, so nothing was proved"
    assert not called.exists(), called.read_text()
