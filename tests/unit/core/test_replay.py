"""Replaying a log: what holds is taken, the first thing that does not is named."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from logbuilder import ADMIN, Key, LogBuilder, Logged, event, quantities
from small_log import COOP, crates

from suyuan.core import jcs, merkle
from suyuan.core.content import parse_content
from suyuan.core.encoding import b64url
from suyuan.core.entry import parse_entry
from suyuan.core.errors import Damaged
from suyuan.core.replay import Names, Replay, Replayed, RightEdge, Stated, names_of

LOT = "https://id.gs1.org/01/09521234000068/10/L-1"
OTHER = "https://id.gs1.org/01/09521234000068/10/L-2"


def names(logged: Logged) -> Names:
    """As a store's index has them: without the kid unless it is extended."""
    extends = logged.touches.extends
    rests = (n for n in logged.touches.rests_on if n != logged.kid or n in extends)
    return extends, tuple(rests)


def brought(
    log: LogBuilder,
    logged: Logged,
    *,
    hidden: Collection[int] = (),
    index: bool = False,
    states: bool = False,
) -> Replayed:
    """A record as some source brings it."""
    content = None if logged.index in hidden else jcs.dumps(logged.content)
    return Replayed(
        logged.index,
        logged.entry,
        logged.link.encode(),
        content,
        logged.disclosures if content is not None else (),
        names(logged) if index else None,
        stated(logged) if states else None,
    )


def stated(logged: Logged) -> Stated:
    entry = logged.entry.decode()
    return Stated(
        logged.leaf,
        bytes.fromhex(entry.split('"content":"sha-256:')[1][:64]),
        logged.kid,
        entry.split('"recordTime":"')[1][:24],
        logged.kind,
        logged.owner,
    )


def replayed(log: LogBuilder, **how: Any) -> Replay:
    """The whole log, fed; ``hidden``, ``index``, ``states`` are the source's, the rest the replay's."""
    told = {name: how.pop(name) for name in ("hidden", "index", "states") if name in how}
    replay = Replay(log.origin, Key("admin").kid, **{"thorough": True, "signatures": True, **how})
    for logged in log.records:
        replay.feed(brought(log, logged, **told))
    return replay


def named(log: LogBuilder, **how: Any) -> tuple[int, str]:
    """The first record that does not hold, and what of it."""
    with pytest.raises(Damaged) as caught:
        replayed(log, **how)
    assert str(caught.value.index) in caught.value.text
    return caught.value.index, str(caught.value.params["what"])


@pytest.fixture
def log() -> LogBuilder:
    """Entry 0, the cooperative, a lot that is made, hidden in part and used, and another."""
    made = LogBuilder()
    made.enrol("coop", COOP)
    made.event(
        event(
            "ObjectEvent",
            action="ADD",
            quantityList=quantities(LOT),
            **{"suyuan:person": {"name": "张"}},
        ),
        by="coop",
        hide=["/suyuan:person"],
    )
    made.event(
        event(
            "TransformationEvent",
            inputQuantityList=quantities(LOT),
            outputQuantityList=quantities(OTHER),
        ),
        by="coop",
    )
    made.master({"id": "https://node.example.cn/place/1", "type": "Place"}, by="coop")
    made.event(event("ObjectEvent", action="OBSERVE", quantityList=quantities(LOT)), by="coop")
    return made


@pytest.mark.parametrize("signatures", [False, True])
@pytest.mark.parametrize("thorough", [False, True])
@pytest.mark.parametrize("index", [False, True])
def test_a_whole_log_holds(
    log: LogBuilder, *, index: bool, thorough: bool, signatures: bool
) -> None:
    crates(log, 40)
    log.erase(5)
    log.revoke("coop")
    replay = replayed(log, index=index, states=index, thorough=thorough, signatures=signatures)
    assert (replay.size, replay.root()) == (log.size, log.root(log.size))
    assert (replay.hidden, replay.erased, replay.newest) == (0, 0, log.clock)
    assert [replay.leaf_hash(i) for i in range(log.size)] == [r.leaf for r in log.records]


def test_the_root_at_every_size() -> None:
    log = LogBuilder()
    crates(log, 70)
    edge = RightEdge()
    assert edge.root() == merkle.EMPTY_ROOT
    for logged in log.records:
        edge.push(logged.leaf)
        assert edge.root() == log.root(edge.size)


class TestOrder:
    def test_a_gap(self, log: LogBuilder) -> None:
        del log.records[3]
        assert named(log) == (3, "entry")

    def test_time_that_falls(self, log: LogBuilder) -> None:
        log.event(
            event("ObjectEvent", action="OBSERVE", epcList=["a:b"]),
            by="coop",
            time="2026-03-01T08:00:00.000Z",
        )
        assert named(log, signatures=False) == (6, "time")


