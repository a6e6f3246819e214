"""Pictures that were drawn, as long as memory goes."""

from collections import OrderedDict

Key = tuple[str, int]


class Pictures:
    """Encoded pictures by play and frame; of too many, those go that were not asked for longest.

    Args:
        most: Bytes of all pictures.

    >>> pictures = Pictures(most=5)
    >>> pictures.put(("a", 0), b"123"), pictures.put(("a", 1), b"456")
    (None, None)
    >>> pictures.get(("a", 0)), pictures.get(("a", 1))
    (None, b'456')
    """

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[Key, bytes] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def get(self, key: Key) -> bytes | None:
        """A picture, if it is here."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: Key, picture: bytes) -> None:
        """Keep a picture."""
        self._bytes += len(picture) - len(self._kept.pop(key, b""))
        self._kept[key] = picture
        while self._bytes > self._most and len(self._kept) > 1:
            self._bytes -= len(self._kept.popitem(last=False)[1])

    @property
    def full(self) -> bool:
        """Whether another picture would push one out."""
        return self._bytes > self._most * 0.95

    def rename(self, old: str, new: str, count: int) -> None:
        """Keep the first ``count`` pictures of a play under another name, once it is known."""
        for number in range(count):
            picture = self._kept.pop((old, number), None)
            if picture is not None:
                self._bytes -= len(picture)
                self.put((new, number), picture)
