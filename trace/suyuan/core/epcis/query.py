"""SimpleEventQuery of EPCIS 2.0 (§8.2.7.1): its parameters read, and events matched against them.

The language is regular: a test (EQ, GT, …, EXISTS, HASATTR, EQATTR, MATCH, WD) and a field, for
extensions with the part of the event that holds them in between. Parameters come as the REST binding
has them: lists as JSON arrays, or as texts divided by ``|``. All parameters have to hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from suyuan.core.epcis.fields import EVENT_TYPES
from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.patterns import Pattern, parse_pattern
from suyuan.core.epcis.query_comparing import Criteria, Predicate, Test, number, text, texts, truth
from suyuan.core.epcis.query_composed import take_composed
from suyuan.core.epcis.query_master import Nothing, Vocabulary, take_attribute
from suyuan.core.epcis.query_values import EPCS, FIXED, TIMES, URIS, WORDS, id_of
from suyuan.core.epcis.reading_events import EventReader, full_name, same_uri, scalar, time_of
from suyuan.core.errors import Malformed, Many, SuyuanError
from suyuan.core.identifiers import is_uri, object_id
from suyuan.core.strict_json import pointer_token
from suyuan.core.timestamps import to_utc_millis

_NOT_CRITERIA = frozenset({"orderBy", "orderDirection", "eventCountLimit", "maxEventCount"})
_HEX = re.compile("[0-9A-Fa-f]+")


@dataclass(frozen=True, slots=True)
class SimpleEventQuery:
    """What is asked for. ``matches`` decides; the rest helps a store to find candidates quickly."""

    predicates: tuple[Predicate, ...] = ()
    order_by: str | None = None
    """eventTime, recordTime, or the name of an extension."""
    order_names: frozenset[str] = frozenset()
    """That extension's full names."""
    ascending: bool = False
    count_limit: int | None = None
    """The first so many in that order are all that is wanted."""
    max_count: int | None = None
    """More than so many are an error (QueryTooLarge)."""
    touching: tuple[frozenset[str], ...] = ()
    """Canonical ids, of each set at least one is an object or a lot that the event touches."""
    biz_steps: frozenset[str] | None = None
    """Full URIs of which bizStep is one."""
    event_types: frozenset[str] | None = None
    event_time: tuple[str | None, str | None] = (None, None)
    """From (included) … to (left out), in UTC with milliseconds; recordTime likewise."""
    record_time: tuple[str | None, str | None] = (None, None)
    event_ids: frozenset[str] | None = None

    def matches(self, event: Mapping[str, Any], record_time: str = "") -> bool:
        """Whether this event, recorded at that time, is wanted."""
        reader = EventReader(event, record_time)
        return all(predicate(reader) for predicate in self.predicates)

    def key_of(self, event: Mapping[str, Any], record_time: str) -> tuple[bool, Any]:
        """By what results are sorted: (whether the event has the field at all, its value)."""
        if self.order_by in (None, "recordTime"):
            return True, record_time
        if self.order_by == "eventTime":
            return True, time_of(event.get("eventTime")) or ""
        reader = EventReader(event)
        value = next((scalar(v) for v in reader.named(event, self.order_names)), None)
        if value is None:
            return False, ""
        amount = number(value)
        return True, (0, amount, "") if amount is not None else (1, Decimal(0), str(value))


def parse_query(
    parameters: Mapping[str, Any], context: Any = None, *, vocabulary: Vocabulary | None = None
) -> SimpleEventQuery:
    """Read the parameters of a SimpleEventQuery; Malformed (or Many) names each that is wrong.

    ``context`` resolves prefixes in names and values. ``vocabulary`` is the master data that
    ``WD_…``, ``HASATTR_…`` and ``EQATTR_…`` ask; without one there is none.
    """
    reading = _Reading(Namespaces(context), vocabulary=vocabulary or Nothing())
    problems: list[SuyuanError] = []
    for name, value in parameters.items():
        try:
            reading.take(name, value)
        except Malformed as problem:
            problems.append(problem.at(f"/{pointer_token(name)}"))
    try:
        query = reading.query()
    except Malformed as problem:
        problems.append(problem)
    else:
        if not problems:
            return query
    raise problems[0] if len(problems) == 1 else Many(problems)


