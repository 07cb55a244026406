"""Recording from the command line: files in, signed contents in and out."""

from __future__ import annotations

import json
import secrets
import tomllib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from suyuan.adapters import key_file
from suyuan.adapters.keys import FileSigner, public_of, write_private
from suyuan.adapters.outside import SystemRandomness
from suyuan.cli import signing
from suyuan.cli.show import err, explain, in_words, node, progress, read, tell, words, write_json
from suyuan.core.content import parse_content
from suyuan.core.encoding import b64url, unb64url
from suyuan.core.errors import Malformed, NotFound, Refused
from suyuan.core.reasons import place_of_toml
from suyuan.core.strict_json import loads
from suyuan.core.tabular import events_of_table, parse_mapping
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming
from suyuan.flow.drafts import check_events, event_draft, signed
from suyuan.flow.jobs import incoming_of
from suyuan.flow.leaving import sentences, signed_events
from suyuan.flow.named import with_document
from suyuan.flow.proceed import capture_what_can

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from suyuan.bootstrap import Node

As = Annotated[str, typer.Option("--as", help="Organisation that records, by its URI")]
RoleOption = Annotated[str, typer.Option(help="administrator, recorder, certifier or regulator")]

SUFFIXES = (".json", ".jsonld", ".xml", ".csv")


def caller_for(opened: Node, organisation: str, role: str) -> Caller:
    """Whoever may read the node's secret may act for its organisations."""
    known = opened.database.accounts.organisation(organisation)
    if known is None:
        raise NotFound("no organisation {id}", id=organisation)
    if role not in {"administrator", "recorder", "certifier", "regulator"}:
        raise Refused("{role} is no role", role=role)
    return Caller(organisation, role, known.county, "command line")  # type: ignore[arg-type]


def files_of(paths: list[Path]) -> list[Path]:
    """The files named, and those below folders named, in order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        elif path.exists():
            found.append(path)
        else:
            raise NotFound("{file} is not there", file=str(path))
    return found


def incoming_file(path: Path, mapping: Path | None) -> list[Incoming]:
    """The events of a JSON or XML document, or of a CSV file through its mapping."""
    if path.suffix.lower() != ".csv":
        return incoming_of(read(path))
    if mapping is None:
        raise Refused("{file} is a table: say with --mapping where its columns go", file=path.name)
    try:
        text = read(path).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("{file} is not UTF-8; save it as «CSV UTF-8»", file=path.name) from None
    try:
        described = parse_mapping(tomllib.loads(read(mapping).decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Malformed(
            "{file} is no TOML; right is for example {example}",
            path=place_of_toml(str(problem)),
            file=mapping.name,
            example='bizStep = "harvesting"',
        ) from None
    return [Incoming(event, where) for where, event in events_of_table(text, described)]


def _checked(bar: Progress, task: TaskID, count: int) -> None:
    """The file's own line of the bar: its events that are checked, of all; then it goes in whole."""
    bar.update(task, completed=count)


@in_words
def capture(
    paths: Annotated[list[Path], typer.Argument(help="JSON, XML or CSV files, or folders of them")],
    organisation: As,
    role: RoleOption = "recorder",
    mapping: Annotated[Path | None, typer.Option(help="TOML: where a table's columns go")] = None,
    private: Annotated[list[str] | None, typer.Option(help="JSON pointer to make private")] = None,
    proceed: Annotated[
        bool,
        typer.Option("--proceed", help="Record what can be; tell what cannot, and exit with 1"),
    ] = False,
) -> None:
    """Record files. Each goes in whole or not at all; a file recorded before is not doubled.

    With --proceed, of each file all that can be goes in; the same file again, mended, adds the rest.
    """
    opened = node()
    caller = caller_for(opened, organisation, role)
    files = files_of(paths)
    if not files:
        raise NotFound("there is no .json, .jsonld, .xml or .csv file here")
    failed = 0
    with progress("{task.description}") as bar:
        task = bar.add_task(words("Recording"), total=len(files))
        for path in files:
            within = bar.add_task(escape(path.name), total=None)
            try:
                items = incoming_file(path, mapping)
                hidden = tuple(private or ())
                items = [Incoming(i.event, i.where, hidden) for i in items]
                before = opened.database.log.tail().size
                bar.update(within, total=len(items))
                checked = partial(_checked, bar, within)
                if proceed:
                    stopped = opened.leaving.stopped(caller, items)
                    captured = capture_what_can(
                        opened.capture, caller, items, on_checked=checked,
                        stopped={at: list(sentences(one)) for at, one in stopped.items()},
                    )  # fmt: skip
                    indices = tuple(i for i in captured.indices if i is not None)
                else:
                    captured = None
                    opened.leaving.require(caller, items)
                    if path.suffix.lower() == ".xml":
                        items = with_document(opened.capture, caller, read(path), items)
                    indices = opened.capture.events(caller, items, on_checked=checked)
                new = sum(1 for index in set(indices) if index >= before)
                tell(
                    "{file}: {count} events, {new} new, records {first} to {last}",
                    file=path.name,
                    count=len(indices),
                    new=new,
                    first=min(indices),
                    last=max(indices),
                )
                if captured is not None and captured.problems:
                    failed += 1
                    left = len(items) - len(indices)
                    err.print(
                        words("{file}: {count} events were left out", file=path.name, count=left),
                        style="red",
                    )
                    for one in captured.problems:
                        explain(one)
            except Refused as problem:
                failed += 1
                err.print(words("{file}: nothing of it was recorded", file=path.name), style="red")
                explain(problem)
            bar.remove_task(within)
            bar.advance(task)
    opened.close()
    if failed:
        raise typer.Exit(1)


