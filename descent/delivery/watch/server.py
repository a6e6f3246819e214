"""The page and its connection, on an address of this machine, until it is interrupted."""

import asyncio
import contextlib
import json
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from descent.base.errors import DescentError
from descent.base.extras import how_to_install
from descent.delivery.watch.access import HEADERS, LOOPBACK, Access
from descent.delivery.watch.page import FILES, content
from descent.delivery.watch.session import Session, WatchOrder
from descent.look.palette import THEMES

PORT = 8765
_LONGEST = 10_000  # bytes that a page sends at once
_AHEAD = 40  # pictures that a page may ask for at once


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is served.

    Attributes:
        host: The address that is listened on.
        port: The port; None for the usual one, or a free one if that is taken.
        names: Further names by which browsers reach it.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    names: tuple[str, ...] = ()


def need_server() -> None:
    """See that what serves pages is installed.

    Raises:
        DescentError: If it is not.
    """
    missing = [name for name in ("starlette", "uvicorn", "websockets") if find_spec(name) is None]
    if missing:
        raise DescentError(
            f"watching needs the package {missing[0]}, which serves the page; install it with "
            f"{how_to_install('watch')}."
        )


def serve(order: WatchOrder, address: Address, ready: Callable[[str], None]) -> int:
    """Serve the page of a film until a signal ends it.

    Args:
        order: What to watch.
        address: Where.
        ready: Told the page's address once it can be opened.

    Returns:
        The signal's number.

    Raises:
        DescentError: If nothing can be served there, or a package is missing.
    """
    need_server()
    with TemporaryDirectory(prefix="descent-watch-") as folder, _listening(address) as listener:
        return asyncio.run(_serve(order, address, Path(folder), listener, ready))


async def _serve(
    order: WatchOrder, address: Address, folder: Path, listener: socket.socket, ready: Callable[[str], None]
) -> int:
    import uvicorn

    token = secrets.token_urlsafe(18)
    session = Session(order, folder)
    config = uvicorn.Config(
        guarded(application(session, token), Access(token, {*LOOPBACK, address.host.lower(), *address.names})),
        ws="websockets-sansio",
        ws_max_size=_LONGEST,
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server, ended = _server(config), asyncio.get_running_loop().create_future()

    def end(number: int) -> None:
        if not ended.done():
            ended.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            asyncio.get_running_loop().add_signal_handler(number, end, int(number))
    serving = asyncio.create_task(server.serve([listener]))
    watching = asyncio.create_task(session.run())
    shown = f"[{address.host}]" if ":" in address.host else address.host
    ready(f"http://{shown}:{listener.getsockname()[1]}/{token}/")
    try:
        await asyncio.wait([serving, watching, ended], return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await serving
    return int(ended.result()) if ended.done() else 0


@contextlib.contextmanager
def _listening(address: Address) -> Iterator[socket.socket]:
    """A socket that listens at an address.

    Raises:
        DescentError: If the port is taken, or the address is not this machine's.
    """
    wanted = [PORT, 0] if address.port is None else [address.port]
    for port in wanted:
        try:
            family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
            listener = socket.create_server((address.host, port), family=family)
        except OSError as error:
            if port == wanted[-1]:
                raise DescentError(
                    f"nothing can be served at {address.host}:{port} ({error.strerror or error}); give another --port, "
                    "or an address of this machine as --host."
                ) from error
        else:
            with listener:
                yield listener
            return


def application(session: Session, token: str) -> Any:
    """The page, its script and style, the sound, and the connection that pictures come over."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocket

    def file(name: str, _: Request) -> Response:
        kind, data = content(name)
        return Response(data, media_type=kind)

    def sound(request: Request) -> Response:
        kept = session.sound
        if kept is None or request.path_params["name"] != kept[0]:
            return PlainTextResponse("", 404)
        return Response(kept[1], media_type="audio/wav")

    async def live(tab: WebSocket) -> None:
        await tab.accept()
        await _Tab(session, tab).run()

    def missing(_: Request, __: Exception) -> Response:
        return PlainTextResponse("", 404)

    pages = [Route(f"/{token}/{path}", partial(file, name), methods=["GET"]) for path, name in FILES.items()]
    routes = [*pages, Route(f"/{token}/sound/{{name}}.wav", sound), WebSocketRoute(f"/{token}/live", live)]
    app = Starlette(routes=routes, exception_handlers={404: missing})
    app.router.redirect_slashes = False
    return app


def guarded(app: Any, access: Access) -> Any:
    """An application that only sees requests that may be answered, and whose answers say what a page may do."""

    async def guard(scope: Any, receive: Any, send: Any) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope.get("headers", ())}
        refusal = access.refusal(scope["path"], headers.get(b"host"), headers.get(b"origin"))
        if scope["type"] == "websocket":
            if refusal or b"origin" not in headers:  # a browser sends one
                await send({"type": "websocket.close", "code": 1008})
                return
            await app(scope, receive, send)
            return
        added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        if refusal:
            await sent({"type": "http.response.start", "status": refusal, "headers": [(b"content-length", b"0")]})
            await sent({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, sent)

    return guard


class _Tab:
    """A page that looks: what it wants to see now, and what it is to be told."""

    def __init__(self, session: Session, socket: Any) -> None:
        self._session, self._socket = session, socket
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._wanted: dict[str, list[int]] = {}
        self._new: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the page until it is closed."""
        from starlette.websockets import WebSocketDisconnect

        with self._session.listening(self._told.put_nowait):
            self._start(self._tell())
            try:
                while True:
                    self._want(json.loads(await self._socket.receive_text()))
            except (WebSocketDisconnect, ValueError, KeyError, TypeError, AttributeError, DescentError):
                pass  # it is gone, or is none of our pages
            finally:
                for task in self._tasks:
                    task.cancel()

    def _want(self, asked: dict[str, Any]) -> None:
        """Which frames to send from now on, what is most urgent first; what was asked before is not."""
        theme, frames = str(asked["theme"]), [max(0, int(frame)) for frame in asked["frames"][:_AHEAD]]
        if theme not in THEMES:
            raise DescentError("there is no such theme.")
        if theme not in self._new:
            self._new[theme] = asyncio.Event()
            self._start(self._show(theme))
        self._wanted[theme] = frames
        self._new[theme].set()

    async def _show(self, theme: str) -> None:
        """Send what is wanted of a theme."""
        async for frame in self._frames(theme):
            header: dict[str, Any] = {"theme": theme, "frame": frame}
            try:
                found = await self._session.picture(theme, frame)
            except DescentError as error:
                await self._send(json.dumps({"type": "undrawn", **header, "text": str(error)}))
                continue
            if found is not None:
                text = json.dumps({**header, "generation": found[0]}).encode()
                await self._send(len(text).to_bytes(4, "big") + text + found[1])

    async def _frames(self, theme: str) -> AsyncIterator[int]:
        while True:
            await self._new[theme].wait()
            self._new[theme].clear()
            while self._wanted[theme]:
                yield self._wanted[theme].pop(0)

    async def _tell(self) -> None:
        while True:
            await self._send(json.dumps(await self._told.get()))

    async def _send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            await self._socket.send_text(message)
        else:
            await self._socket.send_bytes(message)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(_ended)


def _ended(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        task.exception()  # the page is gone


def _server(config: Any) -> Any:
    """A server whose signals are somebody else's."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Server(config)
