"""Drawing on a Dask cluster: the same jobs as on this machine, sent and brought back as bytes.

No disk is shared. A worker needs descent and its packages in the same versions, with the extra ``cluster``. Scene
files, the project's modules that they import, manim.cfg's encoder settings and the timing table travel with each job.
A job whose worker dies is done again by another; what is drawn by then is kept.
"""

import logging
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from descent.base.errors import DescentError, reason
from descent.base.files import write
from descent.delivery.freshness import package_digest
from descent.delivery.in_worker import draw
from descent.delivery.jobs import Job
from descent.delivery.store import SegmentStore

_PATIENCE = 10  # seconds to find the scheduler, and then a worker
_ONE_AT_A_TIME = threading.Lock()  # Manim's settings belong to the process, and a worker may have several threads


@dataclass(frozen=True, slots=True)
class Parcel:
    """A job and what it needs.

    Attributes:
        job: The job; its paths are the sender's.
        scene: The scene's file.
        modules: The project's modules that it may import: contents by path below Python's path.
        timing: The timing table.
        tools: What the sender draws with; a worker must have the same.
    """

    job: Job
    scene: bytes
    modules: Mapping[str, bytes]
    timing: bytes
    tools: Mapping[str, str]


class Cluster:
    """A Dask cluster that draws jobs; a context manager, so that its connection is closed.

    Args:
        address: The scheduler's, such as ``tcp://10.0.0.5:8786``.

    Raises:
        DescentError: If no scheduler answers there, it has no workers, or the package ``distributed`` is missing.
    """

    def __init__(self, address: str) -> None:
        if find_spec("distributed") is None:
            raise DescentError("--cluster needs the package distributed: pip install 'descent-films[cluster]'.")
        self._distributed: Any = import_module("distributed")
        self._address = address
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it would log is told in a sentence
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the versions that matter are compared by the workers
                self._client = self._distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise DescentError(
                f"no Dask scheduler answers at {address!r} ({reason(error)}); start one with `dask scheduler`, "
                "and give its address, such as tcp://localhost:8786."
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            self.__exit__()
            raise DescentError(
                f"the cluster at {address} has no workers; start some with `dask worker {address}`."
            ) from error

    @property
    def count(self) -> int:
        """How many workers it has now."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close(timeout=5)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, int | Exception]]:
        """Draw all jobs; yield each with its frames, or the exception it ended with, as they are done."""
        shared = _shared()
        waiting = {self._client.submit(draw_parcel, _parcel(job, shared), pure=False): job for job in jobs}
        for future in self._distributed.as_completed(list(waiting), loop=self._client.loop):
            job = waiting.pop(future)
            try:
                for key, data in future.result().items():
                    drawn = job.work / key
                    write(drawn, data)
                    SegmentStore(job.folder).add(key, drawn)
            except Exception as error:  # whatever a worker raises, the others go on
                yield job, self._told(error)
            else:
                yield job, job.frames

    def _told(self, error: Exception) -> Exception:
        if isinstance(error, self._distributed.KilledWorker):
            return DescentError(f"several workers of the cluster at {self._address} died drawing one part of the film.")
        if isinstance(error, ImportError):
            return DescentError(
                f"the workers at {self._address} cannot draw ({reason(error)}); install there what is installed here."
            )
        return error


def draw_parcel(parcel: Parcel) -> dict[str, bytes]:
    """Draw a parcel's job, on a worker.

    Returns:
        The drawn segments by key.

    Raises:
        DescentError: If this machine would draw another picture than the sender's.
    """
    ours = _tools()
    differ = [
        f"{name} {ours.get(name)} for {theirs}" for name, theirs in parcel.tools.items() if ours.get(name) != theirs
    ]
    if differ:
        raise DescentError(f"a worker of the cluster would draw another picture, with {', '.join(differ)}.")
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="descent-cluster-") as folder, _modules(parcel, folder):
        root = Path(folder)
        scene = root / parcel.job.scene.file.name
        write(scene, parcel.scene)
        write(root / "assets" / "narration.json", parcel.timing)
        settings = {**parcel.job.settings, "assets_dir": str(root / "assets")}
        job = replace(
            parcel.job,
            scene=replace(parcel.job.scene, file=scene),
            settings=settings,
            folder=root,
            work=root / "work",
        )
        draw(job)
        store = SegmentStore(job.folder)
        return {key: store.path(key).read_bytes() for key in job.keys.values()}


@contextmanager
def _modules(parcel: Parcel, folder: str) -> Iterator[None]:
    """The sender's modules, while a job is drawn."""
    path = Path(folder) / "modules"
    for name, text in parcel.modules.items():
        write(path / name, text)
    before = set(sys.modules)
    sys.path.insert(0, str(path))
    try:
        yield
    finally:
        sys.path.remove(str(path))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", None)).startswith(folder):
                del sys.modules[name]  # the next job may bring another version


def _tools() -> dict[str, str]:
    from descent.delivery.planning import TOOLS

    return {**TOOLS, "descent's code": package_digest()[:12]}


def _shared() -> dict[str, Any]:
    """What all parcels hold alike."""
    from descent.stage.scene.lecture import timing_path

    timing = timing_path()
    return {
        "timing": timing.read_bytes() if timing.is_file() else b"{}",
        "tools": _tools(),
    }


def _parcel(job: Job, shared: Mapping[str, Any]) -> Parcel:
    from manim import config

    # manim.cfg is read where Manim is imported, which on a worker is elsewhere.
    encoder = {name: config[name] for name in ("video_codec", "pixel_format", "video_encoder_options")}
    settings = {**encoder, **job.settings}
    modules = {place: file.read_bytes() for place, file in job.modules.items()}
    return Parcel(replace(job, settings=settings), job.scene.file.read_bytes(), modules, **shared)
