"""Rights to a brand as records: who takes which step, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest
from brand_world import (
    BRAND,
    OWNER,
    PRODUCT,
    applied,
    branded,
    caller,
    granted,
    issue,
    template,
    terms,
)
from nodes import BASE, World, event

from suyuan.core.errors import Conflict, Forbidden, Malformed, Many, NotFound, Refused
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.brand_sight import issues_seen, sees_issue
from suyuan.flow.brands import Brands
from suyuan.flow.capture import Incoming


def test_applied_granted_suspended_granted_withdrawn(world: World) -> None:
    branded(world)
    brands, owner = world.node.brands, caller(world, OWNER)
    name = applied(world)
    with pytest.raises(Forbidden, match="owns this brand"):
        brands.turn(caller(world, "coop"), name, "granted", person="王会计")
    brands.turn(owner, name, "granted", person="简监管")
    with pytest.raises(Refused, match="say why"):
        brands.turn(owner, name, "suspended", person="简监管")
    brands.turn(owner, name, "suspended", person="简监管", reason="标签太多")
    brands.turn(owner, name, "granted", person="简监管")
    brands.turn(owner, name, "withdrawn", person="简监管", reason="到此为止")
    with pytest.raises(Conflict, match="cannot become"):
        brands.turn(owner, name, "granted", person="简监管")
    found = brands.one(name)
    assert [step.state for step in found.steps] == [
        "applied", "granted", "suspended", "granted", "withdrawn"
    ]  # fmt: skip
    assert [step.by for step in found.steps] == [world.org("coop"), *[world.org(OWNER)] * 4]
    # Names are private: the public sees who signed, and why.
    assert {step.person for step in found.steps} == {""}
    assert brands.one(name, owner.viewer).steps[1].person == "简监管"


def test_strangers_have_no_part_in_it(world: World) -> None:
    branded(world)
    name = applied(world)
    brands = world.node.brands
    with pytest.raises((Forbidden, Many)):
        brands.turn(caller(world, "other"), name, "withdrawn", person="x", reason="because")
    with pytest.raises(Forbidden, match="applies for itself"):
        brands.apply(caller(world, "other"), terms(world), person="x")
    with pytest.raises(NotFound, match="no brand"):
        brands.apply(caller(world, "coop"), terms(world, brand=f"{BASE}brand/none"), person="x")


def test_nobody_steps_around_it_by_an_event_of_his_own(world: World) -> None:
    branded(world)
    name = applied(world)
    capture, coop = world.node.capture, caller(world, "coop")
    own: dict[str, Any] = event(
        action="OBSERVE", bizStep=f"{BASE}voc/authorising", quantityList=None, epcList=[name],
        **{"suyuan:authorisation": terms(world).as_json("granted")},
    )  # fmt: skip
    with pytest.raises(Forbidden, match="owns this brand"):
        capture.events(coop, [Incoming(own)])
    for wrong in (
        {"epcList": [name, "urn:x:y"]},
        {"bizStep": "https://else.example/voc/authorising"},
    ):
        with pytest.raises(Malformed):
            capture.events(coop, [Incoming({**own, **wrong})])
    assert world.node.brands.one(name).state == "applied"


def test_no_codes_without_a_right(world: World) -> None:
    branded(world)
    with pytest.raises(Refused, match="have not applied") as refused:
        issue(world, 5)
    assert refused.value.path == "/gtin"
    name = applied(world, template=template(world))
    with pytest.raises(Refused, match="can be issued"):
        issue(world, 5)
    owner = caller(world, OWNER)
    world.node.brands.turn(owner, name, "granted", person="x")
    assert issue(world, 5)
    world.node.brands.turn(owner, name, "suspended", person="x", reason="to be looked into")
    with pytest.raises(Refused, match="can be issued"):
        issue(world, 5, "k2")
    # What was issued before is answered again, and nothing is added.
    assert issue(world, 5)


def test_no_codes_beyond_its_days(world: World) -> None:
    branded(world)
    granted(world, template=template(world))
    year = world.node.brands.today.year
    for when in (f"{year + 3}-01-01T00:00:00.000Z", f"{year - 3}-01-01T00:00:00.000Z"):
        with pytest.raises(Refused, match="can be issued"):
            issue(world, 5, event_time=when)


def test_rule_ten_knows_recorded_rights(world: World) -> None:
    branded(world)
    coop = caller(world, "coop")
    lot = "https://id.gs1.org/01/09521234000068/10/L-9"
    made = event(bizStep="packing", action=None, type="TransformationEvent", quantityList=None,
                 eventTime=world.node.clock.now(),
                 inputQuantityList=[{"epcClass": "https://id.gs1.org/01/09521234000044/10/R"}],
                 outputQuantityList=[{"epcClass": lot, "quantity": 4, "uom": "KGM"}])  # fmt: skip
    world.node.capture.events(coop, [Incoming(made)])

    def verdicts() -> list[str]:
        found = world.node.judge.standing(coop.viewer, lot, only=[10])
        return [one.verdict for one in found if one.code == "authorisation"]

    assert verdicts() == ["block"]
    before = world.node.rulebook.newest()
    granted(world)
    assert verdicts() == ["pass"]
    assert world.node.rulebook.newest() > before


def test_plots_are_looked_for_in_the_area(world: World) -> None:
    branded(world)
    brand = {"id": BRAND, "type": "Brand", "name": "x", "suyuan:counties": ["330112"]}
    world.node.masters.record(caller(world, OWNER), [("", brand)])
    plots = {
        f"{BASE}plot/{name}": {"id": f"{BASE}plot/{name}", "type": "Place", "name": name, **more}
        for name, more in (
            (
                "in",
                {"suyuan:county": {"code": "330112"}, "suyuan:area": {"value": 4, "unit": "亩"}},
            ),
            (
                "out",
                {"suyuan:county": {"code": "440106"}, "suyuan:area": {"value": 5, "unit": "亩"}},
            ),
            ("where", {"suyuan:area": {"value": 6, "unit": "亩"}}),
        )
    }
    world.node.masters.record(caller(world, "coop"), [("", one) for one in plots.values()])
    name = applied(world, plots=tuple(plots), area=None)
    found = world.node.brands.one(name)
    assert list(world.node.codes.plots(found).values()) == [True, False, None]
    assert world.node.codes.ceiling(found).area == 15


def test_all_rights_are_public_and_found(world: World) -> None:
    branded(world)
    first, second = granted(world), applied(world)
    brands = world.node.brands
    assert [one.id for one in brands.authorisations(PUBLIC, brand=BRAND)] == [second, first]
    assert brands.authorisations(PUBLIC, organisation=world.org("other")) == []
    today = brands.today
    assert [one.id for one in brands.valid(world.org("coop"), BRAND, PRODUCT, today)] == [first]
    assert [one.owner for one in brands.all()] == [world.org(OWNER)]


def test_of_many_issues_it_is_looked_up_once_who_sees_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    branded(world)
    granted(world, template=template(world))
    records = [issue(world, 2, key=f"k{number}", ahead=True) for number in range(4)]
    brands, codes = world.node.brands, world.node.codes
    found = [codes.issue(one) for one in records]
    asked: list[str] = []

    def counted(name: str) -> None:
        real = getattr(Brands, name)

        def ask(self: Brands, *given: Any) -> Any:
            asked.append(name)
            return real(self, *given)

        monkeypatch.setattr(Brands, name, ask)

    counted("some")
    counted("brands")
    assert issues_seen(Viewer(world.org(OWNER), "recorder"), brands, found) == found
    assert asked == ["some", "brands"]
    for viewer, sees in (
        (Viewer(world.org("coop"), "recorder"), True),
        (Viewer(None, "administrator"), True),
        (Viewer(world.org("other"), "recorder"), False),
        (PUBLIC, False),
    ):
        assert issues_seen(viewer, brands, found) == (found if sees else [])
        assert all(sees_issue(viewer, brands, one) is sees for one in found)
