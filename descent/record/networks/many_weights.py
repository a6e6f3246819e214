"""One question asked of a network at many parameters: at once where torch can, one after another where it cannot."""

import copy
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from descent.base.errors import DescentError, reason
from descent.record.networks.randomness import draw_anew, seeded
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
    network: nn.Module, ask: Ask, count: int, params: Params, state: State = _NO_STATE, seed: int = 0
) -> Array:
    """What a network answers at each of many points, in the mode it is in; every point draws the same random numbers.

    `vmap` computes many points at once. Where it cannot (recurrent layers, values that decide the way), or where its
    first and last answers are not those of the network itself, the network is asked point by point.

    Args:
        network: Left as it is.
        ask: Takes the network, returns a tensor.
        count: How many points.
        params: Gives their parameters.
        state: Buffers of each point, ``[count, …]``; all others are the network's.
        seed: For what draws at random.

    Raises:
        DescentError: If it cannot be computed.
    """
    with seeded(seed):
        try:
            return _at_once(network, ask, count, params, state, seed)
        except Exception:  # whatever vmap cannot do, the network itself can, or says why not
            return np.stack([_at(network, ask, params(k), _row(state, k), seed) for k in range(count)])


def _at(network: nn.Module, ask: Ask, params: Array, state: State, seed: int) -> Array:
    own = copy.deepcopy(network)
    write(own, params, state)
    draw_anew(seed)
    try:
        answer = ask(own)  # with gradients: a loss may hold derivatives of its own
    except DescentError:
        raise
    except Exception as error:
        raise DescentError(
            f"The network cannot be computed, do module, loss and data fit together? {reason(error)}."
        ) from error
    values: Array = answer.detach().double().numpy()
    return values


def _at_once(network: nn.Module, ask: Ask, count: int, params: Params, state: State, seed: int) -> Array:
    layout = names_and_sizes(network)
    # A training network writes into its buffers, so each point has its own.
    moving = {name: b.detach() for name, b in network.named_buffers() if network.training or name in state}
    still = {name: b.detach() for name, b in network.named_buffers() if name not in moving}
    asked = _Asked(copy.deepcopy(network), ask)
    each = sum(shape.numel() for _, shape in layout) + sum(b.numel() for b in moving.values())
    size = max(1, min(_MOST, _NUMBERS // each))

    def answers(weights: Mapping[str, Tensor], buffers: Mapping[str, Tensor]) -> Tensor:
        values = {**weights, **buffers, **{name: b.clone() for name, b in still.items()}}
        found: Tensor = functional_call(asked, {f"network.{name}": value for name, value in values.items()}, ())
        return found

    found: list[Array] = []
    for first in range(0, count, size):
        few = slice(first, min(first + size, count))
        weights = apart(torch.tensor(params(few), dtype=torch.float32), layout)
        own = {
            name: torch.tensor(state[name][few], dtype=b.dtype)
            if name in state
            else b.expand(few.stop - first, *b.shape).clone()
            for name, b in moving.items()
        }
        draw_anew(seed)
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that an operation has no batching rule and is slow
            found.append(vmap(answers, randomness="same")(weights, own).double().numpy())
        if first == 0:
            for k in (0, few.stop - 1):
                truth = _at(network, ask, params(k), _row(state, k), seed)
                near = _NEAR * np.abs(truth[np.isfinite(truth)]).max(initial=0)
                if not np.allclose(found[0][k], truth, rtol=0, atol=near, equal_nan=True):
                    raise _OtherAnswersError
    return np.concatenate(found)


class _OtherAnswersError(Exception):
    """What vmap computes is not what the network does."""


class _Asked(nn.Module):
    """A question as a module, for functional_call to put other weights under it."""

    def __init__(self, network: nn.Module, ask: Ask) -> None:
        super().__init__()
        self.network, self.ask = network, ask

    def forward(self) -> Tensor:
        return self.ask(self.network)


def _row(state: State, row: int) -> State:
    return {name: values[row] for name, values in state.items()}
