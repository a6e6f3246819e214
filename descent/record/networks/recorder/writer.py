"""Writing beside the training: a thread that takes records from a queue, and gives up without a word to the loop."""

import fcntl
import os
import queue
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from torch import Tensor

from descent.base.errors import DescentError, reason
from descent.base.files import writing
from descent.record.networks.recorder.frames import append
from descent.record.networks.recorder.records import INDEX, LOCK, Record, Snapshot, encoded

Made: TypeAlias = Callable[[], Record]
"""A record that is put together by the writer: what it takes from a GPU is waited for there."""

_WAITING = 64  # records
_PATIENCE = 60.0  # seconds
_OPEN: set[Path] = set()
"""The folders that this process records into: its own lock does not keep it out."""


class Writer:
    """One thread that writes what it is given into a folder, in order, and holds one snapshot at a time at most.

    What keeps it from writing is told by `failure`; from then on it takes everything and writes nothing.

    Raises:
        DescentError: If it cannot write there, or another process does.
    """

    def __init__(self, folder: Path, patience: float = _PATIENCE) -> None:
        self._folder, self._patience = folder.resolve(), patience
        self.failure: str | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._folder)
            self._index = os.open(folder / INDEX, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        except OSError as error:
            raise DescentError(f"cannot record into {folder}: {_why(error)}.") from error
        _OPEN.add(self._folder)
        self._queue: queue.Queue[tuple[Made, Mapping[str, Tensor] | None] | None] = queue.Queue(_WAITING)
        self._room = threading.Semaphore()
        self._thread = threading.Thread(target=self._work, name="descent-recorder", daemon=True)
        self._thread.start()

    def write(self, made: Made) -> None:
        """Append a record to the index."""
        self._put((made, None))

    def snapshot(self, record: Snapshot, taken: Callable[[], Mapping[str, Tensor]]) -> None:
        """Write tensors into the file of a snapshot, and list it; they are taken once there is room for them."""
        if self.failure is None and self._room.acquire(timeout=self._patience):
            self._put((lambda: record, taken()))
        else:
            self._give_up()

    def close(self) -> None:
        """Write what is left, and stop."""
        self._put(None)
        self._thread.join(self._patience)
        if self._thread.is_alive():
            self._give_up()
        else:
            os.close(self._index)
            os.close(self._lock)
        _OPEN.discard(self._folder)

    def _put(self, work: tuple[Made, Mapping[str, Tensor] | None] | None) -> None:
        try:
            self._queue.put(work, timeout=self._patience if self.failure is None else 1)
        except queue.Full:
            self._give_up()

    def _give_up(self) -> None:
        self.failure = self.failure or f"the disk has not answered for {self._patience:g} seconds"

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            made, tensors = work
            try:
                if self.failure is None:
                    self._write(made(), tensors)
            except Exception as error:  # whatever it is, the training goes on
                self.failure = _why(error)
            finally:
                if tensors is not None:
                    self._room.release()

    def _write(self, record: Record, tensors: Mapping[str, Tensor] | None) -> None:
        if tensors is None or not isinstance(record, Snapshot):
            append(self._index, encoded(record))
            return
        beside = self._folder / f".{record.file}"
        try:
            save(tensors, beside)
            beside.chmod(os.fstat(self._index).st_mode & 0o777)  # safetensors lets nobody else read it
            append(self._index, encoded(record))
            beside.replace(self._folder / record.file)
        finally:
            beside.unlink(missing_ok=True)


def save(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors as safetensors, and have them on the disk before anything names the file."""
    from safetensors.torch import save_file

    save_file(dict(tensors), path)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _locked(folder: Path) -> int:
    """The lock of a folder, which one process has for itself as long as it lives.

    Raises:
        DescentError: If it is taken.
    """
    if folder in _OPEN:
        raise DescentError(f"another recorder writes into {folder}; close it, or choose another folder.")
    # lockf and not flock: what a loader's worker inherits would outlive a process that is killed.
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        os.close(file)
        raise DescentError(f"another process records into {folder}; choose another folder.") from error
    except OSError:  # some network mounts know no locks
        pass
    return file


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return writing(error.errno) or f"{error.strerror or reason(error)}; choose another folder"
    return reason(error)
