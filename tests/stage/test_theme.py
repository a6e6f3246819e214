"""Two looks, chosen by the background, each legible."""

import pytest
from manim import config, tempconfig

from descent.base.errors import DescentError
from descent.look.palette import DARK, LIGHT
from descent.stage import theme as module
from descent.stage.text import Label

BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


@BOTH
def test_the_background_chooses_the_theme(theme):
    with tempconfig({"background_color": theme.background}):
        assert module.current_theme() is theme
        assert Label("ink").ink == theme.ink


@BOTH
def test_the_environment_chooses_the_background(theme, monkeypatch):
    monkeypatch.setenv("DESCENT_THEME", theme.name)
    with tempconfig({"background_color": "#808080"}):
        module.use_theme_of_environment()
        assert config.background_color.to_hex().lower() == theme.background
        assert module.current_theme() is theme


def test_without_it_the_background_stays(monkeypatch):
    monkeypatch.delenv("DESCENT_THEME", raising=False)
    with tempconfig({"background_color": "#123456"}):
        module.use_theme_of_environment()
        assert config.background_color.to_hex() == "#123456"


def test_an_unknown_theme_names_the_nearest():
    with pytest.raises(DescentError, match=r"no theme 'drak'.*dark"):
        module.find_theme("drak")


@BOTH
def test_every_run_s_colour_stands_out_from_the_background(theme):
    assert min(contrast(colour, theme.background) for colour in theme.runs) >= 3
    assert min(contrast(ink, theme.background) for ink in (theme.ink, theme.soft)) >= 4.5


def contrast(one, other):
    """The contrast of two colours as WCAG 2 defines it."""

    def luminance(colour):
        parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_importing_the_stage_changes_nothing_for_anybody(manim_command):
    code = """
import sys
import manim
from manim import config, error_console
before = sys.excepthook, error_console.print_exception, str(config.background_color)
import descent.stage
assert before == (sys.excepthook, error_console.print_exception, str(config.background_color))
"""
    ended = manim_command(code=code, DESCENT_THEME="light")
    assert ended.status == 0, ended.errors
