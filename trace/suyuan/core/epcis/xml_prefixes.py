"""Prefixes for the names of extensions: the document's own, where JSON can have them."""

from __future__ import annotations

import re

from suyuan.core.epcis.xml_names import BUILT_IN, SCHEMA, STANDARD

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

    def declare(self, declared: dict[str | None, str]) -> None:
        """Takes over what an element declares, before any key is asked for."""
        for prefix, namespace in declared.items():
            if prefix and namespace not in _NO_EXTENSION and namespace not in self._known:
                built_in = self._taken.get(prefix)
                if built_in in BUILT_IN and prefix not in _NO_PREFIX:
                    self._known.pop(built_in, None)
                    del self._taken[prefix]
                self._add(prefix, namespace)

    def key(self, namespace: str, local: str, prefix: str | None) -> str:
        """``prefix:local``; the prefix is the document's own where that is free and fit."""
        if not namespace:
            return local
        known = self._known.get(namespace)
        return f"{known or self._add(prefix, namespace)}:{local}"

    def _add(self, prefix: str | None, namespace: str) -> str:
        number = 0
        while (
            not prefix
            or prefix in _NO_PREFIX
            or not _PREFIX.fullmatch(prefix)
            or self._taken.get(prefix, namespace) != namespace
        ):
            number += 1
            prefix = f"ns{number}"
        self._known[namespace] = prefix
        self._taken[prefix] = self.own[prefix] = namespace
        return prefix
