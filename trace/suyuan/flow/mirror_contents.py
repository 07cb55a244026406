"""A mirror of what records say openly: for readers when the log is silent, and for its repair.

Nothing private is asked for, so nothing private is kept: the log is asked as everybody may ask it. What
does not hash to its entry is not kept, and asked for again. What an erasure names is forgotten as soon
as the log itself does not tell it any more, before the erasure is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

from suyuan.core import private
from suyuan.core.content import Content, decode_content
from suyuan.core.encoding import b64url
from suyuan.core.entry import Entry, parse_entry
from suyuan.core.errors import Refused
from suyuan.core.tiles import TILE
from suyuan.flow.mirror_attachments import Attachments
from suyuan.ports.mirror import MirrorStore
from suyuan.ports.said import AttachedStore, Open, SaidOpenly, SaidStore

_LEAVES = 1 << 16


@dataclass(frozen=True, slots=True)
class Said:
    """What one look brought. ``wrong``: records of which something told did not hash."""

    held: int
    attached: int
    wrong: tuple[int, ...]
    dropped: tuple[int, ...]


@dataclass(slots=True)
class Contents:
    """Beside a mirror of the entries: only records that it holds are asked for."""

    source: Open
    mirror: MirrorStore
    store: SaidStore
    attached: AttachedStore
    on_progress: Callable[[int, int], None] = lambda *_: None

    def step(self) -> Said:
        """Ask for what is new, and again for what was wrong; Unavailable where the log is silent,
        with what came before it kept."""
        head = self.mirror.head()
        size, had = head.size if head else 0, self.store.size()
        again = set(self.store.again())
        if self.attached.begin():
            again |= set(range(-(-had // TILE)))
            self.store.set_again(sorted(again))
        blocks = sorted({*again, *(range(had // TILE, -(-size // TILE)) if size > had else ())})
        wrong: list[int] = []
        dropped: list[int] = []
        attachments = Attachments(self.source, self.attached)
        for done, block in enumerate(blocks):
            start, stop = block * TILE, min(size, (block + 1) * TILE)
            entries = [parse_entry(raw) for raw in self.mirror.entries(start, stop)]
            kept, bad, erased = self._sorted(start, entries)
            dropped += self._forget(erased, size, attachments)
            known = {one.index: one for one in self.store.read(start, stop)}
            new = [_better(one, known.get(one.index)) for one in kept]
            attachments.release(known, new)
            bad = sorted({*bad, *attachments.keep(new)})
            if bad:
                # Before the block: if we die in between it is asked for once too often, not never.
                again.add(block)
                wrong += bad
                self.store.set_again(sorted(again))
            self.store.put(block, new)
            if not bad:
                again.discard(block)
                self.store.set_again(sorted(again))
            self.on_progress(done + 1, len(blocks))
        count = self.store.count(), self.attached.count()
        return Said(*count, tuple(wrong), tuple(dropped))

    def _sorted(
        self, start: int, entries: list[Entry]
    ) -> tuple[list[SaidOpenly], list[int], set[bytes]]:
        """What holds of a block, where something does not, and the leaves that erasures name."""
        told = {one.index: one for one in self.source.told(start, start + len(entries))}
        kept, bad, erased = [], [], set[bytes]()
        for index, entry in enumerate(entries, start):
            one = told.get(index)
            right = SaidOpenly(index, None, None) if one is None else held(one, entry)
            if one is None or one.link is None or right.link is None or _lost(one, right):
                bad.append(index)
            content = None if right.content is None else decode_content(right.content)
            if content is not None and content.erases is not None:
                erased.add(content.erases)
            kept.append(right)
        return kept, bad, erased

    def _forget(self, erased: Collection[bytes], size: int, attachments: Attachments) -> list[int]:
        """Drop what the log does not tell any more of those that an erasure names.

        Whether an erasure counts is the log's to say: one that does not is no reason to forget.
        """
        dropped: list[int] = []
        for first in range(0, size if erased else 0, _LEAVES):
            leaves = self.mirror.nodes(0, first, min(size, first + _LEAVES))
            for index in (first + n for n, leaf in enumerate(leaves) if leaf in erased):
                (now,) = self.source.told(index, index + 1) or (None,)
                if now is not None and now.content is None:
                    known = {one.index: one for one in self.store.read(index, index + 1)}
                    attachments.release(known)
                    self.store.drop(index)
                    dropped.append(index)
        return dropped


def held(one: SaidOpenly, entry: Entry) -> SaidOpenly:
    """What of this is what the entry commits to."""
    link = one.link
    if link is not None and hashlib.sha256(link).digest() != entry.after:
        link = None
    content = _content(one.content, entry)
    if content is None:
        return SaidOpenly(one.index, link, None)
    listed = private.listed(content.value)
    shown = tuple(text for text in one.disclosures if digest_of(text) in listed)
    return SaidOpenly(one.index, link, one.content, shown)


def digest_of(disclosure: str) -> str:
    """As an event lists it."""
    return b64url(hashlib.sha256(disclosure.encode("ascii", "replace")).digest())


def _content(data: bytes | None, entry: Entry) -> Content | None:
    if data is None or hashlib.sha256(data).digest() != entry.content:
        return None
    try:
        return decode_content(data)
    except Refused:
        return None


def _lost(told: SaidOpenly, right: SaidOpenly) -> bool:
    return told.content is not None and right.content is None


def _better(new: SaidOpenly, old: SaidOpenly | None) -> SaidOpenly:
    """A block asked for again may be told worse than before: what was right stays.

    Not a content that the log stopped telling: that is erased, or not for everybody any more.
    """
    if old is None or new.link is not None:
        return new
    return SaidOpenly(new.index, old.link, new.content, new.disclosures)
