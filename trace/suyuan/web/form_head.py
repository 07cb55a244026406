"""The words in front of a form's file that is too large to be taken: who typed them keeps them."""

from __future__ import annotations

import re

from starlette.requests import Request

MOST = 64 * 1024
"""Bytes that are looked at; the words of a form stand in front of its file."""
_NAME = re.compile(rb'(?i)content-disposition:[^\r\n]*?\bname="(\w{1,40})"')
_FILE = re.compile(rb"(?i)\bfilename\*?=")


async def head_of(request: Request) -> bytes:
    """What came first of a body; the rest is not read."""
    head = b""
    while len(head) < MOST:
        message = await request.receive()
        if message["type"] != "http.request":
            break
        head += message.get("body", b"")
        if not message.get("more_body"):
            break
    return head[:MOST]


def words_in(head: bytes, content_type: str) -> dict[str, str]:
    """The whole fields in front of the first file, by name (RFC 7578); nothing of another kind."""
    found: dict[str, str] = {}
    mark = re.search(r'(?i)^multipart/form-data;.*?\bboundary="?([^";,\s]{1,70})', content_type)
    if mark is None:
        return found
    line = b"--" + mark[1].encode("latin-1", "replace")
    parts = (b"\r\n" + head).split(b"\r\n" + line)
    for part in parts[1:-1]:  # what stands behind the last mark may be half of a field
        top, _, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(top)
        if name is None or _FILE.search(top):
            break
        found[name[1].decode("ascii")] = value.decode("utf-8", "replace")
    return found


__all__ = ["MOST", "head_of", "words_in"]
