"""The repository keeps its own promises: pins, imports, sizes, licence, commands that are listed."""

import ast
import functools
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
_INSTALLED = ("voice", "slides", "cluster", "watch", "docs", "mkdocs", "dev")
LOCKED = [*PROJECT["dependencies"], *(text for extra in _INSTALLED for text in EXTRAS[extra])]
# In two parts, so that this file does not name them.
REGISTRIES = [
    ".".join(name)
    for name in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("download.pytorch", "org"),
        ("deb.debian", "org"),
        ("archive.ubuntu", "com"),
        ("npmjs", "org"),
    )
]


def tracked() -> list[Path]:
    """Files under version control that are there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def pins(python: str = platform.python_version()) -> dict[str, Version]:
    """What the lock installs here with a Python, by name."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.lock").read_text().splitlines())
    found = {}
    for requirement in map(Requirement, filter(None, lines)):  # an option such as an index is no requirement
        (bound,) = requirement.specifier
        assert bound.operator == "==", f"{requirement} is no exact version"
        if requirement.marker is None or requirement.marker.evaluate({"python_full_version": python}):
            found[canonicalize_name(requirement.name)] = Version(bound.version)
    return found


def make(*arguments: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("wanted", LOCKED)
def test_the_lock_pins_every_dependency_within_its_bounds(wanted):
    requirement = Requirement(wanted)
    pin = pins().get(canonicalize_name(requirement.name))
    assert pin is not None, f"{requirement.name} is not in requirements.lock; run `make lock`"
    assert requirement.specifier.contains(pin), f"{requirement.name}=={pin} is out of bounds; run `make lock`"


def test_the_lock_leaves_torch_its_platform():
    locked = pins()
    assert locked["torch"].local is None
    assert not [name for name in locked if name.startswith(("nvidia", "cuda", "triton"))]


def test_every_pin_runs_on_the_oldest_python_promised():
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    needs = {name: importlib.metadata.metadata(name).get("Requires-Python") for name in pins(oldest)}
    assert not {name: need for name, need in needs.items() if need and oldest not in SpecifierSet(need)}


@functools.cache  # for some trees are looked at twice, and none is worth its memory
def read(file: Path) -> tuple[set[str], list[tuple[str, int]]]:
    """The top-level modules that a file imports, wherever in it, and its functions with their lines."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    functions = [(n.name, lines_of(n)) for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    taken_from = {node.module for node in nodes if isinstance(node, ast.ImportFrom) if node.module and not node.level}
    return {name.partition(".")[0] for name in plain | taken_from}, functions


@pytest.mark.parametrize(
    ("folders", "texts"),
    [
        (
            ["descent", "scenes"],
            [
                *PROJECT["dependencies"],
                *(n for e in ("voice", "piper", "slides", "cluster", "watch", "docs", "mkdocs") for n in EXTRAS[e]),
            ],
        ),
        (["tests"], [*LOCKED, *EXTRAS["training"]]),
    ],
    ids=["package", "tests"],
)
def test_what_is_imported_is_declared(folders, texts):
    wanted = [Requirement(text) for text in texts]  # manim[typst] declares typst too
    declared = {canonicalize_name(name) for requirement in wanted for name in (requirement.name, *requirement.extras)}
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    ours = {"descent", "scenes", "tests", "benchmarks"} | {
        name for file in files for name in (file.stem, file.parent.name)
    }
    ours |= {path.stem for path in (ROOT / "scenes").glob("*.py")}  # which tests import by name
    foreign = set().union(*(read(file)[0] for file in files)) - sys.stdlib_module_names - ours
    assert foreign >= {"numpy", "manim"}
    known = {"sklearn": ["scikit-learn"]} | dict(importlib.metadata.packages_distributions())  # not in the lock
    sources = {module: {canonicalize_name(name) for name in known.get(module, [module])} for module in foreign}
    assert not {module for module, names in sources.items() if not names & declared}


def test_tests_that_share_a_set_up_run_on_one_worker(request):
    """What pytest-xdist calls a group stands at the end of a test's name; without it, the tests take twice as long."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@tests/test_project.py")


def test_make_lists_every_target_and_lists_by_default():
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    listed = [line.split()[1] for line in make("help").splitlines()]
    assert sorted(listed) == sorted(phony.split()[1:])
    assert make() == make("help")


def lines_of(function):
    """How many lines a function has, its docstring apart."""
    first = function.body[0]
    told = first.end_lineno - first.lineno + 1 if ast.get_docstring(function, clean=False) is not None else 0
    return function.end_lineno - function.lineno + 1 - told


def test_no_function_is_longer_than_60_lines():
    files = [path for path in tracked() if path.suffix == ".py"]
    functions = [(path.relative_to(ROOT), *function) for path in files for function in read(path)[1]]
    assert len(functions) > 1000
    assert [f"{path}: {name}" for path, name, lines in functions if lines > 60] == []


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_the_host_of_a_registry(host):
    assert not [path for path in tracked() if host.encode() in path.read_bytes()]


@pytest.mark.parametrize(("line", "loaded"), [("import descent", []), ("from descent import trace", ["torch"])])
def test_importing_descent_loads_no_more_than_is_used(line, loaded):
    code = f"import sys; {line}; print(*sorted({{'manim', 'matplotlib', 'torch'}} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == loaded


def test_the_licence_is_mit_everywhere_it_is_named():
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")
    assert PROJECT["license"] == "MIT"
    assert PROJECT["license-files"] == ["LICENSE"]


def test_an_index_page_leads_to_the_repository_once_its_address_is_known():
    code = {"__file__": str(ROOT / "setup.py")}
    exec((ROOT / "setup.py").read_text().partition("\nsetup(")[0], code)
    shown = code["for_an_index"]((ROOT / "README.md").read_text(), "https://host.invalid/descent/blob/main/")
    links = re.findall(r"\]\(([^)]*)\)", shown)
    assert len(links) > 20
    assert [link for link in links if not link.startswith("https://host.invalid/descent/")] == []
    pictures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", shown)
    assert pictures == [link for link in links if link.endswith(".gif")]
    assert all(link.startswith("https://host.invalid/descent/raw/main/assets/") for link in pictures)
    assert not code["ADDRESS"], "nobody has decided it"
