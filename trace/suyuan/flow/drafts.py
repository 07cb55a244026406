"""From what a caller sends to what is appended: validated, private fields out, salted, signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.core import entry, jcs, keys, private
from suyuan.core.content import content_digest, decode_content
from suyuan.core.encoding import parse_digest, unb64url
from suyuan.core.epcis.validate import validate_event
from suyuan.core.errors import Forbidden, Malformed, Many, Refused, SuyuanError
from suyuan.core.exports.plots import is_position
from suyuan.core.lineage.refusals import impossible_amounts
from suyuan.core.master.settle import settled_position
from suyuan.core.strict_json import MAX_DEPTH
from suyuan.core.visibility import names_private, private_pointers
from suyuan.ports.outside import Randomness, Signer


@dataclass(frozen=True, slots=True)
class Draft:
    """Signed content on its way into the log."""

    kind: str
    value: Mapping[str, Any]
    content: bytes
    digest: bytes
    disclosures: tuple[str, ...]
    kid: str
    sig: bytes
    bare: bytes = b""
    """JCS of an event with its private fields in place: by it a repeat is recognised."""
    serials: tuple[tuple[str, str], ...] = field(default=())
    """(salt, serial) in issue order, for an event that carries ``suyuan:serials``."""
    serial_lot: str = ""
    where: str = ""
    """Where it stood in the caller's input: JSON pointer, or file and line."""
    registered: bool = False
    """Whether the register of certificates is issuing it (flow/certificates.py)."""

    @property
    def attachments(self) -> tuple[bytes, ...]:
        """As ``carried``."""
        return carried(self.kind, self.value)

    @property
    def attached_at(self) -> tuple[str, ...]:
        """Where each stands in it."""
        if self.kind == "master":
            return ("suyuan:picture/digest",) * len(self.attachments)
        return tuple(f"suyuan:attachments/{n}/digest" for n in range(len(self.attachments)))


