"""Tensors of a file under the names that a network has for them."""

from collections.abc import Collection, Mapping

from torch import Size, Tensor, nn

from descent.base.errors import DescentError
from descent.record.networks.recorder.names import plain_name, unwrapped


class Wanted:
    """The parameters and buffers that are looked for in files.

    Attributes:
        params: By name their shapes, in order.
        buffers: The same; a file may lack them.
    """

    def __init__(self, params: Mapping[str, Size], buffers: Mapping[str, Size], shared: Mapping[str, str]) -> None:
        self.params, self.buffers, self._shared = dict(params), dict(buffers), dict(shared)

    def found_in(
        self, tensors: Mapping[str, Tensor], every_buffer: bool = False
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Parameters and buffers of a file.

        Files name them as the network does, or with the prefix of what held the network, as ``module.`` or Lightning's
        ``model.``, or without a prefix that the network has.

        Args:
            tensors: Of the file.
            every_buffer: Whether all that is no parameter is a buffer.

        Raises:
            DescentError: If a parameter is not there, or one has another shape, in a clause.
        """
        named = {plain_name(name): tensor for name, tensor in tensors.items()}
        rename = _renaming(self.params, named)
        params = {}
        for name, shape in self.params.items():
            own = rename(name)
            if own not in named:  # a tensor that two layers share may be there under its other name
                own = next((rename(other) for other, first in self._shared.items() if first == name), own)
            if own not in named:
                raise DescentError(f"it has no parameter {name!r}")
            if named[own].shape != shape:
                raise DescentError(f"its {name!r} has the shape {list(named[own].shape)}, not {list(shape)}")
            params[name] = named[own]
        if every_buffer:
            return params, {name: tensor for name, tensor in named.items() if name not in params}
        found = {name: named[rename(name)] for name in self.buffers if rename(name) in named}
        return params, {name: buffer for name, buffer in found.items() if buffer.shape == self.buffers[name]}


def wanted_by(model: nn.Module) -> Wanted:
    """What a network has."""
    network = unwrapped(model)
    firsts: dict[int, str] = {}
    shared = {}
    for name, param in network.named_parameters(remove_duplicate=False):
        first = firsts.setdefault(id(param), plain_name(name))
        shared[plain_name(name)] = first
    params = {plain_name(name): param.shape for name, param in network.named_parameters()}
    buffers = {plain_name(name): buffer.shape for name, buffer in network.named_buffers()}
    return Wanted(params, buffers, {name: first for name, first in shared.items() if name != first})


def _renaming(names: Collection[str], known: Collection[str]) -> "_Renaming":
    """How names are turned into those that are known."""
    first = min(names, key=len, default="")
    prefixes = [other[: -len(first)] for other in known if other.endswith(f".{first}")]
    parts = first.split(".")
    ways = [
        _Renaming("", ""),
        *(_Renaming("", prefix) for prefix in sorted(set(prefixes), key=len)),
        *(_Renaming(".".join(parts[:count]) + ".", "") for count in range(1, len(parts))),
    ]
    return max(ways, key=lambda way: sum(way(name) in known for name in names))


class _Renaming:
    def __init__(self, without: str, before: str) -> None:
        self._without, self._before = without, before

    def __call__(self, name: str) -> str:
        return self._before + name.removeprefix(self._without)