@dataclass
class _Reading(Criteria):
    vocabulary: Vocabulary = field(kw_only=True)
    hints: dict[str, Any] = field(default_factory=dict)
    control: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str, value: Any) -> None:
        if name in _NOT_CRITERIA:
            self.control[name] = value
        elif name == "eventType":
            self._event_type(texts(value))
        elif name in TIMES:
            self._time(name, value)
        elif name in EPCS:
            self._match(name, value)
        elif name in FIXED:
            kind, values, test = FIXED[name]
            self.any_of(values, self._test(name, kind, test, value))
        elif name in ("EXISTS_errorDeclaration", "EXISTS_sensorElementList"):
            part = name.partition("_")[2]
            if truth(value, empty=True):
                self.predicates.append(lambda reader: bool(reader.event.get(part)))
        elif name in ("WD_readPoint", "WD_bizLocation"):
            part = name.partition("_")[2]
            roots = self.uris(value, URIS[name])
            wanted = roots.union(*(self.vocabulary.within(root) for root in roots))
            self.any_of(id_of(part), wanted.__contains__)
        elif not take_attribute(self, self.vocabulary, name, value):
            take_composed(self, name, value)

    def query(self) -> SimpleEventQuery:
        order_by = self.control.get("orderBy")
        direction = self.control.get("orderDirection", "DESC")
        order_names: frozenset[str] = frozenset()
        if order_by is not None and order_by not in ("eventTime", "recordTime"):
            try:
                order_names = self.full_names(text(order_by))
            except Malformed as problem:
                raise problem.at("/orderBy") from None
        if direction not in ("ASC", "DESC"):
            raise Malformed("orderDirection is ASC or DESC", path="/orderDirection")
        first, most = (self._count(name) for name in ("eventCountLimit", "maxEventCount"))
        if first is not None and most is not None:
            raise Malformed(
                "eventCountLimit and maxEventCount exclude each other", path="/maxEventCount"
            )
        if first is not None and order_by is None:
            raise Malformed("eventCountLimit needs orderBy", path="/eventCountLimit")
        return SimpleEventQuery(
            tuple(self.predicates),
            order_by,
            order_names,
            direction == "ASC",
            first,
            most,
            tuple(self.touching),
            **self.hints,
        )

    def _count(self, name: str) -> int | None:
        value = self.control.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if value is not None and (type(value) is not int or value < 0):
            raise Malformed("this is a whole number, for example 100", path=f"/{name}")
        return value

    def _event_type(self, types: list[str]) -> None:
        for kind in types:
            if kind not in EVENT_TYPES and not is_uri(kind):
                raise Malformed(
                    "{value} is no type of event: those are {known}, and URIs of somebody's own",
                    value=kind[:200],
                    known=", ".join(EVENT_TYPES),
                )
        wanted = frozenset(_type(self.names, kind) for kind in types)
        if wanted.issubset(EVENT_TYPES):  # others may be written in several ways
            self.hints["event_types"] = wanted
        self.predicates.append(lambda reader: _type(reader.names, reader.event["type"]) in wanted)

    def _time(self, name: str, value: Any) -> None:
        compare, member = name.split("_", 1)
        limit = to_utc_millis(text(value))
        if member in ("eventTime", "recordTime"):
            hint = "event_time" if member == "eventTime" else "record_time"
            low, high = self.hints.get(hint, (None, None))
            self.hints[hint] = (limit, high) if compare == "GE" else (low, limit)
        self.any_of(
            TIMES[name],
            (lambda time: time >= limit) if compare == "GE" else (lambda time: time < limit),
        )

    def _match(self, name: str, value: Any) -> None:
        patterns: list[Pattern] = [parse_pattern(item) for item in texts(value)]
        values = EPCS[name]
        exact = frozenset(same_uri(p.exact) for p in patterns if p.exact is not None)
        wide = [p for p in patterns if p.exact is None]
        if not wide and all(object_id(uri) is not None for uri in exact):  # a class is no object
            self.touching.append(exact)
        self.any_of(values, lambda uri: uri in exact or any(p.matches(uri) for p in wide))

    def _test(self, name: str, kind: str, test: str, value: Any) -> Test:
        if kind == "truth":
            wanted_truth = truth(value)
            return lambda found: found is wanted_truth
        if kind == "number":
            self.numbers(value)
            return self.compare(test, value)
        if kind == "text":
            return frozenset(texts(value)).__contains__
        if kind == "action":
            actions = frozenset(texts(value))
            if not actions <= ACTIONS:
                raise Malformed("an action is ADD, OBSERVE or DELETE")
            return actions.__contains__
        if kind == "hex":
            if any(_HEX.fullmatch(item) is None for item in texts(value)):
                raise Malformed("this is a hexadecimal text, for example F0F0")
            return frozenset(item.upper() for item in texts(value)).__contains__
        if kind == "uri":
            wanted = self.uris(value, *URIS.get(name, "").split())
            if test == "EQ_eventID":
                self.hints["event_ids"] = wanted
            return wanted.__contains__
        found = self.words(value, *WORDS[name])
        if test == "EQ_bizStep":
            self.hints["biz_steps"] = found
        return found.__contains__


ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})
_STANDARD_TYPE = "{https://ref.gs1.org/epcis/}"


def _type(names: Namespaces, kind: Any) -> str:
    """The bare word of a type of the standard, the full name of any other."""
    full = full_name(names, str(kind))
    return full.removeprefix(_STANDARD_TYPE).removeprefix("{}")
