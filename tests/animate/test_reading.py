"""TOML and options: what they mean, and mistakes that are pointed at."""

import sys
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD

from descent import VALLEY, DescentError, Run, trace
from descent.animate.make import advised, look_of, timed
from descent.animate.markdown import read_script
from descent.animate.problem import from_text, to_text
from descent.animate.read import read
from descent.animate.story import Story
from descent.animate.view import settle
from descent.base.document import Document, line_of, read_toml
from descent.record.regression import best_line

EXAMPLE = Path(__file__).parents[2] / "descent/animate/templates/race.toml"
RACE = """# a race
surface = "bird"
start = [-12, 10]

steps = 25
[[runs]]
optimizer = "SGD(lr=0.01)"

[[runs]]
optimizer = "SGD(lr=0.02)"
scheduler = "ExponentialLR(gamma=0.9)"
start = [
  -6.5,
  4.5,
]
steps = 30

[[beats]]
say = "Down."
note = "Down"
to = 3
"""


def document(text: str, folder: Path = Path(), **options: object) -> Document:
    return Document({**tomllib.loads(text), **options}, folder, "race.toml", text, frozenset(options))


def test_a_file_says_it_all() -> None:
    problem = read(document(RACE))
    assert [(entry.text, entry.start, entry.steps) for entry in problem.entries] == [
        ("SGD(lr=0.01)", (-12, 10), 25),
        ("SGD(lr=0.02) + ExponentialLR(gamma=0.9)", (-6.5, 4.5), 30),
    ]
    assert [(beat.say, beat.note, beat.to) for beat in problem.beats] == [("Down.", "Down", 3)]
    assert from_text(to_text(problem)) == problem


def test_options_go_before_the_file_and_stand_in_no_line() -> None:
    assert [entry.steps for entry in read(document(RACE, steps=7)).entries] == [7, 30]
    with pytest.raises(DescentError, match=r"^steps must be a whole number"):
        read(document(RACE, steps=0))


def test_every_run_starts_at_every_start_and_takes_the_common_scheduler_if_it_has_none() -> None:
    values = {
        "surface": "valley",
        "start": [[1, 2], [3, 4]],
        "scheduler": "StepLR(step_size=3)",
        "runs": ["SGD", "Adam + LinearLR", {"optimizer": "RMSprop", "scheduler": ""}],
    }
    entries = read(Document(values)).entries
    assert [(entry.text, entry.start) for entry in entries] == [
        (text, start)
        for text in ("SGD + StepLR(step_size=3)", "Adam + LinearLR", "RMSprop")
        for start in ((1, 2), (3, 4))
    ]


def test_a_run_has_a_name_of_its_own_in_front_of_it_or_as_its_label() -> None:
    values = {
        "surface": "valley",
        "start": [1, 2],
        "runs": ["fast, lr=0.1 = SGD(lr=0.1) + StepLR(step_size=2)", {"optimizer": "SGD(lr=0.2)", "label": "<b>x</b>"}],
    }
    problem = read(Document(values))
    assert [(entry.name, entry.text) for entry in problem.entries] == [
        ("fast, lr=0.1", "SGD(lr=0.1) + StepLR(step_size=2)"),
        ("<b>x</b>", "SGD(lr=0.2)"),
    ]
    assert [run.label for run in problem.runs()] == ["fast, lr=0.1", "<b>x</b>"]
    assert from_text(to_text(problem)) == problem


def test_a_name_is_told_where_it_can_be_said() -> None:
    names = ("fast", "学习", "a" * 50, "one that is called by very many words, more than a line holds")
    story = Story([trace(Run(VALLEY, partial(SGD, lr=0.1 + k / 10), (2, 1), 9, name=n)) for k, n in enumerate(names)])
    assert story.names == ["fast", "the second run", "the third run", "the fourth run"]
    (alone,) = (Story([trajectory]) for trajectory in story.trajectories[:1])
    assert alone.title().startswith("Fast ")
    assert Story(story.trajectories[1:2]).title().startswith("The run ")