def carried(kind: str, value: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Digests of the attachments that an event names (formats.md §1), or of a thing's picture."""
    if kind == "master":
        picture = value.get("suyuan:picture")
        return (parse_digest(picture["digest"]),) if isinstance(picture, dict) else ()
    named = value.get("suyuan:attachments", ()) if kind == "event" else ()
    return tuple(parse_digest(item["digest"]) for item in named)


def described(value: Mapping[str, Any], digest: bytes) -> tuple[str, str]:
    """Media type and name of an attachment, as the content says that carries it."""
    picture = value.get("suyuan:picture")
    named = [picture] if isinstance(picture, dict) else value.get("suyuan:attachments", ())
    one = next(item for item in named if parse_digest(item["digest"]) == digest)
    return one["mediaType"], one["name"]


@dataclass(frozen=True, slots=True)
class CheckedEvent:
    """An event that may be recorded: its JCS form, and the members that the table makes private."""

    event: dict[str, Any]
    where: str
    canonical: bytes
    private_at: tuple[str, ...]


def check_events(events: Sequence[tuple[str, Any]]) -> list[CheckedEvent]:
    """Validate all of them; raises Many with every problem of every event, by its place."""
    problems: list[SuyuanError] = []
    checked: list[CheckedEvent] = []
    for where, event in events:
        if not isinstance(event, dict):
            problems.append(Malformed("an event is a JSON object", path=where))
            continue
        try:
            canonical = jcs.dumps(event)
        except Malformed as problem:
            problems.append(problem.at(where))
            continue
        problems.extend(validate_event(event, at=where, size=len(canonical)))
        problems.extend(problem.at(where) for problem in impossible_amounts(event))
        if _too_deep(event, canonical):
            problems.append(
                Malformed("an event nests at most {most} deep", path=where, most=MAX_DEPTH - 1)
            )
            continue
        at: tuple[str, ...] = ()
        if names_private(canonical):
            found, stuck = private_pointers(event)
            at = tuple(found)
            problems.extend(_without_datum(event, found, where))
            problems.extend(
                Refused(
                    "{name} is private and cannot stand inside a list; put it beside the list",
                    path=where + pointer,
                    name=pointer.rsplit("/", 1)[-1],
                )
                for pointer in stuck
            )
        checked.append(CheckedEvent(event, where, canonical, at))
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Many(problems)
    return checked


def _without_datum(
    event: Mapping[str, Any], pointers: Sequence[str], where: str
) -> Iterator[SuyuanError]:
    """A position means nothing without the datum that it is in; an event is kept as it comes."""
    for pointer in pointers:
        if pointer.endswith("/suyuan:position"):
            value: Any = event
            for token in pointer[1:].split("/"):
                value = value[token.replace("~1", "/").replace("~0", "~")]
            if not is_position(settled_position(value)):
                yield Malformed(
                    "a position has a datum: WGS-84, CGCS2000 or GCJ-02; right is for example {example}",
                    path=where + pointer,
                    example='{"lat": 30.101201, "lon": 118.900101, "datum": "WGS-84"}',
                )


def _too_deep(event: dict[str, Any], canonical: bytes) -> bool:
    """Whether the content around the event would nest deeper than formats.md §0 allows."""
    if canonical.count(b"{") + canonical.count(b"[") < MAX_DEPTH:
        return False
    level: list[Any] = [event]
    for _ in range(MAX_DEPTH - 1):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


def event_draft(
    checked: CheckedEvent,
    *,
    private_at: Sequence[str],
    signer: Signer,
    origin: str,
    randomness: Randomness,
    serials: tuple[tuple[str, str], ...] = (),
    serial_lot: str = "",
    bare: bytes | None = None,
    registered: bool = False,
) -> Draft:
    """Sign a checked event with a key in our keeping; what the table calls private is taken out.

    ``bare``: what a repeat is recognised by, where that is not the event as it came.
    """
    pointers = {*checked.private_at, *private_at}
    shown, canonical = checked.event, checked.canonical
    disclosures: tuple[str, ...] = ()
    if pointers:
        try:
            shown, disclosures = private.hide(
                checked.event, [(at, randomness.salt()) for at in sorted(pointers)]
            )
        except Refused as problem:
            raise problem.at(checked.where) from None
        canonical = jcs.dumps(shown)
    # JCS of {"event", "kind", "salt"}: the names are in order already, and the salt needs no escapes.
    encoded = b'{"event":%b,"kind":"event","salt":"%b"}' % (canonical, randomness.salt().encode())
    digest = content_digest(encoded)
    return Draft(
        "event",
        shown,
        encoded,
        digest,
        disclosures,
        signer.kid,
        signer.sign(entry.record_message(origin, signer.kid, digest)),
        checked.canonical if bare is None else bare,
        serials,
        serial_lot,
        checked.where,
        registered,
    )


def signed(
    kind: str,
    value: dict[str, Any],
    *,
    signer: Signer,
    origin: str,
    randomness: Randomness,
) -> Draft:
    """Salt and sign one content that is no event (formats.md §2, §3)."""
    encoded = jcs.dumps({"kind": kind, kind: value, "salt": randomness.salt()})
    digest = content_digest(encoded)
    return Draft(
        kind,
        value,
        encoded,
        digest,
        (),
        signer.kid,
        signer.sign(entry.record_message(origin, signer.kid, digest)),
    )


def presigned(document: Any, *, origin: str, public_key: bytes, where: str = "") -> Draft:
    """Take content that its signer signed elsewhere (``suyuan sign``), checking all of it.

    ``document`` = {"content": {…}, "disclosures": […], "kid": "…", "sig": "…"}.
    """
    members = {"content", "disclosures", "kid", "sig"}
    if not isinstance(document, dict) or set(document) != members:
        raise Malformed(
            "signed content has just the members {members}",
            path=where,
            members="content, disclosures, kid, sig",
        )
    disclosures = document["disclosures"]
    if not isinstance(disclosures, list) or not all(isinstance(d, str) for d in disclosures):
        raise Malformed("disclosures is a list of texts", path=f"{where}/disclosures")
    encoded = jcs.dumps(document["content"])
    parsed = decode_content(encoded)
    digest = content_digest(encoded)
    kid, sig = document["kid"], document["sig"]
    if kid != keys.kid_of(public_key):
        raise Forbidden("the key {kid} is not enrolled", path=f"{where}/kid", kid=kid)
    if not isinstance(sig, str) or not keys.verify(
        public_key, entry.record_message(origin, kid, digest), unb64url(sig)
    ):
        raise Forbidden("the signature does not fit this content, key and log", path=f"{where}/sig")
    bare = b""
    if parsed.kind == "event":
        revealed = private.reveal(dict(parsed.value), disclosures)
        bare = jcs.dumps(revealed)
        (checked,) = check_events([(f"{where}/content/event", dict(parsed.value))])
        at = f"{where}/content/event"
        problems = list(_without_datum(revealed, private_pointers(revealed)[0], at))
        if problems:
            raise Many(problems)
        if checked.private_at:
            raise Many(
                [
                    Refused(
                        "{name} is private: take it out into a private field before signing",
                        path=at + pointer,
                        name=pointer.rsplit("/", 1)[-1],
                    )
                    for pointer in checked.private_at
                ]
            )
    elif disclosures:
        raise Malformed("only events have private fields", path=f"{where}/disclosures")
    return Draft(
        parsed.kind,
        parsed.value,
        encoded,
        digest,
        tuple(disclosures),
        kid,
        unb64url(sig),
        bare,
        where=where,
    )
