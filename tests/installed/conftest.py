"""Descent as somebody has it who installed the wheel: nothing of the clone, no network, a folder with a space."""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Installed = Callable[..., "subprocess.CompletedProcess[str]"]


def offline(*words: str | Path, cwd: Path) -> None:
    """Run pip of this environment, which finds nothing but what is named."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run([*pip, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is under version control, or would be: building leaves its traces here and not in the clone."""
    folder = tmp_path_factory.mktemp("checkout")
    names = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".", ":!*.gif", ":!*.webp"]
    listed = subprocess.run(names, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    offline("wheel", ".", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder, cwd=checkout)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def descent(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """``descent(*words, cwd=…)`` is the installed command, in an environment that lacks the clone."""
    home = tmp_path_factory.mktemp("installed") / "an environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    offline("--python", python, "install", "--no-deps", "--no-index", wheel, cwd=home)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    # A path in a .pth file is only looked into: what an editable install does there is not done again.
    (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DESCENT", "COV"))}
    clean["PATH"] = f"{home / 'bin'}{os.pathsep}{clean['PATH']}"

    def run(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        command = list(words) if words[0] in ("bash", "python") else ["descent", *words]
        return subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False, timeout=300)

    where = run("python", "-c", "import descent; print(descent.__file__)", cwd=home)
    assert Path(where.stdout.strip()).is_relative_to(home), where
    return run


@pytest.fixture(scope="session")
def course(descent: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project whose first scene is rendered, in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("desk")
    begun = descent("init", "my course", cwd=folder)
    assert begun.returncode == 0, begun.stderr
    return folder / "my course"
