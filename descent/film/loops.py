"""Moving pictures for pages, silent and without end: GIF, WebP and AVIF, within a budget.

`MomentumEscapes`, 44 s, was made from one lossless film at 800 × 450 and 20 frames a second and compared with it: mean
and least SSIM of every 12th picture, mean error of vivid colours in 256 steps, and about the CPU it took.

======================================  =========  =======  =======  =====  ======
format                                  bytes      SSIM     least    vivid  CPU
======================================  =========  =======  =======  =====  ======
GIF, 256 colours                        1,499,627  0.99713  0.99516    3.8   6.3 s
WebP, the GIF's pictures without loss   1,059,918  0.99713  0.99516    3.8   8.9 s
AVIF, quality 80, 4:4:4, speed 6          326,342  0.99740  0.99365    1.9  29.8 s
AVIF, quality 60, 4:4:4, speed 6          191,779  0.99616  0.98683    2.9  26.2 s
AVIF, quality 60, 4:2:0, speed 6          168,727  0.99608  0.98665   15.9  22.9 s
======================================  =========  =======  =======  =====  ======

So an AVIF is of quality 80, which is no less alike than the GIF, and has colours at full resolution, for thin lines. At
speed 7 it took 80 % more bytes for a lower SSIM. A lossy WebP of 1,560,490 bytes came to 0.990; one of 1,190,032 took
2,693,230 with the key frames that Pillow makes by default.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
from PIL import Image, features

from descent.base.errors import DescentError
from descent.base.files import replacing
from descent.film.encoders import scaled, thinned, thinned_spans
from descent.film.gif import in_palette, write_gif

BUDGET = 2_000_000
"""Most bytes of a moving picture, if nobody asks for others."""

RATE = 20
"""Frames a second, at most: whole centiseconds, which a GIF counts in, and smooth enough for its bytes."""

STILL = "-still.webp"
"""How the file ends that holds the last picture alone, for readers who have asked for less motion."""

STILL_OPTIONS: Mapping[str, Any] = MappingProxyType({"quality": 80, "method": 6})
"""How Pillow writes one picture as a WebP."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A kind of moving picture.

    Attributes:
        mime: What web servers call it.
        write: Writes segments to a target, given the rate, the fineness, every so many frames and a share of the width;
            returns width and height.
        fine: What it can be told to be, from the best to the least, as numbers for `write`.
        words: How such a number is called, with ``{}`` for it.
    """

    mime: str
    write: Callable[[Sequence[Path], Path, int, int, int, float], tuple[int, int]]
    fine: tuple[int, ...]
    words: str


def fit_loop(
    segments: Sequence[Path],
    target: Path,
    rate: int,
    budget: int,
    look: Callable[[Path], object] = lambda _: None,
    every: int = 1,
) -> list[str]:
    """Write a film as a moving picture of at most so many bytes.

    Over budget it gives up colours or quality, then every other frame, then size.

    Args:
        segments: Video files without loss at its size and rate, in order.
        target: A file whose suffix is one of `LOOPS`; replaced only when the new one is whole.
        rate: Frames a second.
        budget: Most bytes.
        look: Told the whole file before it takes the target's place.
        every: Take every so many frames only.

    Returns:
        A sentence on what it gave up, if anything.

    Raises:
        DescentError: If it cannot be written, or Pillow cannot write such a file.
    """
    loop = LOOPS[target.suffix.lower()]
    size, tried = 0, 1.0
    diets = [(fine, 1, 1.0) for fine in loop.fine] + [(loop.fine[-1], 2, share / 10) for share in range(10, 4, -1)]
    with replacing(target, look) as beside:
        for fine, fewer, share in diets:
            if size * (share / tried) ** 2 > 1.15 * budget and share > diets[-1][-1] and share < 1:
                continue  # bytes go with the area: that is still far too much
            width, height = loop.write(segments, beside, rate, fine, every * fewer, share)
            size, tried = beside.stat().st_size, share
            if size <= budget:
                break
    if (fine, fewer, share) == diets[0] and size <= budget:
        return []
    over = "" if size <= budget else f", and is still over it at {size / 1e6:.2f} MB; make the film shorter or smaller"
    kept = f"{loop.words.format(fine)}, {rate // (every * fewer)} frames a second and {width}×{height}"
    return [f"{target} went down to {kept} for its budget of {budget / 1e6:g} MB{over}."]


def write_webp(
    segments: Sequence[Path], target: Path, rate: int, colours: int = 256, every: int = 1, share: float = 1.0
) -> tuple[int, int]:
    """Turn a lossless film into a WebP of the same pictures as the GIF; see :func:`descent.film.gif.write_gif`."""
    film = in_palette(segments, rate, colours, every, share)
    shown = (_image(picture) for picture in film.pictures)
    # Without key frames: a page shows it from its beginning, and each would hold the whole picture anew.
    options = {"lossless": True, "quality": 50, "method": 4, "kmax": 0}
    _save(target, "WEBP", shown, _milliseconds(film.spans, rate, every), options)
    return film.size


def write_avif(
    segments: Sequence[Path], target: Path, rate: int, quality: int = 80, every: int = 1, share: float = 1.0
) -> tuple[int, int]:
    """Turn a lossless film into an AVIF.

    Args:
        segments: Video files without loss, in order.
        target: The AVIF.
        rate: Frames a second.
        quality: From 0 to 100.
        every: 2 for every other frame.
        share: Its width as a share of the film's.

    Returns:
        Its width and height in pixels.
    """
    size = scaled(segments, share)
    shown = (_resized(_image(held.picture), size) for held in thinned(segments, rate, every))
    lengths = _milliseconds(thinned_spans(segments, rate, every), rate, every)
    # In the range of video: Chromium takes that of a moving AVIF for this one, whatever the file says, and would show
    # blacker blacks otherwise.
    options = {"quality": quality, "speed": 6, "subsampling": "4:4:4", "range": "limited"}
    _save(target, "AVIF", shown, lengths, options)
    return size


def _image(picture: av.VideoFrame) -> Image.Image:
    return Image.fromarray(picture.to_ndarray(format="rgb24"))


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)


def _milliseconds(spans: Sequence[tuple[int, int]], rate: int, every: int) -> list[int]:
    """How long each picture stands; what is rounded off one is added to the next, so that all of them last as long."""
    begin, end = ([round(1000 * every * frame / rate) for frame in side] for side in zip(*spans, strict=True))
    return [last - first for first, last in zip(begin, end, strict=True)]


class _Reel:
    """The pictures after the first, each made when Pillow asks for it: it would hold them all at once otherwise."""

    def __init__(self, pictures: Iterator[Image.Image], count: int) -> None:
        self._pictures, self._at, self._shown = pictures, -1, Image.new("RGB", (1, 1))
        self.n_frames = count

    def seek(self, number: int) -> None:
        """Go on to a picture."""
        while self._at < number:
            try:
                self._shown = next(self._pictures)
            except StopIteration:
                raise EOFError from None
            self._at += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)


def _save(
    target: Path, kind: str, pictures: Iterator[Image.Image], lengths: Sequence[int], options: Mapping[str, Any]
) -> None:
    if not features.check(kind.lower()):
        raise DescentError(
            f"the Pillow that is installed cannot write {kind}; install one of its wheels, or choose another format."
        )
    rest = [_Reel(pictures, len(lengths) - 1)] if len(lengths) > 1 else []
    first = next(pictures)
    with replacing(target) as beside:
        first.save(beside, kind, save_all=True, append_images=rest, duration=[*lengths], loop=0, **options)


_COLOURS = (256, 128, 64), "{} colours"

LOOPS: Mapping[str, Loop] = MappingProxyType(
    {
        ".gif": Loop("image/gif", write_gif, *_COLOURS),
        ".webp": Loop("image/webp", write_webp, *_COLOURS),
        ".avif": Loop("image/avif", write_avif, (80, 60, 40), "quality {} of 100"),
    }
)
"""Every kind of moving picture, by its suffix."""
