"""A certificate before it is issued: what is known of the lot is filled in, what is typed is checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from suyuan.core.certificate import LONGEST, SIDES, Certificate, Side, Text, total
from suyuan.core.epcis.units import in_base_unit
from suyuan.core.errors import Malformed, Refused, SuyuanError
from suyuan.core.farm.deed import Amount, Deed
from suyuan.core.farm.units import parse_goods
from suyuan.core.rules.case import Case
from suyuan.core.rules.release import certificate_row
from suyuan.core.rules.tables import Row, county_on, decimal_of
from suyuan.core.story_values import Quantity, day_of, names_of
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Accounts, Caller
from suyuan.flow.certificate_look import Register
from suyuan.flow.ground import HERE
from suyuan.flow.judge import Judge
from suyuan.flow.recall import Recalling
from suyuan.ports.certificates import Kept
from suyuan.ports.outside import Clock

FIELDS = ("product", "quantity", "origin", "issued", "subject", "contact", "shown", "ticks", "side")
"""Of a draft: texts but for ``shown`` (a truth value) and ``ticks`` (a list of texts)."""
_LATEST = 366
"""Days back to which a certificate may be dated."""
_WORDS = {"KGM": "公斤", "C62": "个", "H87": "个", "MTQ": "立方米"}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whether one is due for a lot today, and what it promises: None where no row is in force."""

    due: bool | None
    """None: the crop is not stated."""
    text: Text | None


@dataclass(frozen=True, slots=True)
class Room:
    """How much there ever was of a lot, in a base unit, and what each of its certificates covers."""

    made: Decimal
    unit: str
    held: Mapping[str, Decimal]

    def refusal(self, amount: Amount) -> Refused | None:
        """Why a certificate of so much is too much; None where there is room, or another unit."""
        others = sum(self.held.values(), Decimal(0))
        mine = total([amount], self.unit)
        if mine is None or mine + others <= self.made:
            return None
        return Refused(
            "there were {made} of this lot, and certificates for {others} hold already; "
            "{asked} more is too much",
            path="/quantity", made=_said(self.made, self.unit), others=_said(others, self.unit),
            asked=amount.said or _said(mine, self.unit),
        )  # fmt: skip


