"""Streams for auditors: whole, in few parts, and up to the record that is not sound."""

from __future__ import annotations

import asyncio

import pytest
from nodes import World, event

from suyuan.core.errors import Damaged
from suyuan.core.visibility import PUBLIC
from suyuan.flow.capture import Incoming
from suyuan.web.api.proofs import records


def filled(world: World, count: int) -> None:
    caller = world.node.accounts.authenticate(world.tokens["coop"])
    world.node.capture.events(caller, [Incoming(event(eventID=f"urn:x:{n}")) for n in range(count)])


def parts_of(world: World, stop: int | None = None) -> list[bytes]:
    async def read() -> list[bytes]:
        body = records(world.node, PUBLIC, 0, stop).body_iterator
        return [bytes(part) async for part in body if not isinstance(part, str)]

    return asyncio.run(read())


def test_a_stream_comes_in_parts_of_many_lines(world: World) -> None:
    filled(world, 300)
    parts = parts_of(world)
    whole = b"".join(parts)
    assert whole.count(b"\n") == world.node.database.log.tail().size
    assert len(parts) <= len(whole) // (64 * 1024) + 1
    assert world.client.get("/records").content == whole
    assert parts_of(world, 1)[0].count(b"\n") == 1


def test_a_stream_gives_all_that_is_sound_before_it_breaks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(world, 10)
    stream = world.node.prover.stream

    def broken(*asked: object):  # type: ignore[no-untyped-def]
        for view in stream(*asked):  # type: ignore[arg-type]
            if view.index == 7:
                raise Damaged("as it happens", index=7)
            yield view

    monkeypatch.setattr(type(world.node.prover), "stream", lambda _, *asked: broken(*asked))
    got = bytearray()

    async def read() -> None:
        async for part in records(world.node, PUBLIC, 0, None).body_iterator:
            got.extend(bytes(part) if not isinstance(part, str) else b"")

    with pytest.raises(Damaged):
        asyncio.run(read())
    assert got.count(b"\n") == 7
