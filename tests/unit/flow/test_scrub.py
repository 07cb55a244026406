"""The scrub: it goes round, says how far it is, names all that is damaged, and stops the sealing."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from logbuilder import LogBuilder, event
from memory_store import MemoryDatabase
from small_log import COOP, SetClock, append, crates, scrubber, sealer, spoil, stored

from suyuan.core.encoding import digest_text
from suyuan.core.errors import Damaged
from suyuan.flow.scrub import HELD, Scrubber
from suyuan.flow.seal import Sealer
from suyuan.ports.accounts import Attachment
from suyuan.ports.tree import Damage, Scrubbed

BEGUN, ENDED = "2026-06-01T08:00:00.000Z", "2026-06-01T09:00:00.000Z"
PHOTO = b"a photo of a lorry" * 100_000
DIGEST = hashlib.sha256(PHOTO).digest()


def long_log() -> tuple[LogBuilder, MemoryDatabase, Sealer]:
    """700 records, the 301st with a photo, sealed at three sizes: two full tiles and a part of one."""
    made = LogBuilder()
    crates(made, 300)
    photo = {
        "digest": digest_text(DIGEST),
        "mediaType": "image/jpeg",
        "size": len(PHOTO),
        "name": "lorry.jpg",
    }
    made.event(
        event(
            "ObjectEvent",
            action="OBSERVE",
            epcList=["https://node.example.cn/crate/1"],
            **{"suyuan:attachments": [photo]},
        ),
        by="coop",
    )
    crates(made, 397)
    database = stored(made)
    sealing = sealer(database, made)
    for size in (100, 302, None):
        assert sealing.seal(size)
    database.attachments.put(Attachment(DIGEST, "image/jpeg", "lorry.jpg", COOP, PHOTO, BEGUN))
    return made, database, sealing


def a_round(scrub: Scrubber) -> list[tuple[int, str]]:
    """What a whole round finds."""
    found: list[Damaged] = []
    while True:
        found += scrub.step()
        if scrub.stored.tree.scrubbed().index == 0:
            return [(problem.index, str(problem.params["what"])) for problem in found]


def test_it_goes_round_and_says_how_far_it_is() -> None:
    log, database, _ = long_log()
    clock = SetClock(BEGUN)
    scrub = scrubber(database, log, clock)
    assert scrub.step() == []
    assert database.tree.scrubbed() == Scrubbed(256, BEGUN)
    assert scrub.step() == []
    clock.time = ENDED
    assert scrub.step() == []
    assert database.tree.scrubbed() == Scrubbed(0, BEGUN, 0, ENDED)
    scrub.step()
    assert database.tree.scrubbed() == Scrubbed(256, ENDED, 0, ENDED)


def test_it_rests_for_what_it_reads() -> None:
    """Each record counts as one, each megabyte of a photo too."""
    log, database, _ = long_log()
    units: list[float] = []
    scrub = scrubber(database, log)
    for _ in range(3):
        scrub.step(units.append)
    assert sum(units) == database.log.tail().size + len(PHOTO) / 2**20


def test_all_that_is_damaged_is_named_and_the_first_is_on_record() -> None:
    log, database, sealing = long_log()
    whole = dict(database.state.attachments)
    changes: dict[int, dict[str, object]] = {
        40: {"content": b"{}"}, 41: {"link": b"{}"}, 256: {"entry": log.records[1].entry},
        50: {"extends": ("a:b",)}, 260: {"content": None},
    }  # fmt: skip
    for index, change in changes.items():
        spoil(database, index, **change)
    photo = database.state.attachments[DIGEST]
    database.state.attachments[DIGEST] = replace(photo, body=PHOTO[:-1])
    scrub = scrubber(database, log)
    expected = [
        (40, "content"), (41, "link"), (50, "touches"),
        (256, "entry"), (260, "content"), (302, "attachment"),
    ]  # fmt: skip
    assert a_round(scrub) == expected
    assert database.tree.damage() == Damage(40, "content", SetClock().time)
    assert database.tree.scrubbed().last_found == len(expected)
    crates(log, 1)
    append(database, log)
    with pytest.raises(Damaged, match="record 40"):
        sealing.seal()
    with pytest.raises(Damaged, match="record 40"):
        scrub.mend()
    for index in (40, 41, 50, 256, 260):
        database.state.records[index] = stored(log).state.records[index]
    with pytest.raises(Damaged, match="attachment"):
        scrub.mend()
    database.state.attachments.update(whole)
    assert scrub.mend() == database.log.tail().size
    assert sealing.seal()


def test_an_attachment_that_is_gone_is_damage() -> None:
    log, database, _ = long_log()
    database.state.attachments.clear()
    assert a_round(scrubber(database, log)) == [(302, "attachment")]


def test_tiles_and_heads_are_read_too() -> None:
    log, database, _ = long_log()
    tile = database.state.tiles[0, 1]
    database.state.tiles[0, 1] = replace(tile, nodes=bytes(32) + tile.nodes[32:])
    database.state.heads[-1] = replace(database.state.heads[-1], root=bytes(32))
    assert a_round(scrubber(database, log)) == [(256, "tile"), (699, "checkpoint")]


def test_another_process_has_the_lease() -> None:
    log, database, _ = long_log()
    scrub = scrubber(database, log)
    scrub.lease = lambda _: False
    assert scrub.step() == []
    assert database.tree.scrubbed() == Scrubbed()


def test_the_lease_is_renewed_while_it_rests() -> None:
    """Short, so that after a kill another process scrubs soon; a long rest does not lose it."""
    log, database, _ = long_log()
    scrub = scrubber(database, log)
    asked: list[float] = []

    def lease(seconds: float) -> bool:
        asked.append(seconds)
        return True

    scrub.lease = lease
    rests: list[float] = []
    scrub.step(rests.append)
    assert set(asked) == {HELD}
    assert HELD <= 60.0
    assert len(asked) == len(rests) + 2


def test_who_lost_the_lease_meanwhile_says_nothing_of_how_far_it_is() -> None:
    log, database, _ = long_log()
    spoil(database, 40, content=b"{}")
    scrub = scrubber(database, log)
    answers = iter([True])
    scrub.lease = lambda _: next(answers, False)
    assert [problem.index for problem in scrub.step()] == [40]
    assert database.tree.damage() is not None
    assert database.tree.scrubbed() == Scrubbed()


def test_what_is_repaired_meanwhile_is_not_put_on_record() -> None:
    """It read the damage; a repair put it right, and cleared what stood on record: sealing goes on."""
    log, database, _ = long_log()
    right = database.state.records[40]
    spoil(database, 40, content=b"{}")
    scrub = scrubber(database, log)

    def repairing(_: float) -> None:
        database.state.records[40] = right

    assert scrub.step(repairing) == []
    assert database.tree.damage() is None


def test_an_empty_log_is_whole() -> None:
    made = LogBuilder()
    database = stored(made)
    assert scrubber(database, made).step() == []
