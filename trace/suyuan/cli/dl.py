"""``suyuan dl``: GS1 Digital Links for scripts: JSON lines out, exit 1 if any is wrong."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from suyuan.cli.show import in_words, language
from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import Malformed, Refused
from suyuan.core.gs1.compressed import decompress
from suyuan.core.gs1.element_strings import parse_element_string
from suyuan.core.gs1.link import build_link, canonical_link, parse_link
from suyuan.core.gs1.rules import Element
from suyuan.core.gs1.urn import known_prefixes, to_urn
from suyuan.words import text_of

links = typer.Typer(
    help="Read, check and build GS1 Digital Links, a JSON line each.", no_args_is_help=True
)

Texts = Annotated[list[str], typer.Argument(help="Links or EPC URNs; - reads lines")]


@links.command()
@in_words
def parse(
    uris: Annotated[
        list[str], typer.Argument(help="Links, EPC URNs or element strings; - reads lines")
    ],
    names: Annotated[
        bool, typer.Option("--names", help="Take gtin, lot, ser … of Digital Link 1.1 too")
    ] = False,
    compressed: Annotated[
        bool, typer.Option("--compressed", help="These are compressed links; unpack them")
    ] = False,
) -> None:
    """Read links and check all they say: lengths, characters, check digits, what goes together."""

    def read(text: str) -> dict[str, Any]:
        if text[:1] in tuple("(^]\x1d"):
            return {"elements": parse_element_string(text)}
        link = decompress(text) if compressed else parse_link(text, names=names)
        return {"elements": link.elements}

    _each(_lines(uris), read, {"elements": []})


@links.command()
@in_words
def canonical(uris: Texts) -> None:
    """The one form of each that names the same, at id.gs1.org; check digits are not looked at."""
    _each(_lines(uris), lambda text: {"canonical": canonical_link(text)}, {"canonical": None})


@links.command()
@in_words
def urn(
    uris: Texts,
    prefix: Annotated[
        list[str] | None, typer.Option(help="A company prefix, so that its length is known")
    ] = None,
    length: Annotated[
        int | None, typer.Option(min=6, max=12, help="Length of all other company prefixes")
    ] = None,
) -> None:
    """The EPC URN that names the same as each. The lengths of Chinese company prefixes are known."""
    known = known_prefixes(prefix or (), length)
    _each(_lines(uris), lambda text: {"urn": to_urn(text, known)}, {"urn": None})


@links.command()
@in_words
def build(
    elements: Annotated[
        list[str],
        typer.Argument(help="AI=VALUE …, or (AI)VALUE(AI)VALUE; - reads lines, a link each"),
    ],
    stem: Annotated[
        str, typer.Option(help="What the link begins with, for example https://trace.example.cn")
    ] = CANONICAL_HOST,
) -> None:
    """The link that says all this, checked, qualifiers in order."""
    texts = _lines(["-"]) if elements == ["-"] else iter([" ".join(elements)])

    def made(text: str) -> dict[str, Any]:
        link = build_link(_elements(text), stem)
        return {"uri": link.uri(), "elements": link.elements}

    _each(texts, made, {"uri": None, "elements": []}, key="given")


_NEXT = re.compile(r"\s+(?=[0-9]{2,4}=)")


def _elements(text: str) -> tuple[Element, ...]:
    if text.startswith("("):
        return parse_element_string(text)
    elements: list[Element] = []
    # A blank within a value stays in it: that GS1 allows none there is said of it by its place.
    for word in _NEXT.split(text.strip()):
        ai, equals, value = word.partition("=")
        if not equals:
            raise Malformed("{word} is not AI=VALUE, such as 01=09521234000044", word=word)
        elements.append((ai, value))
    return tuple(elements)


def _lines(texts: list[str]) -> Iterator[str]:
    for text in texts:
        if text != "-":
            yield text.encode("utf-8", "replace").decode("utf-8")
            continue
        for line in sys.stdin.buffer:
            if stripped := line.decode("utf-8", "replace").strip(" \t\r\n"):
                yield stripped


def _each(
    texts: Iterator[str],
    answer: Callable[[str], dict[str, Any]],
    nothing: dict[str, Any],
    key: str = "uri",
) -> None:
    """One line for each text: what was answered, or what is wrong; exit 1 if anything is."""
    fine = True
    for text in texts:
        try:
            line = {key: text, "ok": True} | answer(text) | {"error": None}
        except Refused as problem:
            fine = False
            line = {key: text, "ok": False, **nothing, "error": text_of(problem, language())}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    if not fine:
        raise typer.Exit(1)
