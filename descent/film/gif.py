"""GIFs from lossless frames: one palette for the whole film, no dithering, only what changed is stored."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
import numpy.typing as npt
from av.filter.context import FilterContext

from descent.base.files import replacing
from descent.film.encoders import pictures, spans

Colours: TypeAlias = npt.NDArray[np.int64]

GIF_BUDGET = 2_000_000
"""Most bytes of a GIF, if nobody asks for others."""

GIF_RATE = 20
"""Frames a second of a GIF, at most: whole centiseconds, and smooth enough for its bytes."""

_EVERY = 20  # frames between those that are searched for inks
_VIVID = 80  # an ink's largest channel is at least so much above its smallest
_MOST = 200  # inks that are looked for; most have a colour near them
_FAR = 30.0  # a colour this far from its nearest in the palette is seen to be another

_DIETS = (
    *((colours, 1, 1.0) for colours in (256, 128, 64)),
    *((64, 2, share) for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)),
)
"""(colours, every so many frames, share of the width) in the order in which a GIF gives them up."""


def fit_gif(
    segments: Sequence[Path],
    target: Path,
    rate: int,
    budget: int,
    look: Callable[[Path], object] = lambda _: None,
    every: int = 1,
) -> list[str]:
    """Write a film as a GIF of at most so many bytes.

    Over budget it gives up colours, then every other frame, then size.

    Args:
        segments: Video files without loss at the GIF's size and rate, in order.
        target: The GIF; replaced only when the new one is whole.
        rate: Frames a second.
        budget: Most bytes.
        look: Told the whole GIF before it takes the target's place.
        every: Take every so many frames only.

    Returns:
        A sentence on what it gave up, if anything.
    """
    size, tried = 0, 1.0
    with replacing(target, look) as beside:
        for colours, thinned, share in _DIETS:
            if size * (share / tried) ** 2 > 1.15 * budget and share > _DIETS[-1][-1] and share < 1:
                continue  # bytes go with the area: that is still far too much
            width, height = write_gif(segments, beside, rate, colours, every * thinned, share)
            size, tried = beside.stat().st_size, share
            if size <= budget:
                break
    if (colours, thinned, share) == _DIETS[0] and size <= budget:
        return []
    over = "" if size <= budget else f", and is still over it at {size / 1e6:.2f} MB; make the film shorter or smaller"
    kept = f"{colours} colours, {rate // (every * thinned)} frames a second and {width}×{height}"
    return [f"{target} went down to {kept} for its budget of {budget / 1e6:g} MB{over}."]


def write_gif(
    segments: Sequence[Path], target: Path, rate: int, colours: int = 256, every: int = 1, share: float = 1.0
) -> tuple[int, int]:
    """Turn a lossless film into a GIF in two passes, so that memory does not grow with its length.

    Args:
        segments: Video files without loss, in order.
        target: The GIF.
        rate: Frames a second; 20 and 25 are whole centiseconds, and browsers slow GIFs above 50 down.
        colours: Colours of the palette, at most 256.
        every: 2 for every other frame.
        share: The GIF's width as a share of the film's.

    Returns:
        Its width and height in pixels.
    """
    with av.open(str(segments[0])) as source:
        first = source.streams.video[0]
        width, height = (2 * round(side * share / 2) for side in (first.width, first.height))
    scale = f"{width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int"
    palette = _palette(segments, rate, colours, scale)
    stand = _spans(segments, rate, every)
    ends = {"final_delay": str(round((stand[-1][1] - stand[-1][0]) * 100 * every / rate))}
    with replacing(target) as beside, av.open(str(beside), "w", format="gif", options=ends) as gif:
        stream = gif.add_stream("gif", rate=Fraction(rate, every))
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        graph = av.filter.Graph()
        frames_in = _entry(graph, segments, rate)
        palette_in = graph.add_buffer(
            width=palette.width, height=palette.height, format=palette.format, time_base=Fraction(1, rate)
        )
        resize = graph.add("scale", scale)
        use = graph.add("paletteuse", "dither=none:diff_mode=rectangle")
        sink = graph.add("buffersink")
        frames_in.link_to(resize)
        resize.link_to(use, 0, 0)
        palette_in.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        palette_in.push(palette)
        palette_in.push(None)
        shown = (picture for picture, start, end in _slots(segments, rate, every) if start < end)
        for (start, _), frame in zip(stand, _filtered(_numbered(shown, rate), frames_in, sink), strict=True):
            frame.pts, frame.time_base = start, Fraction(every, rate)
            gif.mux(stream.encode(frame))
        gif.mux(stream.encode(None))
    return width, height


def _slots(segments: Sequence[Path], rate: int, every: int) -> Iterator[tuple[av.VideoFrame, int, int]]:
    """Pictures with the stretch for which each stands, counted in every so many frames; some stand for none."""
    for held in pictures(segments, rate):
        yield held.picture, -(-held.start // every), -(-held.end // every)


def _spans(segments: Sequence[Path], rate: int, every: int) -> list[tuple[int, int]]:
    """The stretches of those pictures that stand for any."""
    counted = ((-(-start // every), -(-end // every)) for start, end in spans(segments, rate))
    return [(start, end) for start, end in counted if start < end]


def _entry(graph: av.filter.Graph, segments: Sequence[Path], rate: int) -> FilterContext:
    with av.open(str(segments[0])) as source:
        video = source.streams.video[0]
        return graph.add_buffer(
            width=video.width, height=video.height, format=video.codec_context.format, time_base=Fraction(1, rate)
        )


def _numbered(frames: Iterable[av.VideoFrame], rate: int) -> Iterator[av.VideoFrame]:
    """Frames on one clock."""
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = number, Fraction(1, rate)
        yield frame


def _palette(segments: Sequence[Path], rate: int, colours: int, scale: str) -> av.VideoFrame:
    """The colours that serve the whole film best, and its inks."""
    graph = av.filter.Graph()
    frames_in = _entry(graph, segments, 1)
    resize = graph.add("scale", scale)
    generate = graph.add("palettegen", f"max_colors={colours}:stats_mode=full:reserve_transparent=0")
    sink = graph.add("buffersink")
    frames_in.link_to(resize)
    resize.link_to(generate)
    generate.link_to(sink)
    graph.configure()
    counted = (picture for picture, start, end in _slots(segments, rate, 1) for _ in range(start, end))
    (found,) = _filtered(_numbered(counted, 1), frames_in, sink)
    served = found.to_ndarray(format="rgb24").reshape(-1, 3)[:colours].astype(np.int64)
    kept = with_inks(served, _inks(segments, rate))
    entries = np.full((256, 3), kept[-1])
    entries[: len(kept)] = kept
    palette = av.VideoFrame.from_ndarray(entries.reshape(16, 16, 3).astype(np.uint8), format="rgb24")
    palette = palette.reformat(format=found.format.name)
    palette.pts = 0
    return palette


def _inks(segments: Sequence[Path], rate: int) -> Colours:
    """The vivid colours that small things have, one a row, those of most pixels first.

    A palette that serves most pixels has none left for a ball or a curve on a large map, which then turns pale.
    """
    counts: Counter[int] = Counter()
    for frame, start, end in _slots(segments, rate, _EVERY):
        if start == end:
            continue
        pixels = frame.to_ndarray(format="rgb24").reshape(-1, 3)
        vivid = pixels[np.ptp(pixels, axis=1) >= _VIVID].astype(np.int64) @ (1 << 16, 1 << 8, 1)
        for colour, pixels_of_it in zip(*(each.tolist() for each in np.unique(vivid, return_counts=True)), strict=True):
            counts[colour] += (end - start) * pixels_of_it
    packed = np.array([colour for colour, _ in counts.most_common(_MOST)], dtype=np.int64)
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)


def with_inks(palette: Colours, inks: Colours) -> Colours:
    """A palette in which the inks have a colour near them.

    Args:
        palette: Colours, shape (n, 3), 0 to 255.
        inks: Colours that are to be kept, shape (m, 3), the most important first.

    Returns:
        As many colours: where an ink is far from all, it takes the place of one of the two that are most alike. A
        tenth of the colours at most goes so.
    """
    kept, left = palette.copy(), len(palette) // 10
    for ink in inks:
        if left and np.linalg.norm(kept - ink, axis=1).min() > _FAR:
            left -= 1
            apart = np.linalg.norm(kept[:, None] - kept, axis=2) + 1e6 * np.eye(len(kept))
            kept[int(apart.min(axis=1).argmin())] = ink
    return kept


def _filtered(frames: Iterator[av.VideoFrame], entry: FilterContext, exit_: FilterContext) -> Iterator[av.VideoFrame]:
    """What a graph makes of frames. It works only when it is asked for something; until then it hoards them."""

    def ready() -> Iterator[av.VideoFrame]:
        while True:
            try:
                frame = exit_.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(frame, av.VideoFrame)
            yield frame

    for frame in frames:
        entry.push(frame)
        yield from ready()
    entry.push(None)
    yield from ready()
