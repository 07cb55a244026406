"""A witness: cosigns a log's head only if it grew out of the head that was cosigned before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from suyuan.core import merkle
from suyuan.core.cosignature import Cosigner
from suyuan.core.errors import Conflict, Forbidden, NotFound, ProofError
from suyuan.core.note import NoteVerifier, open_note
from suyuan.core.witness import parse_request
from suyuan.ports.witness import Seen, WitnessStore


class Elsewhere(Conflict):
    """The old size is not the one cosigned last, which is ``size`` (409 with it in the body)."""

    def __init__(self, size: int) -> None:
        super().__init__("the size cosigned last is {size}", size=size)
        self.size = size


@dataclass(slots=True)
class Witness:
    """Answers add-checkpoint (C2SP tlog-witness). ``logs``: verifier keys by origin."""

    cosigner: Cosigner
    logs: Mapping[str, Sequence[NoteVerifier]]
    store: WitnessStore
    seconds: Callable[[], int]
    """POSIX time."""

    def add(self, body: bytes) -> str:
        """The cosignature's line.

        Malformed 400, NotFound 404 (another log), Forbidden 403 (not its key), Elsewhere 409,
        Conflict 409 (another root at the same size), ProofError 422. Nothing is remembered but
        what is cosigned, and that before the line is given out.
        """
        request = parse_request(body)
        checkpoint = request.checkpoint
        verifiers = self.logs.get(checkpoint.origin)
        if verifiers is None:
            raise NotFound(
                "this witness does not follow the log {origin}", origin=checkpoint.origin
            )
        try:
            open_note(request.note, verifiers)
        except ProofError as problem:
            raise Forbidden(
                "the checkpoint is not signed by the log's key: {why}", why=problem
            ) from None
        old = self.store.seen(checkpoint.origin)
        known = old.size if old else 0
        if request.old_size != known:
            raise Elsewhere(known)
        new = Seen(checkpoint.size, checkpoint.root)
        if old is not None and new.size == old.size and new.root != old.root:
            raise Conflict(
                "the log showed another root at size {size} before: that is proof of two histories",
                size=new.size,
            )
        root = old.root if old else merkle.EMPTY_ROOT
        merkle.verify_consistency(known, root, new.size, new.root, request.proof)
        if new != old and not self.store.advance(checkpoint.origin, old, new):
            seen = self.store.seen(checkpoint.origin)
            raise Elsewhere(seen.size if seen else 0)
        return self.cosigner.cosign(request.text, self.seconds())
