"""Running a film's plan without drawing it: what is said, shown and played, and when."""

from manim import tempconfig

from descent.stage.drawing.writer import FilmRenderer
from descent.stage.scene.lecture import LectureScene


class NullRenderer(FilmRenderer):
    """A renderer that draws nothing and skips to the end of every play."""

    def __init__(self) -> None:
        super().__init__(skip_animations=True)

    def update_frame(self, *args: object, **kwargs: object) -> None:
        """Draw nothing."""

    def save_static_frame_data(self, *args: object, **kwargs: object) -> None:
        """Keep no picture."""


def rehearse(scene_class: type[LectureScene], renderer: FilmRenderer | None = None) -> LectureScene:
    """Construct a film without drawing, writing or speaking.

    Args:
        scene_class: The film.
        renderer: What to look at it with; by default nothing looks.

    Returns:
        The scene as it is after its last play, with its timeline.
    """
    with tempconfig({"format": "none", "dry_run": True, "progress_bar": "none"}):
        scene = scene_class(renderer=renderer or NullRenderer())
        scene.render()
    return scene
