"""What pages ask for is read alike everywhere, and what is wrong with it is told in a sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent import DescentError
from descent.publish.docs.asked import read_asked, split_runs
from descent.publish.docs.fence import fences, options_of
from descent.publish.docs.folder import MediaFolder
from descent.publish.docs.formats import FORMATS

BASE = Path("/site")
RACE = {"surface": "bird", "runs": "SGD(lr=0.1)", "start": "1,2"}


def asked(argument: str = "Toy", page: str = ".", **options: str):
    return read_asked(argument, options, BASE / page, BASE)


@pytest.mark.parametrize(
    ("argument", "options", "told"),
    [
        ("Toy", {"format": "fim"}, "there is no format 'fim': did you mean 'film'?"),
        ("Toy", {"theme": "darkk"}, "there is no theme 'darkk': did you mean 'dark'?"),
        ("Toy", {"widht": "3"}, "there is no option 'widht': did you mean 'width'?"),
        ("Toy", {"width": "50%"}, ":width: is a number of pixels from 64 to 3,840, not '50%'."),
        ("Toy", {"width": "9999"}, ":width: is a number of pixels from 64 to 3,840, not '9999'."),
        ("Toy", {"width": "640", "format": "explore"}, "a page is as wide as its place, and :height: says how high."),
        (
            "Toy",
            {"height": "640"},
            ":height: is for the format explore; the format film has the height of its pictures.",
        ),
        ("Toy", {"height": "50%", "format": "explore"}, "pixels from 240 to 3,000, not '50%'."),
        ("Toy", {"height": "9999", "format": "explore"}, "pixels from 240 to 3,000, not 9999."),
        ("Toy", {"beats": "2"}, ":beats: is for moving pictures such as gif, not for the format film."),
        ("Toy", {"beats": "0", "format": "gif"}, "counted from 1; '0' is not that."),
        ("Toy", {"at": "2"}, ":at: is for stills, not for the format film."),
        ("Toy", {"at": "nan", "format": "still"}, "such as 3.5, not 'nan'."),
        ("Toy", {"silent": "", "format": "gif"}, ":silent: is for films; the format gif says nothing anyway."),
        ("Toy", {"surface": "bird"}, "Toy says it all, so :surface: says nothing; leave one of the two out."),
        ("two words", {}, "'two words' is no name of a film; `descent list` shows them."),
        ("x.txt:Toy", {}, "'x.txt:Toy' is neither a film nor file.py:Film."),
        ("", {}, "name a film, such as MomentumEscapes, or give a :surface: or :data: and :runs:."),
        ("", {"surface": "bird"}, "name a film, such as MomentumEscapes, or give a :surface: or :data: and :runs:."),
    ],
)
def test_a_mistake_is_told_in_a_sentence(argument: str, options: dict[str, str], told: str) -> None:
    with pytest.raises(DescentError) as error:
        asked(argument, **options)
    assert str(error.value).endswith(told)


def test_paths_are_seen_from_the_page_and_kept_as_seen_from_all_pages() -> None:
    assert asked("../scenes/a.py:Toy", "deep").file == "scenes/a.py"
    assert asked("/scenes/a.py:Toy", "deep").file == "scenes/a.py"
    assert asked("race.toml", "deep").file == "deep/race.toml"
    race = asked("", "deep", **{**RACE, "surface": "my.py:bowl"}).race
    assert dict(race)["surface"] == "deep/my.py:bowl"
    assert dict(asked("", "deep", data="../points.csv", runs="SGD(lr=1)").race)["data"] == "points.csv"


def test_two_requests_have_two_names_and_one_request_one() -> None:
    """In names of files, nothing is lost that a page can say of media, and nothing is that it says beside them."""
    kinds = [{"format": name} for name in FORMATS] + [
        {"format": "gif", "beats": "1-2"},
        {"format": "gif", "beats": "12"},
    ]
    kinds += [{"format": "still", "at": "1"}, {"format": "still", "at": "12"}, {"silent": ""}]
    subjects = [("Toy", {}), ("Toy2", {}), ("a.py:Toy", {}), ("b.py:Toy", {}), ("a.toml", {}), ("b/a.toml", {})]
    subjects += [("", RACE), ("", {**RACE, "runs": "SGD(lr=0.2)"}), ("", {**RACE, "steps": "3"})]
    widths: list[dict[str, str]] = [{}, {"width": "64"}]
    stems = [
        asked(a, **o, **kind, **width).stem
        for a, o in subjects
        for kind in kinds
        for width in widths
        if not (width and kind.get("format") == "explore")
    ]
    assert len({*stems}) == len(stems)
    assert asked(caption="x", alt="y", theme="dark").stem == asked().stem
    assert asked(width="1280px").stem == asked().stem
    page = {"format": "explore"}
    assert asked(**page, height="900px").stem == asked(**page).stem
    assert (asked(**page).themes, asked(**page, theme="dark").themes) == (("light",), ("dark",))
    assert asked("", **{**RACE, "runs": " SGD(lr=0.1) ; "}).stem == asked("", **RACE).stem


runs = st.lists(
    st.sampled_from(["SGD(lr=0.1)", "Adam(betas=(0.9, 0.99)) + StepLR(5)", 'a.B(name="x, y; z")', "RMSprop"]),
    min_size=1,
)


@given(runs, st.sampled_from([", ", ";", "\n", " ,\n "]))
def test_runs_are_split_where_no_bracket_is_open(given_runs: list[str], between: str) -> None:
    assert split_runs(between.join(given_runs)) == given_runs


def test_fences_inside_others_are_only_shown() -> None:
    page = (
        "````\n```{descent} A\n```\n````\n\n  ~~~ {descent} B c\n  :format: gif\n  ~~~\n```{descent} Open".splitlines()
    )
    (fence,) = fences(page)
    assert (fence.first, fence.last, fence.indent, fence.argument) == (5, 7, "  ", "B c")
    assert fence.options() == {"format": "gif"}


@pytest.mark.parametrize(
    ("lines", "told"), [((":a: b", ":a: c"), ":a: is there twice."), (("gif",), "such as :format: gif, not 'gif'.")]
)
def test_a_line_that_is_no_option_is_told(lines: tuple[str, ...], told: str) -> None:
    with pytest.raises(DescentError, match=told.replace(".", r"\.")):
        options_of(lines)


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("{", "is no note of media"),
        ("[]", "is no note of media"),
        (
            '{"a-dark": {"shows": {"theme": "dark", "file": "../a.mp4", "width": 2, "height": 2, "alt": ""}}}',
            "names a file of another folder",
        ),
    ],
)
def test_a_note_that_is_none_is_told(tmp_path: Path, note: str, told: str) -> None:
    (tmp_path / "media.json").write_text(note)
    with pytest.raises(DescentError, match=told):
        MediaFolder(tmp_path)
