"""Rule 9: release gate 产地准出.

No release with an interval that is open, a ban, a required test that failed or is missing, a hold or a
recall, more mass than went in, animals that nobody accounts for, or without a certificate where one is
due (农产品质量安全承诺达标合格证管理办法, MARA Order 2025 No. 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from suyuan.core.farm.deed import Deed
from suyuan.core.lineage.act import state_of
from suyuan.core.lineage.flows import STATES, Way, flows_of
from suyuan.core.rules.bans import bans
from suyuan.core.rules.case import Behind, Case, stated_day
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.rules.heads import head_counts
from suyuan.core.rules.intervals import intervals, later
from suyuan.core.rules.mass import masses
from suyuan.core.rules.residues import items_of, residues
from suyuan.core.rules.tables import Row, plain
from suyuan.core.rules.template import Template
from suyuan.core.rules.withdrawal import drugs, due_days, withdrawals
from suyuan.core.story_steps import COMPLIANCE
from suyuan.core.story_values import Names, Said, Weekday, names_of, text_of

RULE = 9
GATES = ("interval", "ban", "test", "certificate")
"""All that a template can ask for; one that names none asks for all. A hold, a recall, masses and
heads are asked after whatever a template says."""


def release(case: Case, lot: str) -> Iterator[Finding]:
    """What stands against releasing a lot today."""
    past = case.behind(lot)
    mine = case.of(past.deeds)
    templates = [
        template for season, template in sorted(case.templates.items()) if season in past.names
    ]
    gates = {gate for template in templates for gate in template.gates or GATES} or set(GATES)
    if not past.deeds:
        yield finding(
            RULE, "unknown", "unknown", Said("no record says where this lot comes from"), lot
        )
        return
    yield from stops(case, lot, past)
    yield from _masses(case, lot, past)
    yield from _heads(case, lot, past)
    if not templates:
        text = Said("no template says what is required of this lot")
        yield finding(RULE, "template", "unknown", text, lot, past.deeds)
    if "interval" in gates:
        # What was picked too early from the same season is not in a lot that was picked in time.
        own = [deed for deed in past.deeds if _is_behind(deed, past, lot)]
        picked = case.of(own)
        yield from _carried(lot, "interval", [*intervals(picked), *withdrawals(picked)])
        yield from _open(mine, lot, past)
    if "ban" in gates:
        yield from _carried(lot, "ban", [one for one in bans(mine) if one.code == "ban"])
    if "test" in gates:
        yield from _tests(mine, lot, past, templates)
    if "certificate" in gates:
        for one in mine.lots_in(lot):
            # A pack's or carton's: that of each lot in it.
            behind = mine.behind(one).names
            under = [case.templates[season] for season in sorted(behind & case.templates.keys())]
            yield replace(_certificate(mine, one, past, under), of=lot)


def _is_behind(deed: Deed, past: Behind, subject: str) -> bool:
    """Whether a deed is no harvest of something else."""
    if deed.kind != "harvest" or deed.season == subject or not deed.outputs:
        return True
    return any(item.id in past.names for item in deed.outputs)


def _carried(lot: str, code: str, found: list[Finding]) -> Iterator[Finding]:
    """What blocks a lot's past blocks the lot; what is not stated of it is not stated of the lot."""
    for verdict in ("block", "unknown"):
        bad = [one for one in found if one.verdict == verdict]
        for one in bad:
            yield replace(one, rule=RULE, code=code, of=lot)
    if found and all(one.verdict in ("pass", "warn") for one in found):
        text = (
            Said("every interval before it is over")
            if code == "interval"
            else Said("nothing that is known here to be banned was used")
        )
        yield Finding(
            RULE, code, "pass", text, lot,
            records=tuple(sorted({index for one in found for index in one.records})),
            refs=tuple(sorted({name for one in found for name in one.refs})),
            drafts=any(one.drafts for one in found),
        )  # fmt: skip


