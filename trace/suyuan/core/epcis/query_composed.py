"""Parameters of a SimpleEventQuery named after a kind, a unit or a field of an extension."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from suyuan.core.epcis import words
from suyuan.core.epcis.query_comparing import COMPARISONS, Criteria, number, texts, truth
from suyuan.core.epcis.reading_events import CBV, QUANTITY_LISTS, EventReader, full_name, scalar
from suyuan.core.epcis.units import in_base_unit
from suyuan.core.errors import Malformed


def take_composed(criteria: Criteria, name: str, value: Any) -> None:
    """Add what this parameter asks for; Malformed where it is none."""
    test, _, rest = name.partition("_")
    for pattern, reading in _COMPOSED:
        found = pattern.fullmatch(rest)
        if found is not None and reading(criteria, test, found, value):
            return
    raise Malformed(
        "{name} is no parameter of a SimpleEventQuery; there are for example {example}",
        name=name[:200],
        example="EQ_bizStep, MATCH_anyEPC, GE_eventTime, EQ_example:field",
    )


def _typed(criteria: Criteria, test: str, found: re.Match[str], value: Any) -> bool:
    """EQ_bizTransaction_po, EQ_source_owning_party, EQ_destination_…"""
    member, kind = found.groups()
    if test != "EQ":
        return False
    transaction = member == "bizTransaction"
    vocabulary = CBV + ("BTT-" if transaction else "SDT-")
    known = words.TRANSACTION_TYPES if transaction else words.SOURCE_TYPES
    wanted_kind = criteria.words([kind], vocabulary, known, "po" if transaction else "owning_party")
    wanted = criteria.uris(value, _EXAMPLES[member])

    def values(reader: EventReader) -> Iterator[str]:
        for item in reader.quantities(f"{member}List"):
            if reader.word(item.get("type", ""), vocabulary) in wanted_kind:
                yield reader.uri(item.get(member))

    criteria.any_of(values, wanted.__contains__)
    return True


def _measured(criteria: Criteria, test: str, found: re.Match[str], value: Any) -> bool:
    """GE_value_CEL, EQ_quantity_KGM: in that unit or another of the same dimension."""
    member, unit = found.groups()
    if test not in COMPARISONS and test != "EQ":
        return False
    if _UNIT.fullmatch(unit) is None:
        raise Malformed(
            "{unit} is no UN/CEFACT unit code; write for example {example}",
            unit=unit[:100],
            example=f"{test}_{member}_{'KGM' if member == 'quantity' else 'CEL'}",
        )
    limits = [in_base_unit(limit, unit)[0] for limit in criteria.numbers(value)]
    compare = COMPARISONS["=" if test == "EQ" else test]
    base = in_base_unit(Decimal(0), unit)[1]

    def values(reader: EventReader) -> Iterator[Decimal]:
        holders = (
            reader.quantities(*QUANTITY_LISTS) if member == "quantity" else reader.sensor_reports()
        )
        for holder in holders:
            found_number, uom = number(holder.get(member)), holder.get("uom")
            if found_number is not None and isinstance(uom, str):
                amount, same = in_base_unit(found_number, uom)
                if same == base:
                    yield amount

    criteria.any_of(values, lambda amount: any(compare(amount, limit) for limit in limits))
    return True


def _extension(criteria: Criteria, test: str, found: re.Match[str], value: Any) -> bool:
    """EQ_example:field, GT_ILMD_example:field, EXISTS_INNER_SENSORREPORT_example:field …"""
    inner, part, name = found.groups()
    full = criteria.full_names(name)
    holders = _HOLDERS[part]

    def values(reader: EventReader) -> Iterator[Any]:
        read = reader.inner if inner else reader.named
        for holder in holders(reader):
            yield from read(holder, full)

    if test == "EXISTS":
        if truth(value, empty=True):
            criteria.any_of(values, lambda _: True)
    elif test == "HASATTR" and not (inner or part):
        wanted = [criteria.attribute_name(text) for text in texts(value)]
        criteria.predicates.append(
            lambda reader: any(
                name in wanted for item in values(reader) for name in _attributes(reader, item)
            )
        )
    elif test == "EQ" or test in COMPARISONS:
        matches = criteria.compare(test, value)
        criteria.predicates.append(
            lambda reader: any(matches(_plain(reader, item)) for item in values(reader))
        )
    else:
        return False
    return True


def _attribute(criteria: Criteria, test: str, found: re.Match[str], value: Any) -> bool:
    """EQATTR_example:field_attribute."""
    name, attribute = found.groups()
    if test not in ("EQATTR", "EQ_ATTR"):
        return False
    full, wanted_name = criteria.full_names(name), criteria.attribute_name(attribute)
    matches = criteria.compare("EQ", value)
    criteria.predicates.append(
        lambda reader: any(
            matches(_plain(reader, held))
            for item in reader.named(reader.event, full)
            for key, held in _attributes(reader, item).items()
            if key == wanted_name
        )
    )
    return True


def _attributes(reader: EventReader, item: Any) -> dict[str, Any]:
    """Of an element with attributes, which JSON has as an object with a ``#text``."""
    if not isinstance(item, dict):
        return {}
    return {
        full_name(reader.names, plain) if ":" in (plain := key.removeprefix("@")) else plain: value
        for key, value in item.items()
        if key != "#text" and not isinstance(value, (dict, list))
    }


def _plain(reader: EventReader, item: Any) -> Any:
    value = scalar(item)
    return reader.uri(value) if isinstance(value, (str, bool)) else value


_UNIT = re.compile("[A-Z0-9]{2,4}")
_EXAMPLES = {
    "bizTransaction": "urn:epcglobal:cbv:bt:9521234000013:PO-4711",
    "source": "https://id.gs1.org/417/9521234000013",
    "destination": "https://id.gs1.org/417/9521234000013",
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

_COMPOSED: tuple[tuple[re.Pattern[str], Callable[[Criteria, str, re.Match[str], Any], bool]], ...]
_COMPOSED = (
    (re.compile(r"(bizTransaction|source|destination)_(\S+)"), _typed),
    (
        re.compile(r"(quantity|value|minValue|maxValue|meanValue|sDev|percValue)_([^\s:]+)"),
        _measured,
    ),
    (
        re.compile(
            r"(INNER_)?(?:(ILMD|ERROR_DECLARATION|SENSORELEMENT|SENSORMETADATA|SENSORREPORT"
            r"|readPoint|bizLocation)_)?([^\s:]+:\S+)"
        ),
        lambda criteria, test, found, value: (
            test != "EQATTR" and _extension(criteria, test, found, value)
        ),
    ),
    (re.compile(r"(?:ATTR_)?(\S+:\S+)_([^_\s]+)"), _attribute),
)
