"""How a film leaves Manim: segments by Manim, then one mux with narration, captions and chapters."""

from collections.abc import Sequence
from pathlib import Path

from manim import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.utils.file_ops import modify_atime

from descent.delivery.mux import Score, assemble


class FilmWriter(SceneFileWriter):
    """Manim's writer, but the last step muxes once: with sound in every case, fast start, captions and chapters.

    Manim drops sound that is added while a play comes from its cache, and writes the index of an MP4 last.
    """

    score: Score | None = None

    def combine_to_movie(self) -> None:
        """Assemble the film from its segments; GIFs and scenes without narration go Manim's own way."""
        segments = [Path(path) for path in self.partial_movie_files if path is not None]
        if self.score is None or self.output_spec.is_gif or not segments:
            super().combine_to_movie()
            return
        self._write_concat_manifest([str(path) for path in segments])
        assemble(segments, self.movie_file_path, self.score)
        self.print_file_ready_message(str(self.movie_file_path))
        for segment in segments:
            modify_atime(str(segment))


class FilmRenderer(CairoRenderer):
    """Manim's Cairo renderer with :class:`FilmWriter`, and frozen frames counted by rounding, not truncation."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(file_writer_class=FilmWriter, **kwargs)  # type: ignore[arg-type]

    def frame_times(self, run_time: float) -> Sequence[float] | None:
        """The moments of a play to look at; None for every frame."""
        return None

    def freeze_current_frame(self, duration: float) -> None:
        """Repeat the current frame for a duration of whole frames."""
        self.add_frame(self.get_frame(), num_frames=max(1, round(duration * self.camera.frame_rate)))
