"""The page of one record for who follows a link to its proof: what it is, and how far it is proved."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from suyuan.core.identifiers import object_id
from suyuan.core.story_values import Said
from suyuan.core.visibility import PUBLIC
from suyuan.flow.proof_state import ProofState, State, proof_state
from suyuan.web.deps import node_of
from suyuan.web.pages import faced, scanner_of, sheet
from suyuan.web.verdicts import Tone, Verdict
from suyuan.web.wording import Wording, word

_MOST_BUNDLES = 5
_KINDS: Mapping[str, Said] = {
    "event": Said("Something that happened"),
    "master": Said("A description of a thing or a place"),
    "key": Said("A signing key"),
    "erasure": Said("The deletion of another record’s content"),
}
_FACES: Mapping[State, tuple[Tone, str, str, str]] = {
    "waiting": (
        "attention", "clock", word("Recorded a moment ago, not sealed yet"),
        word("It is signed and in the log. In a few minutes the log signs for it too."),
    ),
    "sealed": (
        "attention", "clock", word("Sealed, not in the blockchain yet"),
        word(
            "The log has signed for this record. Until it is in the blockchain too, that it stays as it "
            "is rests on the log’s word alone."
        ),
    ),
    "mined": (
        "attention", "clock", word("In a block, not final yet"),
        word("The block is on the chain, and could still be replaced by another one. Look again later."),
    ),
    "anchored": (
        "ours", "chain", word("Anchored in the blockchain"),
        word("This record has not changed since; nobody can change or remove it unnoticed."),
    ),
    "broken": (
        "alarm", "broken", word("The proof does not hold"),
        word("Do not rely on this record. Tell the keeper of the log, and keep what you see here."),
    ),
}  # fmt: skip
_CHAINLESS = word(
    "The log has signed for this record. It is not tied to a blockchain so far, so that the record "
    "stays as it is rests on the log’s word alone."
)


def record_page(request: Request, index: int) -> Response:
    """What the public may know of the record at a place in the log, and its proof, checked just now."""
    return faced(request, lambda asked: _page(asked, index))


def _page(request: Request, index: int) -> Response:
    node = node_of(request)
    view = node.prover.record(PUBLIC, index)
    proved = proof_state(
        view,
        origin=node.settings.origin,
        verifier=node.sealer.signer.verifier,
        anchors=node.database.anchors,
    )
    known, deed = scanner_of(request).record(index)
    policy = node.policy()
    # What nobody may see of a record leads nowhere either: a thing's name would tell what it is about.
    shown = known.kind == "event" and not known.hidden
    things = [name for name in known.extends if shown and object_id(name) and "#" not in name]
    return sheet(
        "record.html",
        lambda _: _verdict(proved, _),
        request,
        index=index,
        known=known,
        deed=deed,
        kind=_KINDS.get(known.kind, _KINDS["event"]),
        proved=proved,
        test_chain=policy is not None and policy.is_test_chain,
        fingerprint=policy.fingerprint() if policy is not None else None,
        bundles=[
            (name.rsplit("/", 1)[-1], f"/bundle?subject={quote(name, safe=':/')}")
            for name in things[:_MOST_BUNDLES]
        ]
        if proved.state != "waiting"
        else [],
    )


def _verdict(proved: ProofState, _: Wording) -> Verdict:
    tone, icon, title, line = _FACES[proved.state]
    if proved.state == "sealed" and not proved.has_chain:
        line = _CHAINLESS
    return Verdict(f"record-{proved.state}", 200, tone, icon, _(title), (_(line),))
