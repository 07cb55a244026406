"""From what a caller sends to what is appended: validated, private fields out, salted, signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.core import entry, jcs, keys, private, strict_json
from suyuan.core.content import content_digest, parse_content
from suyuan.core.encoding import unb64url
from suyuan.core.epcis.event_hash import event_hash
from suyuan.core.epcis.validate import validate_event
from suyuan.core.errors import Forbidden, Malformed, Many, Refused, SuyuanError
from suyuan.core.visibility import private_pointers
from suyuan.ports.outside import Randomness, Signer


@dataclass(frozen=True, slots=True)
class Draft:
    """Signed content on its way into the log. ``bare`` is the event with private fields in place."""

    kind: str
    value: Mapping[str, Any]
    content: bytes
    digest: bytes
    disclosures: tuple[str, ...]
    kid: str
    sig: bytes
    bare: Mapping[str, Any] | None = None
    serials: tuple[tuple[str, str], ...] = field(default=())
    """(salt, serial) in issue order, for an event that carries ``suyuan:serials``."""
    serial_lot: str = ""
    where: str = ""
    """Where it stood in the caller's input: JSON pointer, or file and line."""


def check_events(events: Sequence[tuple[str, Any]]) -> None:
    """Validate all of them; raises Many with every problem of every event, by its place."""
    problems: list[SuyuanError] = []
    for where, event in events:
        if not isinstance(event, dict):
            problems.append(Malformed("an event is a JSON object", path=where))
            continue
        problems.extend(problem.at(where) for problem in validate_event(event))
        stuck = private_pointers(event)[1]
        problems.extend(
            Refused(
                "{name} is private and cannot stand inside a list; put it beside the list",
                path=where + pointer,
                name=pointer.rsplit("/", 1)[-1],
            )
            for pointer in stuck
        )
    if problems:
        raise Many(problems)


def event_draft(
    event: dict[str, Any],
    *,
    private_at: Sequence[str],
    signer: Signer,
    origin: str,
    randomness: Randomness,
    where: str = "",
    serials: tuple[tuple[str, str], ...] = (),
    serial_lot: str = "",
) -> Draft:
    """Sign a validated event with a key in our keeping; what the table calls private is taken out."""
    pointers = sorted({*private_pointers(event)[0], *private_at})
    shown: dict[str, Any] = event
    disclosures: tuple[str, ...] = ()
    if pointers:
        try:
            shown, hidden = private.hide(event, [(at, randomness.salt()) for at in pointers])
        except Refused as problem:
            raise problem.at(where) from None
        disclosures = tuple(hidden)
    return signed(
        "event",
        shown,
        signer=signer,
        origin=origin,
        randomness=randomness,
        disclosures=disclosures,
        bare=event,
        where=where,
        serials=serials,
        serial_lot=serial_lot,
    )


def signed(
    kind: str,
    value: dict[str, Any],
    *,
    signer: Signer,
    origin: str,
    randomness: Randomness,
    disclosures: tuple[str, ...] = (),
    bare: Mapping[str, Any] | None = None,
    where: str = "",
    serials: tuple[tuple[str, str], ...] = (),
    serial_lot: str = "",
) -> Draft:
    """Salt and sign one content (formats.md §2, §3)."""
    encoded = jcs.dumps({"kind": kind, kind: value, "salt": randomness.salt()})
    digest = content_digest(encoded)
    return Draft(
        kind,
        value,
        encoded,
        digest,
        disclosures,
        signer.kid,
        signer.sign(entry.record_message(origin, signer.kid, digest)),
        bare,
        serials,
        serial_lot,
        where,
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
    parsed = parse_content(strict_json.loads(encoded))
    digest = content_digest(encoded)
    kid, sig = document["kid"], document["sig"]
    if kid != keys.kid_of(public_key):
        raise Forbidden("the key {kid} is not enrolled", path=f"{where}/kid", kid=kid)
    if not isinstance(sig, str) or not keys.verify(
        public_key, entry.record_message(origin, kid, digest), unb64url(sig)
    ):
        raise Forbidden("the signature does not fit this content, key and log", path=f"{where}/sig")
    bare: Mapping[str, Any] | None = None
    if parsed.kind == "event":
        bare = private.reveal(dict(parsed.value), disclosures)
        check_events([(f"{where}/content/event", parsed.value)])
        exposed = private_pointers(parsed.value)[0]
        if exposed:
            raise Many(
                [
                    Refused(
                        "{name} is private: take it out into a private field before signing",
                        path=f"{where}/content/event{p}",
                        name=p.rsplit("/", 1)[-1],
                    )
                    for p in exposed
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


def hash_of(draft: Draft) -> str:
    """CBV event hash ID of the committed form, or "" where there is none to give."""
    return event_hash(dict(draft.value)) if draft.kind == "event" else ""
