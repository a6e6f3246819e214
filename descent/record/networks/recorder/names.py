"""What a network's parameters are called, whatever wraps the network, and the blocks that they belong to."""

from collections.abc import Iterable

from torch import nn
from torch.nn.parallel import DataParallel, DistributedDataParallel

_WRAPPERS = ("_orig_mod", "_checkpoint_wrapped_module")
"""Where torch.compile and activation checkpointing have the module that they wrap, anywhere in a network."""


def unwrapped(model: nn.Module) -> nn.Module:
    """The network inside what distributes or compiles it."""
    while inner := model.module if isinstance(model, DataParallel | DistributedDataParallel) else _inside(model):
        model = inner
    return model


def strip(model: nn.Module) -> nn.Module:
    """The same network, without what wraps modules in it."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            while inner := _inside(child):
                child = inner
                setattr(parent, name, child)
    return model


def plain_name(name: str) -> str:
    """A name without what wrappers put into it.

    >>> plain_name("layers.0._orig_mod.weight")
    'layers.0.weight'
    """
    for wrapper in _WRAPPERS:
        name = name.replace(f"{wrapper}.", "")
    return name


def block_of(name: str) -> str:
    """The block of a parameter: up to the first number in its name, else the module that holds it.

    >>> [block_of(name) for name in ("model.layers.3.mlp.up.weight", "model.norm.weight", "0.bias", "scale")]
    ['model.layers.3', 'model.norm', '0', 'scale']
    """
    parts = name.split(".")
    numbered = next((place for place, part in enumerate(parts) if part.isdecimal()), None)
    if numbered is not None:
        return ".".join(parts[: numbered + 1])
    return ".".join(parts[:-1]) or name


def blocks_of(names: Iterable[str]) -> tuple[tuple[str, ...], list[int]]:
    """The blocks of parameters in their order, and the place among them of each parameter's.

    >>> blocks_of(["0.weight", "0.bias", "2.weight"])
    (('0', '2'), [0, 0, 1])
    """
    own = [block_of(name) for name in names]
    blocks = tuple(dict.fromkeys(own))
    return blocks, [blocks.index(block) for block in own]


def _inside(module: nn.Module) -> nn.Module | None:
    inner = next((own for name in _WRAPPERS if (own := getattr(module, name, None)) is not None), None)
    return inner if isinstance(inner, nn.Module) else None
