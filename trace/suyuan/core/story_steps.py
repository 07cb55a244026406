"""What was done, in the words of a person at the counter: titles for business steps.

CBV 2.0 §7.1 for the standard's steps; our own stand in the node's vocabulary (``…/voc/<step>``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from suyuan.core.story_values import Said, text_of
from suyuan.core.touches import cbv_word

STEPS: Mapping[str, Said] = {
    "accepting": Said("Accepted"),
    "arriving": Said("Arrived"),
    "assembling": Said("Put together"),
    "collecting": Said("Taken back"),
    "commissioning": Said("Lot begun"),
    "consigning": Said("Consigned"),
    "creating_class_instance": Said("Lot begun"),
    "cycle_counting": Said("Counted"),
    "decommissioning": Said("Code taken out of use"),
    "departing": Said("Departed"),
    "destroying": Said("Destroyed"),
    "disassembling": Said("Taken apart"),
    "dispensing": Said("Handed out"),
    "encoding": Said("Code written"),
    "entering_exiting": Said("Passed the gate"),
    "holding": Said("Put on hold"),
    "inspecting": Said("Looked over"),
    "installing": Said("Installed"),
    "killing": Said("Slaughtered"),
    "loading": Said("Loaded"),
    "packing": Said("Packed"),
    "picking": Said("Picked for an order"),
    "receiving": Said("Received"),
    "removing": Said("Removed"),
    "repackaging": Said("Repacked"),
    "repairing": Said("Repaired"),
    "replacing": Said("Replaced"),
    "reserving": Said("Reserved"),
    "retail_selling": Said("Sold"),
    "sampling": Said("Sampled"),
    "sensor_reporting": Said("Measured by a sensor"),
    "shipping": Said("Sent off"),
    "staging_outbound": Said("Made ready to go"),
    "stock_taking": Said("Counted"),
    "stocking": Said("Put on the shelf"),
    "storing": Said("Stored"),
    "transporting": Said("Carried"),
    "unloading": Said("Unloaded"),
    "unpacking": Said("Unpacked"),
    "void_shipping": Said("Dispatch cancelled"),
}
OWN_STEPS: Mapping[str, Said] = {
    "applying": Said("Applied"),
    "authorising": Said("Right to a brand"),
    "blending": Said("Blended"),
    "cutting": Said("Cut up"),
    "drying": Said("Dried"),
    "feeding": Said("Fed"),
    "field_work": Said("Field work"),
    "grading": Said("Graded"),
    "growing": Said("Growth noted"),
    "hulling": Said("Hulled"),
    "immunising": Said("Vaccinated"),
    "issuing_codes": Said("Codes issued ahead of packing"),
    "irrigating": Said("Watered"),
    "planting": Said("Planted"),
    "returning_codes": Said("Unused codes given back"),
    "roasting": Said("Roasted"),
    "sowing": Said("Sown or planted"),
    "splitting": Said("Divided"),
    "stocking_animals": Said("Animals brought in"),
    "fermenting": Said("Fermented"),
    "fixing": Said("Tea leaves fixed"),
    "freezing": Said("Frozen"),
    "head_count": Said("Heads counted"),
    "milling": Said("Milled"),
    "overriding": Said("A rule set aside"),
    "peeling": Said("Peeled"),
    "processing": Said("Processed"),
    "rolling": Said("Tea leaves rolled"),
    "releasing": Said("Released at origin"),
    "voiding": Said("Certificate voided"),
    "voiding_codes": Said("Codes voided"),
    "washing": Said("Washed"),
    "withering": Said("Tea leaves withered"),
}
_TYPES: Mapping[str, Said] = {
    "ObjectEvent": Said("Observed"),
    "AggregationEvent": Said("Packed together"),
    "TransactionEvent": Said("Entered in a transaction"),
    "TransformationEvent": Said("Made into something else"),
    "AssociationEvent": Said("Joined to something"),
}

ENDS_A_HOLD = frozenset(
    {"active", "conformant", "in_progress", "sellable_accessible", "sellable_not_accessible"}
)
"""Dispositions by which the step of holding says that something may be sold again (CBV 2.0 §7.2)."""

HARVESTED = Said("Harvested")
CERTIFIED = Said("Certificate issued")
COMPLIANT = Said("Certificate of compliance issued")
WITHDRAWN = Said("Certificate withdrawn")
LET_IN = Said("Let into a market")
TURNED_AWAY = Said("Refused by a market")
RELEASED = Said("Released for sale")
UNRECALLED = Said("Recall taken back")
TESTED = Said("Tested")
RECALLED = Said("Called back")
SERIALISED = Said("A code for each pack")
COMPLIANCE = "承诺达标合格证"
"""Type of a certificate of compliance (MARA Order 2025 No. 4), as its event names it."""
BOXED = Said("Put into cartons")
UNBOXED = Said("Taken out of the carton")


def step_of(event: Mapping[str, Any]) -> str:
    """The step's bare word: CBV's, or the last part of the URI of one of our own."""
    given = event.get("bizStep")
    return _word(given) if isinstance(given, str) else ""


@lru_cache(maxsize=1024)
def _word(step: str) -> str:
    word = cbv_word(step, "bizstep", "BizStep") or ""
    return word.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("#", 1)[-1]


def disposition_of(event: Mapping[str, Any]) -> str:
    """The disposition's bare word, "" for none."""
    given = event.get("disposition")
    return (cbv_word(given, "disp", "Disp") or "") if isinstance(given, str) else ""


