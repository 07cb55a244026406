"""A laboratory signs what it was asked, from a link or a request file, on a machine of its own."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import typer

from suyuan.adapters.keys import FileSigner
from suyuan.adapters.outside import SystemRandomness
from suyuan.adapters.sign_client import SigningLink
from suyuan.cli.show import err, read, words, write_json
from suyuan.core.attest import VERSION, answers, check_answers, fields_of, fingerprint, possession
from suyuan.core.encoding import b64url
from suyuan.core.errors import Malformed, Refused
from suyuan.core.farm.fill import Ground
from suyuan.core.signed_answer import Report, member_of, packed
from suyuan.core.strict_json import loads
from suyuan.flow.drafts import check_events, event_draft
from suyuan.flow.signing import asked_in


def is_link(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def is_request(body: bytes) -> bool:
    """Whether a file is a request rather than an event to be signed."""
    try:
        told = loads(body, max_depth=40)
    except Refused:
        return False
    return isinstance(told, dict) and told.get("suyuan") == VERSION


def sign_request(
    source: str,
    signer: FileSigner,
    public: bytes,
    *,
    origin: str,
    answer: Path | None,
    report: Path | None,
    yes: bool,
    output: Path | None,
) -> None:
    """From a link the answer is sent at once; from a file it is written, with the report within it, to
    be sent by whoever has the link. Without ``answer``: what is asked, and the fields of the answer."""
    link = SigningLink(source) if is_link(source) else None
    told: Any = link.request() if link else loads(read(Path(source)), max_depth=40)
    if origin and origin != told["origin"]:
        raise Refused(
            "this request is of the log {found}, not of {wanted}",
            found=told["origin"],
            wanted=origin,
        )
    if told["purpose"] == "key":
        if link is None:
            raise Refused("a key is brought by its link, not by a file")
        proof = signer.sign(possession(told["origin"], signer.kid, told["id"]))
        brought = link.bring(b64url(public), b64url(proof))
        write_json({**brought, "fingerprint": fingerprint(signer.kid)})
        err.print(words("Read the fingerprint out to the administrator when they call."))
        return
    asked = asked_in(told)
    if answer is None:
        common, each = fields_of(asked)
        write_json(
            {
                **told,
                "answer": {
                    **{one.name: "" for one in common},
                    **(
                        {"items": [{f.name: "" for f in each} for _ in asked.items]} if each else {}
                    ),
                },
            }
        )
        return
    given = loads(read(answer), max_depth=40)
    if not isinstance(given, dict):
        raise Malformed("send a JSON object")
    # What is signed is the digest of the file that lies here, whatever a service may answer.
    file = Report(report.name, read(report)) if report is not None else None
    attachments = [member_of(file)] if file is not None else []
    today = datetime.now(timezone(timedelta(hours=8))).date()
    ground = Ground(today, asked.base)
    events = answers(asked, given, ground, attachments)
    check_answers(asked, events, ground)
    if not yes:
        for event in events:
            err.print(json.dumps(event, ensure_ascii=False, indent=2), markup=False)
        typer.confirm(words("Sign this?"), abort=True, err=True)
    drafts = [
        event_draft(
            checked, private_at=(), signer=signer, origin=told["origin"],
            randomness=SystemRandomness(),
        )
        for checked in check_events([(str(n), event) for n, event in enumerate(events)])
    ]  # fmt: skip
    documents: list[dict[str, Any]] = [
        {
            "content": json.loads(draft.content),
            "disclosures": [],
            "kid": draft.kid,
            "sig": b64url(draft.sig),
        }
        for draft in drafts
    ]
    answered = packed(documents, file)
    write_json(link.answer(answered) if link else answered, output)
