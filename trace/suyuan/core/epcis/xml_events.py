"""One EPCIS event, from its XML element to its JSON (EPCIS 2.0 §9.5 and §10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from suyuan.core.epcis.values import plain_decimal
from suyuan.core.epcis.xml_names import (
    KNOWN,
    LISTS,
    NUMBERS,
    OBJECTS,
    ORDER,
    TEXTS,
    VOCABULARIES,
    WRAPPERS,
    XSI,
    names,
)
from suyuan.core.epcis.xml_parsing import Element, line_of, name_of, split
from suyuan.core.epcis.xml_prefixes import Prefixes
from suyuan.core.errors import Malformed
from suyuan.core.strict_json import MAX_DEPTH, loads

MAX_MISPLACED = 100
"""No more elements in the wrong order are reported at a time."""
MAX_ATTRIBUTES = 256
"""Of one element."""


class EventReader:
    """Reads events, and other things that may hold extensions, of one document."""

    def __init__(self, outer: dict[str, str], *, ordered: bool = True) -> None:
        self.outer = outer
        self._ordered = ordered
        self._names = Prefixes(outer)
        self.misplaced: list[Malformed] = []
        """Elements that are not in the order of the XML schema, where that is asked for."""

    def event(self, element: Element) -> dict[str, Any]:
        """The event, with a ``@context`` where it declares something that the document does not."""
        self._names = Prefixes(self.outer)
        self._names.declare(element)
        namespace, local = name_of(element)
        kind = self._names.key(element, namespace, local)
        event: dict[str, Any] = {"type": kind}
        self._members(element, kind, event)
        own = self._names.own
        return {"@context": own, **event} if own else event

    def _members(self, element: Element, kind: str, found: dict[str, Any]) -> None:
        """Fields and extensions of an object of the standard, in the document's order."""
        self.attributes(element, found)
        order = ORDER.get(kind, ()) if self._ordered else ()
        highest, last = 0, ""
        for namespace, name, child in flat(element):
            place = len(order) if namespace else order.index(name) if name in order else highest
            if place < highest:
                self._out_of_order(child, name, last)
            else:
                highest, last = place, name
            if namespace:
                self._extension(namespace, child, found)
                continue
            value = self._field(name, child)
            if name == "sensorReport" and kind == "sensorElement":
                _add_item(found, name, value, child)
            elif name == "certificationInfo" or name not in KNOWN:
                _add(found, name, value)
            elif name in found:
                raise _twice(child, name)
            else:
                found[name] = value

    def _out_of_order(self, child: Element, name: str, later: str) -> None:
        if len(self.misplaced) < MAX_MISPLACED:
            message = "{name} stands too late; right is first {name}, then {later}"
            problem = Malformed(
                message, path=line_of(child), rule="order", name=name, later=later[:60]
            )
            self.misplaced.append(problem)

    def _field(self, name: str, element: Element) -> Any:
        item = LISTS.get(name)
        if item is not None:
            return [self._item(item, one) for one in self._items(element, item)]
        if name in VOCABULARIES:
            return VOCABULARIES[name].to_json(text_of(element))
        if name in NUMBERS:
            return _number(text_of(element))
        if name == "persistentDisposition":
            return self._dispositions(element)
        if name in OBJECTS:
            found: dict[str, Any] = {}
            self._members(element, name, found)
            return found
        if name in TEXTS:
            return text_of(element)
        return self.value(element)

    def _items(self, element: Element, item: str) -> Iterator[Element]:
        _no_attributes(element)
        for namespace, name, child in flat(element):
            if namespace or name != item:
                message = "{name} has no place here; right is {item}"
                raise Malformed(message, path=line_of(child), name=name[:60], item=item)
            yield child

    def _item(self, name: str, element: Element) -> Any:
        if name in ("epc", "correctiveEventID"):
            return text_of(element)
        if name in ("bizTransaction", "source", "destination"):
            found: dict[str, Any] = {}
            self.attributes(element, found, VOCABULARIES[name])
            return {**found, name: text_of(element, attributes=True)}
        found = {}
        self._members(element, name, found)
        return found

    def _dispositions(self, element: Element) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for namespace, name, child in flat(element):
            if namespace or name not in ("set", "unset"):
                message = "{name} has no place here; right is {item}"
                raise Malformed(message, path=line_of(child), name=name[:60], item="set, unset")
            found.setdefault(name, []).append(VOCABULARIES[name].to_json(text_of(child)))
        return found

    # Extensions

    def attributes(self, element: Element, found: dict[str, Any], types: Any = None) -> None:
        """Adds what an element's attributes say; ``types``: the vocabulary of its ``type``."""
        for namespace, local, given in _attributes_of(element):
            text = given.strip()
            if not namespace and local in found:
                raise _twice(element, local)
            if namespace:
                _add(found, self._names.key(element, namespace, local), text)
            elif local == "type" and types is not None:
                found[local] = types.to_json(text)
            elif local in VOCABULARIES:
                found[local] = VOCABULARIES[local].to_json(text)
            elif local in NUMBERS:
                found[local] = _number(text)
            elif local == "booleanValue":
                found[local] = _TRUTH.get(text, text)
            else:
                found[local] = text

    def extensions(self, element: Element, found: dict[str, Any]) -> None:
        """Adds what stands in an element in a namespace of somebody's own."""
        for namespace, _, child in flat(element):
            if namespace:
                self._extension(namespace, child, found)

    def _extension(self, namespace: str, child: Element, found: dict[str, Any]) -> None:
        key = self._names.key(child, namespace, split(child.tag)[1])
        value = self.value(child)
        if key in _ARRAYS:
            _add_item(found, key, value, child)
        else:
            _add(found, key, value)

    def value(self, element: Element, depth: int = 0) -> Any:
        """Somebody's own node: a text, or an object of what is in it."""
        if depth > MAX_DEPTH:
            raise Malformed(
                "nested deeper than {depth} levels", path=line_of(element), depth=MAX_DEPTH
            )
        found: dict[str, Any] = {}
        for namespace, local, text in _attributes_of(element):
            _add(found, self._names.key(element, namespace, local), text)
        texts = [element.text]
        for child in element:
            namespace, local = name_of(_element(child))
            value = self.value(child, depth + 1)
            _add(found, self._names.key(child, namespace, local), value)
            texts.append(child.tail)
        if not found:
            return _typed(element, element.text or "")
        said = [text.strip() for text in texts if text and not text.isspace()]
        return {"#text": " ".join(said), **found} if said else found


