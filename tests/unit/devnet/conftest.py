from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

Answers = dict[str, Any]


@pytest.fixture
def node() -> Iterator[Callable[[Answers], str]]:
    """Starts JSON-RPC servers that give fixed answers by method; an exception is an error."""
    servers: list[HTTPServer] = []

    def serve(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                found = answers.get(request["method"], LookupError("method not found"))
                body = found if isinstance(found, bytes) else _answer(request["id"], found)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def _answer(number: int, value: object) -> bytes:
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": number}
    if isinstance(value, Exception):
        answer["error"] = {"code": -32601, "message": str(value)}
    else:
        answer["result"] = value
    return json.dumps(answer).encode()
