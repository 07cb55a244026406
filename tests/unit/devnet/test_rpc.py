from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from suyuan_devnet.errors import RpcError
from suyuan_devnet.rpc import call

Node = Callable[[dict[str, Any]], str]


def test_gives_the_result(node: Node) -> None:
    assert call(node({"eth_chainId": "0x7a69"}), "eth_chainId") == "0x7a69"


def test_null_is_a_result(node: Node) -> None:
    assert (
        call(node({"eth_getTransactionReceipt": None}), "eth_getTransactionReceipt", "0x") is None
    )


def test_an_error_has_its_code_and_words(node: Node) -> None:
    with pytest.raises(RpcError, match="eth_nothing: method not found") as caught:
        call(node({}), "eth_nothing")
    assert caught.value.code == -32601


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"error": "odd"}', b"\xff\xfe"])
def test_what_is_no_answer_is_an_error(node: Node, body: bytes) -> None:
    with pytest.raises(RpcError):
        call(node({"eth_chainId": body}), "eth_chainId")


def test_nobody_there() -> None:
    with pytest.raises(RpcError, match="no answer") as caught:
        call("http://127.0.0.1:1", "eth_chainId")
    assert caught.value.code is None


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "file:///etc/hosts", "ws://127.0.0.1"])
def test_refuses_what_is_no_http_url(url: str) -> None:
    with pytest.raises(RpcError, match="not an http"):
        call(url, "eth_chainId")
