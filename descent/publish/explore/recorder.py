"""The recorder: every number that torch computes while it is on, written on a tape.

It listens at two places: where Python calls torch, to see the `Number`s that are handed over, and where torch calls its
kernels, to see what is computed, gradients included. A tensor is known by its memory, so views, aliases and writing in
place need no care; each of its elements is a number of its own.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from descent.publish.explore.graph import Node
from descent.publish.explore.symbols import Number, Tape, UncapturableError, noting_mathematics

_UNKNOWN = -1
_CREATE = {"empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided"}
_FILL = {"zeros", "zeros_like", "new_zeros", "ones", "ones_like", "new_ones", "full", "full_like", "new_full"}
_LITERALS = ("tensor", "as_tensor", "scalar_tensor", "full", "full_like")
_SAME = {"clone", "copy", "_to_copy", "contiguous", "fill", "to"}
_LISTED = {"scalar": "other", "scalars": "other", "tensor": "other", "tensors1": "end"}
"""What arguments of torch's operations on lists are called in those on single tensors, where that differs."""


def dtype_name(dtype: torch.dtype) -> str:
    """A tensor's type as graphs name it."""
    return str(dtype).removeprefix("torch.")


class Recorder:
    """Writes what torch computes on a tape.

    Args:
        tape: Where.
        closed: Whether a tensor that nothing is known of is an error, and not a constant.
    """

    def __init__(self, tape: Tape, closed: bool) -> None:
        self.tape, self._closed = tape, closed
        self._places: dict[int, NDArray[np.int64]] = {}
        self._kept: list[Tensor] = []
        self.numbers: list[Number] = []
        self.deaf = False

    @contextmanager
    def recording(self) -> Iterator[None]:
        """While it lasts, torch is listened to."""
        with noting_mathematics(), _Calls(self), _Kernels(self):
            yield

    def know(self, tensor: Tensor, refs: int | NDArray[np.int64]) -> None:
        """Note what a tensor's elements are."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._places:
            self._kept.append(tensor.detach() if tensor.requires_grad else tensor)
            self._places[key] = np.full(storage.nbytes() // max(tensor.element_size(), 1), _UNKNOWN, dtype=np.int64)
        self._places[key][_offsets(tensor)] = refs

    def refs(self, tensor: Tensor) -> NDArray[np.int64]:
        """The positions of a tensor's elements, in its shape."""
        places = self._places.get(tensor.untyped_storage()._cdata)
        found = None if places is None else places[_offsets(tensor)]
        if found is None or bool((found == _UNKNOWN).any()):
            if self._closed:
                raise UncapturableError("computes with a tensor that it keeps outside its state")
            self.literal(tensor)
            return self.refs(tensor)
        return np.asarray(found)

    def ref(self, tensor: Tensor) -> int:
        """The position of a tensor's only element."""
        if tensor.numel() != 1:
            raise UncapturableError(f"keeps a tensor of shape {tuple(tensor.shape)} for a single number")
        return int(self.refs(tensor).item())

    def literal(self, tensor: Tensor) -> None:
        """Note that a tensor holds constants, or the numbers that were just handed over."""
        name = dtype_name(tensor.dtype)
        values = tensor.detach().double().reshape(-1).tolist()
        if len(values) > 4096:
            raise UncapturableError(f"computes with a tensor of {len(values):,} elements")
        handed = {_rounded(float(number), name): number.ref for number in self.numbers}
        refs = [self.tape.cast(handed[v], name) if v in handed else self.tape.const(v, name) for v in values]
        self.know(tensor, np.array(refs, dtype=np.int64).reshape(tuple(tensor.shape)))

    def _number(self, value: float) -> int:
        """The position of a Python number that a kernel was given: one of those just handed over, or a constant."""
        for number in self.numbers:
            if float(number) == value or (math.isnan(number) and math.isnan(value)):
                return number.ref
        return self.tape.const(value)

    def kernel(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
        """Note what a kernel computed."""
        with self.aside():
            self._kernel(func, args, kwargs, out)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While it lasts, torch is not listened to: it is the recorder itself that calls."""
        before, self.deaf = self.deaf, True
        try:
            yield
        finally:
            self.deaf = before

    def _kernel(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> None:
        namespace, _, name = func._schema.name.partition("::")
        if namespace != "aten" or name == "_local_scalar_dense":
            return
        if torch.Tag.nondeterministic_seeded in func.tags:
            raise UncapturableError(f"draws at random, by torch's {name}")
        given = {a.name: v for a, v in zip(func._schema.arguments, args, strict=False)} | dict(kwargs)
        written = [given[a.name] for a in func._schema.arguments if a.is_write and a.name in given]
        name = name.removesuffix("_")
        if name.startswith("_foreach_"):
            self._listed(name.removeprefix("_foreach_"), given, written[0] if written else out)
            return
        target = written[0] if written else out
        if isinstance(target, Tensor):
            given = {key: value for key, value in given.items() if key != "out"}
            self._one(name, given, target, bool(written), torch.Tag.pointwise in func.tags)
        elif any(isinstance(each, Tensor) for each in _flat((args, target))):
            raise UncapturableError(f"uses torch's {name}, which is not elementwise")

    def _listed(self, name: str, given: Mapping[str, Any], targets: Sequence[Tensor]) -> None:
        """An operation on lists of tensors: the same on each."""
        named = {"value" if name.startswith("addc") and key == "scalars" else _LISTED.get(key, key): value
                 for key, value in given.items()}  # fmt: skip
        if name == "lerp" and "other" in named:
            named["weight"] = named.pop("other")
        if name == "pow" and "other" in named:
            named["exponent"] = named.pop("other")
        for k, target in enumerate(targets):
            own = {key: value[k] if isinstance(value, list | tuple) else value for key, value in named.items()}
            self._one(name, own, target, True, True)

    def _one(self, name: str, given: Mapping[str, Any], target: Tensor, write: bool, pointwise: bool) -> None:
        tensors = [value for value in _flat(tuple(given.values())) if isinstance(value, Tensor)]
        if name in _CREATE:
            self.know(target, self.tape.const(math.nan, dtype_name(target.dtype)))
        elif name in _FILL or (not tensors and not write):
            self.literal(target)
        elif name == "lift_fresh":
            if target.untyped_storage()._cdata not in self._places:
                self.literal(target)
        elif not write and any(_same_memory(target, each) for each in tensors):
            return  # a view
        elif name in _SAME:
            source = given.get("src", given.get("value", given["self"]))
            refs = self.refs(source) if isinstance(source, Tensor) else np.array(self._number(source))
            self._put(target, np.vectorize(lambda r: self.tape.cast(int(r), dtype_name(target.dtype)))(refs))
        elif name in ("sum", "mean"):
            self._reduced(name, given, target)
        elif name in ("stack", "cat"):
            parts = [self.refs(each) for each in given["tensors"]]
            self._put(target, (np.stack if name == "stack" else np.concatenate)(parts, axis=int(given.get("dim", 0))))
        elif pointwise or all(each.numel() == 1 for each in (*tensors, target)):
            self._elementwise(name, given, target)
        else:
            raise UncapturableError(f"uses torch's {name}, which is not elementwise")

    def _elementwise(self, name: str, given: Mapping[str, Any], target: Tensor) -> None:
        numeric = {key: value for key, value in given.items() if isinstance(value, Tensor | int | float)
                   and not isinstance(value, bool)}  # fmt: skip
        for key in ("rounding_mode", "approximate"):
            name += f":{given[key]}" if given.get(key) not in (None, "none") else ""
        refs = [self.refs(v) if isinstance(v, Tensor) else np.array(self._number(v)) for v in numeric.values()]
        dtype = dtype_name(target.dtype)
        found = np.empty(np.broadcast_shapes(*(each.shape for each in refs)), dtype=np.int64)
        for place, row in zip(np.ndindex(found.shape), np.broadcast(*refs), strict=True):
            args = tuple(zip(numeric, map(int, row), strict=True))
            found[place] = self.tape.add(Node(name, args, dtype))
        self._put(target, found)

    def _reduced(self, name: str, given: Mapping[str, Any], target: Tensor) -> None:
        refs, dim = self.refs(given["self"]), given.get("dim")
        dims = tuple(np.atleast_1d(dim).tolist()) if dim not in (None, []) else tuple(range(refs.ndim))
        dims = tuple(d % max(refs.ndim, 1) for d in dims) if refs.ndim else ()
        kept = [d for d in range(refs.ndim) if d not in dims]
        rows = refs.transpose(*kept, *dims).reshape(*(refs.shape[d] for d in kept), -1)
        dtype = dtype_name(target.dtype)
        found = np.empty(rows.shape[:-1], dtype=np.int64)
        for place in np.ndindex(found.shape):
            first, *others = map(int, rows[place])
            total = self.tape.cast(first, dtype)
            for ref in others:
                total = self.tape.add(Node("add", (("self", total), ("other", ref)), dtype))
            if name == "mean":
                count = self.tape.const(float(rows.shape[-1]))
                total = self.tape.add(Node("div", (("self", total), ("other", count)), dtype))
            found[place] = total
        self._put(target, found.reshape(tuple(target.shape)))

    def _put(self, target: Tensor, refs: NDArray[np.int64]) -> None:
        self.know(target, np.broadcast_to(refs, tuple(target.shape)))


class _Calls(TorchFunctionMode):
    """Where Python calls torch: which `Number`s are handed over; what becomes a number of Python's."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call it, and note what can be seen only here."""
        recorder, name = self._recorder, getattr(func, "__name__", "")
        if recorder.deaf:
            return func(*args, **(kwargs or {}))
        recorder.numbers = [each for each in _flat((args, kwargs or {})) if isinstance(each, Number)]
        try:
            if name == "__setitem__" and _is_mask(args[1], args[0]):
                return args[0].copy_(torch.where(args[1], args[2], args[0]))
            out = func(*args, **(kwargs or {}))
            with recorder.aside():
                return self._seen(name, args, out)
        finally:
            recorder.numbers = []

    def _seen(self, name: str, args: Sequence[Any], out: Any) -> Any:
        recorder = self._recorder
        if name == "item" and isinstance(out, float | int) and not isinstance(out, bool):
            return Number(out, recorder.tape, recorder.ref(args[0]))
        if name == "__bool__":
            return recorder.tape.decide(recorder.ref(args[0]), out)
        if name in _LITERALS and isinstance(out, Tensor) and not isinstance(args[0] if args else None, Tensor):
            recorder.literal(out)
        return out


class _Kernels(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Where torch calls its kernels: what is computed from what."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._recorder = recorder

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if self._recorder.deaf:
            return out
        self._recorder.kernel(func, args, kwargs or {}, out)
        return out


def _offsets(tensor: Tensor) -> NDArray[np.int64]:
    """Where in its memory each element of a tensor lies, in its shape."""
    places = np.array(tensor.storage_offset())
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        places = places[..., None] + np.arange(size) * stride
    return np.asarray(places)


def _rounded(value: float, dtype: str) -> float:
    kind = {"float32": np.float32, "int64": np.int64, "bool": np.bool_}.get(dtype, np.float64)
    return float(kind(value)) if math.isfinite(value) else value


def _same_memory(one: Tensor, other: Tensor) -> bool:
    return bool(one.untyped_storage()._cdata == other.untyped_storage()._cdata)


def _is_mask(index: object, tensor: Tensor) -> bool:
    return isinstance(index, Tensor) and index.dtype is torch.bool and index.numel() == tensor.numel() == 1


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _flat(each)
    else:
        yield value
