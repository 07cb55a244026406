"""JSON-RPC over HTTP, as little of it as starting a node and deploying a contract need."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from suyuan_devnet.errors import RpcError


def call(url: str, method: str, *params: object, timeout: float = 10.0) -> Any:
    """The ``result`` of one call. RpcError if the node says no, or nothing within ``timeout`` s."""
    parts = urlsplit(url)
    if parts.hostname is None or parts.scheme not in ("http", "https"):
        raise RpcError(f"not an http(s) URL: {url}")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RpcError(f"{method}: no answer from {url}: {error}") from error
    finally:
        connection.close()
    if not isinstance(answer, dict) or "result" not in answer:
        problem = answer.get("error") if isinstance(answer, dict) else None
        problem = problem if isinstance(problem, dict) else {}
        raise RpcError(f"{method}: {problem.get('message', answer)}", problem.get("code"))
    return answer["result"]
