"""The receiver of docs/subscriptions.md takes what is signed, and nothing else."""

from __future__ import annotations

import re
import threading
from http.server import HTTPServer
from typing import Any

from shared import ROOT

from suyuan.adapters.webhook import Webhooks
from suyuan.flow.deliver import signature


def test_the_receiver_of_the_page_knows_our_signature() -> None:
    text = (ROOT / "docs" / "subscriptions.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    kept: list[bytes] = []
    names: dict[str, Any] = {"keep": kept.append}
    exec(source, names)
    names["Receiver"].log_message = lambda *_: None
    server = HTTPServer(("127.0.0.1", 0), names["Receiver"])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        hooks, body = Webhooks([url]), '{"山核桃": 1}'.encode()
        signed = {"GS1-Signature": signature(b"between us", body)}
        assert hooks.post(url, body, signed).status == 204
        assert hooks.post(url, body + b" ", signed).status == 403
        assert hooks.post(url, body, {}).status == 403
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert kept == [body]
