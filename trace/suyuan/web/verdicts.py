"""The first thing a page says: one line, its colour and sign, and what it means. And with what status.

A code that leads nowhere is 404: nothing is at that address; one that cannot be is 400. A code of
which all was deleted is 410. A damaged record is 500 and names itself. Everything else that is known of
a code, a recall above all, is an answer, and so 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from suyuan.core.errors import Damaged, Malformed, NotFound, SuyuanError, TooLarge, Unavailable
from suyuan.core.story import Recall
from suyuan.core.story_about import About
from suyuan.core.story_face import Face, hold_of, recall_of
from suyuan.core.story_names import Who
from suyuan.flow.scan import Miss, Scan
from suyuan.flow.scans import Told
from suyuan.web.wording import Wording, word
from suyuan.words import text_of

Tone = Literal["ours", "attention", "alarm"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``strong`` is what a reader has to do, where there is something to do."""

    face: str
    status: int
    tone: Tone
    icon: str
    title: str
    lines: tuple[str, ...]
    strong: str = ""


def of_scan(scan: Scan, face: Face, _: Wording) -> Verdict:
    """Of a code that something is recorded of."""
    status = 410 if face == "erased" else 200
    if face == "recalled":
        return _recalled(scan, _, status)
    if face == "held":
        return _held(scan, _, status)
    tone, icon, title = _FACES[face]
    story = scan.story
    params: dict[str, object] = {}
    lines: list[str] = []
    who = _.who(story.issuer) if story.issuer and not scan.about else None
    if scan.about and face in ("issued", "undisclosed"):
        return _recorded(scan.about, _)
    if face == "issued":
        if who is None:
            title = word("A code that something is recorded of")
        params["who"] = who
        lines.append(
            _(
                "A code can be copied, so it does not make the pack in your hand the genuine one. "
                "But nobody can change unnoticed what is recorded under it."
            )
        )
        return Verdict(face, status, tone, icon, _(title, **params), tuple(lines))
    if face == "expired" and story.best_before:
        params["day"] = story.best_before
    elif face == "failing":
        lines.append(_("Nobody has called it back so far. The test stands below."))
    elif face == "withdrawn" and story.withdrawn:
        deed = story.withdrawn
        did = _.said(deed.title) if deed.title else ""
        lines.append(_("{day}, {who}: {did}.", day=deed.day, who=_.who(deed.who), did=did))
    elif face == "erased":
        lines.append(
            _(
                "An administrator deleted the content, as the protection of persons may demand. That "
                "there were records, and their fingerprints, stay in the log."
            )
        )
    elif face == "unsealed":
        lines.append(
            _(
                "The records below can no longer be changed once they are sealed, a few minutes "
                "from now. Look again then."
            )
        )
    elif face in ("unanchored", "silent"):
        lines.append(_(_WAITING[face if scan.standing.has_chain else "chainless"]))
    if who is not None:
        lines.append(_("{who} issued this code.", who=who))
    return Verdict(face, status, tone, icon, _(title, **params), tuple(lines))


_WORSE = frozenset({"recalled", "failing", "withdrawn", "held", "erased"})
"""Faces that stay in front whatever became of the code itself."""


def with_code(verdict: Verdict, code: Told, issuer: Who | None, _: Wording) -> Verdict:
    """The same with what is known of the code itself; never that a pack is genuine."""
    found = _of_code(code, _)
    seen = _seen(code, _)
    lines = (*verdict.lines, *([seen] if seen else []))
    if found is None:
        return replace(verdict, lines=lines)
    face, tone, icon, title, text, strong = found
    if verdict.face in _WORSE:
        return replace(
            verdict,
            lines=(*lines, _("{title}: {text}", title=title, text=text)),
        )
    kept = [_("{who} issued this code.", who=_.who(issuer))] if issuer else []
    return Verdict(
        face, verdict.status, tone, icon, title, (text, *kept, *([seen] if seen else [])), strong
    )


def _seen(code: Told, _: Wording) -> str:
    if code.first is None:
        return ""
    if code.seen <= 1:
        return _("First scanned on {day}, seen once so far.", day=code.first)
    return _("First scanned on {day}, seen {n} times so far.", day=code.first, n=code.seen)


