"""A small appender, as flow has a big one: it finds tips, links to them and numbers the records.

Contents are plain JSON here, since a store looks into none of them.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

from suyuan.adapters.sql import Database, open_database
from suyuan.core.lineage.flows import Flows
from suyuan.core.merkle import leaf_hash
from suyuan.ports.accounts import AccountStore, AttachmentStore, JobStore
from suyuan.ports.anchors import AnchorStore
from suyuan.ports.books import DeedStore, DraftStore
from suyuan.ports.imports import ImportStore
from suyuan.ports.log import EventIndex, LogStore, NewRecord, Sequencer, Tip
from suyuan.ports.people import AttemptStore, PeopleStore, SessionStore
from suyuan.ports.queries import QueryStore
from suyuan.ports.subscriptions import SubscriptionStore
from suyuan.ports.tree import TreeStore

NOW = "2026-09-10T08:00:00.000Z"
US = "https://node.example/org/us"


class Stores(Protocol):
    log: LogStore
    tree: TreeStore
    anchors: AnchorStore
    accounts: AccountStore
    people: PeopleStore
    sessions: SessionStore
    attempts: AttemptStore
    jobs: JobStore
    attachments: AttachmentStore
    queries: QueryStore
    deeds: DeedStore
    drafts: DraftStore
    subscriptions: SubscriptionStore
    imports: ImportStore

    def close(self) -> None: ...


@dataclass(frozen=True)
class Draft:
    """What a recorder says; the rest is the log's."""

    extends: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    kind: str = "event"
    owner: str = US
    event_id: str | None = None
    event_hash: str | None = None
    biz_step: str = "harvesting"
    event_time: str = NOW
    parties: tuple[str, ...] = ()
    disclosures: tuple[str, ...] = ()
    attachments: tuple[bytes, ...] = ()
    erases: int | None = None
    declares_error: bool = False
    says: Any = field(default_factory=lambda: secrets.token_hex(8))


def digest(value: str) -> bytes:
    return sha256(value.encode()).digest()


def content_of(draft: Draft) -> bytes:
    return json.dumps({"says": draft.says, "extends": draft.extends}).encode()


def same_as(draft: Draft) -> bytes:
    return sha256(draft.owner.encode() + content_of(draft)).digest()


def new_records(sequencer: Sequencer, drafts: Sequence[Draft], now: str = NOW) -> list[NewRecord]:
    """Complete records, linked to the tips of all they rest on, those of this block included."""
    tail = sequencer.tail()
    touched = {uri for draft in drafts for uri in (*draft.extends, *draft.rests_on)}
    tips = sequencer.tips(touched)
    records = []
    for index, draft in enumerate(drafts, tail.size):
        rests_on = tuple(sorted({*draft.extends, *draft.rests_on}))
        after = sorted({tips[uri].index: tips[uri] for uri in rests_on if uri in tips}.values(),
                       key=lambda tip: tip.leaf_hash)  # fmt: skip
        time = max(tail.record_time, now)
        content = content_of(draft)
        entry = json.dumps(
            [sha256(content).hexdigest(), [tip.leaf_hash.hex() for tip in after], time]
        ).encode()
        record = NewRecord(
            index=index,
            kind=draft.kind,
            content=content,
            content_digest=sha256(content).digest(),
            disclosures=draft.disclosures,
            link=json.dumps([tip.leaf_hash.hex() for tip in after]).encode(),
            after=tuple(tip.index for tip in after),
            entry=entry,
            leaf_hash=leaf_hash(entry),
            kid=f"kid of {draft.owner}",
            owner=draft.owner,
            record_time=time,
            extends=draft.extends,
            rests_on=rests_on,
            event=_index_of(draft) if draft.kind == "event" else None,
            erases=draft.erases,
            attachments=draft.attachments,
        )
        tips.update((uri, Tip(index, record.leaf_hash)) for uri in draft.extends)
        records.append(record)
    return records


def _index_of(draft: Draft) -> EventIndex:
    return EventIndex(
        event_id=draft.event_id,
        event_hash=draft.event_hash or f"ni:///sha-256;{same_as(draft).hex()}?ver=CBV2.0",
        event_type="ObjectEvent",
        biz_step=draft.biz_step,
        event_time=draft.event_time,
        same_as=same_as(draft),
        parties=draft.parties,
        flows=Flows((), declares_error=draft.declares_error),
    )


def append(stores: Stores, *drafts: Draft, now: str = NOW) -> list[int]:
    """One block."""
    with stores.log.sequencing() as sequencer:
        records = new_records(sequencer, drafts, now)
        sequencer.insert(records)
    return [record.index for record in records]


def another(stores: Stores) -> Stores:
    """The same log by connections of its own, as another process has; memory has but one."""
    if not isinstance(stores, Database):
        return stores
    return open_database(stores.connections.url.render_as_string(hide_password=False))


def check_log(stores: Stores) -> int:
    """Walk the whole log as an auditor does; returns its size."""
    tips: dict[str, str] = {}
    time = ""
    size = stores.log.tail().size
    seen = 0
    touches = stores.log.touches_of(range(size))
    for record in stores.log.scan(0, size, batch=97):
        assert record.index == seen
        assert record.record_time >= time
        assert record.leaf_hash == leaf_hash(record.entry)
        extends, rests_on = touches[record.index]
        linked = sorted({tips[uri] for uri in rests_on if uri in tips})
        assert json.loads(record.link) == linked
        tips.update((uri, record.leaf_hash.hex()) for uri in extends)
        time = record.record_time
        seen += 1
    assert seen == size
    now = stores.log.tips_at(tips, size)
    assert {uri: tip.leaf_hash.hex() for uri, tip in now.items()} == tips
    numbers = stores.log.numbers_of(0, size)
    assert len(numbers) == size
    assert _walks(touches[index] for index in range(size)) == _walks(numbers)
    return size


def _walks(touched: Iterable[tuple[Iterable[Hashable], Iterable[Hashable]]]) -> list[list[int]]:
    """Where each object stands, whatever it is called: 2n in what record n rests on, 2n + 1 in what
    it extends."""
    found: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, (extends, rests_on) in enumerate(touched):
        for names, place in ((rests_on, 2 * index), (extends, 2 * index + 1)):
            for name in names:
                found[name].append(place)
    return sorted(found.values())
