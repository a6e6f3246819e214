"""How a film leaves Manim: what changed is drawn and encoded, then one mux with narration, captions and chapters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from manim import CairoRenderer, Mobject, Scene, config, logger
from manim.scene.scene_file_writer import SceneFileWriter
from manim.utils.file_ops import modify_atime

from descent.film.loops import BUDGET, RATE, fit_loop
from descent.film.mux import Score, assemble
from descent.stage.drawing.camera import FilmCamera
from descent.stage.drawing.encoder import FilmEncoder

_LOSSLESS: Mapping[str, Any] = MappingProxyType(
    {
        "codec": "libx264rgb",
        "pixel_format": "rgb24",
        "options": (("crf", "0"), ("preset", "ultrafast"), ("threads", "1")),
    }
)
"""How the pictures of a GIF are kept until it is made; its colours are chosen from all of them."""


class FilmWriter(SceneFileWriter):
    """Manim's writer, but the last step muxes once: with sound in every case, fast start, captions and chapters.

    Manim drops sound that is added while a play comes from its cache, and writes the index of an MP4 last.
    """

    score: Score | None = None
    held = False
    """Whether a picture is encoded once and held, rather than once a frame."""

    def _create_segment_encoder(self, target: Path) -> FilmEncoder:
        assert self.video_encoder is not None
        if self.output_spec.is_gif:
            lossless = replace(self.video_encoder, **_LOSSLESS)
            return FilmEncoder(target=target, spec=lossless, held=True)
        return FilmEncoder(target=target, spec=self.video_encoder, held=self.held)

    def combine_to_movie(self) -> None:
        """Assemble the film, or the GIF, from its segments; scenes without narration go Manim's own way."""
        segments = [Path(path) for path in self.partial_movie_files if path is not None]
        if not segments or (self.score is None and not self.output_spec.is_gif):
            super().combine_to_movie()
            return
        self._write_concat_manifest([str(path) for path in segments])
        if self.score is None:
            rate = round(config.frame_rate)
            for remark in fit_loop(segments, self.gif_file_path, rate, BUDGET, every=-(-rate // RATE)):
                logger.warning(remark)
        else:
            assemble(segments, self.movie_file_path, self.score)
        self.print_file_ready_message(str(self.movie_file_path))
        for segment in segments:
            modify_atime(str(segment))


class FilmRenderer(CairoRenderer):
    """Manim's Cairo renderer with :class:`FilmWriter`, that draws and passes on only what changed.

    Frozen frames are counted by rounding, not truncation. With a camera of the user's own, frames are drawn as Manim
    draws them.
    """

    def __init__(self, camera_class: Any = None, **kwargs: Any) -> None:
        super().__init__(file_writer_class=FilmWriter, camera_class=camera_class or FilmCamera, **kwargs)
        self._whole = True
        self._playing = False

    def frame_times(self, run_time: float) -> Sequence[float] | None:
        """The moments of a play to look at; None for every frame."""
        return None

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Draw and write a play; its first frame is written whole."""
        self._whole = self._playing = True
        try:
            super().play(scene, *args, **kwargs)
        finally:
            self._playing = False  # a play ends early too, where `-n` says so

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> Any:
        """Note what stands still during a play."""
        if not isinstance(self.camera, FilmCamera):
            return super().save_static_frame_data(scene, static_mobjects)
        self.camera.hold(static_mobjects)
        return None

    def update_frame(self, scene: Scene, mobjects: Iterable[Mobject] | None = None, *args: Any, **kwargs: Any) -> None:
        """Bring the picture up to date.

        Args:
            scene: The scene.
            mobjects: What moves, to be drawn over what stands still; by default the whole scene is looked at.
            args: As Manim's.
            kwargs: As Manim's.
        """
        if self._playing and self.skip_animations:
            return  # nobody will see it
        if not isinstance(self.camera, FilmCamera):
            super().update_frame(scene, mobjects, *args, **kwargs)
            return
        if mobjects is None:
            self.camera.hold(())
            mobjects = [*scene.mobjects, *scene.foreground_mobjects]
        self.camera.show(mobjects)

    def render(self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        """Draw a frame and write what changed."""
        self.update_frame(scene, moving_mobjects)
        if isinstance(self.camera, FilmCamera) and self.file_writer.output_spec.is_video and not self._whole:
            self.add_frame(cast(Any, self.camera.patches()))
        else:
            self._add_whole(1)

    def freeze_current_frame(self, duration: float) -> None:
        """Repeat the current frame for a duration of whole frames."""
        self._add_whole(max(1, round(duration * self.camera.frame_rate)))

    def _add_whole(self, count: int) -> None:
        if self.skip_animations:
            return
        if isinstance(self.camera, FilmCamera):
            self.camera.patches()
        self._whole = False
        self.add_frame(self.get_frame(), num_frames=count)
