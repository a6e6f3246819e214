"""Whatever is typed or fed: a result, or one clear sentence, and never anything else."""

import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from descent import DescentError, parse, spec_text
from descent.animate.make import look_of
from descent.animate.markdown import read_script
from descent.animate.problem import Entry, Problem, from_text, own_function, to_text
from descent.animate.read import read
from descent.animate.story import Story
from descent.animate.view import settle
from descent.base.document import Document, read_toml
from descent.commands.animate import numbers
from descent.film.narration import respell
from descent.record.regression import read_points
from descent.record.spec_text import parse_run
from descent.record.trajectories import traced

EXAMPLE = Path("descent/animate/templates/race.toml")
NAMES = ["SGD", "Adam", "LBFGS", "StepLR", "LambdaLR", "SequentialLR", "schedulefree.SGDScheduleFree", "os.system"]
KEYS = ["lr", "momentum", "betas", "eps", "schedulers", "milestones", "step_size", "params", "self", "gamma"]
PLACES = [
    "bird",
    "saddle",
    "brid",
    "os:getcwd",
    "math:sin",
    "torch:sin",
    "torch:add",
    "nowhere:f",
    "x.py:f",
    ":",
    "a:b:c",
]
NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([0.01, 0.5, -1, 10**400, True, 1e308]))
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)
LITERALS = st.one_of(
    NUMBERS.map(repr), st.sampled_from(["None", "(0.9, 0.99)", "[LinearLR]", "print()", "1j", "{}", "..."])
)


