"""Loopback servers of a folder, with Range requests or, as some simple hosts, without."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class Plain(SimpleHTTPRequestHandler):
    """Whole files only."""

    def log_message(self, *_: object) -> None:
        pass


class Ranges(Plain):
    """Pieces of files too, which is what seeking needs."""

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            super().do_GET()
            return
        data = Path(self.translate_path(self.path)).read_bytes()
        first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(self.path))
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        self.wfile.write(data[first : last + 1])


class Quiet(ThreadingHTTPServer):
    """A browser that has seen enough hangs up; that is no error."""

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path, handler: type[Plain]) -> Iterator[str]:
    """The address of a folder on loopback, while the block runs."""
    with Quiet(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