@in_words
def keygen(path: Annotated[Path, typer.Argument(help="New key file; keep it to yourself")]) -> None:
    """Make a signing key that only you hold, and print what an administrator enrols."""
    seed = secrets.token_bytes(32)
    try:
        write_private(path, (b64url(seed) + "\n").encode(), first=True)
    except FileExistsError:
        raise Refused(
            "{file} is there already; a key is never overwritten", file=str(path)
        ) from None
    write_json({"kid": FileSigner(seed).kid, "x": b64url(public_of(seed))})


@in_words
def sign(
    source: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="One event or a document, JSON or XML; master data, JSON; or what you were asked: its "
            "link, or its request file",
        ),
    ],
    key: Annotated[Path, typer.Option(help="Key file of `suyuan keygen`, or of the page")],
    origin: Annotated[str, typer.Option(help="Name of the log, as in its policy")] = "",
    kind: Annotated[str, typer.Option(help="event or master")] = "event",
    private: Annotated[list[str] | None, typer.Option(help="JSON pointer to make private")] = None,
    answer: Annotated[
        Path | None, typer.Option(help="JSON: the answer to a request; without it, what is asked")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="The report itself: PDF, JPEG, PNG")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without asking")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o")] = None,
) -> None:
    """Sign offline; needs no service, no database and no network. Send the result to POST /records.

    A laboratory gives the link that it was sent in place of a file: what is asked is told, the answer is
    signed here, and sent.
    """
    signer = file_signer(key)
    path = Path(source)
    if signing.is_link(source) or (path.is_file() and signing.is_request(read(path))):
        signing.sign_request(
            source, signer, signer.public, origin=origin, answer=answer, report=report, yes=yes,
            output=output,
        )  # fmt: skip
        return
    if not origin:
        raise Refused("say with --origin which log it is for")
    randomness = SystemRandomness()
    if kind == "event":
        items = incoming_of(read(path))
        drafts = [
            event_draft(
                checked,
                private_at=tuple(private or ()),
                signer=signer,
                origin=origin,
                randomness=randomness,
            )
            for checked in check_events([(item.where, item.event) for item in items])
        ]
    elif kind == "master":
        value = loads(read(path))
        if not isinstance(value, dict):
            raise Malformed("master data is a JSON object")
        parse_content({"kind": "master", "master": value, "salt": "A" * 22})
        drafts = [
            signed(
                "master",
                value,
                signer=signer,
                origin=origin,
                randomness=randomness,
            )
        ]
    else:
        raise Refused("{kind} is not signed here; an event or master data is", kind=kind)
    documents: list[dict[str, Any]] = [
        {
            "content": json.loads(draft.content),
            "disclosures": list(draft.disclosures),
            "kid": draft.kid,
            "sig": b64url(draft.sig),
        }
        for draft in drafts
    ]
    write_json(documents, output)


def file_signer(path: Path) -> FileSigner:
    """The signer of a key file."""
    body = read(path)
    if (file := key_file.closed(body)) is not None:
        password = typer.prompt(
            words("Password of {file}", file=path.name), hide_input=True, err=True
        )
        return FileSigner(key_file.opened(file, password))
    text = body.decode("ascii", "replace").strip()
    try:
        return FileSigner(unb64url(text, size=32))
    except Malformed:
        raise Malformed("{file} is no key file of `suyuan keygen`", file=str(path)) from None


@in_words
def submit(
    path: Annotated[Path, typer.Argument(help="Signed contents, as `suyuan sign` wrote them")],
    organisation: As,
    role: RoleOption = "recorder",
) -> None:
    """Record contents that were signed elsewhere."""
    opened = node()
    documents = loads(read(path), max_depth=40)
    caller = caller_for(opened, organisation, role)
    contents = documents if isinstance(documents, list) else [documents]
    opened.leaving.require(caller, signed_events(contents))
    indices = opened.capture.signed(caller, contents)
    write_json({"indices": list(indices)})
    opened.close()