def test_data_of_any_size_can_be_standardized(own: Path) -> None:
    rows = [(1e9 * (x + 40), 1e25 * (3 * x + 1 + (-1) ** x)) for x in range(9)]
    Path("houses.csv").write_text("\n".join(f"{x},{y}" for x, y in rows))
    values = {"data": "houses.csv", "runs": ["SGD(lr=0.1)"], "steps": 40}
    with pytest.raises(DescentError, match="too large or too small for single precision: --standardize"):
        read(Document(values))
    problem = settle(read(Document({**values, "standardize": True})))
    assert np.mean(problem.points, axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert np.std(problem.points, axis=0) == pytest.approx([1, 1])
    (correlation,) = np.corrcoef(np.array(rows).T)[:1, 1]
    assert best_line(problem.points) == pytest.approx((correlation, 0))
    assert from_text(to_text(problem)) == problem
    assert "9 standardized points" in Story(problem.trajectories(), 9, standardized=True).beats()[0].say
    assert advised(problem) == ()


def test_standardizing_is_advised_where_it_would_help(own: Path) -> None:
    Path("prices.csv").write_text("\n".join(f"{x},{3000 * x + 50000 * (-1) ** x}" for x in range(40, 200, 9)))
    for data, helps in (("prices.csv", True), ("points.csv", False)):
        advice = advised(settle(read(Document({"data": data, "runs": ["SGD(lr=0.00001)", "SGD(lr=0.05)"]}))))
        assert ["--standardize" in sentence for sentence in advice] == [True] * helps


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"runs": ["a = SGD(lr=0.1)", "a = SGD(lr=0.2)"]}, "two runs are called 'a'; give each a label of its own."),
        ({"runs": [{"optimizer": "a = SGD", "label": "b"}]}, "the run is called 'a' already; give one of the two."),
        ({"runs": [{"optimizer": "SGD", "label": 3}]}, "label must be text, not 3."),
        ({"runs": [{"optimizer": "SGD", "label": "x" * 99}]}, "label has 99 characters; there is room for 80."),
        ({"runs": ["a\0 = SGD"]}, "optimizer has characters that cannot be shown"),
        ({"runs": ["a ="]}, "'' cannot be read: write it as in SGD"),
        ({"runs": ["SGD"], "standardize": True}, "standardize is for data: a surface has no columns."),
        ({"runs": ["SGD"], "standardize": "yes"}, "standardize must be true or false, not 'yes'."),
    ],
)
def test_names_and_columns_that_do_not_fit_are_refused(values: dict[str, object], told: str) -> None:
    with pytest.raises(DescentError) as error:
        read(Document({"surface": "valley", "start": [1, 2], **values}))
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"bird"', '"brid"', "race.toml, line 2: there is no surface 'brid': did you mean 'bird'?"),
        ("steps = 25", "stpes = 25", "race.toml, line 5: a problem has no 'stpes': did you mean 'steps'?"),
        ("steps = 25", "steps = 2.5", "race.toml, line 5: steps must be a whole number from 1 to 5,000, not 2.5."),
        ("[-12, 10]", "[-12, 100]", "race.toml, line 6: The start (-12.0, 100.0) is outside the view"),
        ("[-12, 10]", "[-12]", "race.toml, line 3: start must be two numbers, w1 and w2, not [-12]."),
        ("SGD(lr=0.01)", "SGD(lr=-1)", "race.toml, line 6: torch cannot build 'SGD  lr -1'"),
        ("SGD(lr=0.01)", "SGD(lr=0.01", "race.toml, line 7: 'SGD(lr=0.01' cannot be read"),
        ("SGD(lr=0.02)", "SGD(lrr=0.02)", "race.toml, line 10: SGD has no argument 'lrr': did you mean 'lr'?"),
        ("gamma=", "gama=", "race.toml, line 11: ExponentialLR has no argument 'gama': did you mean 'gamma'?"),
        ("  4.5,", "  nan,", "race.toml, line 12: start must be finite numbers"),
        ("optimizer", "optimiser", "race.toml, line 6: a run is an optimizer"),
        ('say = "Down."', 'say = ""', "race.toml, line 19: there is nothing to say in ''"),
        ('say = "Down."', 'say = "日"', "race.toml, line 19: no voice can say '日'"),
        ('note = "Down"', f'note = "{"wide " * 30}"', "race.toml, line 20: the note 'wide wide"),
        ("to = 3", "to = -3", "race.toml, line 21: to must be a whole number"),
        ("to = 3", "to = 4000", "race.toml, line 21: to must be a whole number from 0 to "),
        ("to = 3", 'too = "3"', "race.toml, line 21: a beat has no 'too': did you mean 'to'?"),
        ("# a race", 'data = "a.csv"', "race.toml, line 1: give either a surface"),
        ("# a race", f'title = "{"W" * 40}"', "race.toml, line 1: the title 'WWWW"),
        ("# a race", "domain = [0, 0, 1, 2]", "race.toml, line 1: domain must go from a smaller to a larger"),
    ],
)
def test_a_mistake_is_pointed_at(old: str, new: str, told: str) -> None:
    with pytest.raises(DescentError) as mistake:
        read(document(RACE.replace(old, new, 1)))
    assert str(mistake.value).startswith(told)
    assert "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"output": "race.mp5"}, "'race.mp5' is no kind of file that is made here: did you mean '.mp4'?"),
        ({"profile": "slide"}, "there is no profile 'slide': did you mean 'slides'?"),
        ({"profile": "docs"}, "the profile 'docs' makes .gif, not .mp4"),
        ({"theme": "drak"}, "there is no theme 'drak': did you mean 'dark'?"),
        ({"width": 100}, "width must be a whole number from 320 to 3,840, not 100."),
        ({"voice": "hibari:bella"}, "hibari has no voice 'hibari:bella' here"),
    ],
)
def test_looks_that_do_not_exist_are_refused(values: dict[str, object], told: str) -> None:
    with pytest.raises(DescentError) as mistake:
        look_of(Document(values))
    assert str(mistake.value).startswith(told)


