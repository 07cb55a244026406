"""A mirror of the photos and reports that everybody may have: those of the contents that it keeps.

An attachment is served to whoever may see the event (formats.md §1). The log is asked as everybody may
ask it, so what it gives is nobody's secret; what it does not give is not kept, and what does not hash is
asked for again. With the last content that names it, an attachment goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from suyuan.core.content import decode_content
from suyuan.flow.drafts import carried
from suyuan.ports.said import AttachedStore, Open, SaidOpenly


@dataclass(frozen=True, slots=True)
class Attachments:
    """Beside the contents of a mirror."""

    source: Open
    store: AttachedStore

    def keep(self, said: Sequence[SaidOpenly]) -> list[int]:
        """Ask for those that are not here yet; records of which one does not hash.

        Before the contents are kept: what is not asked for in time is asked for again with them.
        """
        wrong: list[int] = []
        for one in said:
            for digest in named(one):
                if not self.store.has(digest):
                    body = self.source.attachment(digest)
                    if body is None:
                        continue
                    if hashlib.sha256(body).digest() != digest:
                        wrong.append(one.index)
                        continue
                    self.store.put(digest, body)
                self.store.name(digest, one.index)
        return wrong

    def release(self, before: Mapping[int, SaidOpenly], now: Collection[SaidOpenly] = ()) -> None:
        """Forget those of contents that are not told any more, unless another one names them."""
        told = {one.index: named(one) for one in now}
        for index, one in before.items():
            for digest in set(named(one)) - set(told.get(index, ())):
                self.store.release(digest, index)


def named(one: SaidOpenly) -> tuple[bytes, ...]:
    """Digests of the attachments that a content names."""
    if one.content is None:
        return ()
    content = decode_content(one.content)
    return carried(content.kind, content.value)
