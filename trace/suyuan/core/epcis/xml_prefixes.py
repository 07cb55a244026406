"""Prefixes for the names of extensions: the document's own, where JSON can have them."""

from __future__ import annotations

import re

from suyuan.core.epcis.xml_names import BUILT_IN, SCHEMA, STANDARD
from suyuan.core.epcis.xml_parsing import Element, line_of
from suyuan.core.errors import Malformed

MAX_DECLARED = 256

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_NO_PREFIX = frozenset({"http", "https", "urn", "gs1", "xml"})
"""As a prefix these would be taken for something else."""
_NO_EXTENSION = STANDARD | SCHEMA


class Prefixes:
    """Which prefix stands for a namespace in one event; its own ones go into its ``@context``."""

    def __init__(self, outer: dict[str, str]) -> None:
        self._taken = {prefix: name for name, prefix in BUILT_IN.items()} | outer
        self._known = {name: prefix for name, prefix in BUILT_IN.items() if prefix not in outer} | {
            name: prefix for prefix, name in outer.items()
        }
        self.own: dict[str, str] = {}
        self._number = 0

    def declare(self, element: Element) -> None:
        """Takes over what an element declares, before any key is asked for."""
        declared = element.nsmap
        if len(declared) > MAX_DECLARED:
            message = "at most {most} namespaces may be declared here"
            raise Malformed(message, path=line_of(element), most=MAX_DECLARED)
        for prefix, namespace in declared.items():
            if prefix and namespace not in _NO_EXTENSION and namespace not in self._known:
                built_in = self._taken.get(prefix)
                if built_in in BUILT_IN and prefix not in _NO_PREFIX:
                    self._known.pop(built_in, None)
                    del self._taken[prefix]
                self._add(prefix, namespace)

    def key(self, element: Element, namespace: str, local: str) -> str:
        """``prefix:local`` for the name of an element, or of an attribute of it.

        The prefix is the document's own where that is free and fit.
        """
        if not namespace:
            return local
        known = self._known.get(namespace)
        if known is None:
            prefixes = (one for one, name in element.nsmap.items() if one and name == namespace)
            known = self._add(next(prefixes, None), namespace)
        return f"{known}:{local}"

    def _add(self, prefix: str | None, namespace: str) -> str:
        while (
            not prefix
            or prefix in _NO_PREFIX
            or not _PREFIX.fullmatch(prefix)
            or self._taken.get(prefix, namespace) != namespace
        ):
            self._number += 1
            prefix = f"ns{self._number}"
        self._known[namespace] = prefix
        self._taken[prefix] = self.own[prefix] = namespace
        return prefix