@dataclass(slots=True)
class Drafting:
    """Fills in and checks; writes nothing."""

    register: Register
    judge: Judge
    recalling: Recalling
    accounts: Accounts
    clock: Clock

    def proposed(self, caller: Caller, lot: str) -> dict[str, Any]:
        """What is known of a lot, as the fields of a draft."""
        case = self.judge.past(caller.viewer, lot)
        deeds = case.behind(lot).deeds
        own = [one for one in deeds if one.kind == "harvest"]
        grown = any(one.organisation == caller.organisation for one in own) or not own
        return {
            "product": case.called(lot).zh,
            "quantity": self._left(caller, lot),
            "origin": self._origin(caller, case, deeds),
            "issued": self.today().isoformat(),
            "subject": self._name(caller.organisation),
            **self._last_contact(caller),
            "ticks": list(self._ticks(case, lot, deeds, caller.organisation)),
            "side": "producer" if grown else "purchaser",
        }

    def scope(self, viewer: Viewer, lot: str) -> Scope:
        """Whether a certificate is due for a lot today, by the dated table, and its texts."""
        return self._scope(self.judge.past(viewer, lot), lot)

    def today(self) -> date:
        return (datetime.fromisoformat(self.clock.now()) + HERE).date()

    def _scope(self, case: Case, lot: str) -> Scope:
        past = case.behind(lot)
        templates = [one for season, one in sorted(case.templates.items()) if season in past.names]
        due = certificate_row(case, templates)
        row = due or next(iter(case.tables.on("certificates", case.today)), None)
        return Scope(due is not None if templates else None, _text_of(row) if row else None)

    def _left(self, caller: Caller, lot: str) -> str:
        """What should be there by the organisation's own account; "" where that is not known."""
        where = self.recalling.where(caller.viewer, lot)
        for one in where.accounts:
            if one.holder == caller.organisation and one.left is not None and one.unit is not None:
                left = one.left - sum(
                    (_base(issued.quantity, one.unit)
                     for _, issued in self.register.valid(caller.organisation, lot)),
                    Decimal(0),
                )  # fmt: skip
                word = _WORDS.get(one.unit)
                return f"{left.normalize():f} {word}" if left > 0 and word else ""
        return ""

    def room(self, caller: Caller, lot: str, code: str) -> Room | None:
        """What certificates of a lot but this one may cover; None where it is not known how much
        of it there was."""
        made = self._made_of(self.judge.past(caller.viewer, lot), lot)
        if made is None:
            return None
        held = self.register.valid(caller.organisation, lot, but=(code,))
        return Room(*made, {kept.code: _base(one.quantity, made[1]) for kept, one in held})

    def require_room(self, caller: Caller, kept: Kept, room: Room, amount: Amount) -> None:
        """Refused where, with what others issued since ``room`` was read, it is too much."""
        known = {*room.held, kept.code}
        later = self.register.valid(caller.organisation, kept.lot, but=known)
        held = {**room.held, **{k.code: _base(one.quantity, room.unit) for k, one in later}}
        if problem := replace(room, held=held).refusal(amount):
            raise problem

    def _made_of(self, case: Case, lot: str) -> tuple[Decimal, str] | None:
        """How much of a lot was ever made or came in; None where it is not said in one unit."""
        amounts = [
            item.amount
            for deed in case.deeds
            for item in (
                deed.outputs or (deed.about if deed.kind in ("receiving", "other") else ())
            )
            if item.id == lot
        ]
        known = [one for one in amounts if one is not None]
        if not known or len(known) < len(amounts):
            return None
        unit = in_base_unit(known[0].value, known[0].unit)[1]
        found = total(known, unit)
        return None if found is None else (found, unit)

    def _origin(self, caller: Caller, case: Case, deeds: Sequence[Deed]) -> str:
        """The county, and the villages of the plots that were harvested."""
        villages: dict[str, None] = {}
        owner = caller.organisation
        for deed in deeds:
            if deed.kind == "harvest":
                owner = deed.organisation
                for plot in deed.plots:
                    village = names_of(case.master(plot).get("suyuan:village"))
                    if village is not None:
                        villages.setdefault(village.zh)
        county = county_on(case.tables, self.accounts.county_of(owner), case.today)
        named = names_of(case.master(owner).get("suyuan:county"))
        name = county[1].zh if county and county[1] else named.zh if named else ""
        return (name + "、".join(villages))[: LONGEST["origin"]]

    def _ticks(
        self, case: Case, lot: str, deeds: Sequence[Deed], organisation: str
    ) -> Iterator[str]:
        """Ticks that records speak for: control by keeping these books, tests by who reported them."""
        text = self._scope(case, lot).text
        if text is None:
            return
        passed = [
            deed for deed in deeds
            if deed.kind == "test" and isinstance(test := deed.stated.get("test"), Mapping)
            and test.get("result") == "pass"
        ]  # fmt: skip
        outside = [deed for deed in passed if deed.organisation != organisation
                   or deed.stated["test"].get("laboratory")]  # fmt: skip
        for number, tick in enumerate(text.ticks):
            if (
                number == 0
                or (number == 1 and len(passed) > len(outside))
                or (number == 2 and outside)
            ):
                yield tick

    def _last_contact(self, caller: Caller) -> dict[str, Any]:
        """As on the organisation's last certificate."""
        for _, kept in self.register.store.list(
            [caller.organisation], ["issued", "voided"], limit=1
        ):
            looked = self.register.look(caller.viewer, kept.code)
            if looked is not None:
                shown = looked.contact == looked.issued.contact
                return {"contact": looked.contact, "shown": shown}
        return {"contact": "", "shown": False}

    def _name(self, organisation: str) -> str:
        known = self.accounts.store.organisation(organisation)
        return known.name_zh if known else organisation

    def made(
        self, caller: Caller, kept: Kept, text: Text, problems: list[SuyuanError]
    ) -> Certificate | None:
        values = json.loads(kept.values)
        problems += misshapen(values)
        if problems:
            return None
        given = {name: str(values.get(name, "")).strip() for name in LONGEST}
        problems += [
            Refused("this is missing", path=f"/{name}")
            for name, value in given.items()
            if not value
        ]
        if given["contact"] and sum(one.isdigit() for one in given["contact"]) < 7:
            problems.append(Refused("a telephone number belongs here", path="/contact"))
        quantity = self._quantity(caller, kept, given["quantity"], problems)
        day = day_of(str(values.get("issued", "")))
        if day is None:
            problems.append(
                Refused("{value} is no day; write it as 2026-09-17", path="/issued",
                        value=str(values.get("issued", ""))[:40])
            )  # fmt: skip
        elif not self.today() - timedelta(days=_LATEST) <= day <= self.today():
            problems.append(
                Refused("it is dated with the day on which it is issued, or an earlier one",
                        path="/issued")
            )  # fmt: skip
        ticked = tuple(one for one in text.ticks if one in values.get("ticks", ()))
        if not ticked:
            problems.append(Refused("tick at least one: on what the promise rests", path="/ticks"))
        side = values.get("side")
        if side not in SIDES:
            problems.append(Refused("one of: {choices}", path="/side", choices=", ".join(SIDES)))
        if problems or quantity is None or day is None:
            return None
        chosen: Side = side
        return Certificate(
            kept.code, kept.number, kept.lot, given["product"], quantity, given["origin"], day,
            given["subject"], given["contact"], values.get("shown") is True, ticked, chosen,
        )  # fmt: skip

    def _quantity(
        self, caller: Caller, kept: Kept, given: str, problems: list[SuyuanError]
    ) -> Amount | None:
        """The amount; with those of the lot's other certificates at most what there ever was of it."""
        if not given:
            return None
        try:
            amount = parse_goods(given)
        except Refused as problem:
            problems.append(problem.at("/quantity"))
            return None
        room = self.room(caller, kept.lot, kept.code)
        if room is not None and (wrong := room.refusal(amount)):
            problems.append(wrong)
        return amount


