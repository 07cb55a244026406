"""What is no lot and no pack: what its master data says, what is in it, what was recorded there."""

from __future__ import annotations

from typing import Any

from nodes import event

from suyuan.core.story_about import About, about, chronicle, contents
from suyuan.core.story_names import Known
from suyuan.core.story_reading import read_event
from suyuan.core.touches import event_objects

CARTON = "https://id.gs1.org/00/395212340000000014"
PLACE = "https://id.gs1.org/414/9521234000013"
LOT = "https://id.gs1.org/01/09521234000068/10/L-1"
PACK = f"{LOT}/21/"


def nesting(action: str, *packs: str, parent: str = CARTON, **members: Any) -> Any:
    children = {"childEPCs": [f"{PACK}{pack}" for pack in packs]} if packs else {}
    return event_objects(
        event(type="AggregationEvent", action=action, parentID=parent, quantityList=None,
              **children, **members)
    )  # fmt: skip


def known(index: int, kind: str, **more: Any) -> Known:
    return Known(index, kind, more.pop("event", None), more.pop("master", None), "urn:x:us",
                 "recorder", "2026-09-17T08:00:00.000Z", more.pop("extends", ()), **more)  # fmt: skip


def described(**members: Any) -> About:
    master = {"id": PLACE, "type": "Place", **members}
    return about(
        (("414", "9521234000013"),),
        PLACE,
        [known(3, "master", master=master, extends=(f"{PLACE}#master",))],
    )


class TestContents:
    def test_what_was_put_in_and_not_taken_out(self) -> None:
        said = [nesting("ADD", "A", "B"), nesting("DELETE", "A"), nesting("OBSERVE", "C")]
        assert contents(said, CARTON) == (LOT,)
        assert contents([*said, nesting("DELETE", "B")], CARTON) == ()

    def test_taking_out_without_a_list_takes_all(self) -> None:
        assert contents([nesting("ADD", "A", "B"), nesting("DELETE")], CARTON) == ()

    def test_put_back_is_in_again(self) -> None:
        said = [nesting("ADD", "A"), nesting("DELETE", "A"), nesting("ADD", "A")]
        assert contents(said, CARTON) == (LOT,)

    def test_of_another_carton_is_not_of_this_one(self) -> None:
        assert contents([nesting("ADD", "A", parent=f"{CARTON[:-2]}21")], CARTON) == ()

    def test_a_lot_by_quantity(self) -> None:
        held = [{"epcClass": LOT, "quantity": 5, "uom": "KGM"}]
        assert contents([nesting("ADD", childQuantityList=held)], CARTON) == (LOT,)


class TestAbout:
    def test_says_nothing_of_where_it_lies(self) -> None:
        found = described(
            name={"zh": "前山"},
            **{
                "suyuan:village": "石桥村",
                "suyuan:position": {"lat": 30.1, "lon": 118.9},
                "suyuan:outline": {"type": "Polygon", "coordinates": []},
                "suyuan:plots": ["https://node.example/plot/1"],
            },
        )
        assert found.village is not None
        assert found.village.zh == "石桥村"
        assert found.index == 3
        for secret in ("30.1", "118.9", "Polygon", "plot"):
            assert secret not in repr(found)

    def test_members_of_a_wrong_shape_are_left_out(self) -> None:
        found = described(name=7, **{"suyuan:within": 5, "suyuan:creditCode": ["x"]})
        assert (found.names, found.within, found.credit_code) == (None, None, None)

    def test_without_master_data(self) -> None:
        found = about((("00", "395212340000000014"),), CARTON, [])
        assert (found.described_by, found.index, found.has_name) == (None, None, False)


class TestChronicle:
    def test_a_recall_written_down_somewhere_is_not_of_the_place(self) -> None:
        recall = event(action="OBSERVE", bizStep="holding", disposition="recalled",
                       readPoint={"id": PLACE})  # fmt: skip
        story = chronicle([known(5, "event", event=read_event(recall))], PLACE)
        assert story.recalls == ()
        (deed,) = story.deeds
        assert deed.recall
        assert deed.spots == ()

    def test_what_is_hidden_is_not_even_counted(self) -> None:
        shown = known(5, "event", event=read_event(event()))
        story = chronicle([shown, known(6, "event", hidden=True)], PLACE)
        assert (story.records, story.hidden, len(story.deeds)) == (1, 0, 1)
