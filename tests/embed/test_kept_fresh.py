"""What keeps moving pictures fresh in somebody's repository: assertion, hook and action, each as written."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from embedding import LOOPS, SCENE, Gif

from descent.base import workers
from descent.base.project import READ
from descent.testing import assert_fresh

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

ROOT = Path(__file__).parents[2]
ACTION, HOOKS = ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"
TEMPLATES = ROOT / "descent" / "commands" / "templates" / "project"
BIN = Path(sys.executable).parent


def shown(language: str, holds: str) -> str:
    """The block of docs/docs-site.md that holds some text."""
    text = (ROOT / "docs" / "docs-site.md").read_text(encoding="utf-8")
    (block,) = (found for found in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if holds in found)
    return block


def tool(*words: str | Path, cwd: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of this environment, with this descent, and without an address to fetch anything from."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    settings = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PIP_NO_INDEX": "1", **more}
    command = list(map(str, words))
    return subprocess.run(command, cwd=cwd, env=settings, capture_output=True, text=True, check=False)


@pytest.fixture
def stale(site: Path) -> Path:
    """A file that is not there any more."""
    file = site / LOOPS / "Toy-light-still.webp"
    file.unlink()
    return file


def test_an_assertion_holds_and_names_what_is_stale(site: Path, gif: Gif) -> None:
    assert_fresh(LOOPS)
    assert_fresh(site / LOOPS)
    (site / LOOPS / "Toy.avif").unlink()
    (site / LOOPS / "Toy-light.webp").write_bytes(b"another")
    with pytest.raises(AssertionError) as raised:
        assert_fresh(LOOPS)
    assert str(raised.value).splitlines() == [
        f"`descent gif -o '{LOOPS}'` makes anew what is stale:",
        f"  {LOOPS}/Toy.avif: the file is missing",
        f"  {LOOPS}/Toy-light.webp: the file is not the one that was noted",
    ]


def test_where_nothing_changed_nothing_is_executed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even in a clone, where nothing is remembered of what files define."""
    shutil.rmtree(site / "media")

    class Never:
        def __init__(self, *_: object) -> None:
            raise AssertionError("a process was started")

    monkeypatch.setattr(workers, "Workers", Never)
    assert_fresh(LOOPS)
    (site / "scenes" / "toy.py").write_text(f"{SCENE}\n# a remark\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="a process was started"):
        assert_fresh(LOOPS)


def test_an_assertion_sees_that_a_scene_would_look_different(site: Path) -> None:
    scene = site / "scenes" / "toy.py"
    before = {path: path.read_bytes() for path in (site / LOOPS).iterdir()}
    scene.write_text(SCENE.replace("side_length=4", "side_length=3"), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"Toy\.avif: its pictures would differ; .*: scenes/toy\.py\n") as raised:
        assert_fresh(LOOPS)
    assert str(raised.value).count("its pictures would differ") == 6
    assert {path: path.read_bytes() for path in (site / LOOPS).iterdir()} == before, "nothing is made or noted"


def test_where_there_is_nothing_to_assert_it_fails(site: Path) -> None:
    with pytest.raises(AssertionError, match=r"there is no .*gifs\.json; `descent gif SCENE -o .*` makes it"):
        assert_fresh(site / "docs")
    (site / LOOPS / "gifs.json").write_text("[", encoding="utf-8")
    with pytest.raises(AssertionError, match="is no note of GIFs"):
        assert_fresh(LOOPS)
    (site / LOOPS / "gifs.json").write_text('{"settings": {}, "gifs": {}}', encoding="utf-8")
    with pytest.raises(AssertionError, match=r"gifs\.json lists nothing"):
        assert_fresh(LOOPS)


def test_the_test_that_docs_show_is_a_test(site: Path) -> None:
    source = shown("python", "assert_fresh").replace("docs/gifs", LOOPS)
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    (test,) = (value for name, value in namespace.items() if name.startswith("test_"))
    test()


def test_every_file_is_what_its_schema_says(tmp_path: Path) -> None:
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(shown("yaml", "jobs:"), encoding="utf-8")
    workflows = [workflow, TEMPLATES / "films.yml", *ROOT.glob(".github/workflows/*.yml")]
    for schema, files in (("github-actions", [ACTION]), ("github-workflows", workflows)):
        done = tool(BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files, cwd=tmp_path)
        assert done.returncode == 0, done.stdout
    config = tmp_path / "local.yaml"
    config.write_text(shown("yaml", "repo: local"), encoding="utf-8")
    configs = [config, TEMPLATES / "pre-commit-config.yaml", ROOT / ".pre-commit-config.yaml"]
    for command, files in (("validate-manifest", [HOOKS]), ("validate-config", configs)):
        done = tool(BIN / "pre-commit", command, *files, cwd=tmp_path)
        assert done.returncode == 0, done.stdout


def test_the_hook_of_docs_is_the_one_that_is_offered() -> None:
    (offered,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    (local,) = yaml.safe_load(shown("yaml", "repo: local"))["repos"][0]["hooks"]
    assert local.pop("args") == ["-o", "docs/gifs"]
    assert local == {name: value for name, value in offered.items() if name != "description"}


@pytest.mark.parametrize("file", [HOOKS, TEMPLATES / "pre-commit-config.yaml"], ids=lambda file: file.name)
def test_hooks_run_when_what_films_are_made_from_changes(file: Path) -> None:
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    (hook,) = read if isinstance(read, list) else read["repos"][0]["hooks"]
    for name in (*READ, "scenes/toy.py"):
        assert re.search(hook["files"], name), name
    assert not re.search(hook["files"], "README.md")


def test_the_hook_runs_as_docs_show_it(site: Path, tmp_path: Path) -> None:
    """From a repository that offers it: nothing is fetched but that."""
    offers = tmp_path / "descent"
    offers.mkdir()
    shutil.copy(HOOKS, offers)

    def git(*words: str, cwd: Path) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        done = tool("git", *who, *words, cwd=cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    shutil.copy(TEMPLATES / "gitignore", site / ".gitignore")
    for folder in (offers, site):
        git("init", "--quiet", cwd=folder)
        git("add", ".", cwd=folder)
        git("commit", "--quiet", "-m", "all", cwd=folder)
    config = shown("yaml", "OWNER/descent  #").replace("OWNER/descent", shlex.quote(str(offers)))
    config = config.replace("REF ", f"{git('rev-parse', 'HEAD', cwd=offers)} ").replace("docs/gifs", LOOPS)
    (site / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    git("add", ".", cwd=site)

    def hook() -> "subprocess.CompletedProcess[str]":
        home = {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": os.devnull}
        return tool(BIN / "pre-commit", "run", "--all-files", "--color", "never", cwd=site, **home)

    passed = hook()
    assert passed.returncode == 0, passed.stdout
    assert "Passed" in passed.stdout
    (site / LOOPS / "Toy.webp").write_bytes(b"another")
    failed = hook()
    assert failed.returncode == 1
    assert "Toy.webp  (stale: the file is not the one that was noted)" in failed.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of stand-ins for what would need the network or root; each notes what it was asked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    note = f'echo "${{0##*/}}" "$@" >> {shlex.quote(str(tmp_path / "log"))}'
    python = (
        f'case "$*" in "-m pip install "*) {note};; *doctor) {note};; *) exec {shlex.quote(sys.executable)} "$@";; esac'
    )
    for name, does in (("python", python), ("sudo", note)):
        (folder / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def asked(machine: Path) -> list[str]:
    """What the stand-ins were asked for."""
    log = machine.parent / "log"
    return [line.strip() for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def execute(
    step: Mapping[str, Any], machine: Path, cwd: Path, inputs: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a step as a runner does: its inputs are filled in where it names them, and bash stops at what fails."""

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: inputs[match[1]], text)

    assert "${{" not in step["run"], "what is typed there would be code"
    variables = {name: filled(value) for name, value in step.get("env", {}).items()}
    path = f"{machine}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}"
    folder = cwd / filled(step.get("working-directory", "."))
    bash = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
    return tool(*bash, cwd=folder, **{**variables, "PATH": path, "GITHUB_ACTION_PATH": str(ROOT)})


@pytest.mark.matrix
def test_each_step_of_the_action_does_what_it_says(stale: Path, once: Path, site: Path, machine: Path) -> None:
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    inputs = {name: value["default"] for name, value in action["inputs"].items()}
    inputs |= {"project": site.name, "folder": LOOPS}
    install, work = (step for step in action["runs"]["steps"] if "run" in step)
    assert all(step["shell"] == "bash" for step in (install, work))

    done = execute(install, machine, site.parent, {**inputs, "torch-index": "https://index.invalid/cpu"})
    assert done.returncode == 0, done.stderr
    assert asked(machine)[-3:] == [
        "python -m pip install --index-url https://index.invalid/cpu torch",
        f"python -m pip install {ROOT}[voice,slides]",
        "python -m descent doctor",
    ]

    checked = execute(work, machine, site.parent, {**inputs, "mode": "check"})
    assert checked.returncode == 1, checked.stderr
    assert f"{LOOPS}/{stale.name}  (stale: the file is missing)" in checked.stdout
    shutil.copy(once / LOOPS / stale.name, stale)
    rendered = execute(work, machine, site.parent, {**inputs, "mode": "render"})
    assert (rendered.returncode, rendered.stdout.count("(nothing changed)")) == (0, 6), rendered.stderr
    hostile = execute(work, machine, site.parent, {**inputs, "mode": '"; touch bad; "'})
    assert (hostile.returncode, (site / "bad").exists()) == (2, False)
    assert "it is check or render" in hostile.stderr


def test_what_a_new_projects_workflow_installs_is_what_the_action_installs(tmp_path: Path, machine: Path) -> None:
    """Its other steps are run where descent is installed from a wheel, in tests/installed."""
    workflow = yaml.safe_load((TEMPLATES / "films.yml").read_text(encoding="utf-8"))
    system, descent, *_ = (step for step in workflow["jobs"]["films"]["steps"] if "run" in step)
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "descent_films-0.1.0-py3-none-any.whl").touch()
    for step in (system, descent):
        done = execute(step, machine, tmp_path, {})
        assert done.returncode == 0, done.stderr
    update, install, wheel = asked(machine)
    assert update == "sudo apt-get update"
    assert wheel == "python -m pip install wheels/descent_films-0.1.0-py3-none-any.whl"
    script = (ROOT / "setup" / "system-packages.sh").read_text(encoding="utf-8")
    needed = re.findall(r"\|\| need ([\w.-]+)$", script.partition("if has apt-get; then")[2].partition("else")[0], re.M)
    assert install.split()[5:] == [name for name in needed if name != "chromium"]
