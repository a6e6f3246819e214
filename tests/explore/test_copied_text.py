"""What is copied from the page, read by the real command, the real parser and Python, is what is on screen."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from live_pages import move_start, opened, page_of, set_to, without_relief
from playwright.sync_api import Page, expect
from torch.optim import LBFGS, SGD, Adam
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR

from descent import BIRD, REGRESSION, VALLEY, Clipping, GradientNoise, Run, Surface, sequential, trace
from descent.animate.read import read
from descent.commands.animate import animate, race_of
from descent.publish.explore import explore

START = (-12.0, 10.0)
ODD = 'l\'été "2" <b>&</b> λ {a=b} $HOME `x`'
RUNS = (
    Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), START, 25, name=ODD),
    Run(BIRD, partial(Adam, betas=(0.8, 0.99), lr=0.4), START, 25, partial(ExponentialLR, gamma=0.9)),
)


def copied(page: Page, language: str) -> str:
    page.get_by_role("button", name="Copy…").click()
    page.get_by_label(language, exact=True).check()
    text = page.get_by_label("Text to copy").input_value() if page.locator("#text").is_visible() else ""
    told = page.locator("#copied").inner_text()
    page.get_by_role("button", name="Close").click()
    return text or told


def typed(text: str, folder: Path) -> Sequence[Run]:
    """The runs that a shell's `descent animate` would make its film of."""
    bin = folder / "bin"
    bin.mkdir()
    descent = bin / "descent"
    descent.write_text(f'#!{sys.executable}\nimport json, sys\njson.dump(sys.argv[1:], open("words.json", "w"))\n')
    descent.chmod(0o755)
    subprocess.run(
        ["sh", "-c", text], cwd=folder, check=True, env={**os.environ, "PATH": f"{bin}:{os.environ['PATH']}"}
    )
    command, *words = json.loads((folder / "words.json").read_text("utf-8"))
    assert command == "animate"
    params = animate.make_context("animate", [*words]).params
    runs = params.pop("runs")
    for name in ("jobs", "init", "as_json"):
        params.pop(name)
    return read(
        race_of(runs, {key: value for key, value in params.items() if value not in (None, ()) and value is not False})
    ).runs()


def pythons(text: str) -> tuple[Sequence[Run], dict[str, Any]]:
    """What a Python that runs the text is asked to write a page of."""
    found: list[Any] = []
    code = compile(text, "copied.py", "exec")
    with pytest.MonkeyPatch.context() as patch:
        import descent

        patch.setitem(vars(descent), "explore", lambda *args, **keywords: found.append((args, keywords)))
        exec(code, {})
    (((runs, _), keywords),) = found
    return runs, keywords


def are_on_screen(runs: Sequence[Run], page: Page) -> None:
    assert len(runs) == page.evaluate("runs.length")
    for k, run in enumerate(runs):
        found = np.array(page.evaluate(f"Array.from(runs[{k}].path.w)")).reshape(-1, 2)
        np.testing.assert_allclose(found, trace(run).params, rtol=1e-5, atol=1e-5)
        assert run.name == page.evaluate(f"nameNow(runs[{k}])")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_of(RUNS, tmp_path_factory.mktemp("copied"), "Who's “first” <i>?")


@pytest.fixture
def shown(page: Page, file: Path) -> Page:
    return opened(page, file)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def all_are_on_screen(page: Page, folder: Path) -> str:
    """Check all three; the command."""
    (folder / "from-page.toml").write_text(copied(page, "TOML"), "utf-8")
    are_on_screen(read(race_of(("from-page.toml",), {})).runs(), page)
    are_on_screen(pythons(copied(page, "Python"))[0], page)
    (folder / "from-page.toml").unlink()
    text = copied(page, "Command")
    are_on_screen(typed(text, folder), page)
    return text


def test_as_it_was_made_with_its_title(shown: Page, inside: Path) -> None:
    all_are_on_screen(shown, inside)
    assert pythons(copied(shown, "Python"))[1] == {"title": "Who's “first” <i>?"}
    assert 'title = "Who\'s “first” <i>?"' in copied(shown, "TOML")


def test_changed_added_and_moved(shown: Page, inside: Path) -> None:
    set_to(shown, ODD, "momentum", "0.85")
    set_to(shown, ODD, "weight_decay", "0.001")
    set_to(shown, "Adam", "betas[1]", "0.9")
    set_to(shown, "Adam", "gamma", str(shown.evaluate("runs.find((run) => run.rates.length).rates[1].values.at(-2)")))
    assert shown.evaluate("runs.some((run) => run.notch)")
    move_start(shown, 1, -2.5, 3.125)
    shown.get_by_label("Optimizer", exact=True).select_option("NAdam")
    shown.get_by_role("button", name="Add a run").click()
    shown.get_by_role("button", name="Duplicate l'été").click()
    set_to(shown, f"{ODD} 2", "lr", "0.0000001")
    text = all_are_on_screen(shown, inside)
    assert text.endswith("END\ndescent animate from-page.toml\n")
    assert "title" not in text


@pytest.mark.matrix
def test_one_line_where_every_run_starts_at_every_start(page: Page, inside: Path) -> None:
    runs = [Run(VALLEY, partial(SGD, lr=lr), start, 9, name=name)
            for lr, name in ((0.1, "it's $1"), (0.2, "")) for start in ((-4.0, -2.0), (1.5, 2.0))]  # fmt: skip
    opened(page, page_of(runs, inside))
    text = all_are_on_screen(page, inside)
    assert text.startswith("descent animate --surface valley --start -4,-2 --start 1.5,2 --steps 9 ")
    assert text.count("\n") == 1