def _base(quantity: Quantity | None, unit: str) -> Decimal:
    """In a base unit; zero where it is of another."""
    if quantity is None:
        return Decimal(0)
    value, base = in_base_unit(Decimal(repr(quantity.amount)), quantity.unit)
    return value if base == unit else Decimal(0)


def _said(value: Decimal, unit: str) -> str:
    word = {"KGM": "kg", "MTQ": "m³"}.get(unit, "")
    return f"{value.normalize():f} {word}".strip()


def _text_of(row: Row) -> Text:
    months = decimal_of(row.values.get("keepMonths"))
    ticks = row.values.get("ticks")
    return Text(
        str(row.values.get("producerText") or ""),
        str(row.values.get("purchaserText") or ""),
        tuple(str(one) for one in ticks) if isinstance(ticks, list) else (),
        row.basis.source,
        row.basis.edition,
        int(months) if months is not None else 6,
        names_of(row.values.get("note")),
        str(row.values.get("producerTextEn") or ""),
        str(row.values.get("purchaserTextEn") or ""),
        tuple(map(str, row.values.get("ticksEn") or ())),
    )


def misshapen(values: Mapping[str, Any]) -> Iterator[SuyuanError]:
    for name, value in values.items():
        if name not in FIELDS:
            yield Malformed(
                "{name} is not a member here; there are {allowed}", path=f"/{name}", name=name[:40],
                allowed=", ".join(FIELDS),
            )  # fmt: skip
        elif name == "shown":
            if not isinstance(value, bool):
                yield Malformed("true or false belongs here", path="/shown")
        elif name == "ticks":
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                yield Malformed("a list of texts belongs here", path="/ticks")
        elif not isinstance(value, str):
            yield Malformed("a text belongs here", path=f"/{name}")
        elif len(value) > LONGEST.get(name, 40):
            yield Refused("at most {most} characters", path=f"/{name}", most=LONGEST.get(name, 40))


__all__ = ["FIELDS", "Drafting", "Scope", "misshapen"]
