"""Templates, compiled once for each language: their fixed words and signs cost nothing when rendered."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.web.wording import CHIPS, Wording, wording
from suyuan.words import Language

_SIGNS = {"recorder": "person", "certifier": "flask", "regulator": "hall", "admin": "book"}


def icon(name: str) -> Markup:
    """A sign of templates/icons.html, hidden from those who hear the page."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>').format(name)


def chip(role: str, words: Wording) -> Markup:
    """Who says so: a sign and a word."""
    template = Markup('<span class="chip is-{}">{}{}</span>')
    return template.format(role, icon(_SIGNS[role]), words(CHIPS[role]))


def coded(text: str) -> Markup:
    """What stands between backticks is what somebody types: as code."""
    code = Markup("<code>{}</code>")
    parts = text.split("`")
    return Markup("").join(
        code.format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def path_of(uri: str) -> str:
    """The path of a canonical Digital Link."""
    return uri.removeprefix(CANONICAL_HOST)


class _Fixed(NodeTransformer):
    """Puts what ``_("…")`` and ``icon("…")`` give in their place."""

    def __init__(self, words: Wording) -> None:
        self._words = words

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 (Jinja's name)
        self.generic_visit(node)
        if isinstance(node.node, nodes.Name) and not node.kwargs and len(node.args) == 1:
            argument = node.args[0]
            if isinstance(argument, nodes.Const) and isinstance(argument.value, str):
                if node.node.name == "_":
                    return nodes.Const(self._words(argument.value), lineno=node.lineno)
                if node.node.name == "icon":
                    drawn = nodes.Const(str(icon(argument.value)), lineno=node.lineno)
                    return nodes.MarkSafe(drawn, lineno=node.lineno)
        return node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 (Jinja's name)
        self.generic_visit(node)
        if isinstance(node.node, nodes.Name) and node.node.name == "_" and node.attr == "gap":
            return nodes.Const(self._words.gap, lineno=node.lineno)
        return node


class _Loader(PackageLoader):
    def __init__(self, words: Wording) -> None:
        super().__init__(__package__)
        self._words = words

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 (Jinja's name)
    ) -> Template:
        source, filename, _ = self.get_source(environment, name)
        tree = _Fixed(self._words).visit(environment.parse(source, name, filename))
        tree.set_environment(environment)
        code = environment.compile(tree, name, filename)
        made = Template.from_code(environment, code, {} if globals is None else globals)
        made.root_render_func.__globals__["escape"] = _escape
        return made


def _escape(value: object) -> str:
    """markupsafe.escape, without its wrapping of each text: a page is made of five hundred of them."""
    if isinstance(value, Markup) or (type(value) is str and not _special(value)):
        return value
    return escape(value)


_special = re.compile("[&<>\"']").search


class _Environment(Environment):
    # What templates are given has attributes, and nothing is looked up by name in it.
    getattr = staticmethod(getattr)  # type: ignore[assignment]


@cache
def template(name: str, language: Language) -> Template:
    """A template in one language."""
    return _environment(language).get_template(name)


@cache
def _environment(language: Language) -> Environment:
    words = wording(language)
    made = _Environment(
        loader=_Loader(words),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {
        "coded": coded,
        "amount": words.amount,
        "count": words.count,
        "day": words.day,
        "moment": words.moment,
        "named": words.name,
        "path": path_of,
        "said": words.said,
        "who": words.who,
    }
    made.globals |= {
        "_": words,
        "chip": {role: chip(role, words) for role in CHIPS},
        "icon": icon,
    }
    return made
