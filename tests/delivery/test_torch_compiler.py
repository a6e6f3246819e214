"""Torch's compiler is put off until somebody compiles, and is whole then."""

import subprocess
import sys

import pytest

_STEPS_THEN_COMPILES = """
import sys
import torch
from descent.delivery.torch_compiler import put_off_compiler

put_off_compiler()
weight = torch.tensor([1.0], requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.5)
weight.sum().backward()
optimizer.step()
optimizer.zero_grad()
left_alone = vars(torch.optim.SGD.zero_grad.__wrapped__)
print(weight.item(), "torch._dynamo.eval_frame" in sys.modules, *left_alone)

import torch._dynamo.config
compiled = torch.compile(torch.neg, backend="eager")
print(torch._dynamo is sys.modules["torch._dynamo"], compiled(weight).item(), *left_alone)
optimizer.zero_grad()
print(left_alone["__dynamo_disable"] is not torch.optim.SGD.zero_grad.__wrapped__)
"""


@pytest.mark.matrix
def test_optimizers_do_not_import_it_and_who_compiles_finds_it_whole() -> None:
    run = subprocess.run([sys.executable, "-c", _STEPS_THEN_COMPILES], capture_output=True, text=True)
    assert run.stdout.splitlines() == [
        "0.5 False __dynamo_disable",
        "True -0.5",
        "True",
    ], run.stderr
