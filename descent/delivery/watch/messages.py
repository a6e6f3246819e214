"""What the server and its processes tell each other: a small JSON object and some bytes, over a socket in a folder.

Nothing is unpickled: whoever could write to the socket could at most send pictures.
"""

import asyncio
import json
import select
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

_SIZES = struct.Struct("!II")
Message = tuple[dict[str, Any], bytes]


def packed(told: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A message as bytes: two lengths, JSON, and what goes with it.

    >>> packed({"draw": 3}, b"x")[8:]
    b'{"draw": 3}x'
    """
    text = json.dumps(told, ensure_ascii=False).encode()
    return _SIZES.pack(len(text), len(body)) + text + body


async def received(reader: asyncio.StreamReader) -> Message:
    """The next message.

    Raises:
        asyncio.IncompleteReadError: If the other end is gone.
    """
    text, body = _SIZES.unpack(await reader.readexactly(_SIZES.size))
    return json.loads(await reader.readexactly(text)), await reader.readexactly(body)


class Line:
    """A process's connection to another, which waits where it must.

    Args:
        connected: A socket.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    @classmethod
    def to(cls, place: Path, hello: Mapping[str, Any]) -> Self:
        """One to the server.

        Args:
            place: The server's socket.
            hello: What to say first: who calls.
        """
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(str(place))
        line = cls(connected)
        line.tell(hello)
        return line

    @classmethod
    def pair(cls) -> tuple[Self, Self]:
        """Two ends of one."""
        one, other = socket.socketpair()
        return cls(one), cls(other)

    def tell(self, told: Mapping[str, Any], body: bytes = b"") -> None:
        """Send a message."""
        self._socket.sendall(packed(told, body))

    def hear(self) -> Message:
        """The next message.

        Raises:
            EOFError: If the other end is gone.
        """
        text, body = _SIZES.unpack(self._exactly(_SIZES.size))
        return json.loads(self._exactly(text)), self._exactly(body)

    def waits(self, seconds: float = 0.0) -> bool:
        """Whether a message is there, or the other end is gone; that long may pass until it comes."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def close(self) -> None:
        """Hang up, in this process."""
        self._socket.close()

    def _exactly(self, count: int) -> bytes:
        parts, left = [], count
        while left:
            part = self._socket.recv(left)
            if not part:
                raise EOFError
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
