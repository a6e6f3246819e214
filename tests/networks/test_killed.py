"""What a killed process leaves behind."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from own_loop import network, train
from torch.optim import Adam

from descent.networks import Recorder, read

HERE = Path(__file__).parent


@pytest.mark.parametrize("count", [3, pytest.param(20, marks=pytest.mark.matrix)])
@pytest.mark.matrix
def test_a_process_that_is_killed_at_any_moment_loses_no_finished_snapshot(tmp_path, count):
    """Finished is what has its name: every such file is in what is read, and is what a plain loop had, bit for bit."""
    subprocess.run([sys.executable, HERE / "killed.py", tmp_path, str(count)], check=True)
    found = {}
    for number in range(count):
        folder = tmp_path / str(number)
        files = {int(path.name[5:].split(".")[0]) for path in folder.glob("step-*.safetensors")}
        run = read(folder)
        assert set(run.at.tolist()) == files
        assert run.history.step.tolist() == list(range(len(run.history.step)))
        assert run.history.step[-1] >= run.at[-1] - 1
        found[folder] = run
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model = network()
        rows, losses = train(model, Adam(model.parameters(), lr=0.001), max(int(run.at[-1]) for run in found.values()))
        for run in found.values():
            np.testing.assert_array_equal(run.params, rows[run.at])
            logged = run.history.loss[1 : len(losses) + 1]
            np.testing.assert_array_equal(
                logged[~np.isnan(logged)], np.float64(losses)[: len(logged)][~np.isnan(logged)]
            )
        folder, run = max(found.items(), key=lambda each: each[1].at[-1])
        run_on(folder, run)
    finally:
        torch.set_num_threads(threads)


def run_on(folder, run):
    """Go on from the last snapshot, as after a crash."""
    model = read(folder, network()).network()
    optimizer = Adam(model.parameters(), lr=0.001)
    with Recorder(folder, model, optimizer, every=3, sketch=8) as more:
        assert more.steps == run.at[-1]
        train(model, optimizer, 3, more)
    assert read(folder).at.tolist() == [*run.at.tolist(), int(run.at[-1]) + 3]