def _of_code(code: Told, _: Wording) -> tuple[str, Tone, str, str, str, str] | None:
    """(face, tone, icon, title, what it means, what to do), where something stands against it."""
    if code.state == "voided":
        return (
            "voided", "alarm", "stop", _("This code was voided"),
            _("Whoever issued it took it out of use. No pack on sale should carry it."),
            _("Do not trust the pack; ask where you bought it."),
        )  # fmt: skip
    if code.state == "returned":
        return (
            "returned", "alarm", "stop", _("This code was given back unused"),
            _("Its label was never used, so no pack on sale should carry it."),
            _("Do not trust the pack; ask where you bought it."),
        )  # fmt: skip
    if code.state == "issued":
        return (
            "inactive", "attention", "clock", _("This code is not in use yet"),
            _("It was issued for a pack, and nobody has recorded that the pack was filled."),
            _("If it is on a pack in a shop, ask where it comes from."),
        )  # fmt: skip
    if code.right in ("suspended", "withdrawn"):
        brand = _.name(code.brand)
        said = {"brand": brand, "day": _.day(code.since) if code.since else ""}
        title = (
            _("The right to use {brand} is suspended", **said)
            if code.right == "suspended"
            else _("The right to use {brand} was withdrawn", **said)
        )
        text = _("The brand's owner recorded this on {day}.", **said)
        if code.reason:
            text += _.gap + _("Reason: {reason}", reason=code.reason)
        return f"brand-{code.right}", "attention", "ask", title, text, ""
    return None


def _recorded(about: About, _: Wording) -> Verdict:
    """Of what is no lot and no pack, where nothing is wrong with it."""
    thing = _(THINGS[about.key])
    lines = [
        _(
            "Below stands what is recorded of it for everybody to see. Nobody can change that "
            "unnoticed; that it is true, whoever recorded it vouches for."
        )
    ]
    title = _("What is recorded of this {thing}", thing=thing)
    return Verdict("recorded", 200, "ours", "book", title, tuple(lines))


def _recalled(scan: Scan, _: Wording, status: int) -> Verdict:
    recall = recall_of(scan.story)
    assert recall is not None
    said: dict[str, object] = {"who": _.who(recall.who), "day": recall.day}
    if scan.about and recall.upstream:
        title = _("Something in it was recalled")
        what = _.name(recall.about.names, recall.about.id) if recall.about else _("something")
        lines = [_("{who} recalled {what} on {day}.", what=what, **said)]
    elif recall.about:
        title = _("Made from something recalled")
        what = _.name(recall.about.names, recall.about.id)
        lines = [_("{who} recalled {what} on {day}.", what=what, **said)]
    elif recall.upstream:
        title = _("Something it was made from or packed in was recalled")
        lines = [_("{who} recalled that on {day}.", **said)]
    else:
        title = _("Recalled")
        lines = [_("{who} recalled it on {day}.", **said)]
    lines += _reason_and_issuer(scan, recall, _)
    advice = _.name(recall.advice) or _("Do not use it; ask where you bought it.")
    return Verdict("recalled", status, "alarm", "stop", title, tuple(lines), advice)


def _held(scan: Scan, _: Wording, status: int) -> Verdict:
    hold = hold_of(scan.story)
    assert hold is not None
    said: dict[str, object] = {"who": _.who(hold.who), "day": hold.day}
    if hold.about:
        what = _.name(hold.about.names, hold.about.id)
        title = _("Made from something that is on hold")
        lines = [_("{who} put {what} on hold on {day}.", what=what, **said)]
    elif hold.upstream:
        title = _("Something it was made from or packed in is on hold")
        lines = [_("{who} put that on hold on {day}.", **said)]
    else:
        title = _("On hold: not for sale until it is looked into")
        lines = [_("{who} put it on hold on {day}.", **said)]
    lines += _reason_and_issuer(scan, hold, _)
    advice = _.name(hold.advice) or _("Wait with eating or selling it until the hold ends.")
    return Verdict("held", status, "attention", "ask", title, tuple(lines), advice)


