"""A form of the desk is worked on once, however often it is sent (docs/decisions/0029)."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from suyuan.core.errors import Conflict, SuyuanError
from suyuan.flow.once import Answer

if TYPE_CHECKING:
    from suyuan.web.desk.deps import Desk

APART = "."
"""Between what keeps a form from being forged, and what tells it from all others."""
_LOOKS, _BETWEEN = 40, 0.25
"""How often it is looked, and after how many seconds, what another request makes of the same form."""

_AT_ONCE = 1 << 20


async def take(desk: Desk) -> None:
    """Work on this form, unless it was sent before: SentBefore, once it is known what came of it.

    Whoever waits for that holds no thread: forty copies of a slow form keep nobody else out.
    """
    if not desk.given("csrf").partition(APART)[2]:
        return
    forms = desk.node.forms
    key = await run_in_threadpool(_key, desk)
    for _ in range(_LOOKS):
        answer = await run_in_threadpool(forms.begin, key)
        if answer is None:
            desk.sent = desk.request.state.sent = key
            return
        if answer.path:
            raise SentBefore(answer)
        await asyncio.sleep(_BETWEEN)
    raise Conflict(
        "this form was sent a moment ago and is still worked on; look whether it is there before you"
        " send it again"
    )


def _key(desk: Desk) -> bytes:
    fields = sorted((name, _text_of(value)) for name, value in desk.form.multi_items())
    who, url = desk.actor, desk.request.url
    return desk.node.forms.key(
        (who.uri, who.organisation, url.path, url.query, *itertools.chain(*fields))
    )


def _text_of(value: object) -> str:
    """A field; of a file its name and a digest: one that was put right may be as long as before."""
    if isinstance(value, UploadFile):
        digest = hashlib.sha256()
        while part := value.file.read(_AT_ONCE):
            digest.update(part)
        value.file.seek(0)
        return f"{value.filename} {digest.hexdigest()}"
    return str(value)


class SentBefore(SuyuanError):
    """The very form was worked on already; the page that it led to comes again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("")
        self.answer = answer


__all__ = ["APART", "SentBefore", "take"]
