"""How the event hash writes objects, arrays and other people's nodes (epcis-hash.md C and D).

Renderers are small functions, put together once to the tables of ``event_hash``. JSON pointers are
put together only when something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.values import hash_time, hash_value, hash_word, verbatim
from suyuan.core.errors import Malformed
from suyuan.core.strict_json import pointer_token

MAX_DEPTH = 64
"""Of extensions; formats.md §0 stops at 32 before."""
COMMENTS = frozenset({"comment", "rdfs:comment"})
"""Dropped at any depth."""

Render: TypeAlias = Callable[[str, Any, Namespaces], str]
"""(name, value, namespaces) → text, "" for nothing."""


def leaf(name: str, value: Any, namespaces: Namespaces) -> str:
    """``name=value``, the value in its canonical form."""
    text = hash_value(value, namespaces)
    return f"{name}={text}" if text else ""


def sorted_leaves(item_name: str) -> Render:
    """``sorted_items(leaf, item_name)``, made for lists of hundreds of identifiers."""

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        if type(value) is not list:
            raise Malformed("an array belongs here")
        texts: list[str] = []
        try:
            for item in value:
                text = hash_value(item, namespaces)
                texts.append(f"{item_name}={text}" if text else "")
        except Malformed as problem:
            raise problem.at(f"/{len(texts)}") from None
        texts.sort()
        text = "".join(texts)
        return name + text if text else text

    return render


def time_leaf(name: str, value: Any, namespaces: Namespaces) -> str:
    """As ``leaf``, for a time."""
    text = hash_time(value)
    return f"{name}={text}" if text else ""


def plain_leaf(name: str, value: Any, namespaces: Namespaces) -> str:
    """As ``leaf``, the value as it stands."""
    text = verbatim(value)
    return f"{name}={text}" if text else ""


def word_leaf(vocabulary: str) -> Render:
    """As ``leaf``, where a bare word stands for a term of ``vocabulary`` (a URI prefix)."""

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        text = hash_word(value, namespaces, vocabulary)
        return f"{name}={text}" if text else ""

    return render


def fields(name_first: str | None, **renders: Render) -> Render:
    """An object's known members in this order, behind a name: the given one, or that of its place.

    ``name_first`` "" means the place's name, None no name.
    """
    order = tuple(renders.items())

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        _is_object(value)
        key, parts = "", []
        try:
            for key, inner in order:
                if key in value:
                    parts.append(inner(key, value[key], namespaces))
        except Malformed as problem:
            raise problem.at(f"/{key}") from None
        text = "".join(parts)
        if name_first is None or not text:
            return text
        return (name_first or name) + text

    return render


def sorted_items(inner: Render, item_name: str = "", *, named: bool = True) -> Render:
    """An array's items as texts, sorted by code point, behind the array's name if ``named``."""

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        texts = _items(inner, item_name or name, value, namespaces)
        texts.sort()
        text = "".join(texts)
        return name + text if named and text else text

    return render


def _items(inner: Render, name: str, value: Any, namespaces: Namespaces) -> list[str]:
    if type(value) is not list:
        raise Malformed("an array belongs here")
    texts: list[str] = []
    try:
        for item in value:
            texts.append(inner(name, item, namespaces))
    except Malformed as problem:
        raise problem.at(f"/{len(texts)}") from None
    return texts


def _is_object(value: Any) -> None:
    if type(value) is not dict:
        raise Malformed("an object belongs here")


def own_nodes(holder: Mapping[str, Any], names: list[str], namespaces: Namespaces) -> list[str]:
    """Nodes for these members, sorted."""
    nodes: list[str] = []
    name = ""
    try:
        for name in names:
            nodes += nodes_of(namespaces.key(name), holder[name], namespaces)
    except Malformed as problem:
        raise problem.at(f"/{pointer_token(name)}") from None
    nodes.sort()
    return nodes


def nodes_of(key: str, value: Any, namespaces: Namespaces, depth: int = 0) -> list[str]:
    """A node for a value, one for each item of an array."""
    if type(value) is not list:
        return [_node(key, value, namespaces, depth)]
    return [_node(key, item, namespaces, depth) for item in value]


def _node(key: str, value: Any, namespaces: Namespaces, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise Malformed("nested deeper than {depth} levels", depth=MAX_DEPTH)
    kind = type(value)
    if kind is dict:
        text = hash_value(value.get("#text"), namespaces)
        children: list[str] = []
        for name, item in value.items():
            if name not in COMMENTS and name != "#text":
                children += nodes_of(namespaces.key(name), item, namespaces, depth + 1)
    elif kind is list:
        text, children = "", nodes_of("", value, namespaces, depth + 1)
    else:
        text = hash_value(value, namespaces)
        return f"{key}={text}" if text else key
    children.sort()
    return "".join([f"{key}={text}" if text else key, *children])


def extended(**inner: Render) -> Render:
    """Extensions in an object: of its parts in order, then its own, all behind its name."""
    order = tuple(inner.items())

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        _is_object(value)
        key, parts = "", []
        try:
            for key, walk in order:
                if key in value:
                    parts.append(walk(key, value[key], namespaces))
        except Malformed as problem:
            raise problem.at(f"/{key}") from None
        own = [name for name in value if ":" in name and name not in COMMENTS]
        if own:
            parts += own_nodes(value, own, namespaces)
        text = "".join(parts)
        return name + text if text else ""

    return render


def in_order_of(standard: Render, extensions: Render, item_name: str = "") -> Render:
    """Extensions of an array's items, which are ordered as their standard parts are."""

    def render(name: str, value: Any, namespaces: Namespaces) -> str:
        name = item_name or name
        texts = _items(extensions, name, value, namespaces)
        if any(texts):
            keys = _items(standard, name, value, namespaces)
            texts = [text for _, text in sorted(zip(keys, texts, strict=True))]
        return "".join(texts)

    return render
