"""A log of any length, sealed and anchored, made in minutes and kept for the next time.

Real records with real signatures: each text of the season's records (what is signed, what it
touches, what its indexes are hashes of) comes once from the code that captures, and is filled in for
season after season. Only the salts of private fields repeat. `audit --signatures` checks all of it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import mix, world

import suyuan.adapters.sql
from suyuan.adapters.outside import SystemRandomness
from suyuan.bootstrap import Node
from suyuan.core import entry, merkle
from suyuan.core.content import content_digest
from suyuan.core.epcis.event_hash import prehash
from suyuan.core.epcis.known import known_in
from suyuan.core.strict_json import loads
from suyuan.core.timestamps import to_utc_millis
from suyuan.core.touches import touches
from suyuan.core.visibility import parties_of, record_class
from suyuan.flow.append import same_as
from suyuan.flow.drafts import Draft, check_events, event_draft
from suyuan.flow.jobs import incoming_of
from suyuan.found import found_chain, operator_address, owner_address
from suyuan.ports.log import EventIndex, NewRecord
from suyuan.ports.outside import Signer
from suyuan_devnet.devnet import Devnet, fund

BLOCK = 80
"""Seasons appended in one transaction: about 5,000 records."""
SEALED = 65_536
_SQL = Path(suyuan.adapters.sql.__file__).parent


def long_log(folder: Path, size: int, *, chain: bool = True) -> Path:
    """The data folder of a node with ``size`` records, made if it is not there.

    ``chain``: anchored in a contract of its own, whose devnet's folder lies within. One of another
    version of the program is thrown away.
    """
    made = folder / f"log-{size}-{version()}"
    if (made / "complete").exists():
        return made
    for old in folder.glob(f"log-{size}-*"):
        shutil.rmtree(old)
    new = world.found(made)
    try:
        append(new, size)
        if chain:
            with Devnet(made / "chain") as devnet:
                anchor(new.node, devnet.rpc_url)
    finally:
        new.close()
    (made / "complete").touch()
    return made


@contextmanager
def on_chain(folder: Path) -> Iterator[str | None]:
    """The RPC URL of the log's chain, which is up while this lasts (None: it has none)."""
    if (folder / "chain").exists():
        with Devnet(folder / "chain") as devnet:
            yield devnet.rpc_url
    else:
        yield None


def version() -> str:
    """Of everything that decides what such a log looks like."""
    told = hashlib.sha256(mix.marked_events().encode() + Path(__file__).read_bytes())
    for path in sorted((_SQL / "migrations").rglob("*.py")):
        told.update(path.read_bytes())
    return told.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class _Record:
    """What is the same in every season of one record."""

    disclosures: tuple[str, ...]
    event_type: str
    biz_step: str
    event_time: str
    parties: tuple[str, ...]
    known: tuple[tuple[str, str], ...]
    trade: bool