def stops(case: Case, lot: str, past: Behind) -> Iterator[Finding]:
    """Whatever is recalled or on hold: the lot, what it was made from, and the inputs of its seasons."""
    named = past.names | {item.id for deed in past.deeds for item in deed.inputs}
    acts: dict[str, list[tuple[Deed, Way]]] = {}
    for deed in case.deeds:
        if deed.kind in ("holding", "recall"):
            for line in flows_of(deed.event).lines:
                if line.way in STATES and line.thing in named:
                    acts.setdefault(line.thing, []).append((deed, line.way))
    free = True
    for thing, done in sorted(acts.items()):
        state = state_of([(way, _place(deed), deed.organisation) for deed, way in done])
        if state is None:
            continue
        free = False
        begun = Way.RECALLED if state == "recalled" else Way.HELD
        deeds = [deed for deed, way in done if way == begun][-1:]
        why = names_of(deeds[-1].stated.get("reason")) or Names("未说明", "no reason is said")
        text = (
            Said("{thing} is recalled: {reason}", thing=called(case, thing), reason=why)
            if state == "recalled"
            else Said("{thing} is on hold: {reason}", thing=called(case, thing), reason=why)
        )
        yield finding(RULE, "hold", "block", text, lot, deeds, state=state, thing=thing)
    if free:
        text = Said("nothing of it is recalled or on hold, as far as is known here")
        yield finding(RULE, "hold", "pass", text, lot)


def _place(deed: Deed) -> int:
    """In the log; what is not filed comes last."""
    return 1 << 62 if deed.index is None else deed.index


def called(case: Case, thing: str) -> Names:
    """A thing by its product's name, a lot with its number."""
    names, number = case.called(thing), unquote(thing.rstrip("/").rsplit("/", 1)[-1])
    if names.zh == number or names.zh == thing.rstrip("/").rsplit("/", 1)[-1]:
        return Names(number, number)
    return Names(f"{names.zh} {number}", f"{names.en} {number}")


def _masses(case: Case, lot: str, past: Behind) -> Iterator[Finding]:
    """Rule 7 of every step behind it, and of what was taken out of each lot behind it."""
    found = [one for one in masses(case) if one.of in past.names]
    for one in found:
        if one.verdict == "block":
            yield replace(one, rule=RULE, code="balance", of=lot)
    records = tuple(sorted({index for one in found for index in one.records}))
    dark = [one for one in found if one.verdict == "unknown" and "put" not in one.facts]
    if dark:
        text = Said("of {n} steps behind it the masses are not said", n=len(dark))
        records = tuple(sorted({index for one in dark for index in one.records}))
        yield Finding(RULE, "balance", "unknown", text, lot, records=records)
    elif found and all(one.verdict != "block" for one in found):
        text = Said("no step behind it gave more than went into it")
        yield Finding(RULE, "balance", "pass", text, lot, records=records)


def _heads(case: Case, lot: str, past: Behind) -> Iterator[Finding]:
    """Rule 8 of the groups of animals behind it; nothing where there are none."""
    found = [one for one in head_counts(case) if one.of in past.names and not one.drafts]
    for one in found:
        if one.verdict == "block":
            yield replace(one, rule=RULE, code="heads", of=lot)
    if found and all(one.verdict != "block" for one in found):
        text = Said("heads are accounted for, and each movement has a quarantine certificate")
        records = tuple(sorted({index for one in found for index in one.records}))
        yield Finding(RULE, "heads", "pass", text, lot, records=records)


def _open(case: Case, lot: str, past: Behind) -> Iterator[Finding]:
    """Living animals: treated, and not yet beyond the withdrawal period today."""
    for season in sorted(past.names & case.seasons.keys()):
        template = case.templates.get(season)
        if template is None or template.kind != "animal" or template.product is None:
            continue
        if season != lot and not any(item.id == lot for d in past.deeds for item in d.outputs):
            continue
        if any(deed.kind in ("processing", "harvest") for deed in case.seasons[season]):
            continue
        for deed in case.seasons[season]:
            for drug in drugs(case, deed):
                due, basis = due_days(case, deed, drug, template.product)
                if due is not None and case.today < later(deed.day, due):
                    yield finding(
                        RULE, "interval", "block",
                        Said("{product}: withdrawal ends {day}", product=case.called(drug),
                             day=Weekday(later(deed.day, due))),
                        lot, [deed], basis=basis, earliest=later(deed.day, due),
                    )  # fmt: skip


def _tests(case: Case, lot: str, past: Behind, templates: list[Template]) -> Iterator[Finding]:
    """Required items on the lot or on what it was made from; a failure counts until it is repeated."""
    current = _current(case, past)
    failed = [one for one in residues(case) if one.code == "limit" and one.verdict == "block"]
    still = {deed.index for tests in current.values() for deed, _ in tests}
    for one in failed:
        if not one.records or still.intersection(one.records):
            yield replace(one, rule=RULE, code="test", of=lot)
    for template in templates:
        for names, basis in template.tests:
            tests = next((current[n] for n in map(plain, names) if n in current), ())
            # Of those that stand beside each other the worse one.
            tested = next((one for one in tests if one[1] == "fail"), tests[-1] if tests else None)
            if tested is None:
                text = Said("required test is missing: {item}", item=names)
                yield finding(RULE, "test", "block", text, lot, basis=basis)
            elif tested[1] == "pass":
                text = Said("tested and passed: {item}", item=names)
                yield finding(RULE, "test", "pass", text, lot, [tested[0]], basis=basis)
            elif tested[1] is None:
                text = Said("the test of {item} does not say whether it passed", item=names)
                yield finding(RULE, "test", "unknown", text, lot, [tested[0]], basis=basis)


