"""One question asked of a network at many parameters: at once where torch can, one after another where it cannot."""

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from descent.base.errors import DescentError, reason
from descent.record.networks.randomness import CPU, draw_anew, seeded
from descent.record.networks.weights import State, apart, names_and_sizes, write
from descent.record.surfaces import Array, differentiating

Ask = Callable[[nn.Module], Tensor]
Params = Callable[[Any], Array]
"""The parameters ``[k, P]`` of some of the points, or ``[P]`` of one."""

_NUMBERS = 2**24  # parameters and buffers held at once
_MOST = 512
_NEAR = 1e-5
_NO_STATE: State = MappingProxyType({})


@differentiating()
def ask_many(
    network: nn.Module,
    ask: Ask,
    count: int,
    params: Params,
    state: State = _NO_STATE,
    seed: int = 0,
    device: torch.device = CPU,
) -> Array:
    """What a network answers at each of many points, in the mode it is in; every point draws the same random numbers.

    Args:
        network: Left as it is.
        ask: Takes the network, returns a tensor.
        count: How many points.
        params: Gives their parameters.
        state: Buffers of each point, ``[count, …]``; all others are the network's.
        seed: For what draws at random.
        device: Where it is computed, and what ``ask`` compares it with lies.

    Raises:
        DescentError: If it cannot be computed.
    """
    asker = Asker(network, ask, state, seed, device)
    found: list[Array] = []
    done = 0
    while done < count:
        few = slice(done, min(done + asker.size, count))
        found.append(asker(params(few), {name: values[few] for name, values in state.items()}))
        done = few.stop
    return np.concatenate(found) if found else np.empty(0)


class Asker:
    """Asks a network the same at points that are given bit by bit.

    `vmap` computes many points at once. Where it cannot (recurrent layers, values that decide the way), or where its
    first answers are not those of the network itself, the network is asked point by point.

    Args:
        network: Left as it is.
        ask: Takes the network, returns a tensor.
        state: Names the buffers that come with each point.
        seed: For what draws at random: the same at every point.
        device: Where it is computed.

    Attributes:
        size: How many points are taken at once.
    """

    def __init__(
        self, network: nn.Module, ask: Ask, state: State = _NO_STATE, seed: int = 0, device: torch.device = CPU
    ) -> None:
        self._network, self._ask = copy.deepcopy(network).to(device), ask
        self._seed, self._device = seed, device
        self._layout = names_and_sizes(network)
        # A training network writes into its buffers, so each point has its own.
        buffers = {name: buffer.detach() for name, buffer in self._network.named_buffers()}
        self._moving = {name: b for name, b in buffers.items() if network.training or name in state}
        self._still = {name: b for name, b in buffers.items() if name not in self._moving}
        each = sum(shape.numel() for _, shape in self._layout) + sum(b.numel() for b in self._moving.values())
        self.size = max(1, min(_MOST, _NUMBERS // each))
        self._together: bool | None = None  # unknown

    def __call__(self, params: Array, state: State = _NO_STATE) -> Array:
        """The answers ``[k, …]``, in float64, at points ``[k, P]`` with their buffers ``[k, …]``.

        Raises:
            DescentError: If it cannot be computed.
        """
        with differentiating(), seeded(self._seed, self._device):
            if self._together is None:
                return self._first(params, state)
            return self._at_once(params, state) if self._together else self._one_by_one(params, state)

    def _first(self, params: Array, state: State) -> Array:
        """Answer, and find out which way is right."""
        try:
            found = self._at_once(params, state)
            self._together = all(_alike(found[k], self._at(params[k], _rows(state, k))) for k in {0, len(params) - 1})
        except Exception:  # whatever vmap cannot do, the network itself can, or says why not
            self._together = False
        return found if self._together else self._one_by_one(params, state)

    def _one_by_one(self, params: Array, state: State) -> Array:
        return np.stack([self._at(each, _rows(state, k)) for k, each in enumerate(params)])

    def _at(self, params: Array, state: State) -> Array:
        own = copy.deepcopy(self._network)
        write(own, params, state)
        draw_anew(self._seed, self._device)
        with computing():
            answer = self._ask(own)  # with gradients: a loss may hold derivatives of its own
        values: Array = answer.detach().cpu().double().numpy()
        return values

    def _at_once(self, params: Array, state: State) -> Array:
        asked = Question(copy.deepcopy(self._network), self._ask)  # vmap that fails leaves its tensors in it

        def answers(weights: Mapping[str, Tensor], buffers: Mapping[str, Tensor]) -> Tensor:
            values = {**weights, **buffers, **{name: b.clone() for name, b in self._still.items()}}
            found: Tensor = functional_call(asked, {f"network.{name}": value for name, value in values.items()}, ())
            return found

        weights = apart(torch.tensor(params, dtype=torch.float32, device=self._device), self._layout)
        own = {
            name: torch.tensor(state[name]).to(b) if name in state else b.expand(len(params), *b.shape).clone()
            for name, b in self._moving.items()
        }
        draw_anew(self._seed, self._device)
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that an operation has no batching rule and is slow
            found: Array = vmap(answers, randomness="same")(weights, own).cpu().double().numpy()
        return found


@contextmanager
def computing() -> Iterator[None]:
    """Whatever a user's network raises, in a sentence.

    Raises:
        DescentError: If it raises.
    """
    try:
        yield
    except DescentError:
        raise
    except Exception as error:
        raise DescentError(
            f"The network cannot be computed, do module, loss and data fit together? {reason(error)}."
        ) from error


class Question(nn.Module):
    """A question as a module, for functional_call to put other weights under it, named ``network.…``."""

    def __init__(self, network: nn.Module, ask: Ask) -> None:
        super().__init__()
        self.network, self.ask = network, ask

    def forward(self) -> Tensor:
        """The answer."""
        return self.ask(self.network)


def _alike(found: Array, truth: Array) -> bool:
    near = _NEAR * np.abs(truth[np.isfinite(truth)]).max(initial=0)
    return bool(np.allclose(found, truth, rtol=0, atol=near, equal_nan=True))


def _rows(state: State, rows: Any) -> State:
    return {name: values[rows] for name, values in state.items()}
