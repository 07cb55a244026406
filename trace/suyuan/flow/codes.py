"""The ledger of codes: what may be issued under a brand, what was, and what became of it.

Nothing is counted twice: issues and acts are an index of the log (docs/decisions/0023). The same checks
are asked before a record is made, for its words, and under the log's lock, whatever way it comes in.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from suyuan.core.brand.authorisation import (
    Authorisation,
    Standing,
    Step,
    Terms,
    is_authorising,
)
from suyuan.core.brand.ceiling import Ceiling, Verdict, each_of, judged
from suyuan.core.brand.codes import (
    ACTS,
    Act,
    Issue,
    Sums,
    act_event,
    code_acts_of,
    parse_acts,
    sums,
)
from suyuan.core.brand.ranges import Ranges, both, of_places, told, union
from suyuan.core.content import decode_content
from suyuan.core.epcis.units import in_base_unit
from suyuan.core.errors import Forbidden, Malformed, NotFound, Refused, SuyuanError
from suyuan.core.farm.deed import Amount
from suyuan.core.identifiers import identify, pack_named, product_of
from suyuan.core.lineage.cycles import pointer_of
from suyuan.core.lineage.flows import HANDED, Way
from suyuan.core.rules.amounts import area_in_mu, kilograms, net_weight
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Basis
from suyuan.core.rules.origin import plot_in_area
from suyuan.core.rules.tables import decimal_of
from suyuan.core.story_values import Names, Said, moment_of
from suyuan.core.touches import master_id
from suyuan.core.universe import pack_of
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.append import Coming
from suyuan.flow.brands import LONGEST, LONGEST_NAME, Brands
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.judge import Judge
from suyuan.flow.rulebook import RuleBook
from suyuan.ports.codes import CodeStore
from suyuan.ports.lineage import LineageStore
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock

FACTOR = "codesBlockFactor"
_EVERYTHING = Viewer(role="administrator")
"""Whether a plot lies in an area is told; where it lies is not."""
_ALL = 1 << 62
_INDICATION = b'"suyuan:indication"'
_LEFT = (*HANDED, Way.GONE)


@dataclass(frozen=True, slots=True)
class Account:
    """One authorisation's ledger."""

    authorisation: Authorisation
    ceiling: Ceiling
    sums: Sums
    issues: tuple[Issue, ...]
    factor: Decimal | None
    """From how many times the ceiling on issuing is blocked; None: not stated."""

    @property
    def plots(self) -> frozenset[str]:
        return frozenset(self.authorisation.terms.plots)

    @property
    def left(self) -> int | None:
        """Codes that may still be issued; None where the ceiling is unknown; never below zero."""
        most = self.ceiling.packs
        return None if most is None else max(0, most - self.sums.used)

    def judged(self, more: int = 0) -> Verdict:
        return judged(self.ceiling, self.sums.used + more, self.factor)


@dataclass(slots=True)
class _Packs:
    """What is known of the packs of one append."""

    issued: Mapping[str, tuple[tuple[int, int], ...]]
    """Pack → (record, place) of the issues that gave it its code."""
    brands: Mapping[str, Names | str]
    """Of products of which packs begin without a code that was issued: their brand."""
    inside: Mapping[str, Sequence[str]]
    """Carton or pallet → packs in it."""
    used: dict[int, set[int]] = field(default_factory=dict)
    """Record of an issue → places of codes that went out in the events before."""

    def check(self, one: Coming, issues: Mapping[int, Issue]) -> None:
        """Refused where a pack of a brand begins that nobody issued a code for; where one begins whose
        code was voided or given back; and where its issuer sends it off or sells it."""
        for pack in one.packs.begun:
            if pack in self.issued:
                self._stands(one, pack, pack, issues)
            elif (brand := self.brands.get(product_of(pack) or "")) is not None:
                raise Refused(
                    "{code} is no code that was issued, and packs of this product are sold under "
                    "{brand}: get the right, issue codes for the lot (Labels, POST /serials, suyuan "
                    "codes issue), and record packs by these",
                    path=pointer_of(one.event, pack), code=pack.rpartition("/21/")[2], brand=brand,
                )  # fmt: skip
        for thing in one.packs.left:
            for pack in self.inside.get(thing, (thing,)):
                places = self.issued.get(pack, ())
                if any(issues[record].owner == one.owner for record, _ in places):
                    self._stands(one, pack, thing, issues)
                for record, place in places:
                    self.used.setdefault(record, set()).add(place)

    def _stands(self, one: Coming, pack: str, named: str, issues: Mapping[int, Issue]) -> None:
        states = {issues[record].state(place) for record, place in self.issued[pack]}
        if not states <= _TAKEN_BACK:
            return
        code, path = pack.rpartition("/21/")[2], pointer_of(one.event, named)
        if "voided" in states:
            raise Refused(
                "the code {code} was voided: no pack carries it. Take this pack out, and give it a code "
                "that was issued",
                path=path, code=code,
            )  # fmt: skip
        raise Refused(
            "the code {code} was given back as not used: it counts no more. Take this pack out, and "
            "give it a code that was issued",
            path=path, code=code,
        )  # fmt: skip