def _current(case: Case, past: Behind) -> dict[str, list[tuple[Deed, str | None]]]:
    """Of each item the tests that none has taken the place of since, in the order of their days.

    A later one takes it on the same thing, or on what was made of that. Who made the lot does not take
    back by its own word what somebody else found.
    """
    makers = {deed.organisation for deed in past.deeds if deed.outputs}
    found: dict[str, list[tuple[Deed, str | None]]] = {}
    behind: dict[str, frozenset[str]] = {}
    for deed in past.deeds:
        if deed.kind != "test":
            continue
        for item in deed.about:
            if item.id not in behind:
                behind[item.id] = case.behind(item.id).names
        of = frozenset[str]().union(*(behind[item.id] for item in deed.about))
        for name, result in items_of(deed):
            found[name] = [
                one for one in found.get(name, ())
                if any(item.id not in of for item in one[0].about)
                or (deed.organisation in makers and one[0].organisation not in makers)
            ] + [(deed, result)]  # fmt: skip
    return found


def certificate_row(case: Case, templates: list[Template]) -> Row | None:
    """The row by which a certificate is due for any of these today; None where none is."""
    for row in case.tables.on("certificates", case.today):
        scope = set(row.texts("scope"))
        if any(scope.intersection(template.called) for template in templates):
            return row
    return None


def _certificate(case: Case, lot: str, past: Behind, templates: list[Template]) -> Finding:
    held = [deed for deed in past.deeds if deed.kind == "certificate" and _is_for(deed, lot)]
    voids = set(_voids(held))
    valid = [deed for deed in held if _valid(case, deed, voids)]
    row = certificate_row(case, templates)
    if valid:
        text = Said("certificate {number}", number=_number(valid[-1]))
        return finding(RULE, "certificate", "pass", text, lot, valid[-1:],
                       basis=row.basis if row is not None else None)  # fmt: skip
    if row is not None:
        text = (
            Said("the certificate is void or out of date; a new one is due before release")
            if held
            else Said("no certificate (承诺达标合格证) has been issued for this lot; one is due")
        )
        return finding(RULE, "certificate", "block", text, lot, held, basis=row.basis)
    if not templates:
        text = Said("whether a certificate is due cannot be told: the crop is not stated")
        return finding(RULE, "certificate", "unknown", text, lot, held)
    text = Said("no certificate is due: the crop is not in the list that is known here")
    return finding(RULE, "certificate", "pass", text, lot, held)


def _is_for(deed: Deed, lot: str) -> bool:
    """Mixing and repacking need a new one, so only the lot's own counts; a certificate of green food or
    of origin, or of a kind that is not said, is another paper."""
    given = deed.stated.get("certificate")
    if not isinstance(given, dict) or given.get("type") != COMPLIANCE:
        return False
    return any(item.id == lot for item in deed.about)


def _valid(case: Case, deed: Deed, voids: set[tuple[str, str]]) -> bool:
    until = stated_day(deed, "certificate", "until")
    void = deed.event_id is not None and (deed.event_id, deed.organisation) in voids
    return not void and not _status(deed) and (until is None or case.today <= until)


def _status(deed: Deed) -> bool:
    """Whether it says of a certificate that it is void."""
    given = deed.stated.get("certificate")
    return isinstance(given, dict) and given.get("status") == "void"


def _voids(deeds: Iterable[Deed]) -> Iterator[tuple[str, str]]:
    """(eventID, organisation) of the certificates that these deeds take back: who issued one, alone."""
    for deed in deeds:
        given = deed.stated.get("certificate")
        of = given.get("of") if isinstance(given, dict) and _status(deed) else None
        if isinstance(of, str):
            yield of, deed.organisation


def _number(deed: Deed) -> str:
    given = deed.stated.get("certificate")
    number = text_of(given.get("number")) if isinstance(given, dict) else None
    return number or ""


__all__ = ["GATES", "RULE", "called", "certificate_row", "release", "stops"]