@pytest.mark.matrix
def test_another_view_of_a_known_surface_and_a_scheduler_of_parts(page: Page, inside: Path) -> None:
    surface = replace(BIRD, domain=((-13.0, -1.0), (0.0, 11.0)), minima=())
    parts = sequential(partial(ExponentialLR, gamma=0.9), partial(ExponentialLR, gamma=0.5), milestones=[4])
    opened(page, page_of([Run(surface, partial(SGD, lr=0.01), START, 9, parts)], inside))
    assert "--domain -13.0,-1.0,0.0,11.0" in all_are_on_screen(page, inside)


@pytest.mark.matrix
def test_a_function_of_a_file(page: Page, inside: Path) -> None:
    from descent.base.user_code import import_file

    (inside / "bowls.py").write_text("def bowl(w1, w2):\n    return w1**2 + 3 * w2**2\n", "utf-8")
    surface = Surface("bowl", import_file(inside / "bowls.py").bowl, ((-3.0, 3.0), (-2.0, 2.0)), ((0.0, 0.0),))
    opened(page, page_of([Run(surface, partial(SGD, lr=0.1), (2.0, 1.0), 9)], inside))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(inside))
        assert "--surface bowls.py:bowl" in all_are_on_screen(page, inside)


@pytest.mark.matrix
def test_data_of_a_file(page: Page, inside: Path) -> None:
    (inside / "my points.csv").write_text("x,y\n1,1\n2,3\n4,4\n", "utf-8")
    problem = read(race_of(("SGD(lr=0.1)",), {"data": "my points.csv", "standardize": True, "steps": 7}))
    with without_relief():
        opened(page, explore(problem.runs(), inside / "page.html", data=("my points.csv", True)))
    are_on_screen(typed(copied(page, "Command"), inside), page)
    (inside / "from-page.toml").write_text(copied(page, "TOML"), "utf-8")
    are_on_screen(read(race_of(("from-page.toml",), {})).runs(), page)
    python = copied(page, "Python")
    with pytest.MonkeyPatch.context() as patch:
        import descent

        found: list[Any] = []
        # Among its names: lazy_loader keeps a package from being put where its function is, so nothing would be undone.
        patch.setitem(vars(descent), "animate", lambda *args, **keywords: found.append((args, keywords)))
        exec(compile(python, "copied.py", "exec"), {})
    (((run,), keywords),) = found
    assert (run["optimizer"], keywords) == ("SGD(lr=0.1)", {"data": "my points.csv", "standardize": True})


PLAIN = Run(BIRD, partial(SGD, lr=0.01), START, 5)
OF_A_SESSION = [Surface("mine", lambda a, b: a**2 + b**2, ((-3, 3), (-3, 3)))]
ODD_ONES = {
    "cannot be written": replace(PLAIN, scheduler=partial(LambdaLR, lr_lambda=lambda k: 0.9**k)),
    "has a longer name than": replace(PLAIN, name="n" * 81),
    "No command takes dtype=torch.float64": replace(PLAIN, dtype=torch.float64),
    "No command takes noise=GradientNoise(": replace(PLAIN, noise=GradientNoise(0.1)),
    "No command takes clipping=Clipping(": replace(PLAIN, clipping=Clipping(1.0)),
    "No command takes groups=": replace(PLAIN, groups=({"lr": 0.1}, {})),
    "descent animate ": replace(PLAIN, optimizer=partial(LBFGS, lr=0.1)),
}


@pytest.mark.matrix
def test_what_no_command_takes_is_said(page: Page, inside: Path) -> None:
    opened(page, page_of(list(ODD_ONES.values()), inside))
    for number, told in enumerate(ODD_ONES):
        assert told in copied(page, "Command")
        if number:
            are_on_screen(pythons(copied(page, "Python"))[0], page)
        else:
            assert told in copied(page, "Python")
        if number < len(ODD_ONES) - 1:
            page.get_by_role("button", name="Remove").first.click()


@pytest.mark.matrix
@pytest.mark.parametrize("surface", [REGRESSION, *OF_A_SESSION], ids=["known", "own"])
def test_a_surface_in_no_file(page: Page, inside: Path, surface: Surface) -> None:
    opened(page, page_of([Run(surface, partial(SGD, lr=0.01), (0.5, 0.5), 5)], inside))
    assert "stands in no file" in copied(page, "Command")
    python = copied(page, "Python")
    if surface is REGRESSION:
        are_on_screen(pythons(python)[0], page)
    else:
        assert python.splitlines()[4] == '# surface: your own, "mine"'


@pytest.mark.matrix
def test_a_run_that_is_there_twice_is_said(shown: Page) -> None:
    shown.get_by_role("button", name="Duplicate Adam").click()
    assert "is there twice" in copied(shown, "TOML")


def test_the_clipboard_gets_it(tab: Callable[..., Page], file: Path) -> None:
    page = opened(tab(permissions=["clipboard-read", "clipboard-write"]), file)
    page.get_by_role("button", name="Copy…").click()
    page.get_by_label("TOML", exact=True).check()
    page.get_by_role("dialog").get_by_role("button", name="Copy").click()
    expect(page.locator("#copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Text to copy").input_value()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
