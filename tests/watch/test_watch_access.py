"""Who may look at a film being watched, and what the command leaves when it ends."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import websockets
from click.testing import CliRunner
from watch_film import Watching, end, start, until

from descent.commands.cli import descent
from descent.delivery.watch.access import HEADERS, LOOPBACK, Access


def get(watching: Watching, path: str | None = None, **headers: str) -> http.client.HTTPResponse:
    """An answer to a request; by default to one for the page."""
    address = urlsplit(watching.address)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=20)
    connection.putrequest("GET", address.path if path is None else path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.body = answer.read()  # type: ignore[attr-defined]
    connection.close()
    return answer


def test_the_page_comes_with_what_it_may_do(watching: Watching) -> None:
    answer = get(watching)
    assert answer.status == 200
    assert b"<title>descent watch</title>" in answer.body
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["server"] is None


@pytest.mark.parametrize("path", ["/", "/page.js", "/guess/", "/guess/page.js", "//", "/../"])
def test_without_the_token_there_is_nothing(watching: Watching, path: str) -> None:
    answer = get(watching, path)
    assert (answer.status, answer.body) == (404, b"")


def test_below_the_token_there_is_nothing_but_the_page(watching: Watching) -> None:
    own = urlsplit(watching.address).path
    for path in ("scenes/toy.py", "../", "sound/none.wav", "sound/", "page.html", "%2e%2e/", "live/"):
        assert get(watching, own + path).status == 404, path


def test_a_name_that_was_made_to_point_here_is_refused(watching: Watching) -> None:
    port = urlsplit(watching.address).port
    for host, status in (
        ("evil.example", 403),
        (f"127.0.0.1.evil.example:{port}", 403),
        ("", 403),
        (f"localhost:{port}", 200),
        ("localhost:9000", 200),  # the other end of a tunnel
        ("[::1]:9000", 200),
    ):
        assert get(watching, Host=host).status == status, host


def test_another_page_is_refused(watching: Watching) -> None:
    port = urlsplit(watching.address).port
    for origin, status in (
        ("https://evil.example", 403),
        ("null", 403),
        (f"http://127.0.0.1:{(port or 0) + 1}", 403),
        (f"http://127.0.0.1:{port}", 200),
    ):
        assert get(watching, Origin=origin).status == status, origin


def test_the_connection_asks_for_the_same(watching: Watching) -> None:
    address = urlsplit(watching.address)
    live = f"ws://{address.netloc}{address.path}live"

    async def status(url: str, **options: object) -> int:
        try:
            async with websockets.connect(url, proxy=None, **options) as socket:
                return 101 if json.loads(await socket.recv())["type"] == "subject" else 0
        except websockets.InvalidStatus as refused:
            return refused.response.status_code

    async def every() -> list[int]:
        own = f"http://{address.netloc}"
        return [
            await status(live, origin=own),
            await status(live, origin="https://evil.example"),
            await status(live),  # every browser says where it comes from
            await status(f"ws://{address.netloc}/guess/live", origin=own),
        ]

    assert asyncio.run(every()) == [101, 403, 403, 403]


def test_nonsense_on_the_connection_ends_it_and_nothing_else(watching: Watching) -> None:
    address = urlsplit(watching.address)

    async def send(text: str) -> None:
        url = f"ws://{address.netloc}{address.path}live"
        async with websockets.connect(url, origin=f"http://{address.netloc}", proxy=None) as socket:
            await socket.send(text)
            with contextlib.suppress(websockets.ConnectionClosedError):
                async for _ in socket:  # what it tells before; it ends when the connection does
                    pass

    for text in ("no json", "[]", '{"theme": "blue", "frames": [0]}', '{"theme": "dark", "frames": "x"}', "x" * 20_000):
        asyncio.run(asyncio.wait_for(send(text), 20))
    assert get(watching).status == 200


def test_a_forwarded_name_is_let_in_if_it_was_given() -> None:
    access = Access("token", {*LOOPBACK, "name.example"})
    assert access.refusal("/token/", "name.example", "https://name.example") == 0
    assert access.refusal("/token/", "Name.Example:443", "https://name.example:443") == 0
    assert access.refusal("/token", "name.example", None) == 0
    assert access.refusal("/tokens/", "name.example", None) == 404
    assert access.refusal("/token/", None, None) == 403


def processes(group: int) -> list[int]:
    """The processes of a session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[3]) == group:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")
def test_an_interrupt_leaves_nothing_and_waiting_costs_nothing(project: Path) -> None:
    own = project / "own"
    own.mkdir()
    found = start(project, "Toy", "--profile", "preview", TMPDIR=str(own))
    assert until(lambda: len(processes(found.process.pid)) > 4), "no play is there"

    def spent() -> float:
        times = [
            Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in processes(found.process.pid)
        ]
        return sum(int(each[11]) + int(each[12]) for each in times) / os.sysconf("SC_CLK_TCK")

    def calm() -> bool:
        before = spent()
        time.sleep(2)
        return spent() - before < 0.1

    assert until(calm), "it works on when all is drawn"
    said = end(found.process)
    assert (found.process.returncode, said) == (130, "Stopped.\n")
    assert until(lambda: not processes(found.process.pid), 5), "a process is left"
    assert [path.name for path in own.iterdir() if not path.name.startswith("torchinductor")] == []  # torch's own


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")
@pytest.mark.matrix
def test_its_processes_end_with_it_even_if_it_is_killed(project: Path) -> None:
    found = start(project, "Toy", "--profile", "preview")
    assert until(lambda: len(processes(found.process.pid)) > 4), "no play is there"
    os.kill(found.process.pid, signal.SIGKILL)
    found.process.communicate()
    assert until(lambda: not processes(found.process.pid), 20), "a process is left"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Nobody"], "there is no scene 'Nobody'"),
        (["none.toml"], "there is no file none.toml; `descent animate --init none.toml` writes an example."),
        (["Toy", "--theme", "blue"], "there is no theme 'blue'"),
        (["Toy", "--host", "192.0.2.1"], "nothing can be served at 192.0.2.1:"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    project: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.chdir(project)
    result = CliRunner().invoke(descent, ["watch", *words])
    assert told in str(result.exception)


def test_a_missing_package_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr("descent.delivery.watch.server.find_spec", lambda name: None if name == "uvicorn" else name)
    result = CliRunner().invoke(descent, ["watch", "Toy"])
    assert str(result.exception).startswith(
        "watching needs the package uvicorn, which serves the page; install it with pip install "
    )