@pytest.mark.parametrize("output", ["../x.png", "a/../../x.png", "/x.png", "link/x.png", "linked.png"])
def test_a_file_writes_only_into_its_own_folder_unless_it_is_typed(tmp_path: Path, output: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (folder / "linked.png").symlink_to(tmp_path / "x.png")
    text = f'{RACE[: RACE.index("[[runs]]")]}output = "{output}"'
    with pytest.raises(DescentError, match=r"race.toml, line 6: .* is not in the folder of race.toml; a file there"):
        look_of(document(text, folder))
    assert look_of(document(text, folder, output=output)).output == Path(output)
    assert look_of(document(text.replace(output, "sub/../x.png"), folder)).output.resolve() == folder / "x.png"


def test_a_look_fits_its_file() -> None:
    for kind in (".gif", ".webp", ".avif"):
        assert look_of(Document({"output": f"a/race{kind}"})).profile.suffixes == (kind,)
    assert look_of(document(RACE, Path("there"))).output == Path("there/race.mp4")
    wide = look_of(Document({"output": "race.pptx", "width": 641})).profile
    assert (wide.width, wide.height, wide.suffixes) == (640, 360, (".mp4",))


def test_more_than_a_film_holds_is_refused(own: Path) -> None:
    runs = [f"SGD(lr=0.00{k})" for k in range(1, 10)]
    values = {"surface": "bird", "start": [-12, 10], "steps": 5}
    with pytest.raises(DescentError, match=r"9 runs are too many for one picture; 8 fit"):
        read(Document({**values, "runs": runs}))
    with pytest.raises(DescentError, match=r"all runs together may take 5,000 steps"):
        read(Document({**values, "steps": 4000, "runs": runs[:2]}))
    with pytest.raises(DescentError, match=r"SGD\(lr=0.001\) from \(-12.0, 10.0\) is there twice"):
        read(Document({**values, "runs": [runs[0], runs[0]]}))


def test_the_example_works_as_it_stands_and_with_every_line_in_use() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert [entry.text for entry in read(document(text)).entries] == ["SGD(lr=0.01)", "SGD(lr=0.01, momentum=0.6)"]
    used = "\n".join(
        line.removeprefix("# ") if line.startswith(("# [[", "# say", "# note", "# to ")) or " = " in line[:14] else line
        for line in text.splitlines()
        if not line.startswith(("# data", "# narrate", "# font"))
    )
    everything = document(used)
    problem, look = read(everything), look_of(everything)
    assert (problem.beats[0].to, problem.entries[1].steps, problem.domain) == (12, 40, ((-14, 0), (-6, 12)))
    assert problem.title == "Momentum carries the ball through a local minimum"
    assert (look.output.name, look.theme, look.voice) == ("race.mp4", "light", "silence")


@given(
    st.lists(st.sampled_from(["", "# a = 1", 'b = """\nx\n"""', "c = [\n 1,\n 2,\n]", "[d]", "d1 = 1"]), unique=True)
)
def test_a_value_begins_in_its_line(blocks: list[str]) -> None:
    text = "\n".join([*blocks, "wanted = 3", "after = 4"])
    values = tomllib.loads(text)
    path = ("d", "wanted") if "d" in values else ("wanted",)
    assert text.splitlines()[line_of(text, path) - 1] == "wanted = 3"


def test_elements_of_an_array_have_lines_of_their_own() -> None:
    text = 'runs = [\n  "SGD(lr=0.01)",\n  "SDG(lr=0.02)",\n]\nsurface = "bird"\nstart = [-12, 10]'
    with pytest.raises(DescentError, match=r"race.toml, line 3: torch has no optimizer or scheduler 'SDG'"):
        read(document(text))


def test_what_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text("surface = \nsteps = 3")
    with pytest.raises(DescentError, match=r"race.toml is not TOML: Invalid value \(at line 1, column 11\)"):
        read_toml(tmp_path / "race.toml", {})
    with pytest.raises(DescentError, match=r"cannot read .*none.toml"):
        read_toml(tmp_path / "none.toml", {})


def test_own_words_are_paragraphs_and_headings(tmp_path: Path) -> None:
    file = tmp_path / "words.md"
    file.write_text(
        "# A title\n\n## Two *balls*\nDown they **roll**,\nboth of `SGD`.\n\nOne [stops](http://x).\n### End\nBye."
    )
    assert read_script(file) == [("Down they roll, both of SGD.", "Two balls"), ("One stops.", ""), ("Bye.", "End")]
    problem = read(document(RACE[: RACE.index("[[beats]]")], tmp_path, narrate="words.md"))
    assert [beat.to for beat in problem.beats] == [0, 30, 30]


@pytest.mark.parametrize(
    "before",
    [
        2_000 * "\n",
        "a = [\n" + 100 * "[[[1]],\n# ]\n[[\n]]],\n" + "]\n",
        'a = """\n' + 200 * '"" \\"""]\n' + '"""\n',
    ],
    ids=["blank lines", "a long array", "a long text"],
)
def test_a_mistake_is_pointed_at_in_time_that_grows_with_the_text(before: str) -> None:
    """Twice the text takes about twice the steps of Python, where the square of its length would take four times."""

    def steps(text: str) -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(counted)
        try:
            line_of(text, ("stpes",))
        finally:
            sys.setprofile(None)
        return count

    twice = before + before.replace("a =", "b =", 1)
    assert line_of(f"{before}stpes = 3", ("stpes",)) == before.count("\n") + 1
    assert steps(f"{twice}stpes = 3") < 3 * steps(f"{before}stpes = 3")


def test_a_line_is_found_in_whatever_toml_allows() -> None:
    text = (
        "# ' [\na = [ # ]\n  [[1, [2]],\n   [3]],\n  '[',\n]\r\n\"b.c\" = '''\n[x]\n\"\"\"'''\n"
        'd = """\\\n "" \\""" ]"""\n[e.f] # "\ng = {h = 1, i = [1,\n2]}\n[[k]]\n[[k]]\nl = "#["'
    )
    assert tomllib.loads(text)["k"][1] == {"l": "#["}
    assert [
        line_of(text, path)
        for path in (
            ("a",),
            ("a", 1),
            ("b.c",),
            ("d",),
            ("e", "f", "g", "i", 1),
            ("k", 0),
            ("k", 1),
            ("k", 1, "l"),
            ("k", 1, "m"),
        )
    ] == [2, 5, 7, 10, 14, 15, 16, 17, 16]


@pytest.mark.parametrize("look", [{"voice": "silence"}, {"output": "race.gif", "voice": "hibari"}])
def test_words_that_are_only_shown_need_not_be_speakable(tmp_path: Path, look: dict[str, str]) -> None:
    (tmp_path / "fr.md").write_text("Déjà vu.\n\n## Là\n学习率.", encoding="utf-8")
    head = RACE[: RACE.index("[[beats]]")]
    problem = read(document(head, tmp_path, narrate="fr.md", **look))
    assert [beat.say for beat in problem.beats] == ["Déjà vu.", "学习率."]
    for named in ({}, {"voice": "hibari"}):
        with pytest.raises(DescentError, match=r"no voice can say 'é'"):
            read(document(head, tmp_path, narrate="fr.md", **named))
    assert read(document(RACE.replace("Down.", "Là."), **look)).beats[0].say == "Là."


def test_lines_that_nobody_hears_have_times(own: Path) -> None:
    beats = [{"say": "Là."}, {"say": "Down."}]
    values = {"surface": "valley", "start": [1, 2], "steps": 2, "runs": ["SGD(lr=0.1)"], "beats": beats}
    problem = settle(read(Document({**values, "voice": "silence"})))
    (seconds,) = timed(problem, "silence").seconds.values()
    assert set(seconds) == {"Là.", "Down."}
