"""A problem in a TOML file, watched while it is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from descent.delivery.watch.subject import Found


@dataclass(frozen=True, slots=True)
class TomlSubject:
    """A TOML file of `descent animate`.

    A line that was not spoken yet counts as long as it is likely to take: so the first picture need not wait for the
    voice, and the film is constructed again once it has spoken.

    Attributes:
        file: The file.
        voice: Who speaks, whatever the file says; empty for what it says.
    """

    file: Path
    voice: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file.name

    @property
    def files(self) -> tuple[Path, ...]:
        """The file."""
        return (self.file,)

    @contextmanager
    def found(self) -> Iterator[Found]:
        """The film that the file asks for now."""
        from descent.animate.make import look_of, scene_file, timed_so_far
        from descent.animate.read import read
        from descent.animate.view import settle
        from descent.base.document import read_toml
        from descent.film.narration import asked_voice
        from descent.look.fonts import using

        document = read_toml(self.file, {})
        look = look_of(document)
        voice = self.voice or look.voice or asked_voice()
        with using(look.font):
            problem, guessed = timed_so_far(settle(read(document)), voice or None)
            yield Found(scene_file(problem, voice), guessed)
