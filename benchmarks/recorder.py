"""What recording a training loop costs: its time on each step, and its memory, beside the same loop without."""

import sys
import tempfile
from contextlib import ExitStack, nullcontext
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor, nn
from torch.optim import AdamW

from benchmarks import Row
from benchmarks.measure import Cost, call, command
from descent.networks import Recorder

WORDS = 1000


class Transformer(nn.Module):
    """Like a small GPT: embedding, layers of attention, and the embedding again as its head."""

    def __init__(self, layers: int, width: int, words: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, width // 64, 4 * width, dropout=0.0, batch_first=True)
            for _ in range(layers)
        )

    def forward(self, words: Tensor) -> Tensor:
        """Scores of the next word."""
        found = self.embedding(words)
        for layer in self.layers:
            found = layer(found)
        return found @ self.embedding.weight.T


def run(quick: bool) -> list[Row]:
    """The same steps of two networks by turns, one of them recorded; and each in a process of its own, for memory."""
    turns, each = (2, 3) if quick else (10, 10)
    loops = {name: _Loop(4, 448, 256) for name in ("recorded", "recorded, measure=1", "plain")}
    costs: dict[str, list[Cost]] = {name: [] for name in loops}
    with tempfile.TemporaryDirectory(prefix="bench") as folder, ExitStack() as open_ones:
        recorders = {
            name: open_ones.enter_context(
                Recorder(Path(folder) / name, loop.model, loop.optimizer, every=25, measure=1 if "=" in name else None)
            )
            for name, loop in loops.items()
            if name != "plain"
        }
        for turn in range(turns):
            for name, loop in loops.items():
                for _ in range(each):
                    _, cost = call(lambda loop=loop, name=name: loop.step(recorders.get(name)))  # type: ignore[misc]
                    if turn:  # the first turn warms up
                        costs[name].append(cost)
    what = f"a step of a network of {loops['plain'].size / 1e6:.0f} M parameters, mean"
    rows = [
        Row(what, name, fmean(c.wall for c in own), fmean(c.cpu or 0 for c in own), shown="=" not in name)
        for name, own in costs.items()
    ]
    if quick:
        return rows
    what = "3 steps of a network of 100 M parameters, in a process of its own"
    for way in ("recorded", "plain"):
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            cost = command([sys.executable, "-m", "benchmarks.recorder", way, folder], folder=Path(__file__).parents[1])
        rows.append(Row(what, way, cost.wall, cost.cpu, cost.memory))
    return rows


class _Loop:
    """A training loop on random words."""

    def __init__(self, layers: int, width: int, length: int, words: int = WORDS) -> None:
        torch.manual_seed(0)
        self.model = Transformer(layers, width, words)
        self.optimizer = AdamW(self.model.parameters(), lr=1e-4)
        self.size = sum(param.numel() for param in self.model.parameters())
        self._data = torch.randint(0, words, (1, length))

    def step(self, recorder: Recorder | None) -> None:
        """Forward, backward, update."""
        self.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.model(self._data[:, :-1]).flatten(0, 1), self._data[0, 1:])
        loss.backward()
        self.optimizer.step()
        if recorder is not None:
            recorder.log(loss=loss)


def main(way: str, folder: str) -> None:
    """Three steps of the large network, recorded or plain, with a snapshot after each."""
    loop = _Loop(12, 768, 32, 20_000)
    with Recorder(folder, loop.model, loop.optimizer, every=1) if way == "recorded" else nullcontext() as recorder:
        for _ in range(3):
            loop.step(recorder)


if __name__ == "__main__":
    main(*sys.argv[1:])