_ARRAYS = frozenset({"suyuan:attachments", "suyuan:sd"})
"""Members of our own that are arrays even where there is one item (formats.md §1 and §2)."""
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_NUMERIC_TYPES = names("""
    decimal double float integer int long short byte nonNegativeInteger positiveInteger
    nonPositiveInteger negativeInteger unsignedLong unsignedInt unsignedShort unsignedByte
""")


def _typed(element: Element, text: str) -> Any:
    """The value that a text is by its ``xsi:type`` or ``xsi:nil``; the text itself without these."""
    if not element.attrib:
        return text
    if element.get(f"{{{XSI}}}nil") in ("true", "1") and not text.strip():
        return None
    kind = element.get(f"{{{XSI}}}type", "").rpartition(":")[2]
    if kind == "boolean":
        return _TRUTH.get(text.strip(), text)
    return _number(text) if kind in _NUMERIC_TYPES else text


def _number(text: str) -> Any:
    """The number, or the text itself where it is none that JSON keeps exactly."""
    plain = plain_decimal(text.strip())
    if plain is None:
        return text
    try:
        return loads(plain)
    except Malformed:
        return text


def text_of(element: Element, *, attributes: bool = False) -> str:
    """The text of an element of the standard's, without blanks around it."""
    for child in element:
        message = "{name} has no place here; right is a text"
        raise Malformed(message, path=line_of(child), name=name_of(_element(child))[1][:60])
    if not attributes:
        _no_attributes(element)
    return (element.text or "").strip()


def _attributes_of(element: Element) -> Iterator[tuple[str, str, str]]:
    """Namespace, name and text of all attributes but those of XML Schema's."""
    attributes = element.attrib
    if len(attributes) > MAX_ATTRIBUTES:
        message = "an element has at most {most} attributes"
        raise Malformed(message, path=line_of(element), most=MAX_ATTRIBUTES)
    for tag, text in attributes.items():
        namespace, local = split(tag)
        if namespace != XSI:
            yield namespace, local, text


def _no_attributes(element: Element) -> None:
    for _, name, _ in _attributes_of(element):
        message = "the attribute {name} has no place here; leave it out"
        raise Malformed(message, path=line_of(element), name=name[:60])


def _no_text(element: Element, text: str | None) -> None:
    if text and not text.isspace():
        message = "the text {shown} has no place here"
        raise Malformed(message, path=line_of(element), shown=text.strip()[:40])


def _element(node: Element) -> Element:
    if not isinstance(node.tag, str):
        raise Malformed("entities have no place here", path=f"line {node.sourceline}")
    return node


def flat(element: Element) -> Iterator[tuple[str, str, Element]]:
    """Children with namespace and name; what stands in a wrapper counts as its parent's."""
    _no_text(element, element.text)
    for child in element:
        namespace, local = name_of(_element(child))
        _no_text(element, child.tail)
        if local in WRAPPERS and not namespace:
            yield from flat(child)
        else:
            yield namespace, local, child


def children_of(element: Element) -> Iterator[tuple[str, Element]]:
    """The standard's own children."""
    return ((name, child) for namespace, name, child in flat(element) if not namespace)


def some(element: Element, wanted: str) -> list[Element]:
    """The standard's own children of one name."""
    return [child for name, child in children_of(element) if name == wanted]


def one(element: Element, wanted: str) -> Element:
    """The one child of that name; Malformed where there is none, or are several."""
    found = some(element, wanted)
    if len(found) != 1:
        message = "{name} belongs here once; it is here {count} times"
        raise Malformed(message, path=line_of(element), name=wanted, count=len(found))
    return found[0]


def _twice(element: Element, name: str) -> Malformed:
    message = "{name} stands here twice; leave one of them out"
    return Malformed(message, path=line_of(element), name=name[:60])


def _add_item(found: dict[str, Any], key: str, value: Any, element: Element) -> None:
    """Adds to what is an array from its first item on."""
    items = found.setdefault(key, [])
    if not isinstance(items, list):  # an attribute of that name
        raise _twice(element, key)
    items.append(value)


def _add(found: dict[str, Any], key: str, value: Any) -> None:
    """A second value under a key makes it an array."""
    if key not in found:
        found[key] = value
    elif isinstance(found[key], list):
        found[key].append(value)
    else:
        found[key] = [found[key], value]
