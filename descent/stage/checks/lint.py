"""A film looked over at the end of every beat: is all text legible, does every picture show the data?"""

from collections.abc import Callable, Iterator, Sequence
from typing import cast

from descent.stage.checks.data_checks import lagging, misplaced_ticks, strayed, wrong_numbers
from descent.stage.checks.legibility import Shown, foreign, outside, overlapping, pale, shown_by, too_small
from descent.stage.checks.pace import advice, early, pace
from descent.stage.scene.lecture import LectureScene, Speech
from descent.stage.scene.rehearsal import rehearse

CHECKS: Sequence[Callable[[Shown], Iterator[str]]] = (
    foreign,
    outside,
    overlapping,
    too_small,
    pale,
    strayed,
    lagging,
    wrong_numbers,
    misplaced_ticks,
)


class Inspected(LectureScene):
    """A film that looks itself over while it is constructed; mixed in before the film's own class."""

    def setup(self) -> None:
        """Begin without faults."""
        self._found: dict[str, tuple[int, str]] = {}
        self.texts_shown: dict[str, int] = {}
        super().setup()

    @property
    def faults(self) -> list[str]:
        """A sentence per fault, from the first beat that shows it."""
        return [told for _, told in self._found.values()]

    @property
    def faults_at(self) -> list[tuple[int, str]]:
        """The same, each with the tick at which it was seen first."""
        return list(self._found.values())

    def beat_done(self, beat: Speech) -> None:
        """Look over the picture at the end of a beat."""
        super().beat_done(beat)
        self._look(f"at the end of beat {len(self.timeline.lines)} (“{self.timeline.chapters[-1][1]}”)")

    def tear_down(self) -> None:
        """Look over the last picture."""
        self._look("in the last picture")
        super().tear_down()

    def _look(self, when: str) -> None:
        picture = shown_by(self)
        for text in picture.texts:
            self.texts_shown.setdefault(text.what.text, self.timeline.chapters[-1][0] if self.timeline.chapters else 0)
        for check in CHECKS:
            for fault in check(picture):
                told = f"{type(self).__name__}, {when}: {fault}."
                self._found.setdefault(fault, (self.timeline.now, told))


def follows(scene: Inspected) -> list[str]:
    """What makes a film hard to follow, a sentence each: its pace, and an answer that comes before its beat.

    Args:
        scene: The film, looked over.
    """
    timeline, asked = scene.timeline, scene.asks
    shown = [(tick, text) for text, tick in scene.texts_shown.items()]
    answer, question = asked.answer or scene.answer, asked.question or scene.question
    return [*advice(pace(timeline)), *early(timeline, answer, question, shown)]


def inspected(scene_class: type[LectureScene]) -> type[Inspected]:
    """A film's class that looks itself over, under the film's name.

    Args:
        scene_class: The film; it is not changed.

    Returns:
        A subclass; once it is rendered or rehearsed, its ``faults`` are known.
    """
    return cast("type[Inspected]", type(scene_class.__name__, (Inspected, scene_class), {}))


def lint(scene_class: type[LectureScene]) -> list[str]:
    """Construct a film without drawing it, and look it over at the end of every beat and in its last picture.

    Args:
        scene_class: The film.

    Returns:
        One sentence per fault, with the beat and the text; none if the film may be shown.
    """
    return looked_over(scene_class).faults


def looked_over(scene_class: type[LectureScene]) -> Inspected:
    """Construct a film without drawing it, looking it over.

    Args:
        scene_class: The film.

    Returns:
        The scene after its last play, with its faults and its timeline.
    """
    scene = rehearse(inspected(scene_class))
    assert isinstance(scene, Inspected)
    return scene
