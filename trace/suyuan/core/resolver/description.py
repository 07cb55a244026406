"""The resolver's description of itself, ``/.well-known/gs1resolver``."""

from __future__ import annotations

from typing import Any

from suyuan.core.gs1.ai import IDENTIFIERS
from suyuan.core.resolver.linkset import CONTEXT, GS1

PRIMARY_KEYS = tuple(sorted(ai for ai, found in IDENTIFIERS.items() if found.orders is not None))


def describe(root: str, name: str, contact: str = "") -> dict[str, Any]:
    """By GS1's schema of resolver description files; ``root`` is the resolver's own address.

    ``contact`` is whom to ask, in a line; empty: nobody is named.
    """
    return {
        "name": name,
        "resolverRoot": root,
        **({"contact": {"fn": contact}} if contact else {}),
        "supportedPrimaryKeys": list(PRIMARY_KEYS),
        "supportedLinkType": [{"namespace": GS1, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": CONTEXT,
    }
