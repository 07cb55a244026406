"""Judge: what the rules say before a record is filed, of a season or lot as it stands, and at release.

The deeds needed are gathered along the log's objects (flow.walks).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Blocked, Many, NotFound, Refused
from suyuan.core.farm.deed import Amount, Deed
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.read import read_deed
from suyuan.core.farm.write import values_of
from suyuan.core.identifiers import object_id, product_of
from suyuan.core.rules import judge as rules
from suyuan.core.rules.balance import balance_of
from suyuan.core.rules.case import APPLIED, Case, Masters, zone_of
from suyuan.core.rules.cold_chain import ENDS, cold_chains, readings
from suyuan.core.rules.finding import Finding, in_order, ref
from suyuan.core.rules.left import STOPPING, leaves
from suyuan.core.rules.moves import lines_of, with_drafts
from suyuan.core.rules.origin import indication_of
from suyuan.core.rules.override import Overriding, meant, override_event, with_overrides
from suyuan.core.rules.template import Template
from suyuan.core.touches import is_lot, master_id
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.rests import Rests
from suyuan.flow.rulebook import RuleBook
from suyuan.flow.walks import Aside, Walks, but
from suyuan.ports.outside import Clock
from suyuan.ports.watch import StockQuery, StockStore

NAMESPACE = uuid.UUID("b7c5b8a4-2f2e-5a6c-9d55-5e6f0a4d9c31")
"""Of eventIDs of overrides, which follow from what they override (RFC 9562 §5.5)."""
MOST_USES = 200
"""Records of an input that are read before a use of it is saved; of more the store gives the sums."""
MOST_LEFT = 500
"""Records by which something of one lot left since it was stopped, that its gate tells."""
BALANCE = 5
"""The rule that speaks of all uses of an input, whoever's season they were in."""


