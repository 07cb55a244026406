"""The lineage's lines, the same on both databases; arrows on memory too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lineage_world import GTIN, STORY, lot, record, told
from nodes import make_world
from older import as_version_2
from sqlalchemy import create_engine, text
from store.appending import US, Draft, Stores, new_records
from store.test_books import erase

from suyuan.adapters.sql import Database, migrate
from suyuan.core.farm.index import DeedIndex
from suyuan.core.lineage.cycles import Arrow
from suyuan.core.lineage.flows import Flow, Flows, Way
from suyuan.ports.drills import Drill
from suyuan.ports.lineage import Line
from suyuan.ports.log import NewSerial

OTHERS = "https://node.example/org/them"


def keep(stores: Stores, *flows: Flows, owner: str = US, event_id: str | None = None) -> list[int]:
    """A record for each, touching all that its lines name."""
    with stores.log.sequencing() as sequencer:
        drafts = [
            Draft(
                tuple(sorted({n for line in one.lines for n in (line.thing, line.other, line.season)
                              if n is not None}) or ["a:x"]),
                owner=owner, event_id=event_id,
            )
            for one in flows
        ]  # fmt: skip
        records = new_records(sequencer, drafts)
        sequencer.insert(
            [
                replace(record, event=replace(record.event, flows=flow))
                for record, flow in zip(records, flows, strict=True)
                if record.event is not None
            ]
        )
    return [record.index for record in records]


def step(inputs: str, outputs: str, season: str | None = None, *, trade: bool = False) -> Flows:
    """Lots by a letter each."""
    lines = [Flow(f"a:{one}", Way.USED, n, "2", "KGM", season=season)
             for n, one in enumerate(inputs)]  # fmt: skip
    lines += [Flow(f"a:{one}", Way.MADE, n, season=season) for n, one in enumerate(outputs)]
    return Flows(tuple(lines), trade=trade)


def nodes(arrows: list[Arrow]) -> set[str]:
    return {one for arrow in arrows for one in arrow if not one.startswith("<")}


def arrows(stores: Stores, *things: str) -> set[str]:
    with stores.log.sequencing() as sequencer:
        found = sequencer.arrows(things, ())
    assert set(found) == set(stores.log.arrows(things, ()))
    return nodes(found)


def test_arrows_are_walked_to_the_end(stores: Stores) -> None:
    put = Flows((Flow("a:d", Way.PUT, 0, other="a:box"),))
    keep(stores, step("a", "bc"), step("b", "d"), step("x", "y"), put)
    assert arrows(stores, "a:a") == {"a:a", "a:b", "a:c", "a:d", "a:box"}
    assert arrows(stores, "a:y") == set()
    assert arrows(stores, "a:nobody") == set()


def test_a_season_joins_its_events(stores: Stores) -> None:
    keep(stores, step("a", "", "a:season"), step("b", "", "a:season"), step("", "c", "a:season"))
    assert arrows(stores, "a:a") == {"a:a", "a:c"}
    with stores.log.sequencing() as sequencer:
        assert nodes(sequencer.arrows((), ["a:season"])) == {"a:c"}


def test_an_erased_record_draws_no_arrow(stores: Stores) -> None:
    (index, _) = keep(stores, step("a", "b"), step("b", "c"))
    erase(stores, index)
    assert arrows(stores, "a:a") == set()
    assert arrows(stores, "a:b") == {"a:b", "a:c"}


def test_only_its_own_organisation_declares_an_event_wrong(stores: Stores) -> None:
    wrong = Flows((), declares_error=True)
    keep(stores, step("a", "b"), event_id="urn:x:1")
    keep(stores, wrong, owner=OTHERS, event_id="urn:x:1")
    assert arrows(stores, "a:a") == {"a:a", "a:b"}
    (declaration,) = keep(stores, wrong, event_id="urn:x:1")
    assert arrows(stores, "a:a") == set()
    erase(stores, declaration)
    assert arrows(stores, "a:a") == {"a:a", "a:b"}


def test_arrows_since_are_those_of_the_records_from_there_on(stores: Stores) -> None:
    put = Flows((Flow("a:d", Way.PUT, 0, other="a:box"),))
    first = keep(stores, step("a", "b"))[-1] + 1
    (made, put_in, joined) = keep(stores, step("b", "d"), put, step("d", "", "a:season"))
    with stores.log.sequencing() as sequencer:
        assert sequencer.arrows_since(joined + 1) == []
        assert set(sequencer.arrows_since(first) or ()) == {
            Arrow("a:b", f"<{made}>"),
            Arrow(f"<{made}>", "a:d"),
            Arrow("a:d", "a:box"),
            Arrow("a:d", "<a:season>"),
        }
        assert sequencer.arrows_since(joined) == [Arrow("a:d", "<a:season>")]
    erase(stores, put_in)
    with stores.log.sequencing() as sequencer:
        assert sequencer.arrows_since(first) is None
        size = sequencer.tail().size
    keep(stores, step("x", "y"), event_id="urn:x:9")
    with stores.log.sequencing() as sequencer:
        assert sequencer.arrows_since(size) is not None
    keep(stores, Flows((), declares_error=True), event_id="urn:x:9")
    with stores.log.sequencing() as sequencer:
        assert sequencer.arrows_since(size) is None


def test_lines_come_back_as_they_were_said(sql: Database) -> None:
    unlotted = Flow("https://id.gs1.org/01/09521234000068", Way.MADE, 1, "1.5", "KGM", whole=False)
    said = step("a", "b", trade=True)
    first = keep(sql, said._replace(lines=(*said.lines, unlotted)))[0]
    numbers = sql.lineage.numbers(["a:a", "a:b", "a:never"])
    assert numbers.keys() == {"a:a", "a:b"}
    assert sql.lineage.names(numbers.values()) == {n: name for name, n in numbers.items()}
    made = sql.lineage.of_joints([first], (Way.USED, Way.MADE))
    assert set(made) == {
        Line(numbers["a:a"], Way.USED, first, 0, first, None, "2", "KGM", 1),
        Line(numbers["a:b"], Way.MADE, first, 0, first, None, None, None, 1),
        Line(0, Way.MADE, first, 1, first, None, "1.5", "KGM", 1),
    }
    assert sql.lineage.of_things([numbers["a:a"]], (Way.MADE,)) == []
    assert sql.lineage.of_records([first], (Way.USED,)) == [made[0]]
    facts = sql.lineage.facts([first])[first]
    assert sql.lineage.names([facts.owner]) == {facts.owner: US}
    assert sql.lineage.erased(numbers.values()) == []
    erase(sql, first)
    assert sql.lineage.of_records([first], (Way.USED, Way.MADE)) == []
    assert {index for _, index in sql.lineage.erased(numbers.values())} == {first}


def test_a_pack_is_found_by_its_lot_and_the_lot_by_its_pack(sql: Database) -> None:
    sent = (Flow("a:1", Way.SENT, 0, "1", "H87", other="a:shop"),
            Flow("a:1", Way.PACK_OF, 0, other="a:lot"))  # fmt: skip
    seen = (Flow("a:2", Way.PACK_OF, 0, other="a:lot"),)
    first, second = keep(sql, Flows(sent, trade=True), Flows(seen))
    numbers = sql.lineage.numbers(["a:1", "a:2", "a:lot"])
    one, two, whole = (numbers[name] for name in ("a:1", "a:2", "a:lot"))
    packs = {
        Line(one, Way.PACK_OF, first, 0, None, whole, None, None, 1),
        Line(two, Way.PACK_OF, second, 0, None, whole, None, None, 0),
    }
    assert set(sql.lineage.of_others([whole], (Way.PACK_OF,))) == packs
    assert set(sql.lineage.of_things([one, two], (Way.PACK_OF,))) == packs
    assert set(sql.lineage.of_records([first, second], (Way.PACK_OF,))) == packs
    assert [line.way for line in sql.lineage.of_things([one], (Way.SENT, Way.MADE))] == [Way.SENT]
    erase(sql, first)
    assert [line.thing for line in sql.lineage.of_others([whole], (Way.PACK_OF,))] == [two]


def test_lines_of_an_older_database_are_read_from_its_events(tmp_path: Path) -> None:
    world = make_world(tmp_path / "node")
    told(world)
    event = {**STORY[4], "eventID": "urn:uuid:7f1b2a3c-0000-4000-8000-000000000002"}
    record(world, event)
    declared = {"declarationTime": "2026-09-13T00:00:00.000Z", "reason": "did_not_occur"}
    record(world, {**event, "errorDeclaration": declared})
    url = world.node.settings.database
    world.node.close()
    before = rows(url)
    assert len(before[0]) > 15
    assert len(before[1]) == 1
    as_version_2(url)
    assert migrate(url)
    assert rows(url) == before


def rows(url: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    engine = create_engine(url)
    named = """SELECT coalesce(t.uri, ''), f.way, f.idx, f.place, coalesce(o.uri, ''), f.joint > 0,
               f.amount, f.unit, f.trade FROM flows f LEFT JOIN objects t ON t.id = f.thing
               LEFT JOIN objects o ON o.id = f.other ORDER BY f.idx, f.way, f.place, t.uri"""
    with engine.connect() as connection:
        found = (
            [tuple(row) for row in connection.execute(text(named))],
            [tuple(row) for row in connection.execute(text("SELECT * FROM wrongs ORDER BY idx"))],
        )
    engine.dispose()
    return found


def test_reports_of_drills_are_kept(sql: Database) -> None:
    drill = Drill("d-1", US, "王会计", "2026-09-10T08:00:00.000Z", "{}")
    later = replace(drill, id="d-2", at="2026-09-11T08:00:00.000Z")
    sql.drills.put(drill)
    sql.drills.put(later)
    sql.drills.put(replace(drill, id="d-3", organisation=OTHERS))
    assert sql.drills.get("d-1") == drill
    assert sql.drills.get("d-9") is None
    assert sql.drills.list(US) == [later, drill]
    assert sql.drills.list(US, limit=1) == [later]


def test_lots_are_listed_by_day_and_found_by_number_and_product(sql: Database) -> None:
    other = lot("Z-9", "09521234000044")
    deeds = [
        DeedIndex("harvest", "2026-09-10", (lot("A-1"), "a:plot"), ""),
        DeedIndex("processing", "2026-09-12", (lot("A-1"), lot("B-2")), ""),
        DeedIndex("processing", "2026-09-11", (other,), ""),
    ]
    with sql.log.sequencing() as sequencer:
        records = new_records(sequencer, [Draft(("a:x",)) for _ in deeds])
        sequencer.insert(
            [
                replace(one, event=replace(one.event, deed=deed))
                for one, deed in zip(records, deeds, strict=True)
                if one.event is not None
            ]
        )
    found = sql.lineage.lots([US])
    assert [(one.thing, one.day, one.deeds) for one in found] == [
        (lot("A-1"), "2026-09-12", 2), (lot("B-2"), "2026-09-12", 1), (other, "2026-09-11", 1),
    ]  # fmt: skip
    assert sql.lineage.lots([US], after=(found[0].day, found[0].thing)) == found[1:]
    assert sql.lineage.lots([US], limit=1) == found[:1]
    assert [one.thing for one in sql.lineage.lots([US], text="b-2")] == [lot("B-2")]
    product = "https://id.gs1.org/01/09521234000044"
    assert [one.thing for one in sql.lineage.lots([US], text="茶", products=[product])] == [other]
    assert sql.lineage.lots([OTHERS]) == []
    assert sql.lineage.lots([OTHERS, US]) == found
    assert sql.lineage.lots([]) == []
    assert sql.lineage.named([US], ["a:plot"], ("2026-09-01", "2026-09-30")) == [0]
    assert sql.lineage.named([US], [], ("2026-09-11", "2026-09-12")) == [1, 2]


def test_a_walk_goes_on_from_things_in_one_question(sql: Database) -> None:
    pack, box = "https://id.gs1.org/01/09521234000068/21/P1", "a:box"
    lot_ = lot("A")
    of_it = Flow(pack, Way.PACK_OF, 0, other=lot_)
    keep(
        sql, step("a", "b"), Flows((Flow("a:b", Way.PUT, 0, "2", "KGM", other=box),)),
        Flows((of_it,)), Flows((Flow(lot_, Way.USED, 0, "1", "KGM"),)),
    )  # fmt: skip
    store = sql.lineage
    number = store.numbers(["a:a", "a:b", box, pack, lot_])
    below = {(line.thing, line.way) for line in store.on(number.values(), "down")}
    assert below == {
        (number["a:a"], Way.USED), (number["a:b"], Way.PUT), (number[pack], Way.PACK_OF),
        (number[lot_], Way.USED),
    }  # fmt: skip
    above = {(line.thing, line.way) for line in store.on(number.values(), "up")}
    assert above == {
        (number["a:b"], Way.MADE), (number["a:b"], Way.PUT), (number[pack], Way.PACK_OF),
    }  # fmt: skip
    assert {line.other for line in store.on([number[lot_]], "down")} == {None, number[lot_]}
    assert [line.way for line in store.of_things(number.values(), (Way.PUT, Way.USED))] == [
        Way.PUT, Way.USED, Way.USED,
    ]  # fmt: skip


def test_a_lots_own_records_are_not_those_of_its_packs(sql: Database) -> None:
    pack = "https://id.gs1.org/01/09521234000068/21/P1"
    of_it = Flows((Flow(pack, Way.SOLD, 0), Flow(pack, Way.PACK_OF, 0, other=lot("A"))))
    sold = Flows((Flow(lot("A"), Way.SOLD, 0, "5", "KGM"),))
    with sql.log.sequencing() as sequencer:
        drafts = [
            Draft((pack,), (lot("A"),)),
            Draft(("a:holding",), (lot("A"),)),
            Draft((lot("A"),)),
        ]
        records = new_records(sequencer, drafts)
        sequencer.insert([
            replace(one, event=replace(one.event, flows=flows))
            for one, flows in zip(records, (of_it, sold, Flows()), strict=True)
            if one.event is not None
        ])  # fmt: skip
    first, second, third = (one.index for one in records)
    assert sql.log.touched([lot("A")], size=1 << 62) == {lot("A"): [first, second, third]}
    assert sql.lineage.of_itself([lot("A"), lot("B")]) == {
        lot("A"): {second, third},
        lot("B"): set(),
    }


def test_a_pack_is_of_the_lot_that_its_code_was_issued_for(stores: Stores) -> None:
    (record_,) = keep(stores, step("a", "b"))
    other = "09521234000044"
    with stores.log.sequencing() as sequencer:
        sequencer.add_serials([
            NewSerial(lot("A"), "S1", "x", 0, record_, 2),
            NewSerial(lot("A"), "S/2", "x", 1, record_, 2),
        ])  # fmt: skip
    named = f"https://id.gs1.org/01/{GTIN}/21/"
    asked = [
        f"{named}S1",
        f"{named}S%2F2",
        f"{named}S3",
        f"https://id.gs1.org/01/{other}/21/S1",
        "a:x",
    ]
    assert stores.log.lots_of(asked) == {f"{named}S1": (lot("A"),), f"{named}S%2F2": (lot("A"),)}