def is_lasting(event: Mapping[str, Any], change: str, word: str) -> bool:
    """Whether a disposition is set or unset for good (persistentDisposition, EPCIS 2.0 §7.4.2)."""
    lasting = event.get("persistentDisposition")
    words = lasting.get(change) if isinstance(lasting, Mapping) else None
    return isinstance(words, list) and any(
        isinstance(one, str) and cbv_word(one, "disp", "Disp") == word for one in words
    )


def is_harvest(event: Mapping[str, Any]) -> bool:
    """A season's first fruits: commissioning by a transformation that has the season's id."""
    return (
        event.get("type") == "TransformationEvent"
        and "transformationID" in event
        and step_of(event) == "commissioning"
    )


def title_of(event: Mapping[str, Any]) -> Said:
    """What was done, as a heading."""
    step = step_of(event)
    if disposition_of(event) == "recalled":
        return RECALLED
    if step == "holding" and "errorDeclaration" not in event:
        if is_lasting(event, "unset", "recalled"):
            return UNRECALLED
        if disposition_of(event) in ENDS_A_HOLD:
            return RELEASED
    if isinstance(checked := event.get("suyuan:checkIn"), Mapping):
        return LET_IN if checked.get("verdict") == "accepted" else TURNED_AWAY
    if step == "accepting" and "suyuan:certificate" in event:
        return _certified(event["suyuan:certificate"])
    if "suyuan:test" in event:
        return TESTED
    if is_harvest(event):
        return HARVESTED
    if step == "packing":
        if "suyuan:serials" in event:
            return SERIALISED
        if event.get("type") == "AggregationEvent":
            return UNBOXED if event.get("action") == "DELETE" else BOXED
    known = STEPS.get(step) or OWN_STEPS.get(step)
    if known is not None:
        return known
    word = text_of(step.replace("_", " "))
    return Said("{step}", step=word) if word else _TYPES.get(str(event.get("type")), _UNKNOWN)


def _certified(given: Any) -> Said:
    """Of compliance, or one that labels can claim: green food, a certificate of origin."""
    if not isinstance(given, Mapping):
        return CERTIFIED
    if given.get("type") == COMPLIANCE:
        return COMPLIANT
    return WITHDRAWN if given.get("status") == "void" else CERTIFIED


_UNKNOWN = Said("Recorded")
