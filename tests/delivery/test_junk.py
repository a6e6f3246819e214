"""Junk in a cache costs a redraw, never a traceback, and nothing in it passes for something else."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from toys import TOY

from descent.base.errors import DescentError
from descent.delivery.committed_gifs import Published
from descent.delivery.find import listed, noted_scenes
from descent.delivery.freshness import unchanged
from descent.delivery.orders import RenderRequest, RenderResult
from descent.delivery.store import SegmentStore
from descent.film.narration import ClipCache, Silence

JUNK = [b"[]", b"", b"null", b"{}", b'"x"', b"3", b"\xff\xfe", b"{", b'{"sha256": []}', b"[" * 5000]

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


@pytest.mark.parametrize("junk", JUNK)
def test_a_note_in_the_store_that_is_junk_vouches_for_nothing(tmp_path: Path, junk: bytes) -> None:
    store = SegmentStore(tmp_path)
    (tmp_path / "drawn").write_bytes(b"picture")
    store.add("key", tmp_path / "drawn")
    (tmp_path / "key.json").write_bytes(junk)
    assert not store.has("key")


def test_a_film_is_drawn_again_over_junk(toy: RenderRequest, made: Callable[..., RenderResult], tmp_path: Path) -> None:
    first = made(toy)
    for note in (tmp_path / "segments").glob("*.json"):
        note.write_bytes(b"[]")
    toy.file(".json").write_bytes(b"[]")
    again = made(toy)
    assert (again.drawn, again.error) == (first.drawn, None)


def test_an_entry_does_not_pass_for_another(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path)
    (tmp_path / "drawn").write_bytes(b"picture")
    store.add("one", tmp_path / "drawn")
    for ending in (".mp4", ".json"):
        shutil.copy(tmp_path / f"one{ending}", tmp_path / f"two{ending}")
    assert store.has("one")
    assert not store.has("two")


@pytest.mark.parametrize("junk", [*JUNK, b'{"inputs": [], "files": []}', b'{"inputs": {"key": 1, "modules": [3]}}'])
def test_a_films_note_that_is_junk_is_no_note(toy: RenderRequest, junk: bytes) -> None:
    toy.folder.mkdir()
    toy.file(".json").write_bytes(junk)
    assert not unchanged(toy)


@pytest.mark.parametrize("scenes", [[], {"Toy": 3}, {"Toy": {}}, {"Toy": {"title": 3, "claims": []}}, 7])
def test_a_listing_that_is_junk_is_made_anew(tmp_path: Path, scenes: object) -> None:
    file, listing = tmp_path / "toy.py", tmp_path / "listing.json"
    file.write_text(TOY, encoding="utf-8")
    listed([file], listing)
    entry = json.loads(listing.read_text(encoding="utf-8"))
    entry[str(file.resolve())]["scenes"] = scenes
    listing.write_text(json.dumps(entry), encoding="utf-8")
    assert noted_scenes(listing) == []
    assert list(listed([file], listing)) == ["Toy"]


@pytest.mark.parametrize("junk", JUNK)
def test_a_listing_of_junk_lists_nothing(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "listing.json").write_bytes(junk)
    assert noted_scenes(tmp_path / "listing.json") == []


@pytest.mark.parametrize("junk", [*JUNK, b'{"Toy.gif": []}'])
def test_a_note_of_gifs_that_is_junk_is_named(tmp_path: Path, junk: bytes) -> None:
    """It is no cache: what a project committed is not replaced unasked."""
    (tmp_path / "gifs.json").write_bytes(junk)
    with pytest.raises(DescentError, match="is no note of GIFs"):
        Published(tmp_path)


@pytest.mark.parametrize("junk", [*JUNK, b"RIFF", b"RIFF\x04\x00\x00\x00WAVE", b"RIFF\xff\xff\xff\xffWAVEfmt \x10"])
def test_a_spoken_line_that_is_junk_is_spoken_again(tmp_path: Path, junk: bytes) -> None:
    cache = ClipCache(tmp_path)
    cache.speak(Silence(), "Hello.")
    (file,) = tmp_path.glob("*.wav")
    file.write_bytes(junk)
    assert cache.speak(Silence(), "Hello.").seconds == 0
    assert file.read_bytes()[:4] == b"RIFF"