def _reason_and_issuer(scan: Scan, act: Recall, _: Wording) -> list[str]:
    """A page of a place or document has no issuer to name: many organisations record of it."""
    lines: list[str] = []
    if act.reason:
        lines.append(_("Reason: {reason}", reason=act.reason))
    if scan.story.issuer and not scan.about:
        lines.append(_("{who} issued this code.", who=_.who(scan.story.issuer)))
    return lines


def of_miss(miss: Miss, _: Wording) -> Verdict:
    """Of a code that leads nowhere."""
    title, *lines = _MISSES[miss]
    status = 400 if miss == "misread" else 404
    return Verdict(miss, status, "attention", "ask", _(title), tuple(map(_, lines)))


def of_malformed(problem: Malformed, _: Wording) -> Verdict:
    """Of a code that cannot be, and what is wrong with it."""
    title, *lines = _MISSES["misread"]
    wrong = text_of(problem, _.language)
    return Verdict("misread", 400, "attention", "ask", _(title), (*map(_, lines), wrong))


def of_unknown(key: str, _: Wording) -> Verdict:
    """Of a well-formed code of any key of which nothing public is recorded."""
    if key == "01":
        return of_miss("unknown", _)
    title = _("Nothing is recorded here of this {thing}", thing=_(THINGS[key]))
    lines = (
        _("The number is well formed, so it may well exist; but nothing of it is public here."),
        _("Compare it with the label, or ask whoever gave you the code."),
        _("Is it yours? Record it here, and this address leads to its page."),
    )
    return Verdict("unknown", 404, "attention", "ask", title, lines)


def of_no_link(problem: NotFound, _: Wording) -> Verdict:
    """Of a code that is known, whose links of some kind were asked for, and there are none."""
    title = _("This code leads to no such thing")
    return Verdict("nolink", 404, "attention", "ask", title, (text_of(problem, _.language),))


def of_nowhere(_: Wording) -> Verdict:
    """Of an address that is no code and no page."""
    return Verdict(
        "nowhere",
        404,
        "attention",
        "ask",
        _("There is no page at this address"),
        (_("Scan the code again, or type the whole address as it stands on the label."),),
    )


def of_links(status: int, _: Wording) -> Verdict:
    """Of a code whose links were asked for, all or such as fit alike."""
    return Verdict("links", status, "attention", "tag", _("Where this code can lead"), ())


def of_product(name: str, _: Wording) -> Verdict:
    """Of a code that names a product and no lot."""
    return Verdict(
        "product",
        200,
        "attention",
        "tag",
        name,
        (
            _("This code says only what product it is, not which lot."),
            _(
                "Scan the code on the pack that also names the lot: everything recorded stands there."
            ),
        ),
    )


def of_error(error: SuyuanError | None, status: int, _: Wording) -> Verdict:
    """Of a page that could not be made; None for a fault of our own."""
    if isinstance(error, Damaged):
        return Verdict(
            "damaged",
            status,
            "alarm",
            "broken",
            _("A stored record was changed or damaged"),
            (
                _said_of(error, _),
                _(
                    "So nothing of this code is shown now. Its fingerprint in the log is as it was: "
                    "whoever kept a copy can still prove what stood there."
                ),
            ),
            _("Do not rely on this product’s records until this is cleared up."),
        )
    if isinstance(error, TooLarge):
        return Verdict(
            "long",
            status,
            "attention",
            "book",
            _("More is recorded of this code than a page can hold"),
            (_("So it cannot be told here whether something of it was recalled: please ask us."),),
        )
    if isinstance(error, Unavailable):
        return Verdict(
            "unavailable",
            status,
            "attention",
            "clock",
            _("Not available at the moment"),
            (_("Our records do not answer just now. Try again in a minute."),),
        )
    return Verdict(
        "fault",
        status,
        "attention",
        "broken",
        _("Something went wrong here"),
        (_("This is our fault, not your code’s. It was noted; try again later."),),
    )


def _said_of(error: Damaged, _: Wording) -> str:
    what = str(error.params.get("what", ""))
    if error.index < 0:
        return _("What is stored no longer agrees with what was sealed.")
    return _(
        "Record {index}: its stored {what} is not what was once committed.",
        index=error.index,
        what=_(_STORED.get(what, "content")),
    )


