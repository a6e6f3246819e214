"""What is drawn is kept: for whoever asks at the same time, and for the next save, where a play shows the same."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from descent import DescentError
from descent.delivery.orders import SceneRef
from descent.delivery.profiles import find_profile
from descent.delivery.watch.broken import broken_by
from descent.delivery.watch.cache import Pictures
from descent.delivery.watch.files import changed, settled, state
from descent.delivery.watch.session import Session, WatchOrder
from descent.delivery.watch.subject import SceneSubject
from descent.delivery.watch.takes import GoneError, Take
from descent.stage.scene.catalogue import load_scenes


class Play:
    """Stands for a process at the beginning of a play."""

    pid, start, frozen = 0, 0.0, False

    def __init__(self, key: str) -> None:
        self.key, self.drawn, self.closed = key, [], False  # type: ignore[var-annotated]

    async def ask(self, told: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        await asyncio.sleep(0)
        if "key" in told:
            return {"key": self.key}, b""
        if told["draw"] == 7:
            raise DescentError("no OpenGL")
        self.drawn.append(told["draw"])
        return {}, f"{self.key}{told['draw']}".encode()

    def close(self) -> None:
        self.closed = True


def take(pictures: Pictures, generation: int, *plays: Play) -> Take:
    found = Take("dark", generation, pictures)
    found.film = {"plays": [[0, 10, False], [10, 30, True], [40, 5, False]]}
    for number, play in enumerate(plays):
        found.add(number, play)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("frame", "place"), [(0, (0, 0)), (9, (0, 9)), (10, (1, 0)), (39, (1, 0)), (44, (2, 4)), (900, (2, 4))]
)
def test_every_frame_lies_in_a_play(frame: int, place: tuple[int, int]) -> None:
    assert take(Pictures(1000), 0).place(frame) == place


def test_a_picture_is_drawn_once_however_many_ask() -> None:
    play = Play("a")

    async def ask() -> list[bytes]:
        found = take(Pictures(1000), 0, play)
        return [*await asyncio.gather(*(found.picture(0, 3) for _ in range(5))), await found.picture(0, 3)]

    assert asyncio.run(ask()) == [b"a3"] * 6
    assert play.drawn == [3]


def test_what_shows_the_same_is_kept_over_a_save_and_what_does_not_is_drawn() -> None:
    before, same, other = Play("a"), Play("a"), Play("b")
    pictures = Pictures(1000)

    async def ask(generation: int, play: Play) -> bytes:
        found = take(pictures, generation, play)
        await found.recognize(0)
        return await found.picture(0, 3)

    assert [asyncio.run(ask(k, play)) for k, play in enumerate((before, same, other))] == [b"a3", b"a3", b"b3"]
    assert (before.drawn, same.drawn, other.drawn) == ([3], [], [3])


def test_what_was_drawn_before_it_was_known_what_it_shows_is_kept() -> None:
    play = Play("a")

    async def ask() -> None:
        found = take(Pictures(1000), 0, play)
        for _ in range(2):
            assert await found.picture(0, 3) == b"a3"
            await found.recognize(0)

    asyncio.run(ask())
    assert play.drawn == [3]


def test_a_process_ends_when_all_of_its_play_is_kept_and_not_before() -> None:
    play = Play("a")

    async def ask() -> None:
        found = take(Pictures(1000), 0, Play("x"), Play("x"), play)
        for number in (0, 1, 2, 3):
            await found.picture(2, number)
            found.release(2)
        assert not play.closed
        await found.picture(2, 4)
        found.release(2)

    asyncio.run(ask())
    assert play.closed


def test_what_cannot_be_drawn_is_told_and_asked_again() -> None:
    async def ask() -> None:
        found = take(Pictures(1000), 0, Play("a"))
        for _ in range(2):
            with pytest.raises(DescentError, match="no OpenGL"):
                await found.picture(0, 7)
        waiting = asyncio.create_task(found.picture(1, 0))  # its process is still on its way
        await asyncio.sleep(0.01)
        found.add(1, Play("late"))  # type: ignore[arg-type]
        assert await waiting == b"late0"
        lost = asyncio.create_task(found.picture(2, 0))
        await asyncio.sleep(0.01)
        found.close()
        with pytest.raises(DescentError, match="save the file"):
            await lost

    asyncio.run(ask())


def test_a_save_is_seen_however_it_is_made(tmp_path: Path) -> None:
    file, late = tmp_path / "a.py", tmp_path / "late.py"
    file.write_text("1", encoding="utf-8")
    before = state([file])
    assert not changed(before, state([file]), 0)
    beside = tmp_path / "b.py"
    beside.write_text("2", encoding="utf-8")
    os.utime(beside, ns=(before[file][0],) * 2)  # type: ignore[index]
    beside.replace(file)
    assert changed(before, state([file]), 0)  # another file of the same time and size
    late.write_text("", encoding="utf-8")
    now = asyncio.run(settled([file, late]))
    begun = late.stat().st_mtime_ns
    assert changed(state([file]), now, begun - 1)  # saved while the film was being constructed
    assert not changed(state([file]), now, begun)
    file.unlink()
    assert changed(now, state([file, late]), begun)


def test_the_place_of_a_mistake_is_in_the_users_file(tmp_path: Path) -> None:
    helper, scene = tmp_path / "helps_here.py", tmp_path / "scene.py"
    helper.write_text("def half(x):\n    return x / 0\n", encoding="utf-8")
    scene.write_text("from helps_here import half\n\n\nhalf(3)\n", encoding="utf-8")
    with pytest.raises(DescentError) as caught:
        load_scenes(scene)
    found = broken_by(caught.value, [scene, helper])
    assert (found.file, found.line) == (str(helper), 2)
    assert found.source == ((1, "def half(x):"), (2, "    return x / 0"))
    assert broken_by(caught.value, [scene]).line == 4
    assert "division by zero" in found.text


def test_a_film_whose_process_is_gone_is_constructed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stage:
        constructing = False

        async def picture(self, frame: int) -> None:
            raise GoneError("it is gone.")

    subject = SceneSubject(SceneRef(tmp_path / "toy.py", "Toy"))
    session = Session(WatchOrder(subject, find_profile("preview"), "dark", tmp_path), tmp_path)
    stage, constructed = Stage(), []
    session._stages["dark"] = stage  # type: ignore[assignment]

    async def construct(theme: str) -> None:
        constructed.append(theme)
        stage.constructing = True

    monkeypatch.setattr(session, "_construct", construct)
    assert [asyncio.run(session.picture("dark", 0)) for _ in range(2)] == [None, None]
    assert constructed == ["dark"]  # once
