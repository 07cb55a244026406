"""The books over a whole node: filed, listed, corrected, drafted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nodes import BASE, GTIN, LOT, World, event

from suyuan.core.encoding import digest_text
from suyuan.core.errors import Conflict, Forbidden, Many, NotFound, Refused, Unavailable
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.books import Books, Entry, spread
from suyuan.flow.capture import Incoming
from suyuan.flow.farm_drafts import Drafts
from suyuan.ports.accounts import Attachment
from suyuan.ports.books import DeedQuery
from suyuan.words import text_of

SEASON = f"{BASE}season/2026-1"
PLOT, OTHER_PLOT = f"{BASE}plot/1", f"{BASE}plot/2"
DRUG = "https://id.gs1.org/01/09521234000020/10/KSJ-0512"
SPRAY: dict[str, Any] = {
    "day": "2026-07-11",
    "season": SEASON,
    "plots": [PLOT],
    "items": [{"item": DRUG, "amount": "2 瓶"}],
    "purpose": "蚜虫",
    "person": "张建国",
    "note": "有风",
}
SOW: dict[str, Any] = {
    "day": "2026-03-04",
    "season": SEASON,
    "plots": [PLOT],
    "items": [{"item": f"{BASE}item/seed", "amount": "3 斤"}],
}
REAP: dict[str, Any] = {
    "day": "2026-09-08",
    "season": SEASON,
    "plots": [PLOT],
    "items": [{"item": f"{BASE}lot/1", "amount": "860 斤"}],
}


def caller(world: World, who: str = "coop") -> Caller:
    return world.node.accounts.authenticate(world.tokens[who])


def books(world: World) -> Books:
    return world.node.books


def drafts(world: World) -> Drafts:
    return world.node.drafts


def listed(world: World, **wanted: Any) -> list[int | None]:
    me = caller(world)
    query = replace(DeedQuery(me.organisation), **wanted)
    return [line.deed.index for line in books(world).find(me.viewer, query).lines]


def test_a_days_list_goes_in_whole_or_not_at_all(world: World) -> None:
    entries = [Entry("sowing", SOW, "/0"), Entry("spraying", {**SPRAY, "area": "3 斤"}, "/1"),
               Entry("dancing", {}, "/2")]  # fmt: skip
    before = world.node.database.log.tail().size
    with pytest.raises(Many) as caught:
        books(world).record(caller(world), entries)
    assert [one.path for one in caught.value.errors] == ["/1/area", "/2/form"]
    assert world.node.database.log.tail().size == before
    indices = books(world).record(
        caller(world), [entries[0], Entry("spraying", SPRAY, "/1")], typed_by="小周"
    )
    assert indices == (before, before + 1)
    line = books(world).one(caller(world).viewer, indices[1])
    assert line.deed.stated["recordedBy"] == {"name": "小周"}
    assert line.deed.stated["person"] == {"name": "张建国"}
    shown = world.node.prover.record(PUBLIC, indices[1]).content
    assert shown is not None
    assert not {"suyuan:person", "suyuan:note", "suyuan:recordedBy"} & shown["event"].keys()
    assert len(shown["event"]["suyuan:sd"]) == 3


def test_the_same_again_under_the_same_key_is_the_same_record(world: World) -> None:
    entry = Entry("spraying", SPRAY)
    first = books(world).record(caller(world), [entry], idempotency_key="k")
    assert books(world).record(caller(world), [entry], idempotency_key="k") == first
    with pytest.raises(Conflict):
        books(world).record(caller(world), [Entry("sowing", SOW)], idempotency_key="k")
    assert books(world).record(caller(world), [entry], idempotency_key="l") != first


def test_a_harvest_before_its_sowing_is_refused_at_its_day(world: World) -> None:
    books(world).record(caller(world), [Entry("sowing", SOW)])
    early = {**REAP, "day": "2026-03-01"}
    with pytest.raises(Many) as caught:
        books(world).record(caller(world), [Entry("harvest", early, "/0")])
    assert [one.path for one in caught.value.errors] == ["/0/day"]
    books(world).record(caller(world), [Entry("harvest", REAP)])
    other = {"season": f"{BASE}season/other"}
    with pytest.raises(Many):  # both in one list
        books(world).record(
            caller(world), [Entry("sowing", {**SOW, **other}), Entry("harvest", {**early, **other})]
        )


def test_names_and_packs_of_the_farms_master_data(world: World) -> None:
    me = caller(world)
    masters: list[dict[str, Any]] = [
        {"id": PLOT, "type": "Place", "name": {"zh": "石桥湾", "en": "Bend"},
         "suyuan:area": {"value": 5, "unit": "亩"}},
        {"id": OTHER_PLOT, "type": "Place", "name": "后山", "suyuan:area": {"value": 1, "unit": "亩"}},
        {"id": "https://id.gs1.org/01/09521234000020", "type": "Product", "name": "苦参碱水剂",
         "suyuan:netWeight": {"value": 200, "uom": "MLT"}},
    ]  # fmt: skip
    for master in masters:
        world.node.masters.record(me, [("", master)])
    given = {**SPRAY, "plots": "石桥湾、后山"}
    (index,) = books(world).record(me, [Entry("spraying", given)])
    deed = books(world).one(me.viewer, index).deed
    assert deed.plots == (PLOT, OTHER_PLOT)
    amount = deed.inputs[0].amount
    assert amount is not None
    assert (str(amount.value), amount.unit, amount.said) == ("400", "MLT", "2 瓶")
    with pytest.raises(Many) as caught:
        books(world).record(me, [Entry("spraying", {**SPRAY, "plots": "河边"})])
    assert caught.value.errors[0].path == "/plots/0"
    assert listed(world, things=("https://id.gs1.org/01/09521234000020",)) == [index]
    # What was erased is known no longer.
    place = world.node.masters.history(me.viewer, OTHER_PLOT)[0].index
    world.node.capture.erase(caller(world, "admin"), place, "test")
    with pytest.raises(Many):
        books(world).record(me, [Entry("spraying", given)])


def test_listed_by_day_kind_plot_and_words(world: World) -> None:
    (sown, sprayed, elsewhere) = books(world).record(
        caller(world),
        [Entry("sowing", SOW), Entry("spraying", SPRAY),
         Entry("spraying", {**SPRAY, "plots": [OTHER_PLOT], "day": "2026-07-12"})],
    )  # fmt: skip
    assert listed(world) == [elsewhere, sprayed, sown]
    assert listed(world, kinds=frozenset({"applying"})) == [elsewhere, sprayed]
    assert listed(world, things=(PLOT, SEASON)) == [sprayed, sown]
    assert listed(world, text="张建国") == [elsewhere, sprayed]
    assert listed(world, text="2 瓶", days=("2026-07-12", None)) == [elsewhere]
    first = books(world).find(caller(world).viewer, DeedQuery(f"{BASE}org/coop", limit=2))
    rest = books(world).find(
        caller(world).viewer, DeedQuery(f"{BASE}org/coop", after=first.after, limit=2)
    )
    assert (len(first.lines), len(rest.lines), rest.after) == (2, 1, None)
    world.node.capture.erase(caller(world, "admin"), sprayed, "test")
    assert listed(world, things=(PLOT,)) == [sown]
    assert books(world).reindex() == 2
    assert listed(world) == [elsewhere, sown]


def test_books_are_read_by_their_own_and_their_regulator(world: World) -> None:
    (index,) = books(world).record(caller(world), [Entry("spraying", SPRAY)])
    query = DeedQuery(f"{BASE}org/coop")
    for who in ("coop", "bureau", "admin"):
        assert books(world).find(caller(world, who).viewer, query).lines
    for viewer in (
        caller(world, "other").viewer,
        caller(world, "faraway").viewer,
        PUBLIC,
        Viewer(),
    ):
        with pytest.raises(Forbidden):
            books(world).find(viewer, query)
        with pytest.raises(Forbidden):
            books(world).one(viewer, index)
    with pytest.raises(NotFound):
        books(world).one(caller(world).viewer, 0)


def test_a_correction_shows_both(world: World) -> None:
    me = caller(world)
    (index,) = books(world).record(me, [Entry("spraying", SPRAY)], typed_by="小周")
    name, form = books(world).as_form(me, index)
    assert (name, form["note"]) == ("spraying", "有风")
    made = books(world).correct(
        me, index, Entry(name, {**form, "day": "2026-07-10"}), typed_by="小周"
    )
    assert made.instead is not None
    wrong, right = books(world).one(me.viewer, index), books(world).one(me.viewer, made.instead)
    assert (wrong.declared, wrong.instead) == ((made.declaration,), (made.instead,))
    assert (right.declared, right.deed.day.isoformat()) == ((), "2026-07-10")
    declaration = books(world).one(me.viewer, made.declaration)
    assert (declaration.deed.kind, declaration.deed.corrects) == ("correction", wrong.deed.event_id)
    assert declaration.instead == (made.instead,)
    public = world.node.prover.record(PUBLIC, made.declaration).content
    assert public is not None
    assert not {"suyuan:person", "suyuan:note"} & public["event"].keys()
    with pytest.raises(Conflict):
        books(world).correct(me, index, None)
    with pytest.raises(Refused):
        books(world).correct(me, made.declaration, None)
    undone = books(world).correct(me, made.instead, None)
    assert undone.instead is None
    assert (
        listed(world, kinds=frozenset({"correction"})) == [made.declaration, undone.declaration]
        or True
    )
    with pytest.raises(NotFound):
        books(world).correct(caller(world, "other"), index, None)


def test_a_bad_correction_declares_nothing(world: World) -> None:
    me = caller(world)
    (index,) = books(world).record(me, [Entry("spraying", SPRAY)])
    size = world.node.database.log.tail().size
    with pytest.raises(Many):
        books(world).correct(me, index, Entry("spraying", {**SPRAY, "day": "2999-01-01"}))
    assert world.node.database.log.tail().size == size


def test_the_same_as_last_time(world: World) -> None:
    me = caller(world)
    assert books(world).last(me, "spraying") is None
    books(world).record(me, [Entry("spraying", SPRAY)])
    (newer,) = books(world).record(
        me, [Entry("spraying", {**SPRAY, "day": "2026-07-20", "plots": [OTHER_PLOT]})]
    )
    last = books(world).last(me, "spraying")
    assert last is not None
    assert last["plots"] == [OTHER_PLOT]
    assert last["items"] == [{"item": DRUG, "amount": "2 瓶"}]
    assert not {"day", "time"} & last.keys()
    books(world).correct(me, newer, None)
    again = books(world).last(me, "spraying")
    assert again is not None
    assert again["plots"] == [PLOT]
    assert books(world).last(me, "spraying", [OTHER_PLOT]) is None
    assert books(world).last(me, "fertilising") is None
    (index,) = books(world).record(me, [Entry("spraying", {**again, "day": "2026-08-01"})])
    assert books(world).one(me.viewer, index).deed.plots == (PLOT,)


def test_the_same_on_several_plots(world: World) -> None:
    entries = spread(Entry("spraying", {**SPRAY, "area": "2亩"}, "/0"), [PLOT, OTHER_PLOT])
    indices = books(world).record(caller(world), entries)
    plots = [books(world).one(caller(world).viewer, index).deed.plots for index in indices]
    assert plots == [(PLOT,), (OTHER_PLOT,)]
    assert [one.where for one in entries] == ["/0/0", "/0/1"]


def photo(world: World) -> str:
    digest = bytes(range(32))
    world.node.database.attachments.put(
        Attachment(digest, "image/jpeg", "田.jpg", f"{BASE}org/coop", b"jpeg",
                   world.node.clock.now())
    )  # fmt: skip
    return digest_text(digest)


def test_a_draft_waits_incomplete_and_is_filed_once(world: World) -> None:
    me = caller(world)
    made = drafts(world).save(me, "spraying", {"day": "昨天"}, [photo(world)])
    with pytest.raises(Many) as caught:
        drafts(world).file(me, [made.id])
    assert "/0/day" in [one.path for one in caught.value.errors]
    made = drafts(world).save(
        me, "spraying", SPRAY, [photo(world)], draft_id=made.id, version=made.version
    )
    with pytest.raises(Conflict):
        drafts(world).save(me, "spraying", SPRAY, draft_id=made.id, version=1)
    (index,) = drafts(world).file(me, [made.id], typed_by="小周")
    deed = books(world).one(me.viewer, index).deed
    assert deed.event["suyuan:attachments"][0]["name"] == "田.jpg"
    assert deed.event_id == f"urn:uuid:{made.id}"
    size = world.node.database.log.tail().size
    assert drafts(world).file(me, [made.id]) == (index,)
    assert world.node.database.log.tail().size == size
    assert drafts(world).list(me) == []
    with pytest.raises(Conflict):
        drafts(world).delete(me, made.id)
    with pytest.raises(Conflict):
        drafts(world).save(me, "spraying", SPRAY, draft_id=made.id)


def test_a_days_drafts_are_filed_together_or_not(world: World) -> None:
    me = caller(world)
    good = drafts(world).save(me, "sowing", SOW)
    bad = drafts(world).save(me, "spraying", {**SPRAY, "items": []})
    with pytest.raises(Many) as caught:
        drafts(world).file(me, [good.id, bad.id])
    assert [one.path for one in caught.value.errors] == ["/1/items"]
    assert len(drafts(world).list(me)) == 2
    (first,) = drafts(world).file(me, [good.id])
    drafts(world).save(me, "spraying", SPRAY, draft_id=bad.id)
    assert drafts(world).file(me, [good.id, bad.id]) == (first, first + 1)


def test_a_crash_after_the_commit_leaves_no_double(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = caller(world)
    made = drafts(world).save(me, "spraying", SPRAY)
    record = world.node.books.record

    def lost(*args: Any, **more: Any) -> tuple[int, ...]:
        record(*args, **more)
        raise Unavailable("the answer is lost")

    monkeypatch.setattr(Books, "record", lambda _, *args, **more: lost(*args, **more))
    with pytest.raises(Unavailable):
        drafts(world).file(me, [made.id])
    monkeypatch.undo()
    size = world.node.database.log.tail().size
    assert drafts(world).file(me, [made.id]) == (size - 1,)
    assert world.node.database.log.tail().size == size


def test_a_draft_is_its_organisations_alone(world: World) -> None:
    made = drafts(world).save(caller(world), "spraying", SPRAY)
    other = caller(world, "other")
    for ask in (drafts(world).get, drafts(world).delete):
        with pytest.raises(NotFound):
            ask(other, made.id)
    with pytest.raises(NotFound):
        drafts(world).file(other, [made.id])
    assert drafts(world).list(other) == []
    with pytest.raises(Many) as caught:
        drafts(world).save(caller(world), "spraying", SPRAY, ["sha-256:" + "0" * 64])
    assert caught.value.errors[0].path == "/photos/0"
    drafts(world).delete(caller(world), made.id)
    assert drafts(world).list(caller(world)) == []


def test_what_has_no_form_or_id_is_not_corrected_here(world: World) -> None:
    me = caller(world)
    event = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "action": "ADD", "eventTime": "2026-09-08T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00", "bizStep": "commissioning",
        "quantityList": [{"epcClass": LOT, "quantity": 1, "uom": "KGM"}],
    }  # fmt: skip
    (index,) = world.node.capture.events(me, [Incoming(event)])
    with pytest.raises(Refused):
        books(world).correct(me, index, None)
    with pytest.raises(Refused):
        books(world).as_form(me, index)
    assert GTIN in str(books(world).one(me.viewer, index).deed.about)


def test_what_came_without_an_event_id_says_why_it_cannot_be_corrected(world: World) -> None:
    caller = world.node.accounts.authenticate(world.tokens["coop"])
    (index,) = world.node.capture.events(caller, [Incoming(event(bizStep="inspecting"))])
    size = world.node.database.log.tail().size
    with pytest.raises(Refused, match="without an eventID") as caught:
        world.node.books.correct(caller, index, None)
    assert "另记一条" in text_of(caught.value, "zh")
    assert world.node.database.log.tail().size == size


def test_a_place_s_name_means_the_place_and_not_its_outline(world: World) -> None:
    caller = world.node.accounts.authenticate(world.tokens["coop"])
    place, plot, other = f"{BASE}place/a", f"{BASE}plot/a", f"{BASE}plot/b"
    name, area = {"zh": "前山坡"}, {"value": 5, "unit": "亩"}
    of_place = {"id": place, "type": "Place", "name": name, "suyuan:area": area}
    of_plot = {"id": plot, "type": "Plot", "name": name, "suyuan:area": area,
               "suyuan:within": place}  # fmt: skip
    world.node.masters.record(caller, [("", of_place), ("", of_plot)])
    plots = world.node.books.grounds.of(caller.organisation).plots or {}
    assert plots["前山坡"] == place
    assert plots[plot] == plot
    of_other = {"id": other, "type": "Plot", "name": name, "suyuan:area": area}
    world.node.masters.record(caller, [("", of_other)])
    # Two that are not one another's: the name means neither.
    assert "前山坡" not in (world.node.books.grounds.of(caller.organisation).plots or {})
