"""GIFs from lossless frames: one palette for the whole film, no dithering, only what changed is stored."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from av.filter.context import FilterContext
from manim import tempconfig

from descent.files import replacing
from descent.stage.lecture import LectureScene

LOSSLESS = {
    "video_codec": "libx264rgb",
    "pixel_format": "rgb24",
    "video_encoder_options": {"crf": "0", "preset": "ultrafast"},
}
"""Manim settings under which every pixel survives encoding."""


def render_gif(scene_class: type[LectureScene], target: Path, width: int = 800, rate: int = 20) -> Path:
    """Draw a film at a GIF's own size and rate, without loss, and write it as a GIF.

    Args:
        scene_class: The film.
        target: The GIF; replaced only when the new one is whole.
        width: Width in pixels, even; the height follows at 16:9.
        rate: Frames a second; 20 and 25 are whole centiseconds, and browsers slow GIFs above 50 down.

    Returns:
        ``target``.
    """
    height = 2 * round(width * 9 / 32)
    with TemporaryDirectory(prefix="descent-gif-") as folder:
        quiet = {"media_dir": folder, "disable_caching": True, "progress_bar": "none", "verbosity": "ERROR"}
        size = {"pixel_width": width, "pixel_height": height, "frame_rate": rate, "format": "mp4"}
        with tempconfig({**quiet, **size, **LOSSLESS}):
            scene = scene_class()
            scene.voiced = False
            scene.render()
            film = scene.renderer.file_writer.movie_file_path
        write_gif(film, target, rate)
    return target


def write_gif(film: Path, target: Path, rate: int, colours: int = 256) -> None:
    """Turn a lossless film into a GIF in two passes, so that memory does not grow with its length.

    Args:
        film: The film, at the GIF's size and rate.
        target: The GIF.
        rate: Frames a second.
        colours: Colours of the palette, at most 256.
    """
    palette = _palette(film, colours)
    with replacing(target) as beside, av.open(str(beside), "w") as gif, av.open(str(film)) as source:
        video = source.streams.video[0]
        stream = gif.add_stream("gif", rate=rate)
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "pal8"
        graph = av.filter.Graph()
        frames_in = graph.add_buffer(template=video)
        palette_in = graph.add_buffer(
            width=palette.width, height=palette.height, format=palette.format, time_base=Fraction(1, rate)
        )
        use = graph.add("paletteuse", "dither=none:diff_mode=rectangle")
        sink = graph.add("buffersink")
        frames_in.link_to(use, 0, 0)
        palette_in.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        palette_in.push(palette)
        palette_in.push(None)
        for count, frame in enumerate(_filtered(source.decode(video), frames_in, sink)):
            frame.pts, frame.time_base = count, Fraction(1, rate)
            gif.mux(stream.encode(frame))
        gif.mux(stream.encode(None))


def _palette(film: Path, colours: int) -> av.VideoFrame:
    """The colours that serve the whole film best."""
    with av.open(str(film)) as source:
        video = source.streams.video[0]
        graph = av.filter.Graph()
        frames_in = graph.add_buffer(template=video)
        generate = graph.add("palettegen", f"max_colors={colours}:stats_mode=full:reserve_transparent=0")
        sink = graph.add("buffersink")
        frames_in.link_to(generate)
        generate.link_to(sink)
        graph.configure()
        for frame in source.decode(video):
            frames_in.push(frame)
        frames_in.push(None)
        found = sink.pull()
        assert isinstance(found, av.VideoFrame)
        found.pts = 0
        return found


def _filtered(frames: Iterator[av.VideoFrame], entry: FilterContext, exit_: FilterContext) -> Iterator[av.VideoFrame]:
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