class TestBytes:
    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"entry": b"{}"}, "entry"),
            ({"link": b'{"after":[],"salt":"AAAAAAAAAAAAAAAAAAAAAA"}'}, "link"),
            (
                {"content": b'{"event":{},"kind":"event","salt":"AAAAAAAAAAAAAAAAAAAAAA"}'},
                "content",
            ),
            ({"disclosures": ("eyJh",)}, "disclosure"),
            ({"index": 3}, "entry"),
        ],
    )
    @pytest.mark.parametrize("thorough", [False, True])
    def test_a_part_that_does_not_hash(
        self, log: LogBuilder, change: dict[str, Any], what: str, *, thorough: bool
    ) -> None:
        replay = Replay(log.origin, Key("admin").kid, thorough)
        for logged in log.records[:2]:
            replay.feed(brought(log, logged, index=True))
        with pytest.raises(Damaged) as caught:
            replay.feed(replace(brought(log, log.records[2], index=True), **change))
        assert (caught.value.index, caught.value.params["what"]) == (2, what)

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"leaf_hash": bytes(32)}, "entry"),
            ({"content_digest": bytes(32)}, "entry"),
            ({"kid": "A" * 43}, "entry"),
            ({"record_time": "2026-03-01T08:00:00.000Z"}, "entry"),
            ({"kind": "master"}, "kind"),
            ({"kind": "nonsense"}, "kind"),
        ],
    )
    def test_what_stands_beside_it(
        self, log: LogBuilder, change: dict[str, Any], what: str
    ) -> None:
        replay = Replay(log.origin, Key("admin").kid)
        for logged in log.records[:2]:
            replay.feed(brought(log, logged, states=True))
        record = brought(log, log.records[2])
        record.stated = stated(log.records[2])._replace(**change)
        with pytest.raises(Damaged) as caught:
            replay.feed(record)
        assert (caught.value.index, caught.value.params["what"]) == (2, what)

    def test_the_owner_beside_it_is_read_from_the_keys(self, log: LogBuilder) -> None:
        wrong = replace(log.records[3], owner=ADMIN)
        log.records[3] = wrong
        assert replayed(log, index=True, states=True, thorough=False, signatures=False).size == 6
        assert named(log, index=True, states=True) == (3, "owner")

    def test_a_disclosure_has_to_be_listed(self, log: LogBuilder) -> None:
        """Its digest somewhere else in the content is not enough for whoever reads contents."""
        disclosure = "eyJhIjoxfQ"
        digest = b64url(sha256(disclosure.encode()).digest())
        log.event(
            event("ObjectEvent", action="OBSERVE", epcList=["a:b"], note=digest),
            by="coop",
        )
        log.records[-1] = replace(log.records[-1], disclosures=(disclosure,))
        assert named(log) == (6, "disclosure")


class TestKeys:
    def test_entry_0_is_the_key_that_the_policy_names(self, log: LogBuilder) -> None:
        with pytest.raises(Damaged, match="record 0 is not the key"):
            Replay(log.origin, Key("coop").kid).feed(brought(log, log.records[0]))
        with pytest.raises(Damaged, match="record 0 is not the key"):
            Replay(log.origin, Key("admin").kid).feed(brought(log, log.records[0], hidden=[0]))

    @pytest.mark.parametrize("hidden", [[], [6]])
    @pytest.mark.parametrize("thorough", [False, True])
    def test_a_key_that_nobody_enrolled(
        self, log: LogBuilder, hidden: list[int], *, thorough: bool
    ) -> None:
        log.owners["stranger"] = COOP
        log.event(event("ObjectEvent", action="OBSERVE", epcList=["a:b"]), by="stranger")
        assert named(log, hidden=hidden, thorough=thorough) == (6, "key")

    @pytest.mark.parametrize("hidden", [[], [7]])
    def test_a_key_that_was_revoked(self, log: LogBuilder, hidden: list[int]) -> None:
        log.revoke("coop")
        log.event(event("ObjectEvent", action="OBSERVE", epcList=["a:b"]), by="coop")
        assert named(log, hidden=hidden) == (7, "key")

    def test_key_records_that_do_not_count_change_nothing(self, log: LogBuilder) -> None:
        log.enrol("friend", COOP, by="coop")
        assert replayed(log).ring.state(Key("friend").kid) is None
        log.event(event("ObjectEvent", action="OBSERVE", epcList=["a:b"]), by="friend")
        assert named(log) == (7, "key")

    @pytest.mark.parametrize("hidden", [[], [6]])
    def test_a_signature_for_another_log(self, log: LogBuilder, hidden: list[int]) -> None:
        """Also of a record whose content is hidden: the digest in the entry is what was signed."""
        log.event(
            event("ObjectEvent", action="OBSERVE", epcList=["a:b"]),
            by="coop",
            sign_for="other.example/log",
        )
        assert replayed(log, hidden=hidden, signatures=False).size == 7
        assert named(log, hidden=hidden) == (6, "signature")


