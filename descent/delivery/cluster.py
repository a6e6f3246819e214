"""Drawing on a Dask cluster: the same jobs as on this machine, sent and brought back as bytes.

No disk is shared. A worker needs descent and its packages in the same versions, with the extra ``cluster``. Scene
files, the project's modules that they import, manim.cfg's encoder settings and the timing table travel with each job.
A job whose worker dies is done again by another; what is drawn by then is kept. What comes back is looked at before it
is kept, but a cluster can do more than answer: only use one on a network that you trust.
"""

import os
import sys
import tempfile
import threading
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import av

from descent.base.dask_client import Tls, connected
from descent.base.errors import DescentError, reason
from descent.base.files import write
from descent.base.project import PROJECT, Project, project
from descent.delivery.freshness import digest, package_digest
from descent.delivery.in_worker import draw
from descent.delivery.jobs import Job
from descent.delivery.store import SegmentStore
from descent.film.encoders import pictures
from descent.film.narration import DEFAULT_VOICE, SILENCE, ClipCache, Recordings, TimingTable, paced
from descent.film.narration.voices import is_engine, is_folder
from descent.look.fonts import OWN, inter_file, own_font

_ODD = "a worker of the cluster answered something odd, and it was thrown away:"
_ONE_AT_A_TIME = threading.Lock()  # Manim's settings belong to the process, and a worker may have several threads


@dataclass(frozen=True, slots=True)
class Parcel:
    """A job and what it needs.

    Attributes:
        job: The job; its paths are the sender's.
        scene: The scene's file.
        modules: The project's modules that it may import: contents by path below Python's path.
        timing: The timing table.
        font: The font of one's own, if there is one.
        tools: What the sender draws with; a worker must have the same.
    """

    job: Job
    scene: bytes
    modules: Mapping[str, bytes]
    timing: bytes
    font: bytes
    tools: Mapping[str, str]


class Cluster:
    """A Dask cluster that draws jobs; a context manager, so that its connection is closed.

    Args:
        address: The scheduler's, such as ``tcp://10.0.0.5:8786``.
        tls: What a secure connection needs.

    Raises:
        DescentError: If no scheduler answers there, it has no workers, or the package ``distributed`` is missing.
    """

    def __init__(self, address: str, tls: Tls | None = None) -> None:
        self._client = connected(address, tls)
        self._distributed: Any = import_module("distributed")
        self._address = address

    @property
    def count(self) -> int:
        """How many workers it has now."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close(timeout=5)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, list[str] | Exception]]:
        """Draw all jobs; yield each with the keys of what it drew, or the exception it ended with, as they are done."""
        shared = _shared()
        waiting = {self._client.submit(draw_parcel, _parcel(job, shared), pure=False): job for job in jobs}
        for future in self._distributed.as_completed(list(waiting), loop=self._client.loop):
            job = waiting.pop(future)
            try:
                keep(job, future.result())
            except Exception as error:  # whatever a worker raises, the others go on
                yield job, self._told(error)
            else:
                yield job, list(job.keys.values())

    def _told(self, error: Exception) -> Exception:
        if isinstance(error, self._distributed.KilledWorker):
            return DescentError(f"several workers of the cluster at {self._address} died drawing one part of the film.")
        if isinstance(error, ImportError):
            return DescentError(
                f"the workers at {self._address} cannot draw ({reason(error)}); install there what is installed here."
            )
        return error


def keep(job: Job, answer: object) -> None:
    """Take a worker's answer over into the cache: the plays that were asked for, and nothing that is not a film.

    Raises:
        DescentError: If it is anything else.
    """
    keys = set(job.keys.values())
    if not isinstance(answer, dict) or set(answer) != keys or not all(isinstance(d, bytes) for d in answer.values()):
        raise DescentError(f"{_ODD} not the plays of {job.scene.name} that it was asked for.")
    for number, key in job.keys.items():
        drawn = job.work / f"{uuid.uuid4().hex}.mp4"
        write(drawn, answer[key])
        found = _measures(drawn, job.settings["frame_rate"])
        wanted = job.settings["pixel_width"], job.settings["pixel_height"], job.lengths[key]
        if found != wanted:
            drawn.unlink()
            told = "no film" if found is None else "a film of {}×{} pixels and {} frames".format(*found)
            raise DescentError(
                f"{_ODD} {told} for play {number + 1} of {job.scene.name}, which has "
                "{}×{} pixels and {} frames.".format(*wanted)
            )
        SegmentStore(job.folder).add(key, drawn)


def _measures(film: Path, rate: int) -> tuple[int, int, int] | None:
    """Width, height and length in frames, by decoding all of it; None if that fails."""
    try:
        last = deque(pictures([film], rate), maxlen=1).pop()
    except (av.FFmpegError, IndexError, ValueError, RuntimeError):
        return None
    return last.picture.width, last.picture.height, last.end


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
        write(Project(root).timings, parcel.timing)
        settings = {**parcel.job.settings, "assets_dir": str(Project(root).assets)}
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
    font = Path(folder) / f"{sha256(parcel.font).hexdigest()}.ttf"
    if parcel.font:
        write(font, parcel.font)
    before, own = set(sys.modules), {name: os.environ.get(name) for name in (OWN, PROJECT)}
    sys.path.insert(0, str(path))
    os.environ |= {OWN: str(font) if parcel.font else "", PROJECT: folder}
    try:
        yield
    finally:
        sys.path.remove(str(path))
        for name, value in own.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", None)).startswith(folder):
                del sys.modules[name]  # the next job may bring another version


def _tools() -> dict[str, str]:
    from descent.delivery.planning import TOOLS

    packages = {name: version(name).partition("+")[0] for name in ("torch", "numpy")}
    fonts = digest(inter_file())[:12]
    return {**TOOLS, **packages, "Inter": fonts, "descent's code": package_digest()[:12]}


def _shared() -> dict[str, Any]:
    """What all parcels hold alike."""
    from descent.stage.scene.lecture import timing_table

    own = own_font()
    return {
        "timing": timing_table().text().encode(),
        "font": own.read_bytes() if own else b"",
        "tools": _tools(),
    }


def _parcel(job: Job, shared: Mapping[str, Any]) -> Parcel:
    from manim import config

    # manim.cfg is read where Manim is imported, which on a worker is elsewhere.
    encoder = {name: config[name] for name in ("video_codec", "pixel_format", "video_encoder_options")}
    settings = {**encoder, **job.settings}
    modules = {place: file.read_bytes() for place, file in job.modules.items()}
    recorded = recorded_times(job.scene.voice)
    if recorded is not None:  # a worker has no recordings, and needs none: a film that is silent keeps these times
        shared = {**shared, "timing": recorded}
        job = replace(job, scene=replace(job.scene, voice=SILENCE))
    return Parcel(replace(job, settings=settings), job.scene.file.read_bytes(), modules, **shared)


def recorded_times(name: str) -> bytes | None:
    """A timing table of a folder of recordings as if they were the default voice; None for another voice."""
    from descent.stage.scene.lecture import timing_table

    if is_engine(name) or not is_folder(name):
        return None
    voice, clips, known = Recordings.read(Path(name)), ClipCache(project().clips), timing_table()
    spoken = {paced(line): clips.speak(voice, line) for line in voice.script.values()}
    seconds = {line: clip.noted_seconds for line, clip in spoken.items() if clip.samples.size}
    return TimingTable({DEFAULT_VOICE: {**known.seconds.get(DEFAULT_VOICE, {}), **seconds}}).text().encode()
