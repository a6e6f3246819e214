"""The command can be run as a module, and is the same command."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["descent", "descent.cli"])
def test_the_command_runs_as_a_module(module: str) -> None:
    run = subprocess.run([sys.executable, "-m", module, "render", "--nonsense"], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("Usage: descent render")
