"""The last step of a film: its files from its drawn segments. It needs no Manim, so any process can do it."""

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from descent.base.files import replacing
from descent.delivery.profiles import Profile
from descent.film.encoders import ENCODERS, pictures, straight
from descent.film.gif import fit_gif
from descent.film.mux import Score, assemble


@dataclass(frozen=True, slots=True, eq=False)
class Finish:
    """What is to be made.

    Attributes:
        segments: The drawn plays, in order.
        targets: The files to make; their suffixes say what.
        profile: What the segments were drawn for.
        score: Sound, captions and chapters.
        poster: A file for the last picture, if it is wanted.
    """

    segments: tuple[Path, ...]
    targets: tuple[Path, ...]
    profile: Profile
    score: Score
    poster: Path | None


def finish(job: Finish) -> tuple[str, ...]:
    """Make a film's files; each takes the place of an older one only when it is whole.

    Returns:
        Sentences the user should read.

    Raises:
        DescentError: If a file cannot be written.
    """
    remarks: list[str] = []
    for target in job.targets:
        if target.suffix == ".gif":
            remarks += fit_gif(job.segments, target, job.profile.rate, job.profile.budget)
        else:
            assemble(job.segments, target, job.score, ENCODERS.get((job.profile.master, target.suffix)))
    if job.poster is not None:
        _poster(job.segments[-1], job.poster, job.profile.master == "alpha")
    return tuple(remarks)


def _poster(segment: Path, target: Path, see_through: bool) -> None:
    """The last picture of a segment."""
    (last,) = deque(pictures([segment]), maxlen=1)
    if see_through:
        (last,) = straight([last])
    with replacing(target) as beside:
        Image.fromarray(last.to_ndarray(format="rgba" if see_through else "rgb24")).save(beside)
