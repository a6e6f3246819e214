"""GIFs from lossless frames: one palette for the whole film, no dithering, only what changed is stored."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
import numpy.typing as npt
from av.filter.context import FilterContext

from descent.base.files import replacing
from descent.film.encoders import scaled, thinned, thinned_spans

Colours: TypeAlias = npt.NDArray[np.int64]

_EVERY = 20  # frames between those that are searched for inks
_VIVID = 80  # an ink's largest channel is at least so much above its smallest
_MOST = 200  # inks that are looked for; most have a colour near them
_FAR = 30.0  # a colour this far from its nearest in the palette is seen to be another


@dataclass(frozen=True, slots=True, eq=False)
class InPalette:
    """A film in a few colours.

    Attributes:
        size: Width and height in pixels.
        spans: For which frames each picture stands: the first, and the one after the last.
        pictures: The pictures, one after the other.
    """

    size: tuple[int, int]
    spans: Sequence[tuple[int, int]]
    pictures: Iterator[av.VideoFrame]


def in_palette(segments: Sequence[Path], rate: int, colours: int, every: int, share: float) -> InPalette:
    """A film's pictures in the colours that serve the whole film best, without dithering.

    It is read twice, so that memory does not grow with its length; arguments as for :func:`write_gif`.
    """
    width, height = scaled(segments, share)
    scale = f"{width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int"
    palette = _palette(segments, rate, colours, scale)
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
    shown = _numbered((held.picture for held in thinned(segments, rate, every)), rate)
    made = _filtered(shown, graph, frames_in, sink)
    return InPalette((width, height), thinned_spans(segments, rate, every), made)


def write_gif(
    segments: Sequence[Path], target: Path, rate: int, colours: int = 256, every: int = 1, share: float = 1.0
) -> tuple[int, int]:
    """Turn a lossless film into a GIF.

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
    film = in_palette(segments, rate, colours, every, share)
    first, last = film.spans[-1]
    ends = {"final_delay": str(round((last - first) * 100 * every / rate))}
    with replacing(target) as beside, av.open(str(beside), "w", format="gif", options=ends) as gif:
        stream = gif.add_stream("gif", rate=Fraction(rate, every))
        stream.width, stream.height, stream.pix_fmt = *film.size, "pal8"
        for (start, _), frame in zip(film.spans, film.pictures, strict=True):
            frame.pts, frame.time_base = start, Fraction(every, rate)
            gif.mux(stream.encode(frame))
        gif.mux(stream.encode(None))
    return film.size


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
    # A colour that no picture has stands for what stays as it was: without one, pictures of all 256 are stored whole.
    colours = min(colours, 255)
    graph = av.filter.Graph()
    frames_in = _entry(graph, segments, 1)
    resize = graph.add("scale", scale)
    generate = graph.add("palettegen", f"max_colors={colours}:stats_mode=full:reserve_transparent=0")
    sink = graph.add("buffersink")
    frames_in.link_to(resize)
    resize.link_to(generate)
    generate.link_to(sink)
    graph.configure()
    counted = (held.picture for held in thinned(segments, rate, 1) for _ in range(held.start, held.end))
    (found,) = _filtered(_numbered(counted, 1), graph, frames_in, sink)
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
    for held in thinned(segments, rate, _EVERY):
        pixels = held.picture.to_ndarray(format="rgb24").reshape(-1, 3)
        vivid = pixels[np.ptp(pixels, axis=1) >= _VIVID].astype(np.int64) @ (1 << 16, 1 << 8, 1)
        for colour, pixels_of_it in zip(*(each.tolist() for each in np.unique(vivid, return_counts=True)), strict=True):
            counts[colour] += (held.end - held.start) * pixels_of_it
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


def _filtered(
    frames: Iterator[av.VideoFrame], graph: av.filter.Graph, entry: FilterContext, exit_: FilterContext
) -> Iterator[av.VideoFrame]:
    """What a graph makes of frames. It works only when it is asked for something; until then it hoards them.

    The graph itself is an argument so that it lives as long as its ends are used.
    """

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
