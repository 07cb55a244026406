"""SimpleEventQuery of EPCIS 2.0 (§8.2.7.1): its parameters read, and events matched against them.

The language is regular: a test (EQ, GT, …, EXISTS, HASATTR, EQATTR, MATCH, WD) and a field, for
extensions with the part of the event that holds them in between. Parameters come as the REST binding
has them: lists as JSON arrays, or as texts divided by ``|``. All parameters have to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.patterns import Pattern, parse_pattern
from suyuan.core.epcis.query_values import EPCS, FIXED, TIMES, Values, id_of
from suyuan.core.epcis.reading_events import CBV, QUANTITY_LISTS, EventReader, scalar, time_of
from suyuan.core.epcis.units import in_base_unit
from suyuan.core.epcis.values import hash_value, hash_word
from suyuan.core.errors import Malformed, Many, SuyuanError
from suyuan.core.identifiers import canonical, is_uri
from suyuan.core.timestamps import to_utc_millis

Test: TypeAlias = Callable[[Any], bool]
Predicate: TypeAlias = Callable[[EventReader], bool]

MOST_VALUES = 1000
"""Alternatives in one parameter."""

_NOT_CRITERIA = frozenset(
    {"orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken"}
)


@dataclass(frozen=True, slots=True)
class SimpleEventQuery:
    """What is asked for. ``matches`` decides; the rest helps a store to find candidates quickly."""

    predicates: tuple[Predicate, ...] = ()
    order_by: str | None = None
    """eventTime, recordTime, or the full name of an extension."""
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
        value = next((scalar(v) for v in reader.named(event, str(self.order_by))), None)
        if value is None:
            return False, ""
        number = _number(value)
        return True, (0, number, "") if number is not None else (1, Decimal(0), str(value))


def parse_query(
    parameters: Mapping[str, Any], context: Any = None, *, vocabulary: Descendants | None = None
) -> SimpleEventQuery:
    """Read the parameters of a SimpleEventQuery; Malformed (or Many) names each that is wrong.

    ``context`` resolves prefixes in names and values. ``vocabulary`` knows what lies within a place,
    for ``WD_…``; without one a place has nothing within.
    """
    reading = _Reading(Namespaces(context), vocabulary or (lambda _: ()))
    problems: list[SuyuanError] = []
    for name, value in parameters.items():
        try:
            reading.take(name, value)
        except Malformed as problem:
            problems.append(problem.at(f"/{name}"))
    if not problems:
        try:
            return reading.query()
        except Malformed as problem:
            problems.append(problem)
    raise problems[0] if len(problems) == 1 else Many(problems)


Descendants: TypeAlias = Callable[[str], Collection[str]]
"""Canonical ids of all that lies within a place, by master data."""


@dataclass
class _Reading:
    names: Namespaces
    descendants: Descendants
    predicates: list[Predicate] = field(default_factory=list)
    hints: dict[str, Any] = field(default_factory=dict)
    touching: list[frozenset[str]] = field(default_factory=list)
    control: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str, value: Any) -> None:
        if name in _NOT_CRITERIA:
            self.control[name] = value
        elif name == "eventType":
            self._event_type(_texts(value))
        elif name in TIMES:
            self._time(name, value)
        elif name in EPCS:
            self._match(name, value)
        elif name in FIXED:
            kind, values, test = FIXED[name]
            self._any(values, self._test(kind, test, value))
        elif name in ("EXISTS_errorDeclaration", "EXISTS_sensorElementList"):
            part = name.partition("_")[2]
            if _truth(value, empty=True):
                self.predicates.append(lambda reader: bool(reader.event.get(part)))
        elif name in ("WD_readPoint", "WD_bizLocation"):
            part = name.partition("_")[2]
            roots = self._uris(value)
            wanted = roots.union(*(self.descendants(root) for root in roots))
            self._any(id_of(part), wanted.__contains__)
        else:
            self._composed(name, value)

    def query(self) -> SimpleEventQuery:
        order_by = self.control.get("orderBy")
        direction = self.control.get("orderDirection", "DESC")
        if order_by is not None and order_by not in ("eventTime", "recordTime"):
            order_by = self._full(_text(order_by))
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

    def _any(self, values: Values, test: Test) -> None:
        self.predicates.append(lambda reader: any(map(test, values(reader))))

    def _event_type(self, types: list[str]) -> None:
        wanted = frozenset(self.names.key(kind) for kind in types)
        self.hints["event_types"] = frozenset(types)
        self.predicates.append(lambda reader: reader.names.key(str(reader.event["type"])) in wanted)

    def _time(self, name: str, value: Any) -> None:
        compare, member = name.split("_", 1)
        limit = to_utc_millis(_text(value))
        if member in ("eventTime", "recordTime"):
            hint = "event_time" if member == "eventTime" else "record_time"
            low, high = self.hints.get(hint, (None, None))
            self.hints[hint] = (limit, high) if compare == "GE" else (low, limit)
        self._any(
            TIMES[name],
            (lambda time: time >= limit) if compare == "GE" else (lambda time: time < limit),
        )

    def _match(self, name: str, value: Any) -> None:
        patterns: list[Pattern] = [parse_pattern(text) for text in _texts(value)]
        values = EPCS[name]
        exact = frozenset(p.exact for p in patterns if p.exact is not None)
        wide = [p for p in patterns if p.exact is None]
        if not wide:
            self.touching.append(exact)
        self._any(values, lambda uri: uri in exact or any(p.matches(uri) for p in wide))

    def _test(self, kind: str, test: str, value: Any) -> Test:
        if kind == "truth":
            wanted_truth = _truth(value)
            return lambda found: found is wanted_truth
        if kind == "number":
            return self._compare(test, value)
        if kind == "text":
            return frozenset(_texts(value)).__contains__
        if kind == "hex":
            return frozenset(text.upper() for text in _texts(value)).__contains__
        if kind == "uri":
            wanted = self._uris(value)
            if test == "EQ_eventID":
                self.hints["event_ids"] = wanted
            return wanted.__contains__
        words = frozenset(hash_word(text, self.names, kind) for text in _texts(value))
        if test == "EQ_bizStep":
            self.hints["biz_steps"] = words
        return words.__contains__

    def _uris(self, value: Any) -> frozenset[str]:
        return frozenset(canonical(hash_value(text, self.names)) for text in _texts(value))

    def _compare(self, test: str, value: Any) -> Test:
        """Numbers among themselves, times among themselves, all else as text."""
        if test == "EQ":
            wanted = value if isinstance(value, list) else _texts(value)
            tests = [self._compare("=", one) for one in wanted]
            return lambda found: any(one(found) for one in tests)
        compare = _COMPARISONS[test]
        number = _number(value)
        if number is not None:
            return lambda found: (n := _number(found)) is not None and compare(n, number)
        text = _text(value)
        time = time_of(text)
        if time is not None:
            return lambda found: (t := time_of(found)) is not None and compare(t, time)
        if test == "=":
            text = hash_value(text, self.names)
            return lambda found: found == text
        raise Malformed("this is a number or a time, for example 12.5 or 2026-09-17T08:30:00+08:00")

    def _composed(self, name: str, value: Any) -> None:
        test, _, rest = name.partition("_")
        for pattern, reading in _COMPOSED:
            found = pattern.fullmatch(rest)
            if found is not None and reading(self, test, found, value):
                return
        raise Malformed("{name} is no parameter of a SimpleEventQuery", name=name[:200])

    def _full(self, name: str) -> str:
        """``{namespace}local`` of an extension's name, written with a prefix or in full."""
        _, colon, local = name.partition(":")
        if not colon or not local:
            raise Malformed(
                "{name} is no field of an extension; write it as example:field", name=name[:200]
            )
        full = self.names.key(name)
        if full != name or not is_uri(name):
            return full
        cut = max(name.rfind("#"), name.rfind("/"), name.rfind(":")) + 1
        return f"{{{name[:cut]}}}{name[cut:]}"

    # What parameters with a variable part ask for.

    def typed(self, test: str, found: re.Match[str], value: Any) -> bool:
        """EQ_bizTransaction_po, EQ_source_owning_party, EQ_destination_…"""
        member, kind = found.groups()
        if test != "EQ":
            return False
        vocabulary = CBV + ("BTT-" if member == "bizTransaction" else "SDT-")
        wanted_kind = hash_word(kind, self.names, vocabulary)
        wanted = self._uris(value)

        def values(reader: EventReader) -> Iterator[str]:
            for item in reader.quantities(f"{member}List"):
                if reader.word(item.get("type", ""), vocabulary) == wanted_kind:
                    yield reader.uri(item.get(member))

        self._any(values, wanted.__contains__)
        return True

    def measured(self, test: str, found: re.Match[str], value: Any) -> bool:
        """GE_value_CEL, EQ_quantity_KGM: in that unit or another of the same dimension."""
        member, unit = found.groups()
        if test not in _COMPARISONS and test != "EQ":
            return False
        wanted = value if isinstance(value, list) else _texts(value)
        limits: list[Decimal] = []
        for one in wanted:
            number = _number(one)
            if number is None:
                raise Malformed("this is a number, for example 12.5")
            limits.append(in_base_unit(number, unit)[0])
        compare = _COMPARISONS["=" if test == "EQ" else test]
        base = in_base_unit(Decimal(0), unit)[1]

        def values(reader: EventReader) -> Iterator[Decimal]:
            holders = (
                reader.quantities(*QUANTITY_LISTS)
                if member == "quantity"
                else reader.sensor_reports()
            )
            for holder in holders:
                number, uom = _number(holder.get(member)), holder.get("uom")
                if number is not None and isinstance(uom, str):
                    amount, same = in_base_unit(number, uom)
                    if same == base:
                        yield amount

        self._any(values, lambda amount: any(compare(amount, limit) for limit in limits))
        return True

    def extension(self, test: str, found: re.Match[str], value: Any) -> bool:
        """EQ_example:field, GT_ILMD_example:field, EXISTS_INNER_SENSORREPORT_example:field …"""
        inner, part, name = found.groups()
        full = self._full(name)
        holders = _HOLDERS[part]

        def values(reader: EventReader) -> Iterator[Any]:
            read = reader.inner if inner else reader.named
            for holder in holders(reader):
                yield from read(holder, full)

        if test == "EXISTS":
            if _truth(value, empty=True):
                self._any(values, lambda _: True)
        elif test == "HASATTR" and not (inner or part):
            wanted = [self._attribute(text) for text in _texts(value)]
            self.predicates.append(
                lambda reader: any(
                    name in wanted for item in values(reader) for name in _attributes(reader, item)
                )
            )
        elif test == "EQ" or test in _COMPARISONS:
            matches = self._compare(test, value)
            self.predicates.append(
                lambda reader: any(matches(_plain(reader, item)) for item in values(reader))
            )
        else:
            return False
        return True

    def attribute(self, test: str, found: re.Match[str], value: Any) -> bool:
        """EQATTR_example:field_attribute."""
        name, attribute = found.groups()
        if test not in ("EQATTR", "EQ_ATTR"):
            return False
        full, wanted_name = self._full(name), self._attribute(attribute)
        matches = self._compare("EQ", value)
        self.predicates.append(
            lambda reader: any(
                matches(_plain(reader, held))
                for item in reader.named(reader.event, full)
                for key, held in _attributes(reader, item).items()
                if key == wanted_name
            )
        )
        return True

    def _attribute(self, name: str) -> str:
        return self.names.key(name) if ":" in name else name


