"""An RPC node that lies: it asks a real one, and changes what is answered."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from suyuan_devnet.errors import RpcError
from suyuan_devnet.rpc import call

Answer = Callable[[str, list[Any], Any], Any]
"""(method, params, what the real node says) → what is answered: a value, or bytes as they are."""


class Proxy:
    """``answer`` may be changed at any time; None passes everything on. ``before``: whether a call to
    this method is answered 500 without the real node having heard of it."""

    def __init__(self, real: str) -> None:
        self.real = real
        self.answer: Answer | None = None
        self.before: Callable[[str], bool] | None = None
        self.asked: list[str] = []
        self.url = ""

    def reply(self, request: dict[str, Any]) -> bytes:
        method, params = request["method"], request.get("params", [])
        self.asked.append(method)
        if self.before is not None and self.before(method):
            return b"500"
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            result = call(self.real, method, *params)
        except RpcError as problem:
            if problem.code is None:  # the real one is not there
                return b"500"
            body["error"] = {"code": problem.code, "message": str(problem)}
        else:
            answer = self.answer
            changed = result if answer is None else answer(method, params, result)
            if isinstance(changed, bytes):
                return changed
            body["result"] = changed
        return json.dumps(body).encode()


class Slow(bytes):
    """An answer that takes longer than anybody waits."""

    seconds = 1.0


@contextmanager
def proxy(real: str) -> Iterator[Proxy]:
    """Serves until the block ends."""
    between = Proxy(real)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = between.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if isinstance(body, Slow):
                time.sleep(body.seconds)
            try:
                self.send_response(500 if body == b"500" else 200)
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # whoever asked has gone
                pass

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    between.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield between
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
