"""The small course, made once into everything that a course can be."""

import pytest
from click.testing import CliRunner, Result
from small_course import TINY, Small, write_course

from descent.commands.cli import descent
from descent.delivery import profiles


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The course, made."""
    folder = tmp_path_factory.mktemp("a “course” & 100% ü#")
    write_course(folder)

    def course(*words: str) -> Result:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setenv("DESCENT_VOICE", "silence")
            patch.setattr(profiles, "PROFILES", {"preview": TINY})
            return CliRunner().invoke(descent, ["course", "--profile", "preview", "--jobs", "1", *words])

    made = course(*(word for kind in ("mp4", "pptx", "html", "pdf") for word in ("-o", f"out/all.{kind}")))
    assert made.exit_code == 0, made.output + repr(made.exception)
    return Small(folder, course, made.output)
