"""Hold, release, recall and drill: from a lot, an input, a plot or a time, everything that it reaches.

What is recorded is the act on the things it is about; everything made from them turns with it, because
pages and bundles hold what a thing was made from. A drill walks the same way and records nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from suyuan.core.content import decode_content
from suyuan.core.epcis.units import in_base_unit
from suyuan.core.errors import Forbidden, Many, Refused, SuyuanError
from suyuan.core.farm.units import dimension_of
from suyuan.core.identifiers import product_of
from suyuan.core.lineage.act import ACTS, Act, State, act_events, state_of
from suyuan.core.lineage.flows import HANDED, STATES, Way
from suyuan.core.lineage.reach import Recipient, Stock, stocks, with_packs
from suyuan.core.lineage.standing import Move, Standing, standing, told_once
from suyuan.core.story_values import Names, names_of, quantity_of
from suyuan.core.touches import holding, is_lot
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.brand_sight import watched
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.judge import Judge
from suyuan.flow.recall_scope import Scope, roots_of
from suyuan.flow.tracing import Sight, Tracing, Walk
from suyuan.ports.drills import Drill, DrillStore
from suyuan.ports.lineage import LineageStore
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock

_LONGEST, _LONGEST_NAME = 2_000, 200


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything that a scope reaches, as far as the viewer may see."""

    roots: tuple[str, ...]
    up: int
    """How many things these were made from."""
    down: int
    """How many were made from them, or hold them."""
    levels: int
    lots: int
    """Lots among all of these, the roots too."""
    packs: int
    """Serials that were issued of these lots."""
    recipients: tuple[Recipient, ...]
    stocks: tuple[Stock, ...]
    hidden: int
    """Records that the viewer may not see: holes."""
    walk: Walk


@dataclass(frozen=True, slots=True)
class Acted:
    """An act as it was recorded."""

    act: Act
    reason: Names | None
    advice: Names | None
    time: str


_ACTED: Mapping[Way, Act] = {
    Way.HELD: "hold",
    Way.RELEASED: "release",
    Way.RECALLED: "recall",
    Way.UNRECALLED: "lift",
}


