"""Values of an event by the names that queries have for them (EPCIS 2.0 §8.2.7.1).

What two parties may write in two ways comes out in one: identifiers as canonical Digital Links,
words of the CBV as URIs, names of extensions with their namespace, times in UTC. The event hash has
rules of its own, and asks nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.epcis.known import canonical
from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.values import hash_value, hash_word
from suyuan.core.errors import Malformed
from suyuan.core.timestamps import to_utc_millis

CBV = "https://ref.gs1.org/cbv/"
VOC = "https://ref.gs1.org/voc/"

QUANTITY_LISTS = (
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputQuantityList",
)
_TEXT = "#text"
_OLD_VOC = re.compile(r"\Ahttps?://(?:www\.)?gs1\.org/voc/")


def same_uri(text: str) -> str:
    """What is one thing in one form: a canonical Digital Link with its percent-encoding normalised, a
    term of the GS1 Web Vocabulary under its address of today."""
    if "%" in text and text.startswith(CANONICAL_HOST):
        return canonical(text)
    return _OLD_VOC.sub(VOC, text) if "gs1.org/voc/" in text else text


def full_name(names: Namespaces, name: str) -> str:
    """``{namespace}local`` of a member, written with a prefix or in full.

    EPCIS puts a ``#`` between the namespace and the name (§8.2.7.1), JSON-LD nothing; both are one.
    """
    key = names.key(name)
    if key != name:
        namespace, _, local = key[1:].partition("}")
    else:
        cut = name.rfind("#") if "#" in name else max(name.rfind("/"), name.rfind(":"))
        namespace, local = name[: cut + 1], name[cut + 1 :]
    return f"{{{same_uri(namespace).removesuffix('#')}}}{local}"


class EventReader:
    """One event, as a query looks at it. Values of the wrong shape are passed over."""

    def __init__(self, event: Mapping[str, Any], record_time: str = "") -> None:
        self.event = event
        self.record_time = record_time
        self.names = Namespaces(event.get("@context"))

    def uri(self, value: Any) -> str:
        """Canonical text of an identifier or another scalar; "" for what is none."""
        try:
            return same_uri(hash_value(value, self.names))
        except Malformed:
            return ""

    def word(self, value: Any, vocabulary: str) -> str:
        """A word of a vocabulary as its URI."""
        try:
            return same_uri(hash_word(value, self.names, vocabulary))
        except Malformed:
            return ""

    def items(self, *names: str) -> Iterator[Any]:
        """Items of these lists of the event."""
        for name in names:
            found = self.event.get(name)
            if isinstance(found, list):
                yield from found

    def quantities(self, *names: str) -> Iterator[Mapping[str, Any]]:
        """Quantity elements of these lists."""
        return (item for item in self.items(*names) if isinstance(item, dict))

    def part(self, name: str) -> Mapping[str, Any]:
        """An object of the event, empty where there is none."""
        found = self.event.get(name)
        return found if isinstance(found, dict) else {}

    def sensor_elements(self) -> Iterator[Mapping[str, Any]]:
        """Sensor elements."""
        return self.quantities("sensorElementList")

    def sensor_metadata(self) -> Iterator[Mapping[str, Any]]:
        """What is said of whole sensor elements."""
        for element in self.sensor_elements():
            if isinstance(found := element.get("sensorMetadata"), dict):
                yield found

    def sensor_reports(self) -> Iterator[Mapping[str, Any]]:
        """Single readings."""
        for element in self.sensor_elements():
            found = element.get("sensorReport")
            for report in found if isinstance(found, list) else []:
                if isinstance(report, dict):
                    yield report

    def named(self, holder: Mapping[str, Any], wanted: Collection[str]) -> Iterator[Any]:
        """Values of an object's members with one of these full names (``{namespace}local``)."""
        for key, value in holder.items():
            if ":" in key and full_name(self.names, key) in wanted:
                yield from value if isinstance(value, list) else [value]

    def inner(self, holder: Mapping[str, Any], wanted: Collection[str]) -> Iterator[Any]:
        """The same of everything that stands within the object's extensions, at any depth."""
        waiting = [value for key, value in holder.items() if ":" in key]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                yield from self.named(value, wanted)
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value


def scalar(value: Any) -> Any:
    """The value of an element that carries attributes is its text."""
    return value.get(_TEXT) if isinstance(value, dict) else value


def time_of(value: Any) -> str | None:
    """A time in UTC, None for what is no time."""
    if not isinstance(value, str):
        return None
    try:
        return to_utc_millis(value)
    except Malformed:
        return None
