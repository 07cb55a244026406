"""Prefixes of a JSON-LD ``@context``, as the event hash resolves them (epcis-hash.md E)."""

from __future__ import annotations

from typing import Any

_BUILT_IN = {
    "gs1": "https://ref.gs1.org/voc/",
    "cbv": "https://ref.gs1.org/cbv/",
    "epcis": "https://ref.gs1.org/epcis/",
    "cbvmda": "urn:epcglobal:cbv:mda",
}
MOST_KEPT = 10_000
"""Names and values remembered in one of these, which may live as long as a large document."""

_VOCABULARIES = ("https://ref.gs1.org/", "https://gs1.org/")


class Namespaces:
    """The prefixes of one ``@context``: later ones win, ``gs1`` is always GS1's."""

    __slots__ = ("_keys", "_prefixes", "values", "vocabularies")

    def __init__(self, context: Any = None) -> None:
        self._prefixes = dict(_BUILT_IN)
        for item in context if isinstance(context, list) else [context]:
            if isinstance(item, dict):
                self._prefixes.update(
                    (prefix, name) for prefix, term in item.items() if (name := _name(term))
                )
        self._prefixes["gs1"] = _BUILT_IN["gs1"]
        self._keys: dict[str, str] = {}
        self.vocabularies = {
            prefix: name
            for prefix, name in self._prefixes.items()
            if name.startswith(_VOCABULARIES)
        }
        """Those prefixes whose compact URIs are written out in values too."""
        self.values: dict[str, str] = {}
        """Canonical texts of values met before; ``hash_value`` keeps it."""

    def key(self, name: str) -> str:
        """``{namespaceURI}local`` for a member name with a known prefix, else the name itself."""
        found = self._keys.get(name)
        if found is None:
            prefix, colon, local = name.partition(":")
            namespace = self._prefixes.get(prefix) if colon else None
            found = name if namespace is None else f"{{{namespace}}}{local}"
            if len(self._keys) < MOST_KEPT:
                self._keys[name] = found
        return found


def _name(term: Any) -> str | None:
    if isinstance(term, dict):
        term = term.get("@id")
    return term if isinstance(term, str) else None