class _Season:
    """The season's records, to be filled in."""

    TEXTS = 5

    def __init__(self, made: world.World, signer: Signer) -> None:
        self.signer = signer
        self.origin = made.node.settings.origin
        self.randomness = SystemRandomness()
        document = mix.document(loads_marked())
        self.records: list[_Record] = []
        texts: list[bytes] = []
        for checked in check_events([("", i.event) for i in incoming_of(document)]):
            draft = event_draft(
                checked,
                private_at=(),
                signer=signer,
                origin=self.origin,
                randomness=self.randomness,
            )
            texts += self._texts(draft)
            value = draft.value
            self.records.append(
                _Record(
                    draft.disclosures,
                    value["type"],
                    value["bizStep"],
                    to_utc_millis(value["eventTime"]),
                    tuple(sorted(parties_of(value))),
                    known_in(value),
                    record_class("event", value) == "trade",
                )
            )
        self._marked = mix.Marked(b"\0".join(texts))

    def _texts(self, draft: Draft) -> list[bytes]:
        touched = touches("event", draft.value, kid=draft.kid, owner=mix.COOPERATIVE)
        return [
            draft.content[: -len('0123456789012345678901"}')],
            draft.bare,
            prehash(draft.value).encode(),
            "\n".join(touched.extends).encode(),
            "\n".join(touched.rests_on).encode(),
        ]

    def at(
        self, number: int, first: int, now: str, tips: dict[str, tuple[int, bytes]]
    ) -> Iterator[NewRecord]:
        """The records of season ``number``, from index ``first`` on; ``tips`` are those before it."""
        texts = self._marked.at(number).split(b"\0")
        tips = dict(tips)
        for place, record in enumerate(self.records):
            start, bare, hashed, extended, rested = texts[place * self.TEXTS :][: self.TEXTS]
            content = b'%b%b"}' % (start, self.randomness.salt().encode())
            digest = content_digest(content)
            extends = tuple(extended.decode().split("\n"))
            rests_on = tuple(rested.decode().split("\n"))
            after = dict([tips[name] for name in rests_on if name in tips])
            link = entry.Link(tuple(sorted(after.values())), self.randomness.salt()).encode()
            kid = self.signer.kid
            encoded = entry.Entry(
                digest,
                hashlib.sha256(link).digest(),
                kid,
                now,
                self.signer.sign(entry.record_message(self.origin, kid, digest)),
            ).encode()
            tip = first + place, merkle.leaf_hash(encoded)
            tips.update(dict.fromkeys(extends, tip))
            event_hash = hashlib.sha256(hashed).hexdigest()
            yield NewRecord(
                index=tip[0],
                kind="event",
                content=content,
                content_digest=digest,
                disclosures=record.disclosures,
                link=link,
                after=tuple(sorted(after)),
                entry=encoded,
                leaf_hash=tip[1],
                kid=kid,
                owner=mix.COOPERATIVE,
                record_time=now,
                extends=extends,
                rests_on=tuple(name for name in rests_on if name != kid),
                event=EventIndex(
                    event_id=None,
                    event_hash=f"ni:///sha-256;{event_hash}?ver=CBV2.0",
                    event_type=record.event_type,
                    biz_step=record.biz_step,
                    event_time=record.event_time,
                    same_as=same_as(mix.COOPERATIVE, bare),
                    parties=record.parties,
                    known=record.known,
                    trade=record.trade,
                ),
            )


def loads_marked() -> list[dict[str, object]]:
    """The season's events with their marks."""
    events = loads(mix.marked_events())
    assert isinstance(events, list)
    return events  # type: ignore[return-value]


def append(made: world.World, size: int) -> None:
    node = made.node
    log = node.database.log
    (kid,) = node.accounts.kept_kids(mix.COOPERATIVE, "recorder")
    season = _Season(made, node.capture.keys.signer(kid))
    tips = {name: (t.index, t.leaf_hash) for name, t in log.tips_at([kid], size).items()}
    number, at, sealed = 0, log.tail().size, 0
    while at < size:
        now = node.clock.now()
        records: list[NewRecord] = []
        for one in range(number, number + BLOCK):
            records += season.at(one, at + len(records), now, tips)
        number += BLOCK
        with log.sequencing() as sequencer:
            sequencer.insert(records[: size - at])
        at = log.tail().size
        if at - sealed >= SEALED or at == size:
            node.sealer.seal()
            sealed = at


def anchor(node: Node, rpc_url: str) -> None:
    """Deploy the contract and anchor the newest checkpoint in it."""
    for address in (owner_address(node), operator_address(node)):
        fund(rpc_url, address, 10**20)
    found_chain(node, rpc_url)
    node.settings.rpc_urls = [rpc_url]
    node.settings.confirmations = 1
    anchorer = node.anchorer()
    states = [anchorer.step().state for _ in range(10)]
    anchorer.release()
    assert "final" in states, states