_STORED: Mapping[str, str] = {
    "checkpoint": word("checkpoint"),
    "content": word("content"),
    "disclosure": word("private field"),
    "entry": word("entry"),
    "leaf": word("entry"),
    "kind": word("kind"),
    "link": word("link"),
    "tile": word("tree"),
    "touches": word("place in the index"),
}

_FACES: Mapping[Face, tuple[Tone, str, str]] = {
    "failing": ("alarm", "flask", word("A test of it failed")),
    "withdrawn": ("alarm", "stop", word("Taken off sale")),
    "erased": ("attention", "eye", word("What was recorded here was deleted")),
    "expired": ("attention", "clock", word("Past its best-before date: {day}")),
    "unsealed": ("attention", "clock", word("Recorded a moment ago, not sealed yet")),
    "unanchored": ("attention", "clock", word("Sealed, not in the blockchain yet")),
    "silent": ("attention", "chain", word("Sealed; the blockchain does not answer now")),
    "undisclosed": ("attention", "eye", word("Recorded, but not shown to the public")),
    "issued": ("ours", "tag", word("A code issued by {who}")),
}
_WAITING: Mapping[str, str] = {
    "unanchored": word(
        "The log has signed these records. Until they are in the blockchain too, that they stay "
        "as they are rests on the log’s word alone."
    ),
    "silent": word(
        "The newest records wait until it answers. What was put into it before is not touched "
        "by this."
    ),
    "chainless": word(
        "The log has signed these records. It is not tied to a blockchain so far, so that they "
        "stay as they are rests on the log’s word alone."
    ),
}
_MISSES: Mapping[Miss, tuple[str, ...]] = {
    "misread": (
        word("There can be no such code"),
        word("The digits do not fit together: one of them was probably misread. Scan it again."),
    ),
    "unknown": (
        word("Nothing is recorded of this code"),
        word("It may be mistyped, belong to another system, or be made up."),
        word("If it stands on a pack as ours, do not trust the pack, and tell us."),
    ),
    "invented": (
        word("We never issued this code"),
        word(
            "Every serial number of ours ends in a mark that only we can make, and this one does "
            "not: either it was made up, or a character was misread."
        ),
        word("If it stands on a pack, do not trust the pack, and tell us."),
    ),
    "unissued": (
        word("This serial number was never issued"),
        word("It looks like one of ours, yet no lot has it. Do not trust the pack, and tell us."),
    ),
}

THINGS: Mapping[str, str] = {
    "00": word("logistic unit"),
    "01": word("product"),
    "253": word("document"),
    "255": word("coupon"),
    "401": word("consignment"),
    "402": word("shipment"),
    "414": word("place"),
    "415": word("invoicing party"),
    "417": word("organisation"),
    "8003": word("returnable asset"),
    "8004": word("asset"),
    "8006": word("piece of a product"),
    "8010": word("component"),
    "8013": word("product model"),
    "8017": word("service provider"),
    "8018": word("service recipient"),
}
"""What each primary key identifies (General Specifications §3), in the words of people."""

PARTS: Mapping[str, str] = {
    "00": word("Logistic unit (SSCC)"),
    "01": word("Product code"),
    "10": word("Lot"),
    "21": word("Serial number"),
    "22": word("Variant"),
    "235": word("Serial number"),
    "253": word("Document (GDTI)"),
    "254": word("Part of the place"),
    "255": word("Coupon (GCN)"),
    "401": word("Consignment (GINC)"),
    "402": word("Shipment (GSIN)"),
    "414": word("Place (GLN)"),
    "415": word("Invoicing party (GLN)"),
    "417": word("Organisation (GLN)"),
    "7040": word("Unique index (7040)"),
    "8003": word("Returnable asset (GRAI)"),
    "8004": word("Asset (GIAI)"),
    "8006": word("Piece of a product (ITIP)"),
    "8010": word("Component (CPID)"),
    "8011": word("Serial number"),
    "8013": word("Product model (GMN)"),
    "8017": word("Service provider (GSRN)"),
    "8018": word("Service recipient (GSRN)"),
    "8019": word("Service occasion"),
    "8020": word("Payment slip"),
}
"""What each part of a Digital Link's path is called."""