@st.composite
def specs(draw: st.DrawFn) -> str:
    """Text that is, or nearly is, an optimizer or a scheduler, with a few characters changed."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(KEYS), LITERALS), max_size=3))
    text = f"{draw(st.sampled_from(NAMES))}({', '.join(f'{key}={value}' for key, value in pairs)})"
    if draw(st.booleans()):
        text += f" + {draw(st.sampled_from(NAMES))}(step_size=2)"
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at] + draw(st.sampled_from(["", "(", ")", ",", "+", "*", "=", ".", "\0", "é", "\n"])) + text[at + 1 :]
        )
    return text


def sentence(error: DescentError) -> bool:
    """One line, not a page, that ends as a sentence does."""
    told = str(error)
    return "\n" not in told and 15 <= len(told) < 2000 and told[-1] in ".?!;" and "Traceback" not in told


def answers(work: object, *arguments: object) -> object:
    """What a function returns, or None where it refused with a sentence; anything else is a failure."""
    try:
        return work(*arguments)  # type: ignore[operator]
    except DescentError as error:
        told = error
    assert sentence(told), str(told)
    return None


@given(st.one_of(specs(), st.text()))
@example("SGD(lr=" + "9" * 5000 + ")")
@example("SGD(lr=" + "[" * 300 + "]" * 300 + ")")
@example("SGD" + "()" * 3000)
@example("a" + ".b" * 3000)
@example("SGD(lr=1" + "+1" * 5000 + ")")
def test_specs(text: str) -> None:
    spec = answers(parse, text)
    if spec is not None:
        answers(spec_text, spec)
    answers(parse_run, text)


@given(st.text(alphabet="0123456789.,-+eEnai \t", max_size=20), st.sampled_from([2, 4]))
def test_numbers_of_options(text: str, count: int) -> None:
    found = answers(numbers, text, "--start", count)
    assert found is None or len(found) == count


@settings(max_examples=300)
@given(
    st.fixed_dictionaries(
        {"runs": st.lists(st.one_of(specs(), st.just("SGD(lr=0.01)"), JUNK), max_size=3)},
        optional={
            "surface": st.one_of(st.sampled_from(PLACES), st.just("bird"), JUNK),
            "start": st.one_of(JUNK, st.lists(NUMBERS, min_size=2, max_size=2), st.just([-12, 10])),
            "steps": st.one_of(st.integers(-1, 20), JUNK),
            "domain": st.one_of(JUNK, st.lists(NUMBERS, min_size=4, max_size=4)),
            "scheduler": st.one_of(specs(), JUNK),
            "title": JUNK,
            "beats": st.one_of(JUNK, st.lists(st.dictionaries(st.sampled_from(["say", "note", "to"]), JUNK))),
            "data": JUNK,
            "narrate": JUNK,
            "stpes": JUNK,
        },
    )
)
@pytest.mark.matrix
def test_problems(values: dict[str, object]) -> None:
    steps = values.get("steps")
    if isinstance(steps, int) and steps > 50:
        values["steps"] = 50  # bounded by a limit of its own, which takes its time
    problem = answers(read, Document(values, typed=frozenset(values)))
    if problem is not None:
        assert from_text(to_text(problem)) == problem


@given(st.dictionaries(st.sampled_from(["output", "theme", "profile", "width", "voice"]), JUNK))
@example({"output": "race.gif", "profile": "lecture"})
@example({"output": "race.mp4", "width": 10**400})
@example({"output": "\0.mp4"})
def test_looks(values: dict[str, object]) -> None:
    look = answers(look_of, Document(values, typed=frozenset(values)))
    assert look is None or look.profile.width % 2 == look.profile.height % 2 == 0


@given(st.data())
def test_toml(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    lines = EXAMPLE.read_text().replace("# ", "", 3).splitlines()
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(
            st.one_of(st.sampled_from(lines), st.text(max_size=20), st.just(lines[at][1:]), st.just(lines[at] * 2))
        )
    file = tmp_path_factory.mktemp("toml") / "race.toml"
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    document = answers(read_toml, file, {})
    if document is not None:
        answers(read, document)


@given(
    st.one_of(st.binary(max_size=80), st.text(alphabet=string.digits + ",;.-exy \n\"'", max_size=80).map(str.encode))
)
@example(b"x,y\n1,2\n3,")
@example(b"\xef\xbb\xbfx;y\n1;2\n3;4")
@example(b'"1,2\n3,4')
@example(b"1,2\n" * 5000)
@example(b"1e999,2\nnan,3")
def test_points(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("data") / "points.csv"
    file.write_bytes(content)
    points = answers(read_points, file)
    assert points is None or len({x for x, _ in points}) > 1


@given(st.one_of(st.binary(max_size=80), st.text(alphabet="# \n*_`[]()abc.", max_size=80).map(str.encode)))
def test_narration_files(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("words") / "words.md"
    file.write_bytes(content)
    beats = answers(read_script, file)
    assert beats is None or all(say.strip() for say, _ in beats)


@given(st.one_of(st.sampled_from(PLACES), st.text(max_size=20), st.text(alphabet="a.:/py", max_size=12)))
@example("\0:f")
@example("..:f")
@example("descent/__init__.py:")
@example("tests:conftest")
def test_paths_of_functions(name: str) -> None:
    found = answers(own_function, name)
    assert found is None or callable(found)


NEAR = st.floats(-1e5, 1e5).map(lambda w: float(f"{w:.3g}"))
POINT = st.tuples(NEAR, NEAR)
RATES = st.sampled_from(["0.0", "1e-6", "0.01", "0.3", "5.0", "1e30"])


@settings(max_examples=16)
@given(
    st.lists(POINT, min_size=2, max_size=6),
    st.lists(POINT, min_size=1, max_size=2, unique=True),
    st.lists(
        st.builds("{}(lr={})".format, st.sampled_from(["SGD", "Adam"]), RATES), min_size=1, max_size=2, unique=True
    ),
    st.integers(1, 12),
    st.booleans(),
)
@pytest.mark.matrix
def test_films_of_any_line(
    tmp_path_factory: pytest.TempPathFactory, points: list, starts: list, runs: list, steps: int, hilly: bool
) -> None:
    """The whole way to a story: a line through odd points, and a hilly ground of odd size."""
    entries = tuple(Entry(run, start, steps) for run in runs for start in starts)
    file = tmp_path_factory.mktemp("data") / "points.csv"
    file.write_text("\n".join(f"{x},{y}" for x, y in points))
    read_back = () if hilly else answers(read_points, file)
    problem = Problem(entries, "tests.animate.grounds:hilly" if hilly else "", read_back or ())
    settled = answers(settle, problem) if hilly or read_back else None
    if settled is None:
        return
    assert from_text(to_text(settled)) == settled
    story = Story([traced(run) for run in settled.runs()], len(points) * (not hilly), settled.searched)
    assert story.title()
    assert all(answers(respell, beat.say) for beat in story.beats())
    assert all(claim.check() for claim in story.claims())