class TestLinks:
    """Record 5 observes the lot that record 2 made: its link has the leaf hashes of 1, 2."""

    def relink(self, log: LogBuilder, after: Callable[[], Collection[bytes]]) -> None:
        log.event(
            event("ObjectEvent", action="OBSERVE", quantityList=quantities(LOT)),
            by="coop",
            after=after(),
        )

    @pytest.mark.parametrize("index", [False, True])
    @pytest.mark.parametrize("thorough", [False, True])
    @pytest.mark.parametrize(
        "rests_on",
        [(), (1,), (5,), (1, 2), (0, 1, 5), (1, 4, 5)],
    )
    def test_a_log_that_links_wrongly(
        self, log: LogBuilder, rests_on: tuple[int, ...], *, index: bool, thorough: bool
    ) -> None:
        """Leaves one out, names an older one, or one more."""
        self.relink(log, lambda: [log.records[i].leaf for i in rests_on])
        assert named(log, index=index, thorough=thorough) == (6, "after")

    def test_rightly(self, log: LogBuilder) -> None:
        self.relink(log, lambda: [log.records[i].leaf for i in (1, 5)])
        assert replayed(log).size == 7

    def test_a_leaf_that_nobody_has_means_that_a_record_was_replaced(self, log: LogBuilder) -> None:
        """What record 6 rests on is not record 5 as it stands there now."""
        self.relink(log, lambda: [log.records[1].leaf, bytes(32)])
        assert named(log) == (5, "entry")

    def test_two_leaves_that_nobody_has(self, log: LogBuilder) -> None:
        self.relink(log, lambda: [bytes(32), bytes(31) + b"\1"])
        assert named(log) == (6, "after")

    def test_an_index_that_misleads(self, log: LogBuilder) -> None:
        """What a store says is touched is held against every link, and against the contents."""
        _, rests = names(log.records[5])
        liar = replace(
            log.records[5], touches=replace(log.records[5].touches, rests_on=(*rests, OTHER))
        )
        log.records[5] = liar
        assert named(log, index=True, thorough=False) == (5, "after")
        assert named(log, index=True) == (5, "touches")

    def test_a_link_in_no_canonical_form(self, log: LogBuilder) -> None:
        for hidden in ([], [5]):
            logged = log.records[5]
            link = (
                logged.link.encode()
                .replace(b'","salt"', b'", "salt"')
                .replace(b'"salt"', b' "salt"')
            )
            assert link != logged.link.encode()
            entry = parse_entry(logged.entry)._replace(after=sha256(link).digest()).encode()
            replay = Replay(log.origin, Key("admin").kid)
            for before in log.records[:5]:
                replay.feed(brought(log, before))
            record = replace(brought(log, logged, hidden=hidden), link=link, entry=entry)
            with pytest.raises(Damaged) as caught:
                replay.feed(record)
            assert (caught.value.index, caught.value.params["what"]) == (5, "link")


class TestHidden:
    def test_what_is_hidden_is_counted_and_explains_links(self, log: LogBuilder) -> None:
        replay = replayed(log, hidden=[2, 5])
        assert (replay.hidden, replay.erased) == (2, 0)
        assert replay.root() == log.root(6)

    def test_a_link_to_what_is_hidden_instead_of_an_older_tip(self, log: LogBuilder) -> None:
        """Record 5, hidden, extended the lot: the next one rests on it, and no more on record 2."""
        log.event(event("ObjectEvent", action="OBSERVE", quantityList=quantities(LOT)), by="coop")
        assert replayed(log, hidden=[5]).hidden == 1
        # But one that leaves out what is newer than all that is hidden lies.
        log.event(
            event("ObjectEvent", action="OBSERVE", quantityList=quantities(LOT)),
            by="coop",
            after=[log.records[1].leaf, log.records[5].leaf],
        )
        assert named(log, hidden=[5]) == (7, "after")

    def test_a_source_that_knows_what_was_touched_has_nothing_unexplained(
        self, log: LogBuilder
    ) -> None:
        log.event(event("ObjectEvent", action="OBSERVE", quantityList=quantities(LOT)), by="coop")
        log.event(
            event("ObjectEvent", action="OBSERVE", quantityList=quantities(LOT)),
            by="coop",
            after=[log.records[1].leaf, log.records[2].leaf],
        )
        assert named(log, hidden=[5, 6], index=True) == (7, "after")

    def test_erased_by_an_administrators_record(self, log: LogBuilder) -> None:
        log.erase(2)
        replay = replayed(log, hidden=[2, 3])
        assert (replay.hidden, replay.erased) == (1, 1)
        assert replayed(log).erased == 0

    def test_an_erasure_by_somebody_else_erases_nothing(self, log: LogBuilder) -> None:
        log.erase(2, by="coop")
        replay = replayed(log, hidden=[2])
        assert (replay.hidden, replay.erased) == (1, 0)

    def test_what_rests_on_the_erasure_holds(self, log: LogBuilder) -> None:
        """It extends what the erased record extended, which nobody can read any more."""
        log.erase(5)
        log.event(event("ObjectEvent", action="OBSERVE", quantityList=quantities(LOT)), by="coop")
        for index in (False, True):
            assert replayed(log, hidden=[5], index=index).erased == 1


def test_names_leave_the_kid_out_unless_it_is_extended(log: LogBuilder) -> None:
    for logged in log.records:
        found = names_of(parse_content(logged.content), logged.kid, logged.owner)
        assert found == names(logged)
    log.erase(2)
    erasure = parse_content(log.records[-1].content)
    assert names_of(erasure, Key("admin").kid, ADMIN) is None
