"""Films of one's own problem, without writing a scene.

What is asked for, on the command line or in a TOML file, becomes a `Document` of plain values; `read` checks it into a
`Problem`, a small text that any process can make the scene of; `settle` chooses the view and searches its minima; the
story (title, beats, claims) is written from the traced runs. No text of the user's is ever executed; a module of theirs
is imported only where they name it.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from descent.animate.make import Made

__all__ = ["animate"]


def animate(*runs: str, jobs: int | None = None, **options: Any) -> "Made":
    """Make a film of runs, as ``descent animate`` does; in a notebook, its value shows it.

    ``animate("SGD(lr=0.01)", "SGD(lr=0.01, momentum=0.6)", surface="bird", start=[-12, 10], steps=25)``

    Args:
        runs: Optimizers as text, with a scheduler behind a plus if they have one, and a name of their own before an
            equals sign, as in ``"fast = AdamW(lr=0.1)"``.
        jobs: How many processes draw; all cores by default.
        options: The keys of the TOML file: surface or data, standardize, start, steps, scheduler, domain, title, beats,
            narrate, output, theme, profile, width, voice, font.

    Returns:
        What was made: its file, title and remarks.

    Raises:
        DescentError: If anything does not fit, in one sentence.
    """
    from descent.animate.document import Document
    from descent.animate.make import look_of, make
    from descent.animate.read import read

    document = Document({**options, "runs": list(runs)}, typed=frozenset({*options, "runs"}))
    look = look_of(document)
    return make(read(document), look, jobs or os.cpu_count() or 1)
