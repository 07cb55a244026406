"""What is private before it is a record lies sealed, opens again, and goes over to another secret."""

from __future__ import annotations

import json
from collections.abc import Callable

import farm_season as farm
from certified import drafted, grown
from nodes import World
from sqlalchemy import create_engine, text

from suyuan.adapters.keys import Seal
from suyuan.flow.accounts import Caller

NAME, PHONE = "赵钱孙李", "13912345678"
PRIVATE = ("imports", "import_plans", "drafts", "certificates", "jobs")
TABLE = "日期,购买者,货品,数量\n2026-03-05,赵钱孙李,09521234000020/KSJ-1,2 瓶\n"


def caller(world: World) -> Caller:
    return world.node.accounts.authenticate(world.tokens["coop"])


def stored(world: World) -> str:
    """All rows of these tables, as who has the database alone reads them."""
    engine = create_engine(world.node.settings.database)
    with engine.connect() as connection:
        rows = [
            tuple(row) for table in PRIVATE for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]  # fmt: skip
    engine.dispose()
    return "\n".join(
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for row in rows
        for value in row
    )


def fill(world: World) -> tuple[str, str, bytes]:
    """One of each; id of the draft, code of the certificate, and what stands in the capture."""
    me, node = caller(world), world.node
    draft = node.drafts.save(me, "sale_of_input", {"buyer_name": NAME, "buyer_phone": PHONE})
    grown(world)
    certificate = drafted(world, contact=PHONE)
    upload = node.importing.open(me, "销售.csv", TABLE.encode())
    choices = {"销售": {"kind": "sale_of_input", "columns": {}, "set": {"buyer_name": NAME},
                       "words": {PHONE: "x"}}}  # fmt: skip
    seen = node.importing.preview(me, upload.id, choices)
    node.importing.remember(me, seen)
    event = {**farm.bought(number=91), "suyuan:person": {"name": NAME}}
    document = json.dumps(event, ensure_ascii=False).encode()
    node.jobs.submit(me, document, private=("/suyuan:person",))
    return draft.id, certificate.code, document


def opens(world: World, draft: str, code: str) -> None:
    me, node = caller(world), world.node
    assert json.loads(node.drafts.get(me, draft).values)["buyer_phone"] == PHONE
    assert [json.loads(one.values)["buyer_name"] for one in node.drafts.list(me)] == [NAME]
    assert json.loads(node.certificates.get(me.organisation, code).values)["contact"] == PHONE
    again = node.importing.open(me, "销售.csv", TABLE.encode())
    (look,) = node.importing.preview(me, again.id).sheets
    assert (look.plan.fixed["buyer_name"], dict(look.plan.words)) == (NAME, {PHONE: "x"})
    node.importing.drop(me, again.id)


def test_names_and_phones_are_in_no_table_before_they_are_in_a_record(world: World) -> None:
    draft, code, _ = fill(world)
    rows = stored(world)
    assert draft in rows
    for said in (NAME, PHONE, json.dumps(NAME)[1:-1]):
        assert said not in rows
    opens(world, draft, code)
    done = world.node.jobs.run_one()
    assert done is not None
    assert done.state == "done", done.errors


def test_another_secret_takes_them_along(world: World) -> None:
    draft, code, _ = fill(world)
    ours, other = world.node.seal, Seal(b"o" * 32)

    def turn(old: Seal, new: Seal) -> Callable[[str, str, bytes], bytes]:
        return lambda purpose, name, sealed: new.close(
            purpose, name, old.open(purpose, name, sealed)
        )

    before = stored(world)
    count = world.node.database.reseal(turn(ours, other))
    assert stored(world) != before
    assert world.node.database.reseal(turn(other, ours)) == count
    opens(world, draft, code)
    done = world.node.jobs.run_one()
    assert done is not None
    assert done.state == "done", done.errors


def test_what_was_there_before_it_was_sealed_is_read_as_it_is(world: World) -> None:
    draft, code, document = fill(world)
    me, node = caller(world), world.node
    plain = {
        "drafts": ("values", json.dumps({"buyer_phone": PHONE, "buyer_name": NAME}).encode()),
        "certificates": ("values", node.certificates.get(me.organisation, code).values),
        "jobs": ("request", b'{"private":[],"key":"","token":"t","county":"990101"}\n' + document),
    }
    engine = create_engine(node.settings.database)
    with engine.begin() as connection:
        for table, (column, value) in plain.items():
            connection.execute(text(f'UPDATE {table} SET "{column}" = :value'), {"value": value})
    engine.dispose()
    opens(world, draft, code)
    node.drafts.save(me, "sale_of_input", {"buyer_phone": PHONE}, draft_id=draft, version=1)
    node.certificates.save(me, code, {"contact": PHONE})
    done = node.jobs.run_one()
    assert done is not None
    assert done.state == "done", done.errors
    assert PHONE not in stored(world)