def _attributes(reader: EventReader, item: Any) -> dict[str, Any]:
    """Of an element with attributes, which JSON has as an object with a ``#text``."""
    if not isinstance(item, dict):
        return {}
    return {
        reader.names.key(key.removeprefix("@")): value
        for key, value in item.items()
        if key != "#text" and not isinstance(value, (dict, list))
    }


def _plain(reader: EventReader, item: Any) -> Any:
    value = scalar(item)
    return reader.uri(value) if isinstance(value, str) else value


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda found, limit: bool(found == limit),
    "GT": lambda found, limit: bool(found > limit),
    "GE": lambda found, limit: bool(found >= limit),
    "LT": lambda found, limit: bool(found < limit),
    "LE": lambda found, limit: bool(found <= limit),
}

_HOLDERS: dict[str | None, Callable[[EventReader], Iterable[Mapping[str, Any]]]] = {
    None: lambda reader: (reader.event,),
    "ILMD": lambda reader: (reader.part("ilmd"),),
    "ERROR_DECLARATION": lambda reader: (reader.part("errorDeclaration"),),
    "readPoint": lambda reader: (reader.part("readPoint"),),
    "bizLocation": lambda reader: (reader.part("bizLocation"),),
    "SENSORELEMENT": EventReader.sensor_elements,
    "SENSORMETADATA": EventReader.sensor_metadata,
    "SENSORREPORT": EventReader.sensor_reports,
}
_COMPOSED: tuple[tuple[re.Pattern[str], Callable[[_Reading, str, re.Match[str], Any], bool]], ...]
_COMPOSED = (
    (re.compile(r"(bizTransaction|source|destination)_(\S+)"), _Reading.typed),
    (
        re.compile(
            r"(quantity|value|minValue|maxValue|meanValue|sDev|percValue)_([A-Z0-9]{2,4})", re.ASCII
        ),
        _Reading.measured,
    ),
    (
        re.compile(
            r"(INNER_)?(?:(ILMD|ERROR_DECLARATION|SENSORELEMENT|SENSORMETADATA|SENSORREPORT"
            r"|readPoint|bizLocation)_)?([^_\s:]+:\S+)"
        ),
        lambda reading, test, found, value: (
            test != "EQATTR" and reading.extension(test, found, value)
        ),
    ),
    (re.compile(r"(?:ATTR_)?(\S+:\S+)_([^_\s]+)"), _Reading.attribute),
)


def _texts(value: Any) -> list[str]:
    texts = value.split("|") if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return [str(value)]
        raise Malformed("this is a text, or a list of texts")
    if len(texts) > MOST_VALUES:
        raise Malformed("at most {most} alternatives in one parameter", most=MOST_VALUES)
    return texts


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Malformed("a text belongs here")
    return value


def _truth(value: Any, *, empty: bool = False) -> bool:
    """true, false, or the 1, 0 and "nothing" that EPCIS allows for EXISTS."""
    if value is None or value == "":
        if empty:
            return True
    elif value in (True, "true", "1"):
        return True
    elif value in (False, "false", "0"):
        return False
    raise Malformed("this is true or false")


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value) is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
)
