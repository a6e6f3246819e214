"""Torch's compiler, put off until somebody compiles: every optimizer imports it to say that it is not compiled.

That import takes 1.3 s, and 80 MB of memory. What stands in for it answers what optimizers ask while
nothing is compiled, and makes way for the compiler as soon as anybody asks for more.
"""

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

_NAME = "torch._dynamo"


class _NotYet(ModuleType):
    """Stands where the compiler will be."""

    @staticmethod
    def graph_break(*_: object, **__: object) -> None:
        """Nothing, as long as nothing is compiled."""

    @staticmethod
    def disable(function: Callable[..., Any], *_: object, **__: object) -> Callable[..., Any]:
        """The function as it is, as long as nothing is compiled; torch notes it with the function."""
        _asked.append(function)
        return function

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # Python asks any module for these
            raise AttributeError(name)
        return getattr(_compiler(), name)


_asked: list[Callable[..., Any]] = []


def put_off_compiler() -> None:
    """Have torch's compiler imported when it is asked for, in this process and those that are forked from it."""
    if _NAME not in sys.modules:
        sys.modules[_NAME] = vars(torch)["_dynamo"] = _NotYet(_NAME)


def _compiler() -> ModuleType:
    if isinstance(sys.modules.get(_NAME), _NotYet):
        del sys.modules[_NAME], vars(torch)["_dynamo"]
        for function in _asked:
            vars(function).pop("__dynamo_disable", None)  # torch asks again
    return importlib.import_module(_NAME)
