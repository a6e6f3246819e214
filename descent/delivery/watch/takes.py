"""One construction of a film in one theme: a process at the beginning of each play, and what these have drawn."""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from descent.base.errors import DescentError
from descent.delivery.watch.cache import Pictures
from descent.delivery.watch.messages import Message, packed, received

_GONE = "the process that drew this was ended; save the file, and it is drawn again."

_LATEST = 60.0  # seconds until the process of a play is given up


class GoneError(DescentError):
    """The process that draws a play is no more."""


@dataclass(slots=True, eq=False)
class PlayProcess:
    """A process that stands at the beginning of a play and draws its moments; one thing at a time.

    Attributes:
        reader: What it says.
        writer: What it is told.
        pid: Its number.
        start: The second of the film at which the play begins.
        frozen: Whether the play is one picture.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int
    start: float
    frozen: bool
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, told: Mapping[str, Any]) -> Message:
        """Ask for something, behind what others have asked for.

        Raises:
            DescentError: If it cannot be drawn; `GoneError` if the process is gone.
        """
        async with self._turn:
            try:
                self.writer.write(packed(told))
                await self.writer.drain()
                answer, body = await received(self.reader)
            except (OSError, asyncio.IncompleteReadError) as error:
                raise GoneError(_GONE) from error
        if "error" in answer:
            raise DescentError(answer["error"])
        return answer, body

    def close(self) -> None:
        """Let it end."""
        self.writer.close()


class Take:
    """A film as it was constructed once, in one theme.

    Args:
        theme: "dark" or "light".
        generation: Which construction of the film this is.
        pictures: What was drawn, of all takes.

    Attributes:
        film: What was told of it; None until it is constructed to its end.
        plays: A process for each play whose frames are not all kept.
        others: The connection of the process that goes to the other plays.
    """

    def __init__(self, theme: str, generation: int, pictures: Pictures) -> None:
        self.theme, self.generation = theme, generation
        self.film: dict[str, Any] | None = None
        self.plays: dict[int, PlayProcess] = {}
        self.others: asyncio.StreamWriter | None = None
        self._pictures = pictures
        self._names: dict[int, str] = {}  # digests of what plays show, once they are known
        self._here: dict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._drawing: dict[tuple[int, int], asyncio.Task[bytes]] = {}

    def add(self, number: int, play: PlayProcess) -> None:
        """A process has come to the beginning of its play."""
        self.plays[number] = play
        self._here[number].set()

    def place(self, frame: int) -> tuple[int, int]:
        """The play in which a frame of the film lies, and its number in there; the last frame for one behind the end.

        Raises:
            DescentError: If there are no plays.
        """
        assert self.film is not None
        plays = self.film["plays"]
        if not plays:
            raise DescentError("the film plays nothing, so there is no picture of it.")
        number = bisect_right(plays, frame, key=lambda play: play[0]) - 1
        return number, 0 if plays[number][2] else min(frame - plays[number][0], plays[number][1] - 1)

    def count(self, number: int) -> int:
        """How many different frames a play has."""
        assert self.film is not None
        _, frames, frozen = self.film["plays"][number]
        return 1 if frozen else int(frames)

    def kept(self, number: int, within: int) -> bytes | None:
        """A picture that was drawn."""
        return self._pictures.get((self._name(number), within))

    def lacks(self, number: int) -> list[int]:
        """The frames of a play that are not kept."""
        return [k for k in range(self.count(number)) if (self._name(number), k) not in self._pictures]

    async def picture(self, number: int, within: int) -> bytes:
        """A picture, drawn if it is not kept.

        Raises:
            DescentError: If it cannot be drawn.
        """
        kept = self.kept(number, within)
        if kept is not None:
            return kept
        if (number, within) not in self._drawing:
            task = asyncio.create_task(self._draw(number, within))
            self._drawing[number, within] = task
            task.add_done_callback(lambda _: self._drawing.pop((number, within), None))
        return await asyncio.shield(self._drawing[number, within])  # whoever asked may leave meanwhile

    async def recognize(self, number: int) -> None:
        """Find out what a play shows: pictures of it may be kept from before.

        Raises:
            DescentError: If its process is gone.
        """
        if number in self._names:
            return
        play = await self._process(number)
        answer, _ = await asyncio.shield(asyncio.create_task(play.ask({"key": True})))
        before, known = self._name(number), f"{self.theme} {answer['key']}"
        self._pictures.rename(before, known, self.count(number))
        self._names[number] = known

    def release(self, number: int) -> None:
        """Let a play's process end if all of its frames are kept."""
        if number in self.plays and not self.lacks(number):
            self.plays.pop(number).close()

    def close(self) -> None:
        """Let all processes end."""
        for play in self.plays.values():
            play.close()
        self.plays.clear()
        if self.others is not None:
            self.others.close()
        for each in self._here.values():
            each.set()

    def _name(self, number: int) -> str:
        return self._names.get(number) or f"{self.theme} {self.generation} {number}"

    async def _process(self, number: int) -> PlayProcess:
        """A play's process, once it has come there."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._here[number].wait(), _LATEST)
        if number not in self.plays:
            raise GoneError(_GONE)
        return self.plays[number]

    async def _draw(self, number: int, within: int) -> bytes:
        play = await self._process(number)
        _, picture = await play.ask({"draw": within})
        self._pictures.put((self._name(number), within), picture)
        return picture
