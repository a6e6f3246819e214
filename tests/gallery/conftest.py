"""A small site: three films, one of them hostile, in both themes, made by the command in a project of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hosting import Plain, Ranges, serving

from descent.commands.cli import descent
from descent.delivery import profiles
from descent.delivery.profiles import Profile

HOSTILE = """<script>alert("1")</script> & 'it’s' {{ 7*7 }}"""
WALK = '''"""Walking: how to get down."""
from functools import partial
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import StepLR
from descent import VALLEY, Claim, Run, reaches
from descent.stage import Beat, ComparisonScene

UNUSED = 1
STEPS = 4  # few
RUNS = (Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), STEPS),)


class Walks(ComparisonScene):
    """A ball walks down a valley."""
    title = "A ball walks"
    runs = RUNS
    claims = (Claim("It comes near.", RUNS, reaches((0, 0), within=9)),)
    beats = (
        Beat("A ball stands high up on a wall.", "It stands"),
        Beat("Then it walks all the way down.", "It walks", to=STEPS),
    )


class Decays(Walks):
    title = "A rate decays"
    runs = (Run(VALLEY, partial(Adam, lr=0.1), (-4.5, -2.0), STEPS, partial(StepLR, step_size=2)),)

    def records(self):  # as of a film that shows what was recorded elsewhere: it has no page
        return super().records()
'''
HOSTILE_FILE = WALK.split("class Decays")[0].replace("Walks", "Übel").replace('"A ball walks"', repr(HOSTILE))


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with scenes, and the command that makes its site."""

    folder: Path
    gallery: Callable[..., Result]

    @property
    def site(self) -> Path:
        return self.folder / "site"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project, with its site made."""
    folder = tmp_path_factory.mktemp("a “project” & 100% ü#")
    (folder / "scenes").mkdir()
    (folder / "scenes/walk.py").write_text(WALK, encoding="utf-8")
    (folder / "scenes/walk_on.py").write_text(HOSTILE_FILE, encoding="utf-8")

    def gallery(*words: str) -> Result:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setenv("DESCENT_VOICE", "silence")
            patch.setattr(profiles, "PROFILES", {"slides": Profile("slides", 426, 240, 15, "tests")})
            return CliRunner().invoke(descent, ["gallery", "--jobs", "1", *words], catch_exceptions=False)

    made = gallery("--theme", "dark", "--theme", "light")
    assert made.exit_code == 0, made.output
    return Project(folder, gallery)


@pytest.fixture(scope="session", params=["file", "ranges", pytest.param("plain", marks=pytest.mark.matrix)])
def address(request: pytest.FixtureRequest, project: Project) -> Iterator[str]:
    """Where a browser finds the site: in the folder itself, or on a server, a good one and a simple one."""
    if request.param == "file":
        yield f"{project.site.as_uri()}/"
    else:
        with serving(project.site, {"ranges": Ranges, "plain": Plain}[request.param]) as url:
            yield url


@pytest.fixture(scope="session")
def served(project: Project) -> Iterator[str]:
    """The site on a good server."""
    with serving(project.site, Ranges) as url:
        yield url
