"""What a notebook or a script defines, as a Python file that other processes can import.

Workers know nothing of the user's session. A function, class or setting defined there is packed by `cloudpickle`, with
all of the session that it uses, by the user's own process for its own workers; what comes from an installed package or
another module is imported there by name. Nothing else is ever unpacked: a file is called by the digest of what it
holds, and written anew where it holds anything else.
"""

import base64
import hashlib
import io
import pickle
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import CodeType
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from descent.base.errors import DescentError, described, reason
from descent.base.files import write
from descent.base.user_code import belongs_to_a_project, holding

_numbers = count()
_NUMBER = re.compile("[0-9a-f]{32}")


@contextmanager
def session_file(values: Mapping[str, object], folder: Path | None = None) -> Iterator[Path]:
    """A Python file that defines values of the session under their names.

    In this process it counts as imported within the block, with the values themselves.

    Args:
        values: What the session defines.
        folder: Where the file's own folder goes; the same values give the same file. Without one, no file is written,
            and nobody else can import it.

    Raises:
        DescentError: If one of them cannot leave this process.
    """
    file = Path(f"session_{next(_numbers)}.py") if folder is None else _written(values, folder)
    with holding(file, values):
        yield file


def unpacked(module: str, folders: Sequence[str], packed: str) -> dict[str, Any]:
    """What such a file defines, in the process that imports it; its classes belong to it.

    Args:
        module: The file's name as a module.
        folders: Where the session imported modules from.
        packed: What was packed, in base 64.
    """
    sys.path += [folder for folder in folders if folder not in sys.path]
    values: dict[str, Any] = pickle.loads(base64.b64decode(packed))
    for value in values.values():
        if isinstance(value, type):
            value.__module__ = module
    return values


def _written(values: Mapping[str, object], folder: Path) -> Path:
    packed = _packed(values)
    digest = hashlib.sha256(packed).hexdigest()[:16]
    file = folder / digest / f"session_{digest}.py"
    lines = "".join(f"    {line!r}\n" for line in textwrap.wrap(base64.b64encode(packed).decode(), 100))
    folders = _folders()
    source = (
        '"""Made by descent of what a session defined; it is made anew when that changes."""\n\n'
        f"from descent.base.by_value import unpacked\n\nFOLDERS = {folders!r}\n"
        f"PACKED = (\n{lines})\nglobals().update(unpacked(__name__, FOLDERS, PACKED))\n"
    )
    if not file.is_file() or file.read_text(encoding="utf-8") != source:
        write(file, source.encode())
    return file


def _folders() -> list[str]:
    """Where the session imported modules of its project from."""
    found = set()
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or ".")
        if "." not in name and file.suffix == ".py" and belongs_to_a_project(name, module):
            found.add(file.resolve().parents[file.stem == "__init__"])
    return sorted(map(str, found))


def _packed(values: Mapping[str, object]) -> bytes:
    with io.BytesIO() as buffer:
        for value in values.values():
            try:
                _Packer(io.BytesIO()).dump(value)
            except Exception as error:
                raise DescentError(
                    f"{described(value)} cannot be handed to the processes that draw "
                    f"({reason(error)}): define it in a file, such as my_losses.py, and import it from there."
                ) from error
        _Packer(buffer).dump(dict(values))
        return buffer.getvalue()


class _Packer(cloudpickle.Pickler):  # type: ignore[misc]
    """Gives the same bytes where a cell is run again: without its number, its lines, and what differs by process."""

    def reducer_override(self, obj: object) -> Any:
        if isinstance(obj, CodeType):
            return self.dispatch_table[CodeType](obj.replace(co_filename="<session>", co_firstlineno=1))
        if _is_plain_tensor(obj):
            return _tensor, (obj.detach().numpy(), obj.requires_grad)  # type: ignore[attr-defined]
        reduced = super().reducer_override(obj)
        if isinstance(obj, type) and isinstance(reduced, tuple):  # a class has a number, drawn at random
            made, arguments, *rest = reduced
            return made, tuple(None if _NUMBER.fullmatch(str(each)) else each for each in arguments), *rest
        return reduced


def _is_plain_tensor(obj: Any) -> bool:
    """Whether a tensor is nothing but numbers that numpy has too: torch's own way to pickle one tells its address."""
    torch = sys.modules.get("torch")
    if torch is None or type(obj) is not torch.Tensor or not obj.is_leaf or obj.device.type != "cpu":
        return False
    return obj.layout is torch.strided and obj.dtype in (torch.float32, torch.float64, torch.int64, torch.bool)


def _tensor(values: Any, requires_grad: bool) -> Any:
    import torch

    return torch.tensor(values, requires_grad=requires_grad)
