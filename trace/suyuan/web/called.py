"""What things and organisations are called for one reader, looked up at once."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from suyuan.bootstrap import Node
from suyuan.core.identifiers import product_of
from suyuan.core.story_values import Names, names_of
from suyuan.core.visibility import Viewer
from suyuan.web.wording import Wording


class CalledBy:
    """By the master data that a viewer may see, in the words of a language."""

    def __init__(self, node: Node, viewer: Viewer, words: Wording, names: Iterable[str]) -> None:
        self._words = words
        self._base = node.settings.uri_base
        wanted = {one for one in names if one}
        wanted |= {product for one in wanted if (product := _product_of(one)) is not None}
        self._masters = node.judge.masters(viewer, wanted) if wanted else {}
        self._organisations = {
            one.id: Names(one.name_zh, one.name_en)
            for one in node.database.accounts.organisations()
        }

    def __call__(self, uri: str) -> str:
        words = self._words
        if uri in self._organisations:
            return words.name(self._organisations[uri])
        master = self._masters.get(uri)
        if master is not None and (names := names_of(master.get("name"))) is not None:
            return words.name(names)
        product = _product_of(uri)
        if product is not None:
            names = names_of(self._masters.get(product, {}).get("name"))
            lot = unquote(uri.rstrip("/").rsplit("/", 1)[-1])
            return f"{words.name(names)} {lot}" if names else lot
        if uri.startswith((f"{self._base}person/", f"{self._base}buyer/")):
            return words("a person")
        if uri.startswith(f"{self._base}empties/"):
            return words("empties")
        return unquote(uri.rstrip("/").rsplit("/", 1)[-1]) or uri


def _product_of(uri: str) -> str | None:
    """Of a lot or pack, by its GTIN or by the product that was named at the desk."""
    return product_of(uri) or uri.rpartition("/lot/")[0] or None


__all__ = ["CalledBy"]
