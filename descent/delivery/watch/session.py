"""One film being watched: its themes, what was found in it, and who is told when something changes."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent.base.errors import DescentError
from descent.delivery.profiles import Profile
from descent.delivery.watch.cache import Pictures
from descent.delivery.watch.files import INTERVAL, changed, settled, state
from descent.delivery.watch.messages import received
from descent.delivery.watch.order import StageOrder
from descent.delivery.watch.stages import Stage
from descent.delivery.watch.subject import Subject
from descent.delivery.watch.takes import GoneError
from descent.look.palette import THEMES

_MOST = 400_000_000  # bytes of pictures kept
Told = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class WatchOrder:
    """What to watch, and how.

    Attributes:
        subject: The film.
        profile: Size and rate of the pictures.
        theme: The theme that is shown first, in which the film is also spoken and checked.
        clips: Folder of lines that were spoken before.
        strict: Whether sentences are checked too.
    """

    subject: Subject
    profile: Profile
    theme: str
    clips: Path
    strict: bool = False


class Session:
    """A film being watched.

    Args:
        order: What to watch.
        folder: A folder of its own, gone when it ends.

    Attributes:
        sound: The sound track as a WAV, and a name that says what is in it.
    """

    def __init__(self, order: WatchOrder, folder: Path) -> None:
        self.order, self._folder = order, folder
        self.sound: tuple[str, bytes] | None = None
        self._stages: dict[str, Stage] = {}
        self._pictures, self._alone = Pictures(_MOST), asyncio.Lock()
        self._generation = 0
        self._listeners: set[Told] = set()
        self._calls: set[asyncio.Future[None]] = set()
        self._state: dict[str, Any] = {"type": "state", "busy": True, "broken": None}
        self._film: dict[str, Any] | None = None
        self._claims: list[Any] = []
        self._faults: dict[str, list[dict[str, Any]]] = {}
        self._mute = ""
        self._files: list[Path] = list(order.subject.files)
        self._begun = 0  # when the film was constructed that is made of these, in ns of the system's clock

    async def run(self) -> None:
        """Construct the film, and again whenever one of its files is saved, until this is cancelled."""
        socket = self._folder / "socket"
        try:
            server = await asyncio.start_unix_server(self._connected, str(socket))
        except OSError as error:
            raise DescentError(
                f"the folder for temporary files, {self._folder.parent}, has too long a name for the system's sockets; "
                "set TMPDIR to a shorter one, such as /tmp."
            ) from error
        try:
            await self._construct(self.order.theme)
            await self._follow_files()
        finally:
            for stage in self._stages.values():
                stage.close()
            server.close()

    @contextmanager
    def listening(self, told: Told) -> Iterator[None]:
        """Be told what is known now, and everything that changes; meanwhile pictures are drawn in advance."""
        self._listeners.add(told)
        self._wake()
        for each in self._all():
            told(each)
        try:
            yield
        finally:
            self._listeners.discard(told)
            self._wake()

    async def picture(self, theme: str, frame: int) -> tuple[int, bytes] | None:
        """A picture, and which construction of the film it is of; None if there is nothing to draw yet.

        Raises:
            DescentError: If there is no such theme, or it cannot be drawn.
        """
        if theme not in THEMES:
            raise DescentError(f"there is no theme {theme!r}.")
        if theme not in self._stages:
            await self._construct(theme)
        stage = self._stages[theme]
        try:
            return await stage.picture(frame)
        except GoneError:
            if not stage.constructing:
                await self._construct(theme)
            return None  # pages are told when it is there again

    async def _construct(self, theme: str) -> None:
        """Construct the film in a theme; the first time, start what does."""
        if theme not in self._stages:
            order = self.order
            leads = theme == order.theme
            settings = order.profile.manim(theme)
            work = self._folder / theme
            work.mkdir(exist_ok=True)
            ordered = StageOrder(
                order.subject, theme, settings, self._folder / "socket", work, order.clips, leads, order.strict
            )
            self._stages[theme] = Stage(ordered, order.profile.rate, self._pictures, self._hear, self._alone)
            self._wake()
        self._tell_state(busy=True)
        await self._stages[theme].walk(self._generation)

    async def _follow_files(self) -> None:
        """Construct the film again when a file is saved that it is made of."""
        before = state(self._files)
        while True:
            await asyncio.sleep(INTERVAL)
            now = state(self._files)
            if not changed(before, now, self._begun):
                before = now
                continue
            before = await settled(self._files)
            self._generation += 1
            for theme in list(self._stages):
                await self._construct(theme)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear a child in a task of our own: asyncio (Python 3.11) prints an error when one of its own is cancelled."""
        task = asyncio.ensure_future(self._called(reader, writer))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            hello, _ = await received(reader)
            await self._stages[hello["theme"]].hear(hello, reader, writer)

    def _hear(self, theme: str, told: dict[str, Any]) -> None:
        """A theme's process has told something."""
        if told.get("files"):
            self._files, self._begun = list(map(Path, told["files"])), told["begun"]
        if "film" in told:
            self._constructed(theme, told)
        elif "broken" in told:
            self._state["broken"] = told["broken"]
            self._tell_state(busy=False)
        elif "body" in told and told["generation"] == self._generation:
            self._reported(theme, told)

    def _constructed(self, theme: str, told: dict[str, Any]) -> None:
        if theme == self.order.theme or self._film is None:
            self._film = {"type": "film", "generation": told["generation"], **told["film"]}
            self._tell(self._film)
        self._state["broken"] = None
        self._tell_state(busy=False)
        self._tell({"type": "fresh", "theme": theme, "generation": told["generation"]})

    def _reported(self, theme: str, told: dict[str, Any]) -> None:
        """What a child of a theme's process has found out."""
        if "sound" in told:
            self.sound, self._mute = (hashlib.sha256(told["body"]).hexdigest()[:16], told["body"]), ""
            self._tell(self._sound())
            if told.get("guessed"):  # now it is known how long every line takes
                self._generation += 1
                for each in list(self._stages):
                    task = asyncio.ensure_future(self._construct(each))
                    task.add_done_callback(lambda done: done.exception())
        elif "mute" in told:
            self.sound, self._mute = None, told["mute"]
            self._tell(self._sound())
        else:
            self._claims = told.get("claims", self._claims)
            if "faults" in told:
                self._faults[theme] = told["faults"]
            self._tell(self._found())

    def _all(self) -> list[dict[str, Any]]:
        """Everything that somebody needs to know who comes now."""
        film = [self._film] if self._film else []
        about = {"type": "subject", "name": self.order.subject.name, "theme": self.order.theme}
        return [about, *film, self._state, self._found(), self._sound()]

    def _found(self) -> dict[str, Any]:
        faults: dict[tuple[Any, str], list[str]] = {}
        for theme, found in self._faults.items():
            for fault in found:
                faults.setdefault((fault["at"], fault["text"]), []).append(theme)
        told = [
            {"at": at, "text": text, "themes": themes if len(self._faults) > len(themes) else []}
            for (at, text), themes in faults.items()
        ]
        return {"type": "found", "claims": self._claims, "faults": told, "checked": bool(self._faults)}

    def _sound(self) -> dict[str, Any]:
        return {"type": "sound", "name": self.sound[0] if self.sound else "", "mute": self._mute}

    def _wake(self) -> None:
        """Draw in advance while somebody looks."""
        for stage in self._stages.values():
            if self._listeners:
                stage.watched.set()
            else:
                stage.watched.clear()

    def _tell_state(self, *, busy: bool) -> None:
        self._state["busy"] = busy
        self._tell(dict(self._state))

    def _tell(self, told: dict[str, Any]) -> None:
        for listener in list(self._listeners):
            listener(told)
