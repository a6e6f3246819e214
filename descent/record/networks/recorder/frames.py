"""A file that only grows, record by record, and can be read wherever its writer was stopped.

A record is ``MARK · length · checksum · content``, length and CRC-32 as 4 bytes each, least significant first. What is
no whole record is passed over, up to the next mark: a tail that was torn off, or bytes that a disk has lost. Nothing
has to be mended before more is appended.
"""

import os
import struct
import zlib
from collections.abc import Iterator

MARK = b"\xd5dr\n"
_HEAD = struct.Struct("<4sII")


def frame(content: bytes) -> bytes:
    """A record as it stands in the file.

    >>> list(contents(frame(b"one") + frame(b"two")[:-1] + frame(b"three")))
    [b'one', b'three']
    """
    return _HEAD.pack(MARK, len(content), zlib.crc32(content)) + content


def contents(data: bytes) -> Iterator[bytes]:
    """The contents of all records that are whole."""
    place = data.find(MARK)
    while place >= 0:
        content = _content(data, place)
        if content is None:
            place = data.find(MARK, place + 1)
        else:
            yield content
            place = data.find(MARK, place + _HEAD.size + len(content))


def append(file: int, content: bytes) -> None:
    """Append a record to an open file, whole or with an error.

    Raises:
        OSError: If the disk does not take it.
    """
    left = memoryview(frame(content))
    while left:
        left = left[os.write(file, left) :]


def _content(data: bytes, place: int) -> bytes | None:
    first = place + _HEAD.size
    if first > len(data):
        return None
    _, length, checksum = _HEAD.unpack_from(data, place)
    content = data[first : first + length]
    return content if len(content) == length and zlib.crc32(content) == checksum else None
