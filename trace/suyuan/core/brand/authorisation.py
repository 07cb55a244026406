"""The right to sell under a brand: applied for, granted, suspended, withdrawn (decision 0023).

Each step is an event on the authorisation's own URI, signed by who may take it:

    {"bizStep": "…/voc/authorising", "epcList": ["<authorisation>"],
     "suyuan:authorisation": {"state": "granted", "brand": URI, "organisation": URI, "product": URI,
       "area": {"value": 120, "unit": "亩"}, "plots": [URI, …], "volume": {"value": 9000, "uom": "KGM"},
       "from": "2026-03-01", "to": "2027-02-28", "template": {"id": URI, "digest": "sha-256:…"}},
     "suyuan:reason": "…", "suyuan:person": {"name": "…"}}

Whole in each of them: what is in force is read off the newest one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from suyuan.core.errors import Conflict, Forbidden, Malformed
from suyuan.core.farm.write import CONTEXT
from suyuan.core.identifiers import is_uri
from suyuan.core.rules.case import HERE
from suyuan.core.story_steps import step_of
from suyuan.core.story_values import Said, day_of, local_day, number_of

State = Literal["applied", "granted", "suspended", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
STEP = "authorising"
_NEXT: Mapping[State | None, tuple[State, ...]] = {
    None: ("applied",),
    "applied": ("granted", "withdrawn"),
    "granted": ("granted", "suspended", "withdrawn"),
    "suspended": ("granted", "withdrawn"),
    "withdrawn": (),
}
LABELS: Mapping[State, Said] = {
    "applied": Said("applied for"),
    "granted": Said("granted"),
    "suspended": Said("suspended"),
    "withdrawn": Said("withdrawn"),
}
_MEMBERS = {
    "state",
    "brand",
    "organisation",
    "product",
    "area",
    "plots",
    "volume",
    "from",
    "to",
    "template",
}
MOST_PLOTS = 1_000
MOST_AMOUNT = 1e12
"""Of any unit of area or mass."""
_EXAMPLES = {
    "brand": '"https://coop.example/brand/lin-an"',
    "organisation": '"https://coop.example/org/coop"',
    "product": '"https://id.gs1.org/01/09521234000068"',
    "area": '{"value": 120, "unit": "亩"}',
    "plots": '["https://coop.example/plot/1"]',
    "volume": '{"value": 9000, "uom": "KGM"}',
    "from": '"2026-03-01"',
    "to": '"2027-02-28"',
    "template": '{"id": "https://coop.example/template/tea"}',
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is authorised: for whom, for what, how much, when."""

    brand: str
    organisation: str
    product: str
    since: date
    until: date
    area: Mapping[str, Any] | None = field(default=None, hash=False)
    """``{"value", "unit"}``; None: not stated, or that of the plots."""
    plots: tuple[str, ...] = ()
    volume: Mapping[str, Any] | None = field(default=None, hash=False)
    """``{"value", "uom"}`` of finished product; None: not stated."""
    template: Mapping[str, Any] | None = field(default=None, hash=False)
    """The crop template whose yield ceiling and ratios hold; None: not stated."""

    def as_json(self, state: State) -> dict[str, Any]:
        """The member ``suyuan:authorisation``."""
        whole: dict[str, Any] = {
            "state": state,
            "brand": self.brand,
            "organisation": self.organisation,
            "product": self.product,
            "area": dict(self.area) if self.area else None,
            "plots": list(self.plots) or None,
            "volume": dict(self.volume) if self.volume else None,
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "template": dict(self.template) if self.template else None,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def on(self, day: date) -> bool:
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Step:
    """One record of it."""

    index: int
    state: State
    terms: Terms
    by: str
    """Organisation whose key signed."""
    time: str
    """recordTime, UTC."""
    reason: str
    person: str = ""
    """As far as the viewer sees it."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """All of its records, the first one first."""

    id: str
    steps: tuple[Step, ...]

    @property
    def state(self) -> State:
        return self.steps[-1].state

    @property
    def terms(self) -> Terms:
        return self.steps[-1].terms

    @property
    def applied(self) -> Step:
        return self.steps[0]

    def standing(self, day: date) -> Standing:
        """How it stands on a day, by what is recorded now."""
        if self.state != "granted":
            return self.state
        if day < self.terms.since:
            return "early"
        return "granted" if day <= self.terms.until else "expired"

    def spans(self) -> Iterator[tuple[date, date, Terms]]:
        """(first day, last day, terms) of the times for which it was granted, by the days of the
        records here: what was issued before a suspension stays issued under a grant."""
        for place, one in enumerate(self.steps):
            if one.state != "granted":
                continue
            begun = one.terms.since
            if place and any(s.state == "suspended" for s in self.steps[:place]):
                begun = max(begun, local_day(one.time, HERE))
            last = one.terms.until
            for later in self.steps[place + 1 :]:
                last = min(last, local_day(later.time, HERE))
                break
            if begun <= last:
                yield begun, last, one.terms


Standing = Literal["applied", "granted", "suspended", "withdrawn", "early", "expired"]
"""early: granted, and its first day is still to come."""


def parse_authorisation(value: Any, path: str = "/suyuan:authorisation") -> tuple[State, Terms]:
    """The closed member of an authorising event; Malformed at what is wrong."""
    if not isinstance(value, Mapping) or set(value) - _MEMBERS:
        raise Malformed(
            "this is not as it should be; right is for example {example}",
            path=path, example='{"state": "applied", "brand": "https://coop.example/brand/lin-an"}',
        )  # fmt: skip
    state = value.get("state")
    if state not in STATES:
        raise Malformed("one of: {choices}", path=f"{path}/state", choices=", ".join(STATES))

    def wrong(name: str) -> Malformed:
        return Malformed(
            "this is not as it should be; right is for example {example}",
            path=f"{path}/{name}", example=_EXAMPLES[name],
        )  # fmt: skip

    for name in ("brand", "organisation", "product"):
        if not isinstance(value.get(name), str) or not is_uri(value[name]):
            raise wrong(name)
    since, until = day_of(value.get("from")), day_of(value.get("to"))
    if since is None:
        raise wrong("from")
    if until is None or until < since:
        raise wrong("to")
    for name, unit in (("area", "unit"), ("volume", "uom")):
        given = value.get(name)
        if given is None:
            continue
        amount = number_of(given.get("value")) if isinstance(given, Mapping) else None
        # Not a number is neither above zero nor below anything.
        if amount is None or not 0 < amount < MOST_AMOUNT or not isinstance(given.get(unit), str):
            raise wrong(name)
    plots = value.get("plots", [])
    if not isinstance(plots, list) or len(plots) > MOST_PLOTS:
        raise wrong("plots")
    if not all(isinstance(plot, str) and is_uri(plot) for plot in plots):
        raise wrong("plots")
    template = value.get("template")
    if template is not None and not (
        isinstance(template, Mapping) and isinstance(template.get("id"), str)
    ):
        raise wrong("template")
    terms = Terms(
        value["brand"], value["organisation"], value["product"], since, until, value.get("area"),
        tuple(plots), value.get("volume"), template,
    )  # fmt: skip
    return state, terms


def is_authorising(event: Mapping[str, Any]) -> bool:
    """Whether an event is a step of an authorisation."""
    return step_of(event) == STEP and "errorDeclaration" not in event


def check_step(
    known: Sequence[Step], state: State, terms: Terms, *, signer: str, owner: str
) -> None:
    """Raise unless ``signer`` may take this step now; ``owner`` is the brand's.

    Forbidden for the wrong organisation; Conflict where the state does not lead there, or the step
    speaks of another brand, product or applicant.
    """
    before = known[-1] if known else None
    allowed = _NEXT[before.state if before else None]
    if state not in allowed:
        if before is None:
            raise Conflict("there is no application yet", path="/state")
        raise Conflict(
            "{before} cannot become {state}",
            path="/state",
            before=LABELS[before.state],
            state=LABELS[state],
        )
    if state == "applied" and signer != terms.organisation:
        raise Forbidden("an organisation applies for itself", path="/organisation")
    taken_back = before is not None and before.state == "applied" and state == "withdrawn"
    own = signer == owner or (taken_back and signer == terms.organisation)
    if state != "applied" and not own:
        raise Forbidden(
            "{owner} owns this brand: it grants, suspends and withdraws", path="/state", owner=owner
        )
    if before is not None:
        was = before.terms
        if (was.brand, was.organisation, was.product) != (
            terms.brand,
            terms.organisation,
            terms.product,
        ):
            raise Conflict(
                "an authorisation stays one of its brand, product and applicant; apply anew",
                path="/brand",
            )


def step_event(
    authorisation: str,
    state: State,
    terms: Terms,
    *,
    owner: str,
    time: str,
    base: str,
    event_id: str,
    reason: str = "",
    person: str = "",
) -> dict[str, Any]:
    """The event of a step. ``owner``: the brand's, and it may record on what was applied for."""
    event: dict[str, Any] = {
        "@context": [CONTEXT, {"suyuan": f"{base}voc/"}],
        "type": "ObjectEvent",
        "eventID": event_id,
        "eventTime": time,
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": f"{base}voc/{STEP}",
        "epcList": [authorisation],
        "suyuan:authorisation": terms.as_json(state),
    }
    if state == "applied":
        event["destinationList"] = [{"type": "owning_party", "destination": owner}]
    if reason:
        event["suyuan:reason"] = reason
    if person:
        event["suyuan:person"] = {"name": person}
    return event


__all__ = ["STATES", "STEP", "Authorisation", "Standing", "State", "Step", "Terms", "check_step",
           "is_authorising", "parse_authorisation", "step_event"]  # fmt: skip
