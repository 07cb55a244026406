"""EPCIS documents for scripts and pipelines: JSON lines out, an exit code; needs no node.

JSON and XML alike, told apart by what they begin with. Files are read one after the other, so that
thousands in one call take no more memory than the largest.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from suyuan.adapters.system import of_system
from suyuan.cli.show import explain, in_words, language
from suyuan.core.epcis.document import read_document, read_loosely
from suyuan.core.epcis.event_hash import event_hash
from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.reading import is_xml, problems_of, read_source
from suyuan.core.epcis.shapes import rule_of
from suyuan.core.epcis.translate import Translated, to_links, to_urns
from suyuan.core.epcis.xml_writing import write_xml
from suyuan.core.errors import Many, NotFound, Refused, TooLarge
from suyuan.core.gs1.urn import known_prefixes
from suyuan.words import text_of

epcis = typer.Typer(
    help="Check, hash and convert EPCIS documents, JSON or XML.", no_args_is_help=True
)

MAX_BYTES = 64 << 20
MAX_ERRORS = 1000
"""No more are told of one document."""
SUFFIXES = (".json", ".jsonld", ".xml")

Files = Annotated[
    list[str],
    typer.Argument(help="JSON or XML files, folders of them, or - for standard input"),
]


def documents(files: list[str]) -> Iterator[tuple[str, bytes | Refused]]:
    """Each file's name and bytes, or why it could not be read; those below a folder in order."""
    for name in files:
        below = [name]
        if name != "-" and Path(name).is_dir():
            found = (path for path in Path(name).rglob("*") if path.suffix.lower() in SUFFIXES)
            below = [str(path) for path in sorted(found)]
        for path in below:
            shown = os.fsencode(path).decode("utf-8", "backslashreplace")
            try:
                yield shown, contents(path)
            except Refused as problem:
                yield shown, problem


def contents(name: str) -> bytes:
    """The bytes of a file, or of standard input; Refused where they cannot be had, or are too many."""
    try:
        if name == "-":
            data = typer.get_binary_stream("stdin").read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        why = of_system(problem)
        raise NotFound("it cannot be read: {why}", why=why, rule="file") from None
    if len(data) > MAX_BYTES:
        raise TooLarge("a document has at most {most} bytes", most=MAX_BYTES)
    return bytes(data)


def line(value: dict[str, Any]) -> None:
    """One line of JSON on standard output."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    sys.stdout.write(text.decode() + "\n")


def told(problem: Refused) -> dict[str, str]:
    """A refusal for a machine and for a person."""
    shown = text_of(problem, language())
    return {"path": problem.path, "rule": rule_of(problem), "message": shown}


@epcis.command()
@in_words
def validate(files: Files) -> None:
    """Say of each document whether it is valid EPCIS 2.0, and all that is wrong with it."""
    valid = True
    for name, data in documents(files):
        found = iter([data]) if isinstance(data, Refused) else problems_of(data)
        errors = [told(problem) for problem in islice(found, MAX_ERRORS)]
        valid = valid and not errors
        line({"file": name, "valid": not errors, "errors": errors})
    if not valid:
        raise typer.Exit(1)


@epcis.command("hash")
@in_words
def hash_events(files: Files) -> None:
    """Write the CBV event hash ID of each event, valid or not, in the document's order."""
    whole = True
    for name, data in documents(files):
        for place, hashed in hashes(data):
            if isinstance(hashed, str):
                line({"file": name, "index": place, "hash": hashed})
            else:
                whole = False
                line({"file": name, "index": place, "hash": None, "error": told(hashed)})
    if not whole:
        raise typer.Exit(1)


def hashes(data: bytes | Refused) -> Iterator[tuple[int | None, str | Refused]]:
    """Place and hash of each event, or why it has none; no place where it is the document's fault."""
    if isinstance(data, Refused):
        yield None, data
        return
    try:
        found = read_loosely(read_source(data).value)
    except Many as several:
        yield from ((None, one) for one in several.errors if isinstance(one, Refused))
        return
    except Refused as problem:
        yield None, problem
        return
    context: Any = None
    namespaces = Namespaces()
    for place, event in enumerate(found.events):
        own = event.get("@context")
        if own is not context:
            context, namespaces = own, Namespaces(own)
        try:
            yield place, event_hash(event, namespaces)
        except Refused as problem:
            yield place, problem.at(found.pointer(place))


class Form(StrEnum):
    """What a document can be converted to: another syntax, or other identifiers."""

    json = "json"
    xml = "xml"
    urn = "urn"
    dl = "dl"


@epcis.command()
@in_words
def convert(
    file: Annotated[str, typer.Argument(help="A JSON or XML file, or - for standard input")],
    to: Annotated[Form, typer.Option(help="A syntax, or EPC URNs, or Digital Links")],
    prefix: Annotated[
        list[str] | None, typer.Option(help="A company prefix, so that its length is known")
    ] = None,
    length: Annotated[
        int | None, typer.Option(min=6, max=12, help="Length of all other company prefixes")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o")] = None,
) -> None:
    """Write the same events as JSON or XML, or with other identifiers; the hashes stay the same.

    Identifiers that have no such form stay, and are told: then the exit code is 1.
    """
    data = contents(file)
    value, xml = read_source(data).value, is_xml(data)
    left: list[Refused] = []
    if to in (Form.json, Form.xml):
        read_document(value)
        xml = to == Form.xml
    else:
        known = known_prefixes(prefix or (), length)
        value = with_identifiers(
            value, to_links if to == Form.dl else lambda event: to_urns(event, known), left
        )
    if xml:
        created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        written = write_xml(value, created=created)
    else:
        written = json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"
    if output is None:
        stdout = typer.get_binary_stream("stdout")
        stdout.write(written)
        stdout.flush()
    else:
        output.write_bytes(written)
    for problem in left:
        explain(problem)
    if left:
        raise typer.Exit(1)


def with_identifiers(
    value: Any, translate: Callable[[dict[str, Any]], Translated], left: list[Refused]
) -> Any:
    """The document with each event translated; what has no such form goes into ``left``."""
    found = read_document(value)

    def one(event: dict[str, Any], place: int) -> dict[str, Any]:
        translated = translate(event)
        left.extend(problem.at(found.pointer(place)) for problem in translated.left)
        return translated.event

    def inside(holder: Any, steps: list[str]) -> Any:
        if not steps:
            return [one(event, place) for place, event in enumerate(holder)]
        return {**holder, steps[0]: inside(holder[steps[0]], steps[1:])}

    return one(value, 0) if found.base is None else inside(value, found.base.split("/")[1:])
