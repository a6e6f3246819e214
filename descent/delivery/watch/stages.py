"""A theme as the server sees it: the process that constructs the film, the take that is shown, and the next one."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from descent.base.errors import DescentError
from descent.base.failures import needed_memory
from descent.base.workers import warm_process
from descent.delivery.watch.broken import Broken
from descent.delivery.watch.cache import Pictures
from descent.delivery.watch.entry import stage
from descent.delivery.watch.messages import Message, packed, received
from descent.delivery.watch.order import StageOrder
from descent.delivery.watch.takes import PlayProcess, Take

_PATIENCE = 8.0  # seconds that constructing a film may take before a newer save starts its process anew
_QUIET = 0.4  # seconds without a drag before pictures are drawn in advance
_DIED = f"the process that constructs the film ended; {needed_memory()}. Save the file to try again."


class Stage:
    """A film in one theme.

    Args:
        order: What its process is given.
        rate: Frames a second.
        pictures: What was drawn, of all themes.
        told: Called with what became of a construction: the theme, and a message of its process.
        alone: Held by who draws in advance: of all themes, one at a time.

    Attributes:
        current: The take that is shown.
        playhead: The frame that was asked for last.
        watched: Whether somebody looks, so that it is worth drawing in advance.
    """

    def __init__(
        self,
        order: StageOrder,
        rate: int,
        pictures: Pictures,
        told: Callable[[str, dict[str, Any]], None],
        alone: asyncio.Lock,
    ) -> None:
        self.order, self._rate, self._pictures, self._told, self._alone = order, rate, pictures, told, alone
        self.current: Take | None = None
        self.playhead, self._asked = 0, 0.0
        self.watched = asyncio.Event()
        self._next: Take | None = None
        self._old: Take | None = None
        self._process: Any = None
        self._writer: asyncio.StreamWriter | None = None
        self._since: float | None = None
        self._starting = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._filling: asyncio.Task[Any] | None = None
        self._pids: set[int] = set()
        self._reports: set[int] = set()

    async def walk(self, generation: int) -> None:
        """Construct the film anew; what is shown stays until that is done.

        Raises:
            DescentError: If no process can be started.
        """
        self._retire()
        if self._next is not None:
            self._next.close()
        if self._filling is not None:
            self._filling.cancel()
        for report in self._reports:  # of a film that is no more
            with suppress(OSError):
                os.kill(report, signal.SIGKILL)
        self._next = Take(self.order.theme, generation, self._pictures)
        async with self._starting:
            if self._since is not None and time.monotonic() - self._since > _PATIENCE:
                self._end_process()  # it hangs in what was saved before
            if self._process is None:
                self._since = time.monotonic()
                self._process = await asyncio.to_thread(warm_process, stage, self.order)
            elif self._writer is not None:
                self._since = self._since or time.monotonic()
                self._writer.write(self._word(generation))

    async def hear(self, hello: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody of this theme called: the process itself, or a child of it."""
        if hello["who"] == "play":
            self._take_in(hello, reader, writer)
            return
        stage_calls = hello["who"] == "stage"
        pids = self._reports if hello["who"] == "report" else self._pids
        if hello["who"] == "others" and (take := self._take_of(hello)) is not None:
            take.others = writer
        pids.add(hello["pid"])
        if stage_calls:
            self._writer = writer
            if self._next is not None:
                writer.write(self._word(self._next.generation))
        try:
            while True:
                message = await received(reader)
                if hello["who"] == "others":
                    self._told(self.order.theme, message[0])  # what the film is made of
                elif stage_calls:
                    self._walked(message[0])
                else:
                    self._report(hello, message)
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()
        pids.discard(hello["pid"])
        if stage_calls and writer is self._writer:
            self._lost()

    async def picture(self, frame: int) -> tuple[int, bytes] | None:
        """The picture of a frame, and which construction it is of; None if nothing is there to be drawn yet.

        Raises:
            DescentError: If it cannot be drawn.
        """
        self.playhead, self._asked = frame, time.monotonic()
        take = self.current
        if take is None:
            return None
        return take.generation, await take.picture(*take.place(frame))

    @property
    def constructing(self) -> bool:
        """Whether the film is being constructed anew."""
        return self._next is not None

    def close(self) -> None:
        """End every process at once."""
        for task in (*self._tasks, *filter(None, [self._filling])):
            task.cancel()
        for take in filter(None, (self._old, self.current, self._next)):
            self._pids |= {play.pid for play in take.plays.values()}
            take.close()
        self._end_process()
        for pid in self._pids | self._reports:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def _word(self, generation: int) -> bytes:
        """What the process is told: to construct the film, and where it is looked at."""
        return packed({"walk": generation, "playhead": self.playhead / self._rate})

    def _end_process(self) -> None:
        self._writer, self._since = None, None
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
            self._process = None

    def _lost(self) -> None:
        """The process has ended by itself."""
        self._writer, self._since, self._process = None, None, None
        if self._next is not None:
            self._next.close()
            self._told(self.order.theme, {"broken": Broken(_DIED).data(), "files": None})

    def _take_in(self, hello: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        play = PlayProcess(reader, writer, hello["pid"], hello["start"], hello["frozen"])
        take = self._take_of(hello)
        if take is None:  # of a construction that was given up
            play.close()
            return
        take.add(hello["number"], play)
        if take.film is None:  # what is looked at is drawn while the film is still being constructed
            within = 0 if play.frozen else self.playhead - round(play.start * self._rate)
            self._start(take.picture(hello["number"], within))

    def _take_of(self, hello: dict[str, Any]) -> Take | None:
        takes = [take for take in (self._next, self.current) if take and take.generation == hello["generation"]]
        return takes[0] if takes else None

    def _walked(self, told: dict[str, Any]) -> None:
        """The process has constructed the film, or failed to."""
        self._since = None
        if self._next is None or told["generation"] != self._next.generation:
            return
        if "film" in told:
            self._promote(self._next, told)
        else:
            self._next.close()
            self._next = None
            self._told(self.order.theme, told)

    def _promote(self, take: Take, told: dict[str, Any]) -> None:
        """Show the new take."""
        take.film = told["film"]
        old, self.current, self._next = self.current, take, None
        self._retire()
        self._old = old  # for so many processes to end takes a while, too
        self._asked = time.monotonic()  # what is looked at goes before what may be
        self._told(self.order.theme, told)
        self._filling = asyncio.create_task(self._fill(take))

    def _retire(self) -> None:
        """Let the processes of the take end that was shown before."""
        if self._old is not None:
            self._old.close()
            self._old = None

    def _report(self, hello: dict[str, Any], message: Message) -> None:
        told, body = message
        self._told(
            self.order.theme,
            {**told, "generation": hello["generation"], "body": body, "guessed": hello.get("guessed", False)},
        )

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asks for that picture is told

    async def _fill(self, take: Take) -> None:
        """Draw in advance: first what every play shows and its first picture, then all frames from the playhead on."""
        assert take.film is not None
        await asyncio.sleep(_QUIET)
        self._retire()
        numbers = range(len(take.film["plays"]))
        with suppress(DescentError):  # whoever asks for that picture is told
            for number in self._from_playhead(take, numbers):
                await self._in_advance(take.recognize(number))
                if take.kept(number, 0) is None:
                    await self._in_advance(take.picture(number, 0))
                take.release(number)
            while True:
                lacking = [number for number in self._from_playhead(take, numbers) if take.lacks(number)]
                if not lacking or self._pictures.full:
                    return
                number, missing = lacking[0], take.lacks(lacking[0])
                here, within = take.place(self.playhead)
                within = within if here == number else 0
                await self._in_advance(take.picture(number, next((k for k in missing if k >= within), missing[0])))
                take.release(number)

    def _from_playhead(self, take: Take, numbers: range) -> list[int]:
        first, _ = take.place(self.playhead)
        return [*numbers[first:], *numbers[:first]]

    async def _in_advance(self, work: Any) -> None:
        """Do something while nobody drags and somebody looks."""
        try:
            await self.watched.wait()
            while (left := self._asked + _QUIET - time.monotonic()) > 0:
                await asyncio.sleep(left)
            async with self._alone:
                await work
        finally:
            work.close()
