"""What stands beside a film is read as it was written, and a damaged one is named in a sentence."""

from dataclasses import fields
from pathlib import Path

import pytest

from descent.base.errors import DescentError
from descent.film.sidecar import (
    Chapter,
    Inputs,
    ShownRun,
    Sidecar,
    SpokenLine,
    StatedClaim,
    read_sidecar,
    write_sidecar,
)

WHOLE = Sidecar(
    scene="Film",
    source="/home/me/scenes/film.py",
    title="A “claim” é",
    profile="lecture",
    theme="dark",
    size=(1920, 1080),
    rate=60,
    seconds=12.5,
    language="eng",
    voiced=False,
    chapters=[Chapter(0.0, "One")],
    lines=[SpokenLine(0.5, 1.25, "It moves.")],
    claims=[StatedClaim("It holds.", True)],
    runs=[ShownRun("SGD  lr 0.1", "ab12")],
    tools={"manim": "0.22.0"},
    inputs=Inputs("key", ["/home/me/helper.py"]),
    files={"Film.mp4": "cd34"},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "Film.json", WHOLE)
    assert read_sidecar(tmp_path / "Film.json") == WHOLE
    assert all(getattr(WHOLE, field.name) not in ("", [], {}) for field in fields(Sidecar)), "a field is not tried"


def test_what_is_published_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "Film.json").write_bytes(WHOLE.published())
    assert b"/home/me" not in WHOLE.published()
    assert read_sidecar(tmp_path / "Film.json").claims == WHOLE.claims


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "truncated"),
        (b"[]", "array"),
        (b'{"scene": 3}', "scene"),
        (b'{"scene": "Film"}', "missing required field"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 100_000, "note of a finished film"),
    ],
)
def test_a_damaged_one_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "Film.json"
    file.write_bytes(content)
    with pytest.raises(DescentError, match=said) as caught:
        read_sidecar(file)
    assert str(file) in str(caught.value)


def test_a_missing_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(DescentError, match=r"Film\.json is not the note of a finished film"):
        read_sidecar(tmp_path / "Film.json")
