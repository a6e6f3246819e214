"""The last step of a film: its files from its drawn segments. It needs no Manim, so any process can do it."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from PIL import Image

from descent.base.errors import DescentError
from descent.base.files import replacing, write
from descent.base.project import project
from descent.delivery.freshness import digest
from descent.delivery.orders import RenderRequest
from descent.delivery.plan import Plan
from descent.delivery.profiles import Profile
from descent.film.encoders import ENCODERS, pictures, straight
from descent.film.loops import LOOPS, STILL, STILL_OPTIONS, fit_loop
from descent.film.mux import Score, assemble
from descent.film.narration import respell, takes_any_text, to_srt, to_vtt
from descent.film.script import Script
from descent.film.sidecar import Chapter, Inputs, ShownRun, Sidecar, SpokenLine, StatedClaim, write_sidecar


@dataclass(frozen=True, slots=True, eq=False)
class OutputJob:
    """What is to be made.

    Attributes:
        segments: The drawn plays, in order.
        targets: The files to make; their suffixes say what.
        profile: What the segments were drawn for.
        score: Sound, captions and chapters.
        poster: A file for the picture that stands for the film, if it is wanted.
        last: The play that ends with that picture.
    """

    segments: tuple[Path, ...]
    targets: tuple[Path, ...]
    profile: Profile
    score: Score
    poster: Path | None
    last: Path


@dataclass(frozen=True, slots=True)
class Finished:
    """What was made: the files with the SHA-256 of what was written, and sentences the user should read."""

    files: Mapping[Path, str]
    remarks: tuple[str, ...]


def finish(job: OutputJob) -> Finished:
    """Make a film's files; each takes the place of an older one only when it is whole.

    Returns:
        What was made. Its digests are of the files as they were written: another command may write the same ones.

    Raises:
        DescentError: If a file cannot be written.
    """
    remarks: list[str] = []
    files: dict[Path, str] = {}

    def noting(target: Path) -> Callable[[Path], None]:
        return lambda written: files.update({target: digest(written)})

    for suffix, target in zip(job.profile.suffixes, job.targets, strict=True):
        if suffix in LOOPS:
            remarks += fit_loop(job.segments, target, job.profile.rate, job.profile.budget, noting(target))
        elif suffix == STILL:
            _last_picture(job.last, target, False, noting(target))
        else:
            encoder = ENCODERS.get((job.profile.master, suffix))
            assemble(job.segments, target, job.score, encoder, noting(target), job.profile.rate)
    if job.poster is not None:
        _last_picture(job.last, job.poster, job.profile.master == "alpha", noting(job.poster))
    return Finished(files, tuple(remarks))


def shown_script(order: RenderRequest, planned: Plan) -> Script:
    """The words and times of what is shown, by the voice that was asked for."""
    script = planned.script
    mute = order.silent or order.profile.looping
    return replace(
        script,
        timeline=script.timeline.only(planned.part(order.profile)),
        voice=None if mute else script.voice,
    )


def unspeakable(order: RenderRequest, planned: Plan) -> DescentError | None:
    """Why a film's voice cannot say its lines; nobody needs to say what is only shown."""
    script = shown_script(order, planned)
    if script.voice is not None and not takes_any_text(script.voice):
        try:
            for line in script.timeline.spoken:
                respell(line.text)
        except DescentError as error:
            return error
    return None


def write_beside(order: RenderRequest, planned: Plan, score: Score, finished: Finished) -> None:
    """Write what belongs to a film beside it; the note that vouches for it comes last."""
    if order.bare:
        return
    made, script = dict(finished.files), shown_script(order, planned)
    transcript = "\n\n".join([script.title, *(line.text for line in script.timeline.spoken)])
    beside = {".txt": f"{transcript}\n"}
    if not order.profile.looping:
        beside |= {".srt": to_srt(score.cues), ".vtt": to_vtt(score.cues)}
    for suffix, text in beside.items():
        data = text.encode()
        write(order.file(suffix), data)
        made[order.file(suffix)] = sha256(data).hexdigest()
    write_sidecar(order.file(".json"), sidecar(order, planned, script, score, made))


def sidecar(order: RenderRequest, planned: Plan, script: Script, score: Score, made: Mapping[Path, str]) -> Sidecar:
    """What stands beside a film.

    Args:
        order: What was asked for.
        planned: The film's plan.
        script: The words and times of what is shown of it.
        score: Its sound, captions and chapters.
        made: SHA-256 of each file it vouches for, as it was written.
    """
    modules = sorted(planned.modules.values())
    lines = [
        SpokenLine(start, line.seconds, line.text, tuple(round(max(0.0, at - cut), 3) for at in line.words))
        for line in script.timeline.spoken
        for start, source, _ in list(script.timeline.output_spans(*line.span))[:1]
        for cut in [source - line.span[0]]
    ]
    return Sidecar(
        scene=order.scene.name,
        source=project().name_of(order.scene.file),
        title=script.title,
        profile=order.profile.name,
        theme=order.theme,
        size=(order.profile.width, order.profile.height),
        rate=order.profile.rate,
        seconds=score.length,
        language=score.language,
        voiced=score.sound is not None,
        chapters=[Chapter(*chapter) for chapter in script.chapters()],
        lines=lines,
        claims=[StatedClaim(claim, True) for claim in planned.claims],
        runs=[ShownRun(label, run) for label, run in planned.runs],
        tools=planned.tools,
        inputs=Inputs(planned.inputs, [str(path) for path in modules], *map(list, planned.read.all)),
        files={path.name: sha for path, sha in made.items()},
    )


def _last_picture(segment: Path, target: Path, see_through: bool, look: Callable[[Path], object]) -> None:
    """Write the last picture of a segment."""
    (held,) = deque(pictures([segment], 1), maxlen=1)
    last = straight(held.picture) if see_through else held.picture
    picture = Image.fromarray(last.to_ndarray(format="rgba" if see_through else "rgb24"))
    with replacing(target, look) as beside:
        picture.save(beside, **(STILL_OPTIONS if target.suffix == ".webp" else {}))