_TAKEN_BACK = frozenset({"voided", "returned"})


class NeedsReason(Refused):
    """Allowed, with a reason that is recorded."""


@dataclass(slots=True)
class Codes:
    """The verbs on codes."""

    store: CodeStore
    log: LogStore
    lineage: LineageStore
    brands: Brands
    judge: Judge
    book: RuleBook
    capture: Capture
    clock: Clock
    base: str

    # -- ledgers -----------------------------------------------------------------------------------

    def account(self, authorisation: Authorisation, day: date | None = None) -> Account:
        """The ledger of an authorisation, by the figures in force on a day."""
        issues = tuple(self.store.issues(authorisations=[authorisation.id]))
        day = day or self.brands.today
        found = self.book.tables().threshold(FACTOR, day)
        factor = found[0] if found else None
        return Account(authorisation, self.ceiling(authorisation), sums(issues), issues, factor)

    def ceiling(self, authorisation: Authorisation) -> Ceiling:
        """What its newest terms allow."""
        terms = authorisation.terms
        masters = self.judge.masters(_EVERYTHING, {terms.product, *terms.plots})
        case = Case((), masters=masters)
        area = area_in_mu(terms.area) if terms.area else None
        if area is None and terms.plots:
            areas = [area_in_mu(masters.get(one, {}).get("suyuan:area")) for one in terms.plots]
            if all(one is not None for one in areas):
                area = sum((one for one in areas if one is not None), Decimal(0))
        template = None
        if terms.template is not None:
            digest = terms.template.get("digest")
            template = self.book.template(
                str(terms.template["id"]), digest if isinstance(digest, str) else None
            )
        heavy = kilograms_of(terms.volume)
        basis: Basis | None = (
            template.yield_per_mu.basis if template is not None and template.yield_per_mu else None
        )
        return Ceiling(area, each_of(template), net_weight(case, terms.product), heavy, basis)

    def plots(self, authorisation: Authorisation) -> dict[str, bool | None]:
        """Of each of its plots whether it lies in the brand's area; None: not stated."""
        return self._inside(authorisation.terms)

    def _inside(self, terms: Terms) -> dict[str, bool | None]:
        masters = self.judge.masters(_EVERYTHING, {terms.brand, *terms.plots})
        inner = {
            one
            for plot in terms.plots
            for one in masters.get(plot, {}).get("suyuan:plots") or ()
            if isinstance(one, str)
        }
        known = {**masters, **self.judge.masters(_EVERYTHING, inner)} if inner else masters
        case = Case((), self.book.tables(), masters=known)
        return {plot: plot_in_area(case, terms.brand, plot) for plot in terms.plots}

    # -- issuing -----------------------------------------------------------------------------------

    def brands_of(self, products: Collection[str]) -> dict[str, str]:
        """The brand of each of these products that has one, or last had one.

        Once a product was sold under a brand, its codes are counted: master data that leaves the brand
        out for a moment does not take them off the ledger (docs/decisions/0035).
        """
        names = {master_id(one): one for one in products}
        touched = self.log.touched(names, size=_ALL, extends_only=True) if names else {}
        records = self.log.records({index for of in touched.values() for index in of})
        found: dict[str, str] = {}
        for name, indices in touched.items():
            for index in indices:
                record = records[index]
                if record.kind == "master" and _INDICATION in (record.content or b""):
                    brand = decode_content(record.content or b"").value.get("suyuan:indication")
                    if isinstance(brand, str):
                        found[names[name]] = brand
        return found

    def under(
        self, organisation: str, product: str, day: date, *, lot: str = "", count: int = 1
    ) -> Account | None:
        """The ledger that codes of a product are issued under on a day; None for a product of no brand.

        Of several rights the one whose plots the lot was picked on, with room for so many. Codes are
        made today, whatever day their packing is dated: refused, saying how it stands, unless the brand
        is granted to the organisation on that day and today.
        """
        accounts = self._accounts(organisation, product, day)
        return self._chosen(accounts, lot, count) if accounts else None

    def _accounts(self, organisation: str, product: str, day: date) -> list[Account]:
        """The ledgers of all rights that stand; empty for a product of no brand, Refused without one."""
        brand = self.brands_of([product]).get(product)
        if brand is None:
            return []
        known = [
            one
            for one in self.brands.authorisations(brand=brand, organisation=organisation)
            if one.terms.product == product
        ]
        stands = [_on_both(one, day, self.brands.today) for one in known]
        if "granted" in stands:
            return [
                self.account(one, day)
                for one, standing in zip(known, stands, strict=True)
                if standing == "granted"
            ]
        names = self.brands.brands([brand])
        name: Any = names[brand].names if brand in names else brand
        if not known:
            raise Refused(
                "this product is sold under {brand}, and you have not applied for its authorisation",
                path="/gtin", brand=name,
            )  # fmt: skip
        why = Said(NO_GRANT[stands[0]].template, brand=name)
        raise Refused("no codes can be issued: {why}", path="/gtin", why=why)

    def _chosen(self, accounts: Sequence[Account], lot: str, count: int) -> Account:
        """Of several: those of the lot's plots before others, then one with room for so many; where none
        has, the one with the most left."""
        if len(accounts) == 1:
            return accounts[0]
        picked = self._picked_on(lot) if any(one.plots for one in accounts) else frozenset()
        if picked:
            accounts = [one for one in accounts if picked <= one.plots] or [
                one for one in accounts if not one.plots
            ] or accounts  # fmt: skip
        for one in accounts:
            if one.judged(count) == "pass" or (one.left is not None and one.left >= count):
                return one
        return max(accounts, key=lambda one: -1 if one.left is None else one.left)

    def _picked_on(self, lot: str) -> frozenset[str]:
        """The plots behind a lot, as far as harvests say them."""
        if not lot:
            return frozenset()
        deeds = self.judge.past(_EVERYTHING, lot).behind(lot).deeds
        return frozenset(plot for deed in deeds if deed.kind == "harvest" for plot in deed.plots)

    def require(self, account: Account, count: int, reason: str) -> None:
        """Refused over the factor; NeedsReason above the ceiling, or where it is not stated."""
        most = account.ceiling.packs
        verdict = account.judged(count)
        used = account.sums.used + count
        if verdict == "block" and most is not None:
            raise Refused(
                "{used} codes would be issued of {most} that area, yield and weight allow: more than "
                "{factor} times as many is not issued. Ask the brand's owner for more area, or give "
                "unused codes back",
                path="/count", used=used, most=most, factor=account.factor,
            )  # fmt: skip
        if verdict == "warn" and len(reason.strip()) < 4:
            if most is None:
                raise NeedsReason(
                    "area, yield ceiling or net weight is not stated, so nobody can tell how many "
                    "codes are right; say why you need {count}",
                    path="/reason", count=count,
                )  # fmt: skip
            if used <= most:
                raise NeedsReason(
                    "only the authorised volume is stated, and not what the area gives; say why you "
                    "need {count} codes",
                    path="/reason", count=count,
                )  # fmt: skip
            raise NeedsReason(
                "{used} codes would be issued of {most} that area, yield and weight allow "
                "({percent} %); say why",
                path="/reason", used=used, most=most, percent=used * 100 // most if most else 0,
            )  # fmt: skip

    # -- acts --------------------------------------------------------------------------------------

    def issue(self, record: int) -> Issue:
        """One issue; NotFound where the record issued no codes."""
        found = self.store.issues(records=[record])
        if not found:
            raise NotFound("record {index} issued no codes", index=record)
        return found[0]

    def act(
        self,
        caller: Caller,
        act: str,
        record: int,
        parts: Ranges,
        *,
        reason: str = "",
        person: str = "",
        time: str = "",
        typed_by: str | None = None,
    ) -> int:
        """Record that these codes are activated, given back or voided; the record's index."""
        caller.require("recorder", "administrator")
        chosen = next((one for one in ACTS if one == act), None)
        if chosen is None:
            raise Refused("one of: {choices}", path="/act", choices=", ".join(ACTS))
        issue = self.issue(record)
        if issue.owner != caller.organisation:
            raise Forbidden(
                "these codes are another organisation's; only who issued them says what becomes of them"
            )
        if chosen != "activate" and not reason.strip():
            raise Refused("say why: it is shown to all", path="/reason")
        for name, text, most in (("reason", reason, LONGEST), ("person", person, LONGEST_NAME)):
            if len(text) > most:
                raise Refused("at most {most} characters", path=f"/{name}", most=most)
        self._may(issue, chosen, parts)
        stored = self.log.records([record])[record]
        event = act_event(
            chosen, stored.leaf_hash, parts, lot=issue.lot, time=time or self.clock.now(),
            base=self.base, event_id=f"urn:uuid:{uuid.uuid4()}", reason=reason.strip(),
            person=person.strip(),
        )  # fmt: skip
        if typed_by is not None:
            event["suyuan:recordedBy"] = typed_by
        return self.capture.events(caller, [Incoming(event)])[0]

    def of_serials(self, record: int, serials: Collection[str]) -> Ranges:
        """Where these serials stand; Refused, naming those that the issue has not."""
        found = self.store.places(record, serials)
        if missing := sorted(set(serials) - found.keys()):
            raise Refused(
                "{serials} was not issued by record {index}",
                path="/serials", serials=", ".join(missing[:5]), index=record,
            )  # fmt: skip
        return of_places(found.values())

    def _may(self, issue: Issue, act: Act, parts: Ranges, leaving: Collection[int] = ()) -> None:
        """``leaving``: places of codes on packs that go out in the same append."""
        issue.check(act, parts)
        if act == "activate":
            return
        gone = union(self.sold(issue, parts), both(parts, of_places(leaving)))
        if gone and act == "return":
            # Never activated, and on a pack all the same: given back, it would be issued again.
            raise Refused(
                "codes {ranges} are on packs that were sold, sent off or destroyed: they were used, and "
                "are not given back",
                path="/ranges", ranges=told(gone),
            )  # fmt: skip
        if act == "return":
            return
        if gone:
            raise Refused(
                "codes {ranges} are on packs that were sold, sent off or destroyed: what is out there "
                "is not voided. Recall it, if something is wrong with it",
                path="/ranges", ranges=told(gone),
            )  # fmt: skip
        out = self._sent_unnamed(issue)
        others = [one for one in self.store.issues(lots=[issue.lot]) if one.record != issue.record]
        left = sums([*others, issue.after("void", parts)]).active
        if out > left:
            raise Refused(
                "{sent} packs of this lot were sent off or sold without saying which, and only {left} "
                "active codes would be left: some of these are out there. Recall them, if something is "
                "wrong with them",
                path="/ranges", sent=out, left=left,
            )  # fmt: skip

    def sold(self, issue: Issue, parts: Ranges) -> Ranges:
        """Which of these codes are on packs that have left, by themselves or in a carton."""
        serials = self.log.serials_of(issue.record)
        places: dict[int, list[int]] = {}
        packs = {
            pack: one.position
            for first, last in parts
            for one in serials[first : last + 1]
            if (pack := pack_of(one.lot, one.serial)) is not None
        }
        for pack, number in self.lineage.numbers(packs).items():
            places.setdefault(number, []).append(packs[pack])
        found: set[int] = set()
        seen: set[int] = set()
        while places:
            seen |= places.keys()
            above: dict[int, list[int]] = {}
            for line in self.lineage.of_things(list(places), [*map(int, _LEFT), int(Way.PUT)]):
                inside = places[line.thing]
                if line.way != Way.PUT:
                    found.update(inside)
                elif line.other is not None and line.other not in seen:
                    above.setdefault(line.other, []).extend(inside)
            places = above
        return of_places(found)

    def _sent_unnamed(self, issue: Issue) -> int:
        """Packs that left by quantity, without their serials; as far as they are countable."""
        numbers = self.lineage.numbers([issue.lot])
        if issue.lot not in numbers:
            return 0
        product = product_of(issue.lot) or ""
        case = Case((), masters=self.judge.masters(_EVERYTHING, {product}))
        net, total = net_weight(case, product), Decimal(0)
        for line in self.lineage.of_things([numbers[issue.lot]], list(map(int, _LEFT))):
            if line.amount is None or line.unit is None:
                continue
            value, unit = in_base_unit(Decimal(line.amount), line.unit)
            if unit == "C62":
                total += value
            elif unit == "KGM" and net:
                total += value / net
        return int(total)

    # -- under the log's lock ----------------------------------------------------------------------

    def check(self, batch: Sequence[Coming]) -> Iterable[SuyuanError]:
        """What is wrong with these events, in their order, all of one append."""
        problems: list[SuyuanError] = []
        steps: list[tuple[str, Step]] = []
        issues: dict[int, Issue] = {}
        more: dict[str, int] = {}
        packs = self._packs(batch, issues)
        for one in batch:
            event = one.event
            if "errorDeclaration" in event:
                continue
            try:
                if one.master:
                    self._check_brand(event)
                    continue
                if is_authorising(event):
                    steps.append(self.brands.check(one.owner, event, steps))
                    self._check_plots(steps[-1][1])
                elif "suyuan:authorisation" in event or "suyuan:serials" in event:
                    self._check_issue(one.owner, event, more)
                if "suyuan:codes" in event:
                    self._check_act(one.owner, event, issues, packs.used)
                packs.check(one, issues)
            except SuyuanError as problem:
                problems.append(problem.at(one.where))
        return problems

    def _packs(self, batch: Sequence[Coming], issues: dict[int, Issue]) -> _Packs:
        """What is known of all packs of these events, in a few queries for all of them; ``issues``
        takes in those that their codes are of."""
        begun = {pack for one in batch for pack in one.packs.begun}
        left = {thing for one in batch for thing in one.packs.left}
        if not begun and not left:
            return _Packs({}, {}, {})
        inside = self._packs_in([one for one in left if pack_named(one) is None])
        held = {pack for packs in inside.values() for pack in packs}
        issued = self.store.named(begun | left | held)
        records = {record for places in issued.values() for record, _ in places}
        issues |= {one.record: one for one in self.store.issues(records=records)} if records else {}
        products = {product_of(pack) for pack in begun - issued.keys()} - {None}
        return _Packs(issued, self._brand_names(products), inside)  # type: ignore[arg-type]

    def _brand_names(self, products: Collection[str]) -> dict[str, Names | str]:
        brands = self.brands_of(products) if products else {}
        known = self.brands.brands(set(brands.values())) if brands else {}
        return {
            product: known[brand].names if brand in known else brand
            for product, brand in brands.items()
        }

    def _packs_in(self, holders: Collection[str]) -> dict[str, list[str]]:
        """The packs that lie in each of these cartons and pallets, however deep, as it stands now."""
        numbers = self.lineage.numbers(holders) if holders else {}
        found: dict[str, list[str]] = {}
        for holder, number in numbers.items():
            level, seen = {number}, {number}
            while level:
                put = self.lineage.of_others(level, [int(Way.PUT)])
                out = self.lineage.of_things({one.thing for one in put}, [int(Way.TAKEN)])
                out += self.lineage.of_things(level, [int(Way.EMPTIED)])
                ends: dict[tuple[int, int | None], int] = {}
                for one in out:
                    pair = (0, one.thing) if one.way == Way.EMPTIED else (one.thing, one.other)
                    ends[pair] = max(ends.get(pair, -1), one.index)
                level = {
                    one.thing
                    for one in put
                    if one.index > ends.get((one.thing, one.other), -1)
                    and one.index > ends.get((0, one.other), -1)
                } - seen
                seen |= level
            names = self.lineage.names(seen - {number}).values()
            found[holder] = [one for one in names if pack_named(one) is not None]
        return found

    def _check_brand(self, master: Mapping[str, Any]) -> None:
        """Refused where a product gets its first brand while codes of it are out that no ledger counts:
        their packs would be the brand's as well."""
        product = identify(str(master.get("id"))).uri
        if not isinstance(master.get("suyuan:indication"), str) or self.brands_of([product]):
            return
        out = sums(self.store.issues(product=product, authorisations=[""])).used
        if out:
            raise Refused(
                "{count} codes of this product were issued under no brand, and would be counted on no "
                "ledger. Sell under the brand a product with a number (GTIN) of its own, or void these "
                "codes first",
                path="/suyuan:indication", count=out,
            )  # fmt: skip

    def _check_plots(self, step: Step) -> None:
        """Refused where a right is granted for a plot outside the brand's area."""
        inside = self._inside(step.terms) if step.state == "granted" else {}
        if outside := [plot for plot, lies in inside.items() if lies is False]:
            raise Refused(
                "{plot} lies outside the brand's area; it cannot be granted with this plot",
                path="/suyuan:authorisation/plots", plot=outside[0],
            )  # fmt: skip

    def _check_issue(self, owner: str, event: Mapping[str, Any], more: dict[str, int]) -> None:
        lines = [one for one in code_acts_of(event) if one.of is None]
        if not lines:
            raise Malformed(
                "an event that names an authorisation issues codes", path="/suyuan:authorisation"
            )
        (line,) = lines
        product = product_of(line.lot) if line.lot else None
        accounts = self._accounts(owner, product, moment_of(event).day) if product else []
        if not accounts:
            if line.authorisation:
                raise Refused(
                    "codes of this product are issued under no brand",
                    path="/suyuan:authorisation/id",
                )
            return
        count = line.last + 1
        account = next((a for a in accounts if a.authorisation.id == line.authorisation), None)
        if account is None:
            best = self._chosen(accounts, line.lot, count)
            raise Refused(
                "codes of this product are issued under {id}: name it in suyuan:authorisation",
                path="/suyuan:authorisation", id=best.authorisation.id,
            )  # fmt: skip
        before = more.get(line.authorisation, 0)
        account = replace(account, sums=account.sums._replace(issued=account.sums.issued + before))
        self.require(account, count, str(event.get("suyuan:reason") or ""))
        more[line.authorisation] = before + count

    def _check_act(
        self, owner: str, event: Mapping[str, Any], issues: dict[int, Issue],
        used: Mapping[int, Collection[int]],
    ) -> None:  # fmt: skip
        act, of, parts = parse_acts(event["suyuan:codes"], "/suyuan:codes")
        record = self.log.by_leaf_hash([of]).get(of)
        if record is None:
            raise NotFound("no record has this leaf hash", path="/suyuan:codes/of")
        issue = issues.get(record) or self.issue(record)
        if issue.owner != owner:
            raise Forbidden(
                "these codes are another organisation's; only who issued them says what becomes of them",
                path="/suyuan:codes/of",
            )
        try:
            self._may(issue, act, parts, used.get(record, ()))
        except Refused as problem:
            problem.path = "/suyuan:codes/ranges"
            raise
        issues[record] = issue.after(act, parts)


def _on_both(one: Authorisation, day: date, today: date) -> Standing:
    """How a right stands on the day of a packing and today: granted, or what is in the way."""
    standing = one.standing(today)
    return one.standing(day) if standing == "granted" else standing


def kilograms_of(volume: Mapping[str, Any] | None) -> Decimal | None:
    """``{"value": 9000, "uom": "KGM"}`` in kg; None where it is not stated, or no mass."""
    number = decimal_of(volume.get("value")) if volume else None
    return (
        None
        if volume is None or number is None
        else kilograms(Amount(number, str(volume.get("uom"))))
    )


NO_GRANT: Mapping[str, Said] = {
    "applied": Said("your application for {brand} is not granted yet; no codes are issued before"),
    "suspended": Said(
        "the right to {brand} is suspended; no codes until its owner grants it again"
    ),
    "withdrawn": Said("the right to {brand} was withdrawn; no codes are issued under it"),
    "early": Said("the right to {brand} begins later; no codes are issued before its first day"),
    "expired": Said("the right to {brand} has expired; apply for a new one"),
}


__all__ = ["Account", "Codes", "NeedsReason", "kilograms_of"]
