"""Set-up installs exactly what is missing, once, and says in one sentence what it cannot do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = ("c++", "pkg-config", "dpkg", "chromium")
OLD = 'case "$2" in *\'"%d.%d"\'*) echo 3.10;; *) exit 1;; esac'
PLAIN = 'case "$2" in *ensurepip*) exit 1;; *sysconfig*) echo /nowhere;; *%d*) echo 3.11;; esac'  # Debian's python3


@pytest.fixture
def machine(tmp_path):
    """A PATH of stand-ins: each writes its name and arguments to a log, then does as told."""
    return Machine(tmp_path)


class Machine:
    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.release = folder / "os-release"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.bin.joinpath("env").symlink_to(shutil.which("env"))

    def has(self, *names: str, does: str = "exit 0") -> None:
        for name in names:
            command = self.bin / name
            command.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.log}"\n{does}\n')
            command.chmod(0o755)

    def run(self, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
        script = ["/bin/sh", "setup/system-packages.sh", python]
        clean = {"PATH": str(self.bin), "OS_RELEASE": str(self.release)}
        return subprocess.run(script, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)

    def calls(self, *names: str) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.split()[0] in names]


def test_a_complete_machine_installs_nothing(machine):
    machine.has(*TOOLS, "apt-get", "sudo")
    assert machine.run().returncode == 0
    assert machine.calls("apt-get", "sudo") == []


def test_a_bare_debian_gets_all_it_lacks_without_questions(machine):
    machine.has("apt-get", "python3", does=PLAIN)
    machine.has("id", does="echo 0")
    done = machine.run("python3")
    assert done.returncode == 0, done.stderr
    _, install = machine.calls("apt-get")
    assert " --yes " in install
    libraries = "build-essential pkg-config libcairo2-dev libpango1.0-dev libegl1 libgl1-mesa-dri"
    assert install.split("--no-install-recommends ")[1] == f"{libraries} chromium python3.11-venv python3.11-dev"


def test_ubuntu_is_spared_its_chromium(machine):
    machine.release.write_text("NAME=Ubuntu\nID=ubuntu\n")
    machine.has("apt-get", "python3", does=PLAIN)
    machine.has("id", does="echo 0")
    assert machine.run("python3").returncode == 0
    assert "chromium" not in machine.calls("apt-get")[1]


@pytest.mark.parametrize(("lacking", "package"), [("cairo", "libcairo2-dev"), ("pangocairo", "libpango1.0-dev")])
def test_only_what_is_missing_is_installed(machine, lacking, package):
    machine.has("c++", "apt-get", "dpkg", "chromium")
    machine.has("pkg-config", does=f'[ "$2" != {lacking} ]')
    machine.has("id", does="echo 0")
    assert machine.run().returncode == 0
    _, install = machine.calls("apt-get")
    assert install.endswith(f"--no-install-recommends {package}")


def test_sudo_is_asked_only_of_those_who_are_not_root(machine):
    machine.has("c++", "apt-get")
    machine.has("sudo", does='exec "$@"')
    machine.has("id", does="echo 1000")
    assert machine.run().returncode == 0
    assert len(machine.calls("sudo")) == len(machine.calls("apt-get")) == 2


def test_a_stale_package_index_does_not_stop_it_but_a_failed_installation_does(machine):
    machine.has("c++")
    machine.has("id", does="echo 0")
    machine.has("apt-get", does='case "$*" in *update) exit 100;; esac')
    assert machine.run().returncode == 0
    machine.has("apt-get", does='case "$*" in *update) ;; *) exit 100;; esac')
    assert machine.run().returncode == 100


def test_homebrew_installs_on_macos(machine):
    machine.has("c++", "brew")
    assert machine.run().returncode == 0
    assert machine.calls("brew") == ["brew install pkg-config cairo pango"]


@pytest.mark.parametrize(
    ("commands", "python", "sentence"),
    [
        ({}, "python9", "there is no python9; install Python 3.11 or newer"),
        ({"python3": OLD}, "python3", "Python 3.11 or newer is needed and python3 is 3.10"),
        ({"pkg-config": "exit 0", "python3": PLAIN}, "python3", "python3 has no venv module"),
        ({"apt-get": "", "id": "echo 1000"}, sys.executable, "there is no sudo: build-essential"),
        ({}, sys.executable, "install these with your package manager"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(machine, commands, python, sentence):
    for name, does in commands.items():
        machine.has(name, does=does)
    failed = machine.run(python)
    assert failed.returncode == 1
    assert failed.stderr.startswith("Error: ")
    assert sentence in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_the_dockerfile_does_what_the_script_does_and_the_script_what_it_says(machine):
    """Docker itself is not run here; its one step that is not Docker's own is this script."""
    (step,) = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("RUN ")]
    assert step == "RUN sh /descent/setup/install.sh python3"
    machine.has("apt-get", "pip")
    machine.has("python3", does=f'case "$*" in "-m "*) exit 0;; esac; {PLAIN}')
    machine.has("id", does="echo 0")
    for name in ("sh", "dirname"):
        machine.bin.joinpath(name).symlink_to(shutil.which(name))
    for index in ("", "https://index.invalid/cpu"):
        clean = {"PATH": str(machine.bin), "OS_RELEASE": str(machine.release), "TORCH_INDEX": index}
        script = ["/bin/sh", str(ROOT / "setup" / "install.sh"), "python3"]
        done = subprocess.run(script, cwd=machine.bin, env=clean, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "chromium" not in machine.calls("apt-get")[1]
    calls = [call.removeprefix("python3 -m ") for call in machine.calls("python3") if " -m " in call]
    install = [f"pip install {ROOT}[voice,slides]", "descent doctor"]
    assert calls == [*install, "pip install --index-url https://index.invalid/cpu torch", *install]


def test_set_up_runs_again_only_when_the_lock_or_the_project_changes(tmp_path):
    project, commands = tmp_path / "a project", Machine(tmp_path)
    shutil.copytree(ROOT / "setup", project / "setup")
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy2(ROOT / name, project)
    in_venv = f'mkdir -p .venv/bin; ln -sf "{commands.bin}/python" .venv/bin/python'
    commands.has(
        "python", does=f'case "$*" in "-m venv .venv") {in_venv};; "-m pip"*) ;; *) exec "{sys.executable}" "$@";; esac'
    )
    commands.has(*TOOLS)
    make = [shutil.which("make"), "setup", f"PYTHON={commands.bin}/python"]
    path = f"{commands.bin}:{os.environ['PATH']}"

    def installs() -> int:
        before = len(commands.calls("python"))
        subprocess.run(make, cwd=project, env={"PATH": path}, capture_output=True, text=True, check=True)
        return sum(" pip install " in call for call in commands.calls("python")[before:])

    assert installs() == 2
    assert installs() == 0
    for name in ("requirements.lock", "pyproject.toml"):
        later = (project / ".venv/.ready").stat().st_mtime + 1
        os.utime(project / name, (later, later))
        assert installs() == 2
        os.utime(project / name, (0, 0))
        assert installs() == 0