@dataclass(slots=True)
class Judge:
    """The verb. Reading needs no key; an override is recorded with the caller's."""

    book: RuleBook
    capture: Capture
    clock: Clock
    base: str
    stocks: StockStore
    walks: Walks
    acts: Callable[[Collection[str]], Collection[int]] = lambda _: ()
    """Records by which these things were held, recalled or let go again."""
    granted: Callable[[str], Sequence[Mapping[str, Any]]] | None = None
    """The times for which a brand was granted by records (flow/brands.py), as rule 10 reads them."""

    def before(
        self, viewer: Viewer, drafts: Sequence[Deed], overrides: Sequence[Deed] = ()
    ) -> tuple[Finding, ...]:
        """What filing these deeds brings about, the worst first; blocks carry the override among
        ``overrides`` or in the log that covers them. ``Finding.open`` must be true of none."""
        return self._before(viewer, drafts, self._near(viewer, drafts), overrides)

    def _near(self, viewer: Viewer, drafts: Sequence[Deed], rests: Rests | None = None) -> Case:
        """The drafts among all that decides on them."""
        names = {name for deed in drafts for name in _near(deed)}
        if rests is not None:
            rests.names.update(name for deed in drafts for name in _inputs(deed))
        past = but(drafts, self.walks.before_saving(viewer, frozenset(names), drafts, rests))
        if any(leaves(deed) for deed in drafts):
            past = self._stopped(viewer, past)
        return self._case(viewer, [*past, *drafts], rests)

    def _before(
        self, viewer: Viewer, drafts: Sequence[Deed], case: Case, overrides: Sequence[Deed] = ()
    ) -> tuple[Finding, ...]:
        found = [
            *rules.before_saving(case, rules.RULES.keys() - {BALANCE}),
            *self._balances(viewer, drafts),
            *_releases(case, drafts),
        ]
        return with_overrides(in_order(found), [*case.given, *overrides])

    def before_events(
        self, viewer: Viewer, organisation: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[Finding, ...]:
        """The same of events that were validated and not filed; overrides among them count."""
        deeds = [read_deed(event, organisation) for event in events]
        return self.before(
            viewer,
            [deed for deed in deeds if deed.kind != "override"],
            [deed for deed in deeds if deed.kind == "override"],
        )

    def require(
        self, viewer: Viewer, drafts: Sequence[Deed], overrides: Sequence[Deed] = ()
    ) -> tuple[Finding, ...]:
        """The findings; Blocked where one blocks that nobody has overridden."""
        found = self.before(viewer, drafts, overrides)
        if blocks := tuple(one for one in found if one.open):
            raise Blocked(findings=blocks)
        return found

    def gate(
        self,
        caller: Caller,
        incoming: Sequence[Incoming],
        overrides: Sequence[Overriding] = (),
        rests: Rests | None = None,
        said: list[Finding] | None = None,
    ) -> list[Incoming]:
        """The overrides to record together with these events, which were validated. ``rests`` is told
        what the answer rests on, also where it is an error; ``said`` all that the rules say.

        Blocked where a rule blocks that none of ``overrides`` names; Refused for one that nothing
        needs. The same events again give the same overrides: they are dated as the last of these.
        """
        made, every = self.weigh(caller, incoming, overrides, rests)
        if said is not None:
            said += every
        return made

    def weigh(
        self,
        caller: Caller,
        incoming: Sequence[Incoming],
        overrides: Sequence[Overriding] = (),
        rests: Rests | None = None,
        new: Mapping[str, Any] | None = None,
    ) -> tuple[list[Incoming], tuple[Finding, ...]]:
        """What ``gate`` answers, and all that the rules say of these events.

        ``new``: master data of an input that is not recorded yet, and goes in together with them.
        """
        deeds = [read_deed(one.event, caller.organisation) for one in incoming]
        last = max(deeds, key=lambda deed: deed.time)
        case = self._near(caller.viewer, deeds, rests)
        if new is not None:
            case = replace(case, masters={**case.masters, canonical(new["id"]): new})
        if problems := list(_lacking(case, deeds, incoming)):
            raise Many(problems)
        needed: dict[Overriding, None] = {}
        made: list[Incoming] = []
        blocks: list[Finding] = []
        every = self._before(caller.viewer, deeds, case)
        for found in every:
            named = next((one for one in overrides if meant(one, found)), None)
            if found.open and named is None:
                blocks.append(found)
            elif found.open and named is not None:
                needed[named] = None
                made.append(Incoming(self._event(found, named, last), named.where))
        if blocks:
            raise Blocked(findings=blocks)
        for one in overrides:
            if one not in needed:
                raise Refused(
                    "nothing of the rule {rule} blocks this", path=one.where, rule=one.rule[:80]
                )
        return made, every

    def _event(self, found: Finding, named: Overriding, last: Deed) -> dict[str, Any]:
        name = "\n".join((found.name, found.of, *found.refs))
        try:
            return override_event(
                found, person=named.person, reason=named.reason, base=self.base,
                event_id=f"urn:uuid:{uuid.uuid5(NAMESPACE, name)}", when=last.time, zone=zone_of(last),
            )  # fmt: skip
        except Refused as problem:
            raise problem.at(named.where) from None

    def standing(
        self,
        viewer: Viewer,
        subject: str,
        only: Collection[int] = (),
        rests: Rests | None = None,
    ) -> tuple[Finding, ...]:
        """What the rules say of a season, lot, pack or other single thing as recorded."""
        name = _named(subject)
        # Of other things than a lot the rules ask nothing of the other packs of their lots.
        aside = Aside()
        deeds = self._past(viewer, name, rests, aside=None if is_lot(name) else aside)
        asked = [rule for rule in rules.RULES if not only or rule in only]
        case = self._case(viewer, deeds, rests, used=self.walks.used(aside))
        return with_overrides(rules.judge(case, asked), deeds)

    def release(self, viewer: Viewer, lot: str) -> tuple[Finding, ...]:
        """What stands for and against releasing a lot today (rule 9)."""
        name = _named(lot)
        case, deeds = self._at_the_gate(viewer, name)
        return with_overrides(rules.before_release(case, name), deeds)

    def leaving(
        self, viewer: Viewer, thing: str, drafts: Mapping[str, Sequence[Deed]]
    ) -> tuple[Finding, ...]:
        """What the release gate says of a thing when these deeds are filed (``by_names``), overrides
        among them; nothing of one that nothing is known of."""
        aside = Aside()
        deeds = self.walks.everything(viewer, {thing}, drafts=drafts, aside=aside)
        if not deeds:
            return ()
        deeds = self._stopped(viewer, deeds)
        deeds += self._of_animals(viewer, deeds, aside)
        case = self._case(viewer, deeds, used=self.walks.used(aside))
        found = with_overrides(rules.before_leaving(case, thing), deeds)
        # Who answers for a pack or a carton answers for the lots in it.
        whole = with_overrides([replace(one, of=thing) for one in found], deeds)
        return tuple(
            replace(one, override=other.override) if one.open else one
            for one, other in zip(found, whole, strict=True)
        )

    def singled(self, names: Collection[str]) -> set[str]:
        """Those of these things that somebody held by themselves, or answered for."""
        if not self.acts(names) and not self.walks.of_kinds(names, _SINGLE):
            return set()
        return {one for one in names if self.acts([one]) or self.walks.of_kinds([one], _SINGLE)}

    def gates(
        self, viewer: Viewer, lot: str
    ) -> tuple[Case, tuple[Finding, ...], tuple[Finding, ...]]:
        """All that is known of a lot, what its release answers, and what a market asks (rule 9)."""
        name = _named(lot)
        case, deeds = self._at_the_gate(viewer, name)
        return (
            case,
            with_overrides(rules.before_release(case, name), deeds),
            with_overrides(rules.before_market(case, name), deeds),
        )

    def past(self, viewer: Viewer, lot: str) -> Case:
        """All that is recorded of a lot and of what it was made from, with what the rules need of it."""
        aside = Aside()
        deeds = self._past(viewer, _named(lot), aside=aside)
        return self._case(viewer, deeds, used=self.walks.used(aside))

    def _at_the_gate(self, viewer: Viewer, name: str) -> tuple[Case, list[Deed]]:
        """What decides on a lot at a gate. Of what went out of a lot of which very much did, what left
        since something was first stopped: the newest of it."""
        aside = Aside()
        deeds = self._stopped(viewer, self._past(viewer, name, aside=aside))
        deeds += self._of_animals(viewer, deeds, aside)
        stops = [one.index for one in deeds if one.kind in STOPPING and one.index is not None]
        if stops:
            known = {one.index: one for one in deeds if one.index is not None}
            since = sorted(one for one in aside.going.get(name, ()) if one > min(stops))
            left = self.walks.read(viewer, since[-MOST_LEFT:], known)
            deeds += self.walks.declared(viewer, left)
        return self._case(viewer, deeds, used=self.walks.used(aside)), deeds

    def _of_animals(self, viewer: Viewer, deeds: Sequence[Deed], aside: Aside) -> list[Deed]:
        """What went out of lots of animals: each movement has to name its certificate."""
        if not any(one.kind in _ANIMALS for one in deeds):
            return []
        known = {one.index: one for one in deeds if one.index is not None}
        indices = {index for found in aside.going.values() for index in found}
        aside.going.clear()
        return self.walks.declared(viewer, self.walks.read(viewer, indices, known))

    def _stopped(self, viewer: Viewer, deeds: list[Deed]) -> list[Deed]:
        """The deeds, and those by which an input of theirs was held, recalled or let go again."""
        inputs = {name for deed in deeds for item in deed.inputs if (name := object_id(item.id))}
        known = {deed.index: deed for deed in deeds if deed.index is not None}
        return [
            *deeds,
            *self.walks.declared(viewer, self.walks.read(viewer, self.acts(inputs), known)),
        ]

    def override(
        self, caller: Caller, found: Finding, *, person: str, reason: str, event_id: str
    ) -> int:
        """Record that a named person overrides a finding; the index of the record."""
        caller.require("recorder", "administrator")
        event = override_event(
            found, person=person, reason=reason, base=self.base, event_id=event_id,
            when=self.clock.now(), zone="+08:00",
        )  # fmt: skip
        return self.capture.events(caller, [Incoming(event)])[0]

    def blocking(self, viewer: Viewer, subject: str, rule: str) -> Finding:
        """The open block of a rule (``9/interval``) about a lot or season; NotFound if there is none."""
        number = rule.partition("/")[0]
        found = self.release(viewer, subject) if number == "9" else self.standing(viewer, subject)
        for one in found:
            if one.name == rule and one.open:
                return one
        raise NotFound("nothing of the rule {rule} blocks {subject}", rule=rule, subject=subject)

    def cold_chains(self, viewer: Viewer, indices: Collection[int]) -> tuple[Finding, ...]:
        """What rule 12 says of all that these records measured, things and places; the worst first.
        Where a thing was sent, sold or destroyed its sensor need not be heard any more."""
        found = self.walks.read(viewer, indices, {})
        measured = [deed for deed in found.values() if any(readings(deed))]
        names = {name for deed in measured for item in deed.about if (name := object_id(item.id))}
        ends = self.walks.of_kinds(names, ENDS)
        found.update(self.walks.read(viewer, ends, found))
        deeds = {
            index: deed for index, deed in found.items() if index in ends or any(readings(deed))
        }
        return in_order(cold_chains(self._case(viewer, self.walks.declared(viewer, deeds))))

    # -- gathering -------------------------------------------------------------------------------

    def _past(
        self, viewer: Viewer, name: str, rests: Rests | None = None, *, aside: Aside | None = None
    ) -> list[Deed]:
        """All that is recorded of a thing and of what it was made from; NotFound if there is nothing."""
        found = self.walks.everything(viewer, {name}, rests, aside=aside)
        if not found:
            raise NotFound("nothing is recorded of {subject}", subject=name)
        return found

    def _balances(self, viewer: Viewer, drafts: Sequence[Deed]) -> list[Finding]:
        """Rule 5 of the inputs that these deeds move: all their purchases and uses, if not too many."""
        moved = {name: deed for deed in drafts for name in _inputs(deed)}
        touching = self.walks.touching(moved) if moved else set()
        if len(touching) > MOST_USES:
            return [*self._summed(viewer, drafts, moved)]
        known = but(drafts, self.walks.declared(viewer, self.walks.read(viewer, touching, {})))
        case = self._case(viewer, [*known, *drafts]) if moved else Case(())
        return list(rules.before_saving(case, [BALANCE]))

    def _summed(
        self, viewer: Viewer, drafts: Sequence[Deed], moved: Mapping[str, Deed]
    ) -> Iterator[Finding]:
        """The same by the sums of the store: the findings name these deeds and none of those before."""
        organisations = tuple(sorted({deed.organisation for deed in drafts}))
        totals = self.stocks.totals(StockQuery(organisations, items=frozenset(moved)))
        case = self._case(viewer, drafts)
        for name, line in lines_of(with_drafts(totals, drafts)):
            if line.item in moved and line.holder == name:
                line.deeds.extend(d for d in drafts if line.item in {*_inputs(d)})
                yield from balance_of(case, line)

    def _case(
        self,
        viewer: Viewer,
        deeds: Sequence[Deed],
        rests: Rests | None = None,
        *,
        used: Mapping[str, tuple[Amount | None, ...]] = MappingProxyType({}),
    ) -> Case:
        masters = self._masters(viewer, deeds, rests)
        return Case(
            tuple(deeds),
            self.book.tables(),
            MappingProxyType(dict(self._templates(deeds, masters))),
            masters,
            self.clock.now(),
            MappingProxyType(dict(self.walks.lots_of(_packs(deeds)))),
            used,
        )

    def _templates(
        self, deeds: Sequence[Deed], masters: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[tuple[str, Template]]:
        """Of each season the template it was made under: its master data names one, else its records
        do, the earliest first."""
        seasons: dict[str, list[Any]] = {}
        for deed in sorted(deeds, key=lambda one: one.time):
            if deed.season is not None:
                named = seasons.setdefault(deed.season, [])
                named.append(deed.stated.get("template"))
        known: dict[str, Template | None] = {}
        for season, named in seasons.items():
            for one in (masters.get(season, {}).get("suyuan:template"), *named):
                key = repr(one)
                if key not in known:
                    known[key] = self._template(one)
                template = known[key]
                if template is not None:
                    yield season, template
                    break

    def _template(self, named: Any) -> Template | None:
        """``{"id": …, "digest": "sha-256:…"}`` or an id alone, which means the newest."""
        if isinstance(named, str):
            return self.book.template(named)
        if not isinstance(named, Mapping) or not isinstance(named.get("id"), str):
            return None
        digest = named.get("digest")
        return self.book.template(named["id"], digest if isinstance(digest, str) else None)

    def _masters(
        self, viewer: Viewer, deeds: Sequence[Deed], rests: Rests | None = None
    ) -> Mapping[str, Mapping[str, Any]]:
        """Newest master data of all that the deeds name, and of the brands and plots that these name."""
        names = {name for deed in deeds for name in _named_in(deed)}
        found = self.masters(viewer, names)
        case = Case((), masters=found)
        more = {brand for name in found if (brand := indication_of(case, name)) is not None}
        for master in list(found.values()):
            plots = master.get("suyuan:plots")
            more.update(one for one in plots or () if isinstance(one, str))
        if rests is not None:
            rests.names.update(map(master_id, names | more))
        whole = {**found, **self.masters(viewer, more)} if more else dict(found)
        granted = self.granted
        for name in more:
            if granted is None or whole.get(name, {}).get("type") != "Brand":
                continue
            if recorded := granted(name):
                told = whole[name].get("suyuan:authorisations")
                stated = told if isinstance(told, list) else []
                whole[name] = {**whole[name], "suyuan:authorisations": [*stated, *recorded]}
        return whole

    def masters(self, viewer: Viewer, names: Collection[str]) -> Masters:
        """Newest master data of these ids, by id, as far as the viewer may see it."""
        return self.walks.masters(viewer, names)


def _named(subject: str) -> str:
    name = object_id(subject)
    if name is None:
        raise NotFound("{subject} is no lot, pack or other single thing", subject=subject[:200])
    return name


_SINGLE = frozenset({"override"})
_ANIMALS = frozenset({"stocking", "head_count"})
_MOVING = frozenset({"purchase", "sale_of_input", "returning"})
_USING = APPLIED | {"sowing"}


def _near(deed: Deed) -> Iterator[str]:
    """Things whose records decide on a deed: its season, what it makes, what it is made from."""
    items = () if deed.kind in _MOVING else (*deed.outputs, *deed.about)
    items += () if deed.kind in _USING else deed.inputs
    for name in (deed.season, *(item.id for item in items)):
        if name is not None and (known := object_id(name)) is not None:
            yield known


def _inside(deed: Deed) -> Iterator[str]:
    """Things whose hold a deed is about, or that it takes in."""
    for item in (*deed.inputs, *deed.about):
        if (known := object_id(item.id)) is not None:
            yield known


def by_names(drafts: Iterable[Deed]) -> Mapping[str, Sequence[Deed]]:
    """Deeds by the names of all that they decide on, or that decides on them."""
    found: dict[str, list[Deed]] = {}
    for deed in drafts:
        for name in {*_near(deed), *_inside(deed)}:
            found.setdefault(name, []).append(deed)
    return found


def _inputs(deed: Deed) -> Iterator[str]:
    """Inputs that a deed buys, sells or uses."""
    items = deed.about if deed.kind in _MOVING else deed.inputs if deed.kind in _USING else ()
    yield from (name for item in items if (name := object_id(item.id)) is not None)


def _releases(case: Case, drafts: Iterable[Deed]) -> Iterator[Finding]:
    """Rule 9 of every lot that is about to be sent off or sold."""
    for deed in drafts:
        for item in deed.about if leaves(deed) else ():
            # What somebody has answered for at the gate itself does not stand in the way again.
            for found in with_overrides(rules.before_release(case, item.id), case.given):
                refs = tuple(sorted({*found.refs, ref(deed)}))
                yield replace(found, drafts=True, refs=refs)


def _lacking(case: Case, deeds: Sequence[Deed], incoming: Sequence[Incoming]) -> Iterator[Refused]:
    """Fields that the template of the season does not let stay empty."""
    for deed, one in zip(deeds, incoming, strict=True):
        template, form = case.template(deed), FORMS.get(deed.form or "")
        asked = template.fields.get(form.name, ()) if template and form else ()
        if form is None or not asked:
            continue
        given = values_of(form, one.event)
        for field in form.fields:
            if field.unless is not None and given.get(field.unless[0]) == field.unless[1]:
                continue
            if field.name in asked and field.name not in given:
                yield Refused("the template asks for it", path=f"{one.where}/{field.name}")


def _packs(deeds: Iterable[Deed]) -> set[str]:
    """The packs that these deeds name."""
    return {
        item.id
        for deed in deeds
        for item in (*deed.inputs, *deed.outputs, *deed.about)
        if "/21/" in item.id
    }


def _named_in(deed: Deed) -> Iterator[str]:
    """Ids whose master data the rules may ask for."""
    for item in (*deed.inputs, *deed.outputs, *deed.about):
        if product := product_of(item.id):
            yield product
        if "/21/" not in item.id:
            yield canonical(item.id)
    yield from (name for name in (deed.season, deed.place, deed.organisation) if name is not None)
    yield from deed.plots


__all__ = ["Judge", "by_names"]
