"""From a study to its file: a film, a picture, slides, or a page to take hold of."""

import hashlib
from dataclasses import replace
from pathlib import Path

from descent.animate.make import DECKS, Look, Made, delivered, draw_last, film_of, speaking, times
from descent.animate.read import MUTE
from descent.animate.training.measured import LIMIT, measured
from descent.animate.training.study import Study, to_bytes
from descent.base.files import write
from descent.base.numbers import quantity
from descent.base.progress import Progress
from descent.base.project import project
from descent.delivery.orders import SceneRef
from descent.film.narration import asked_voice, unmarked
from descent.look.fonts import using

SCENE = "Trained"
"""The name of the class in a scene file that is made from a study."""

_FILE = "study.npz"


def make(study: Study, look: Look, jobs: int, progress: Progress = lambda *_: None) -> Made:
    """Make the file of a study.

    Args:
        study: What is shown.
        look: The file and its looks.
        jobs: How many processes draw.
        progress: Told (frames done, frames in all, what is going on).

    Raises:
        DescentError: If the file cannot be written, or something in it cannot be said.
    """
    suffix, voice = look.output.suffix.lower(), look.voice or asked_voice()
    remarks = tuple(
        f"{course.name}: its snapshots from step {course.cut} on are not finite, and are left out."
        for course in study.courses
        if course.cut >= 0
    )
    if suffix in DECKS and suffix != ".html":
        from descent.publish.slides import check_replaceable

        check_replaceable(look.output)
    if suffix == ".html":
        return _page(study, look, remarks)
    with using(look.font):
        if suffix == ".png":
            from descent.animate.training.scene import scene_of

            file = _kept(_timed(study, "silence", False))
            scene = scene_of(file, SCENE, __name__)
            draw_last(scene, look)
            return Made(look.output, scene.title, remarks=remarks)
        progress(0, 0, "timing the narration")
        film, title = film_of(
            _scene_file(_timed(study, voice or None, suffix not in MUTE), voice), look, jobs, progress
        )
    return delivered(film, title, look, remarks, progress)


def _page(study: Study, look: Look, remarks: tuple[str, ...]) -> Made:
    """The recorded paths on a page, with a clock to drag."""
    from descent.animate.training.story import TrainingStory
    from descent.publish.explore.page import page_of
    from descent.publish.explore.panels import panel

    farthest = quantity(float(f"{max(course.off.max() for course in study.courses):.2g}"))
    study = replace(study, note=f"{study.note}; {study.holds}, paths at most {farthest} off it")
    paths = study.trajectories
    title = study.title or TrainingStory(paths, study=study).title()
    panels = [
        panel(each.name, each.at, each.values, each.limits, LIMIT, each.alike, each.ceiling)
        for each in measured(study.courses)
    ]
    write(look.output, page_of(paths, title, panels=panels)[1].encode())
    return Made(look.output, title, remarks=remarks)


def _timed(study: Study, voice: str | None, voiced: bool) -> Study:
    """The study with how long each of its lines takes."""
    from descent.animate.training.story import TrainingStory

    lines = [unmarked(beat.say)[0] for beat in TrainingStory(study.trajectories, study=study).beats()]
    seconds, words, _ = times(lines, voice, speaking(voiced))
    return replace(study, seconds=seconds, words=words)


def _kept(study: Study) -> Path:
    """The study's file, in a folder of its own: the same study gives the same file."""
    content = to_bytes(study)
    file = project().races / hashlib.sha256(content).hexdigest()[:16] / _FILE
    if not file.is_file() or file.read_bytes() != content:
        write(file, content)
    return file


def _scene_file(study: Study, voice: str) -> SceneRef:
    """A module that makes the study's scene, beside it."""
    file = _kept(study)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    source = (
        '"""Made by `descent training`; it is made anew when what it shows changes."""\n\n'
        "from pathlib import Path\n\n"
        "from descent.animate.training.scene import scene_of\n\n"
        f"STUDY = {digest!r}\n"
        f"{SCENE} = scene_of(Path(__file__).with_name({_FILE!r}), {SCENE!r}, __name__)\n"
    )
    scene = file.with_name("scene.py")
    if not scene.is_file() or scene.read_text(encoding="utf-8") != source:
        write(scene, source.encode())
    return SceneRef(scene, SCENE, voice)