@dataclass(slots=True)
class Recalling:
    """The verbs. Acts go through capture, as the caller's own records."""

    tracing: Tracing
    capture: Capture
    judge: Judge
    log: LogStore
    drills: DrillStore
    clock: Clock
    watch: Callable[[], float]
    """Seconds that only grow, to time drills by."""

    # -- what is reached ---------------------------------------------------------------------------

    def roots(self, viewer: Viewer, organisation: str, scope: Scope) -> list[str]:
        """The things that a scope is about (flow/recall_scope.py): of an authority's whole area, of
        anybody else's own records."""
        owners: Collection[str] = (organisation,)
        if viewer.role in ("regulator", "administrator"):
            owners = watched(viewer, self.tracing.accounts)
        return roots_of(self.tracing, self.log, owners, scope)

    def reach(self, viewer: Viewer, roots: Sequence[str]) -> Reach:
        """Up and down from these things: counted, and to whom everything went."""
        store = self.tracing.store
        sight = Sight(store, self.tracing.accounts, viewer)
        numbers = list(store.numbers(roots).values())
        up = self.tracing.walk(sight, numbers, "up")
        down = self.tracing.walk(sight, numbers, "down")
        moves = self.tracing.moves(sight, down)
        names = store.names({*down.levels, *up.levels})
        handed = [
            (thing, move)
            for thing, of_it in moves.items()
            for move in told_once(of_it)
            if move.way in HANDED
        ]
        facts = sight.facts(move.index for _, move in handed)
        came = {
            (thing, move.holder)
            for thing, of_it in moves.items()
            for move in of_it
            if move.way in (Way.GOT, Way.BACK)
        }
        recipients = sorted(
            (
                Recipient(
                    move.other, move.holder, names[thing], move.amount, move.unit,
                    move.way == Way.SOLD, (thing, move.other) in came, move.index,
                    facts[move.index].time,
                )
                for thing, move in handed
            ),
            key=lambda one: (one.party or "\uffff", one.thing, one.index),
        )  # fmt: skip
        lots = [name for name in names.values() if names_a_lot(name)]
        below = [names[one] for one in down.levels if names_a_lot(names[one])]
        packs = sum(store.packs(below).values())
        return Reach(
            tuple(roots),
            len(up.things),
            len(down.things),
            down.depth,
            len(lots),
            packs,
            tuple(recipients),
            tuple(stocks(self._with_packs(viewer, down, moves).values())),
            len(up.hidden | down.hidden),
            down,
        )

    def where(self, viewer: Viewer, name: str, down: Walk | None = None) -> Standing:
        """How much of one thing is where."""
        number = self.tracing.store.numbers([name])[name]
        sight = Sight(self.tracing.store, self.tracing.accounts, viewer)
        walk = down or self.tracing.walk(sight, [number], "down")
        own = {number, *(pack for pack, lot, _, _ in walk.packs if lot == number)}
        moves = self._with_packs(viewer, walk, self.tracing.moves(sight, walk, only=own))
        return standing(moves.get(number, ()))

    def _with_packs(
        self, viewer: Viewer, walk: Walk, moves: Mapping[int, Sequence[Move]]
    ) -> Mapping[int, Sequence[Move]]:
        """Moves of packs told of their lots; of packs that a step made of the lot, of themselves."""
        lots: dict[int, set[int]] = {}
        for pack, lot, _, _ in walk.packs:
            if pack in moves:
                lots.setdefault(pack, set()).add(lot)
        if not lots:
            return moves
        store = self.tracing.store
        made = store.of_things(lots, (Way.MADE,))
        used = store.of_joints({one.joint for one in made if one.joint is not None}, (Way.USED,))
        steps = {one.joint for one in used}
        stepped = {one.thing for one in made if one.joint in steps}
        packs = {pack: min(of) for pack, of in lots.items() if len(of) == 1 and pack not in stepped}
        names = store.names(set(packs.values()))
        nets = self.weights(viewer, names.values())
        return with_packs(
            moves, packs, {lot: nets[name] for lot, name in names.items() if name in nets}
        )

    def states(self, names: Iterable[str]) -> dict[str, State]:
        """What stands of these things themselves; not of what they were made from."""
        store = self.tracing.store
        numbers = store.numbers(list(names))
        found = self._states(numbers.values())
        return {name: found[number] for name, number in numbers.items() if number in found}

    def _states(self, numbers: Collection[int]) -> dict[int, State]:
        store = self.tracing.store
        lines = store.of_things(numbers, tuple(sorted(STATES)))
        facts = store.facts([line.index for line in lines])
        said: dict[int, list[tuple[int, int, str]]] = {}
        for line in lines:
            if line.index in facts:
                said.setdefault(line.thing, []).append(
                    (line.way, line.index, str(facts[line.index].owner))
                )
        return {thing: state for thing, of_it in said.items()
                if (state := state_of(of_it)) is not None}  # fmt: skip

    def above(self, walk: Walk) -> list[tuple[str, State]]:
        """What stands of things that a walk up has met: a lot made from them stands no better."""
        found = self._states(list(walk.things))
        names = self.tracing.store.names(found)
        return sorted((names[number], state) for number, state in found.items())

    def weights(self, viewer: Viewer, names: Iterable[str]) -> dict[str, Decimal]:
        """Kilograms of a piece of each thing, where its product's master data says so."""
        products = {name: product for name in names if (product := product_of(name)) is not None}
        masters = self.judge.masters(viewer, set(products.values())) if products else {}
        nets = {product: net for product, master in masters.items()
                if (net := net_of(master)) is not None}  # fmt: skip
        return {name: nets[product] for name, product in products.items() if product in nets}

    # -- acts --------------------------------------------------------------------------------------

    def act(
        self,
        caller: Caller,
        act: Act,
        roots: Sequence[str],
        *,
        person: str,
        reason: str,
        advice: str = "",
        typed_by: str | None = None,
    ) -> tuple[int, ...]:
        """Record it; the indices. Refused without a person and a reason, each at its field; Forbidden
        where the things are neither the caller's nor the caller a regulator."""
        problems: list[SuyuanError] = []
        if act not in ACTS:
            problems.append(Refused("one of: {choices}", path="/act", choices=", ".join(ACTS)))
        if not person.strip():
            problems.append(Refused("say who answers for it", path="/person"))
        if not reason.strip():
            problems.append(Refused("say why: it is shown to all", path="/reason"))
        for name, text, most in (
            ("person", person, _LONGEST_NAME),
            ("reason", reason, _LONGEST),
            ("advice", advice, _LONGEST),
        ):
            if len(text) > most:
                problems.append(Refused("at most {most} characters", path=f"/{name}", most=most))
        if not roots:
            problems.append(
                Refused("name a lot, an input, a plot or days to start from", path="/things")
            )
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        if act in ("release", "lift"):
            roots = self._standing(caller.organisation, act, roots)
        events = act_events(
            act, roots, time=self.clock.now(), reason=reason.strip(), advice=advice.strip(),
            person=person.strip(), base=self.judge.base, ids=_ids(),
        )  # fmt: skip
        incoming = []
        for event in events:
            if typed_by is not None:
                event["suyuan:recordedBy"] = typed_by
            incoming.append(Incoming(event))
        return self.capture.events(caller, incoming)

    def last(self, viewer: Viewer, name: str) -> Acted | None:
        """The newest act on a thing itself that the viewer may see; None where there is none."""
        store = self.tracing.store
        number = store.numbers([name]).get(name)
        lines = store.of_things([number], tuple(sorted(STATES))) if number is not None else []
        for line in sorted(lines, key=lambda one: -one.index):
            stored = self.log.records([line.index]).get(line.index)
            if stored is None or stored.content is None:
                continue
            event = decode_content(stored.content).value
            if not self.judge.walks.prover.visible(viewer, stored, event):
                continue
            reason, advice = (
                names_of(event.get("suyuan:reason")),
                names_of(event.get("suyuan:advice")),
            )
            return Acted(
                _ACTED[Way(line.way)],
                reason,
                advice,
                store.facts([line.index])[line.index].time,
            )
        return None

    def _standing(self, organisation: str, act: Act, roots: Sequence[str]) -> list[str]:
        """Those of which the organisation itself holds or recalls something; Refused where none."""
        store = self.tracing.store
        numbers = store.numbers(roots)
        own = store.numbers([organisation]).get(organisation)
        begin, end = (
            (Way.HELD, Way.RELEASED) if act == "release" else (Way.RECALLED, Way.UNRECALLED)
        )
        lines = store.of_things(numbers.values(), (begin, end))
        facts = store.facts([line.index for line in lines])
        last: dict[int, tuple[int, int]] = {}
        for line in lines:
            if line.index in facts and facts[line.index].owner == own:
                last[line.thing] = max(last.get(line.thing, (-1, 0)), (line.index, line.way))
        found = [name for name in roots if last.get(numbers.get(name, 0), (0, 0))[1] == begin]
        if not found:
            raise Refused(
                "you hold nothing back of this: who put it on hold or recalled it ends it",
                path="/things",
            )
        return found

    # -- drills ------------------------------------------------------------------------------------

    def drill(
        self, viewer: Viewer, organisation: str, scope: Scope, *, person: str,
        files: Callable[[Reach], Mapping[str, int]],
    ) -> tuple[Drill, Reach]:  # fmt: skip
        """Everything that a recall does but recording it: the walk, the list, the notice (``files``: the
        bytes of each), each timed; the report is kept, and says where it is an authority's.

        Forbidden where an authority starts from things that nobody of its area, or not the organisation
        that it names, ever recorded anything on.
        """
        if not person.strip():
            raise Refused("say who answers for it", path="/person")
        if len(person) > _LONGEST_NAME:
            raise Refused("at most {most} characters", path="/person", most=_LONGEST_NAME)
        began, at = self.watch(), self.clock.now()
        roots = self.roots(viewer, organisation, scope)
        if viewer.role == "regulator":
            self._require_area(viewer, scope)
        found = self.reach(viewer, roots)
        walked = self.watch()
        sizes = dict(files(found))
        done = self.watch()
        report = {
            "scope": scope.as_json(),
            "by": {"organisation": organisation, "role": viewer.role},
            "roots": list(roots[:100]),
            "found": {
                "roots": len(roots),
                "up": found.up,
                "down": found.down,
                "levels": found.levels,
                "lots": found.lots,
                "packs": found.packs,
                "handed": len(found.recipients),
                "parties": len({one.party for one in found.recipients if one.party}),
                "hidden": found.hidden,
                "unknown": sum(one.unknown for one in found.stocks),
            },
            "seconds": {
                "walk": round(walked - began, 3),
                "files": round(done - walked, 3),
                "all": round(done - began, 3),
            },
            "bytes": sizes,
        }
        drill = Drill(
            str(uuid.uuid4()), organisation, person.strip(), at,
            json.dumps(report, ensure_ascii=False),
        )  # fmt: skip
        self.drills.put(drill)
        return drill, found

    def _require_area(self, viewer: Viewer, scope: Scope) -> None:
        near = watched(viewer, self.tracing.accounts)
        owners = {scope.organisation} if scope.organisation else set(near)
        names = [self.tracing.subject(text)[0] for text in scope.things]
        held = {holding(name, owner): name for name in names if is_lot(name) for owner in owners}
        with self.log.sequencing() as seq:
            known = seq.extenders(names)
            # Who got part of a lot recorded on what it holds of it.
            left = {name for name in names if owners.isdisjoint(known.get(name, ()))}
            holders = seq.extenders([one for one, name in held.items() if name in left])
        left -= {held[one] for one in holders}
        problems: list[SuyuanError] = [
            Forbidden(
                "{lot} is of nobody in your area" if not scope.organisation
                else "this organisation recorded nothing on {lot}",
                path=f"/things/{number}", lot=name,
            )
            for number, name in enumerate(names)
            if name in left
        ]  # fmt: skip
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)


def names_a_lot(name: str) -> bool:
    """Whether a name is a lot's: of a GTIN, or of a product that was named without one."""
    return "/10/" in name or "/lot/" in name


def acts_on(store: LineageStore, names: Collection[str]) -> list[int]:
    """Records by which any of these things was held, recalled or let go again."""
    numbers = store.numbers(list(names)) if names else {}
    return [line.index for line in store.of_things(numbers.values(), tuple(sorted(STATES)))]


def _ids() -> Iterator[str]:
    """eventIDs."""
    while True:
        yield f"urn:uuid:{uuid.uuid4()}"


def net_of(master: Mapping[str, Any]) -> Decimal | None:
    """Kilograms of one pack, by its product's master data; None where it does not say."""
    net = quantity_of(master.get("suyuan:netWeight"))
    if net is None or net.amount <= 0 or dimension_of(net.unit) != "mass":
        return None
    return in_base_unit(Decimal(repr(net.amount)), net.unit)[0]


__all__ = ["Reach", "Recalling", "Scope", "acts_on"]
