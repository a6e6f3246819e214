"""The network, the loss and the data that a function of the user's own returns."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from descent.base.errors import DescentError, reason, shown
from descent.base.user_code import import_file, import_module, member
from descent.record.networks.batches import Data, Loss, ModelLoss


@dataclass(frozen=True, slots=True)
class Code:
    """What the user's own code gives: the network, the loss and the data."""

    model: nn.Module
    loss: Loss
    data: Data


def code_of(name: str) -> Code:
    """The network, the loss and the data that ``file.py:function`` or ``package.module:function`` returns.

    The code is the user's own, and is run as such.

    Raises:
        DescentError: If it names no function, or that returns something else.
    """
    module, colon, function = name.rpartition(":")
    if not (colon and module and function):
        raise DescentError(
            f"--code names a function, as file.py:function or package.module:function, not {shown(name)}."
        )
    found = member(import_file(Path(module)) if module.endswith(".py") else import_module(module), function)
    if not callable(found):
        raise DescentError(f"{shown(name)} is no function; it has to return the network, the loss and the data.")
    try:
        given = found()
    except DescentError:
        raise
    except Exception as error:
        raise DescentError(f"{shown(name)} failed: {type(error).__name__}: {reason(error)}.") from error
    what = f"{shown(name)} has to return three things, the network, the loss and the data"
    if not isinstance(given, tuple | list) or len(given) != 3:
        raise DescentError(f"{what}, not {type(given).__name__}.")
    model, loss, data = given
    if not isinstance(model, nn.Module):
        raise DescentError(f"{what}; the first is a {type(model).__name__}, not a torch.nn.Module.")
    if not (callable(loss) or isinstance(loss, ModelLoss)):
        raise DescentError(f"{what}; the second is a {type(loss).__name__}, and no loss.")
    return Code(model, loss, data)
