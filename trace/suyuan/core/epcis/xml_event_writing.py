"""One EPCIS event, from its JSON to its XML element (EPCIS 2.0 §9.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.values import plain_decimal
from suyuan.core.epcis.xml_names import (
    BUILT_IN,
    LISTS,
    NUMBERS,
    OBJECTS,
    ORDER,
    TEXTS,
    VOCABULARIES,
    WRAPPERS,
    XSI,
)
from suyuan.core.epcis.xml_parsing import Element
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import is_uri
from suyuan.core.strict_json import MAX_DEPTH, pointer_token

_TYPED = ("bizTransaction", "source", "destination")
_NOT_WRITTEN = frozenset({"@context", "type"})
_FALLBACK = {prefix: name for name, prefix in BUILT_IN.items() if prefix == "rdfs"}


class EventWriter:
    """Writes events of one ``@context``, and other things that may hold extensions."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces

    def event(
        self, parent: Element, event: Mapping[str, Any], declared: dict[str, str], path: str
    ) -> None:
        """Adds an event; ``declared``: prefixes that its element declares."""
        kind = event.get("type")
        if not isinstance(kind, str):
            raise Malformed("a text belongs here", path=f"{path}/type")
        element = self._made(parent, self._tag(kind, f"{path}/type"), f"{path}/type", declared)
        order = ORDER.get(kind, ORDER["ObjectEvent"])
        self._members(element, event, order, path, _NOT_WRITTEN)

    def _members(
        self,
        element: Element,
        value: Mapping[str, Any],
        order: tuple[str, ...],
        path: str,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        """Fields in the schema's order, those it does not know, then extensions."""
        known = [name for name in order if name in value]
        for name in known:
            self._field(element, name, value[name], f"{path}/{name}")
        self.extensions(element, value, path, left_out | frozenset(known))

    def extensions(
        self, element: Element, value: Mapping[str, Any], path: str, known: frozenset[str]
    ) -> None:
        """Adds all members but the known ones: fields out of place, then nodes of somebody's own."""
        others = [name for name in value if name not in known]
        for name in sorted(others, key=lambda name: ":" in name):
            here = f"{path}/{pointer_token(name)}"
            if name in WRAPPERS:
                raise _no_form(here)
            add = self.node if ":" in name else self._field
            add(element, name, value[name], here)

    def _field(self, parent: Element, name: str, value: Any, path: str) -> None:
        if name in LISTS:
            self._list(parent, name, value, path)
        elif name in VOCABULARIES:
            self._leaf(parent, name, VOCABULARIES[name].to_xml(scalar(value, path)), path)
        elif name == "certificationInfo" and isinstance(value, list):
            for place, item in enumerate(value):
                self._leaf(parent, name, scalar(item, f"{path}/{place}"), f"{path}/{place}")
        elif name == "persistentDisposition":
            element = self._made(parent, name, path)
            found = _object(value, path)
            _closed(found, ORDER[name], path)
            for part in (part for part in ORDER[name] if part in found):
                words = VOCABULARIES["set"].to_xml
                for place, item in enumerate(_array(found[part], f"{path}/{part}")):
                    here = f"{path}/{part}/{place}"
                    self._leaf(element, part, words(scalar(item, here)), here)
        elif name.startswith("sensor"):
            self._attributes(parent, name, value, path)
        elif name in OBJECTS:
            order = ("id", "declarationTime", "reason", "correctiveEventIDs")
            self._members(self._made(parent, name, path), _object(value, path), order, path)
        elif isinstance(value, (dict, list)) and name not in TEXTS | NUMBERS:
            self.node(parent, name, value, path)
        else:
            self._leaf(parent, name, scalar(value, path), path)

    def _list(self, parent: Element, name: str, value: Any, path: str) -> None:
        item_name = LISTS[name]
        if item_name in ("epc", "correctiveEventID"):
            self.texts(parent, name, item_name, value, path)
            return
        element = self._made(parent, name, path)
        for place, item in enumerate(_array(value, path)):
            here = f"{path}/{place}"
            found = _object(item, here)
            if item_name == "sensorElement":
                self._sensor_element(self._made(element, item_name, here), found, here)
            elif item_name in _TYPED:
                node = self._made(element, item_name, here)
                if "type" in found:
                    word = scalar(found["type"], f"{here}/type")
                    word = VOCABULARIES[item_name].to_xml(word)
                    self.attribute(node, "type", word, f"{here}/type")
                self._text(node, scalar(found.get(item_name), here), here)
                _closed(found, ("type", item_name), here)
            else:
                order = ORDER[item_name]
                self._members(self._made(element, item_name, here), found, order, here)

    def texts(self, parent: Element, name: str, item_name: str, value: Any, path: str) -> None:
        """Adds a list of texts."""
        element = self._made(parent, name, path)
        for place, item in enumerate(_array(value, path)):
            self._leaf(element, item_name, scalar(item, f"{path}/{place}"), f"{path}/{place}")

    def _sensor_element(self, element: Element, value: Mapping[str, Any], path: str) -> None:
        if "sensorMetadata" in value:
            here = f"{path}/sensorMetadata"
            self._attributes(element, "sensorMetadata", value["sensorMetadata"], here)
        for place, report in enumerate(_array(value.get("sensorReport", []), path)):
            here = f"{path}/sensorReport/{place}"
            self._attributes(element, "sensorReport", report, here)
        known = frozenset({"sensorMetadata", "sensorReport"})
        self.extensions(element, value, path, known)

    def _attributes(self, parent: Element, name: str, value: Any, path: str) -> None:
        """An element whose members are attributes, as far as attributes can hold them."""
        element = self._made(parent, name, path)
        nested: list[str] = []
        for key, item in _object(value, path).items():
            here = f"{path}/{pointer_token(key)}"
            if isinstance(item, (dict, list)):
                nested.append(key)
                continue
            text = scalar(item, here)
            if key in VOCABULARIES:
                text = VOCABULARIES[key].to_xml(text)
            self.attribute(element, self._tag(key, here), text, here)
        self.extensions(element, value, path, frozenset(value).difference(nested))

    def attribute(self, element: Element, name: str, text: str, path: str) -> None:
        """Sets an attribute."""
        _guarded(lambda: element.set(name, text), path)

    # Extensions

    def node(self, parent: Element, name: str, value: Any, path: str, depth: int = 0) -> Element:
        """Adds somebody's own node, one for each item of an array; the last one is returned."""
        if depth > MAX_DEPTH:
            raise Malformed("nested deeper than {depth} levels", path=path, depth=MAX_DEPTH)
        tag = self._tag(name, path)
        element = parent
        for place, item in enumerate(value if isinstance(value, list) else [value]):
            here = f"{path}/{place}" if isinstance(value, list) else path
            element = self._made(parent, tag, here)
            if isinstance(item, list):
                raise Malformed("an array in an array has no form in XML", path=here)
            if not isinstance(item, dict):
                self._typed(element, item, here)
                continue
            for key, inner in item.items():
                if key == "#text":
                    self._text(element, scalar(inner, f"{here}/#text"), here)
                else:
                    self.node(element, key, inner, f"{here}/{pointer_token(key)}", depth + 1)
        return element

    def _typed(self, element: Element, value: Any, path: str) -> None:
        """A scalar, which says its type where it is no text."""
        if value is None:
            element.set(f"{{{XSI}}}nil", "true")
        elif not isinstance(value, str):
            kinds = {bool: "boolean", int: "integer", float: "double"}
            element.set(f"{{{XSI}}}type", f"xsd:{kinds.get(type(value), 'string')}")
        if value is not None:
            self._text(element, scalar(value, path), path)

    def _tag(self, name: str, path: str) -> str:
        """``{namespace}local``, or the name itself where it has no prefix."""
        tag = self._namespaces.key(name)
        if ":" not in name:
            return tag
        if tag[0] == "{":
            if not is_uri(tag[1:].partition("}")[0]):
                raise _no_form(path)
            return tag
        prefix, _, local = name.partition(":")
        if prefix not in _FALLBACK:
            message = "the @context declares no prefix {prefix}, which XML needs for {name}"
            raise Malformed(message, path=path, prefix=prefix[:60], name=name[:60])
        return f"{{{_FALLBACK[prefix]}}}{local}"

    def _made(
        self, parent: Element, tag: str, path: str, declared: dict[str, str] | None = None
    ) -> Element:
        return _guarded(lambda: etree.SubElement(parent, tag, nsmap=declared), path)

    def _leaf(self, parent: Element, name: str, text: str, path: str) -> None:
        self._text(self._made(parent, name, path), text, path)

    def _text(self, element: Element, text: str, path: str) -> None:
        _guarded(lambda: setattr(element, "text", text or None), path)


def _guarded(make: Callable[[], Any], path: str) -> Any:
    try:
        return make()
    except ValueError:
        raise _no_form(path) from None


def _no_form(path: str) -> Malformed:
    message = "XML has no form for this name, or for a character in this text"
    return Malformed(message, path=path)


def scalar(value: Any, path: str) -> str:
    """The text of a JSON scalar as XML Schema writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    plain = plain_decimal(repr(value)) if isinstance(value, (int, float)) else None
    if plain is None:
        raise Malformed("a text, a number or a truth value belongs here", path=path)
    return plain


def _closed(value: Mapping[str, Any], known: tuple[str, ...], path: str) -> None:
    for name in value:
        if name not in known:
            message = "this object has no member {name}; it may have {known}"
            here = f"{path}/{pointer_token(name)}"
            raise Malformed(message, path=here, name=name[:60], known=", ".join(known))


def _object(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("an object belongs here", path=path)
    return value


def _array(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed("an array belongs here", path=path)
    return value
