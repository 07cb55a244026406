"""Golden bundles of our own, beside the ones that others made: every way to lie that we could think of.

``python tests/bundle_cases.py`` writes them to tests/vectors/suyuan-bundle-own; a test asserts that
what lies there is what comes out here, so that other verifiers can rely on the files.
A case is named by the step that fails, or by what it shows where it is sound.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logbuilder import Key, LogBuilder, encode, event, quantities

from suyuan.core import jcs, serials
from suyuan.core.encoding import b64, b64url, digest_text
from suyuan.core.note import NoteSigner
from suyuan.core.tips import parse_tips
from suyuan.core.touches import Touches

FOLDER = Path(__file__).parent / "vectors" / "suyuan-bundle-own"

GS1 = "https://id.gs1.org"
COOP = "https://node.example.cn/org/coop"
LAB = "https://node.example.cn/org/lab"
SEED = f"{GS1}/01/09521234000013/10/SEED-1"
SPRAY = f"{GS1}/01/09521234000020/10/P-77"
RAW = f"{GS1}/01/09521234000037/10/RAW-1"
PRODUCT = f"{GS1}/01/09521234000044"
LOT = f"{PRODUCT}/10/LOT-1"
PACK = f"{PRODUCT}/21/PACK-1"
CARTON = f"{GS1}/00/095212340000000013"
STORE = f"{GS1}/414/9521234000020"
SEASON = "https://node.example.cn/season/2026-1"
SERIALS = tuple((b64url(bytes([n]) * 16), f"SERIAL{n:04}TAGX") for n in range(5))

Json = dict[str, Any]
CASES: dict[str, Callable[[], Case]] = {}


@dataclass(frozen=True)
class Case:
    """A bundle file and what a verifier without a chain has to say of it."""

    data: bytes
    expected: Mapping[str, Any]


def sound(
    complete: str = "yes", *, hidden: int = 0, erased: int = 0, suspect: tuple[int, ...] = ()
) -> Json:
    return {
        "verdict": "anchor not checked",
        "complete": complete,
        "hidden": hidden,
        "erased": erased,
        "suspect": list(suspect),
    }


def fails(step: str) -> Json:
    return {"step": step, "complete": "no" if step == "complete" else "unknown"}


def case(make: Callable[[], Case]) -> Callable[[], Case]:
    """Registers a case under its function's name."""
    CASES[make.__name__.replace("_", "-")] = make
    return make


def bad(name: str) -> Callable[[Callable[[], Json | bytes]], Callable[[], Json | bytes]]:
    """Registers a bundle that fails at the step that its name begins with."""

    def register(make: Callable[[], Json | bytes]) -> Callable[[], Json | bytes]:
        def made() -> Case:
            bundle = make()
            data = bundle if isinstance(bundle, bytes) else encode(bundle)
            return Case(data, fails(name.partition("-")[0]))

        CASES[f"bad/{name}"] = made
        return make

    return register


class Season:
    """Seed and spray bought, a crop grown, hulled, tested, packed; ``at`` names the records."""

    subject = PACK

    def __init__(self, *, until: str = "") -> None:
        log = self.log = LogBuilder()
        log.enrol("coop", COOP)
        log.enrol("lab", LAB, "certifier")
        self.at: dict[str, int] = {}
        self.begin()
        for name, signer, value, hide in self.steps():
            self.at[name] = log.event(value, by=signer, hide=hide)
            if name == until:
                break

    def begin(self) -> None:
        self.at["product"] = self.log.master(
            {"id": PRODUCT, "type": "Product", "name": {"zh": "山核桃", "en": "Hickory"}}, by="coop"
        )
        self.at["store"] = self.log.master({"id": STORE, "type": "Place"}, by="coop")

    def steps(self) -> tuple[Step, ...]:
        return SEASON_STEPS

    def bundle(self, subject: str = "", **how: Any) -> Json:
        return self.log.bundle(subject or self.subject, **how)

    def with_serial(self, position: int = 3) -> Json:
        return self.log.bundle(LOT, serial=(SERIALS, position, self.at["packing"]))

    def resign_tips(
        self, bundle: Json, edit: Callable[[dict[str, bytes | None]], object], **how: Any
    ) -> Json:
        """The bundle with another word of the log on its newest records."""
        newest = dict(parse_tips(bundle["tips"].rpartition("\n\n")[0] + "\n").newest)
        edit(newest)
        return {**bundle, "tips": self.log.tips_note(newest, **how)}


class Lot(Season):
    """The little that most lies need: a lot is made, tested and looked at."""

    subject = LOT

    def begin(self) -> None:
        pass

    def steps(self) -> tuple[Step, ...]:
        return LOT_STEPS


Step = tuple[str, str, Json, tuple[str, ...]]


def observed(name: str, step: str = "holding", **more: Any) -> Json:
    """An event that only looks at a lot or a thing."""
    lot = "/10/" in name
    what: Json = {"quantityList": quantities(name)} if lot else {"epcList": [name]}
    return event("ObjectEvent", action="OBSERVE", bizStep=step, **what, **more)


SEASON_STEPS: tuple[Step, ...] = (
    (
        "seed",
        "coop",
        event(
            "ObjectEvent",
            action="OBSERVE",
            bizStep="receiving",
            quantityList=quantities(SEED),
            readPoint={"id": STORE},
        ),
        (),
    ),
    (
        "bought",
        "coop",
        event("ObjectEvent", action="OBSERVE", bizStep="receiving", quantityList=quantities(SPRAY)),
        (),
    ),
    (
        "sown",
        "coop",
        event("TransformationEvent", transformationID=SEASON, inputQuantityList=quantities(SEED)),
        (),
    ),
    (
        "sprayed",
        "coop",
        event(
            "TransformationEvent",
            transformationID=SEASON,
            inputQuantityList=quantities("urn:epc:class:lgtin:9521234.000002.P-77"),
            **{"suyuan:operator": {"name": "王", "phone": "1"}, "suyuan:dose": 1.5},
        ),
        ("/suyuan:operator/phone", "/suyuan:operator", "/suyuan:dose"),
    ),
    (
        "harvest",
        "coop",
        event("TransformationEvent", transformationID=SEASON, outputQuantityList=quantities(RAW)),
        (),
    ),
    (
        "test",
        "lab",
        event("ObjectEvent", action="OBSERVE", bizStep="inspecting", quantityList=quantities(RAW)),
        (),
    ),
    (
        "hulled",
        "coop",
        event(
            "TransformationEvent",
            inputQuantityList=quantities(RAW),
            outputQuantityList=quantities(LOT),
        ),
        (),
    ),
    (
        "packing",
        "coop",
        event(
            "ObjectEvent",
            action="OBSERVE",
            bizStep="packing",
            quantityList=quantities(LOT),
            **{
                "suyuan:serials": {
                    "count": len(SERIALS),
                    "root": b64(serials.serials_root(SERIALS)),
                }
            },
        ),
        (),
    ),
    (
        "packed",
        "coop",
        event("TransformationEvent", inputQuantityList=quantities(LOT), outputEPCList=[PACK]),
        (),
    ),
    (
        "boxed",
        "coop",
        event("AggregationEvent", action="ADD", parentID=CARTON, childEPCs=[PACK]),
        (),
    ),
    (
        "shipped",
        "coop",
        event("ObjectEvent", action="OBSERVE", bizStep="shipping", epcList=[CARTON]),
        (),
    ),
)


PRIVATE = {"suyuan:operator": {"name": "王", "phone": "1"}, "suyuan:dose": 1.5}
LOT_STEPS: tuple[Step, ...] = (
    (
        "made",
        "coop",
        event("ObjectEvent", action="ADD", quantityList=quantities(LOT), **PRIVATE),
        ("/suyuan:operator/phone", "/suyuan:operator", "/suyuan:dose"),
    ),
    ("test", "lab", observed(LOT, "inspecting"), ()),
    ("seen", "coop", observed(LOT), ()),
)


def unboxed(*children: str) -> Json:
    return event("AggregationEvent", action="DELETE", parentID=CARTON, childEPCs=list(children))


def part(bundle: Json, index: int, where: str = "records") -> Json:
    """The record of this index in a bundle, to be spoiled."""
    found: Json = next(r for r in bundle[where] if f"\nindex {index}\n" in r["proof"])
    return found


# -- sound -----------------------------------------------------------------------------------------


@case
def pack() -> Case:
    return Case(encode(Season().bundle()), sound())


@case
def lot_with_serial() -> Case:
    return Case(encode(Season().with_serial()), sound())


@case
def undisclosed() -> Case:
    return Case(encode(Season().bundle(disclose=False)), sound())


@case
def raw_lot_recalled() -> Case:
    season = Season()
    season.log.event(observed(RAW, disposition="recalled"), by="coop")
    return Case(encode(season.bundle()), sound())


@case
def unpacked_from_its_carton() -> Case:
    """What befalls the carton afterwards is none of the pack's business."""
    season = Season()
    season.log.event(unboxed(PACK), by="coop")
    season.log.event(observed(CARTON, "destroying"), by="coop")
    bundle = season.bundle()
    assert CARTON not in bundle["tips"]
    return Case(encode(bundle), sound())


@case
def unpacked_and_packed_again() -> Case:
    season = Season()
    season.log.event(unboxed(PACK), by="coop")
    season.log.event(
        event("AggregationEvent", action="ADD", parentID=CARTON, childEPCs=[PACK]), by="coop"
    )
    bundle = season.bundle()
    assert CARTON in bundle["tips"]
    return Case(encode(bundle), sound())


@case
def unpacked_with_all_others() -> Case:
    """A DELETE without children means all, and rests on the carton alone."""
    season = Season()
    season.log.event(unboxed(), by="coop")
    bundle = season.bundle()
    assert CARTON not in bundle["tips"]
    return Case(encode(bundle), sound())


@case
def subject_in_several_hands() -> Case:
    """Shipping part of a lot extends a holding of it, and ties nobody to the other buyers."""
    season = Season()
    season.log.enrol("shop", "https://node.example.cn/org/shop")
    season.log.event(observed(LOT, "shipping", disposition="in_transit"), by="coop")
    season.log.event(observed(LOT, "receiving"), by="shop")
    return Case(encode(season.bundle(LOT)), sound())


@case
def key_reported_stolen() -> Case:
    season = Season()
    season.log.revoke("lab", "certifier", suspectSince=season.at["test"])
    return Case(encode(season.bundle()), sound(suspect=(season.at["test"],)))


@case
def key_revoked_by_itself() -> Case:
    season = Season()
    season.log.revoke("lab", "certifier", by="lab")
    return Case(encode(season.bundle()), sound())


@case
def key_given_another_role_in_vain() -> Case:
    season = Season(until="test")
    season.log.append("key", Key("lab").value(LAB, "admin"), by="admin")
    season.log.revoke("coop", by="lab")
    return Case(encode(season.bundle(RAW)), sound())


@case
def input_from_nowhere() -> Case:
    """The seed was never received, and nobody made it."""
    log = LogBuilder()
    log.enrol("coop", COOP)
    made = event(
        "TransformationEvent",
        inputQuantityList=quantities(SEED),
        outputQuantityList=quantities(LOT),
    )
    log.event(made, by="coop")
    return Case(encode(log.bundle(LOT)), sound("unknown"))


@case
def subject_seen_before_it_was_made() -> Case:
    log = LogBuilder()
    log.enrol("coop", COOP)
    log.event(observed(LOT), by="coop")
    log.event(event("ObjectEvent", action="ADD", quantityList=quantities(LOT)), by="coop")
    return Case(encode(log.bundle(LOT)), sound("unknown"))


@case
def hidden_master_data() -> Case:
    season = Season()
    return Case(encode(season.bundle(hide=[season.at["product"]])), sound("unknown", hidden=1))


@case
def hidden_making_of_the_pack() -> Case:
    season = Season()
    return Case(encode(season.bundle(hide=[season.at["packed"]])), sound("unknown", hidden=1))


@case
def hidden_all_about_the_subject() -> Case:
    """The log's word is then all there is."""
    season = Season(until="packed")
    return Case(encode(season.bundle(hide=[season.at["packed"]])), sound("unknown", hidden=1))


@case
def hidden_unpacking() -> Case:
    """The carton is not named, and what is shown does not say why."""
    season = Season()
    hidden = season.log.event(unboxed(PACK), by="coop")
    bundle = season.bundle(hide=[hidden])
    assert CARTON not in bundle["tips"]
    return Case(encode(bundle), sound("unknown", hidden=1))


@case
def hidden_newest() -> Case:
    season = Season()
    hidden = season.log.event(observed(PACK), by="coop")
    return Case(encode(season.bundle(hide=[hidden])), sound("unknown", hidden=1))


@case
def erased_by_the_administrator() -> Case:
    season = Season()
    season.log.erase(season.at["sprayed"])
    return Case(encode(season.bundle()), sound("unknown", erased=1))


@case
def erased_by_a_recorder() -> Case:
    """Which is no erasure: the content is just not shown."""
    season = Season()
    season.log.erase(season.at["sprayed"], by="coop")
    return Case(encode(season.bundle()), sound("unknown", hidden=1))


@case
def erasure_of_a_content_still_shown() -> Case:
    season = Season()
    season.log.erase(season.at["sprayed"])
    season.log.erased.clear()
    return Case(encode(season.bundle()), sound())


# -- content ---------------------------------------------------------------------------------------


@bad("content-same-content-twice")
def _() -> Json:
    season = Lot()
    for _ in range(2):
        season.log.append("event", observed(LOT), by="coop", salt="A" * 22)
    return season.bundle()


@bad("content-link-salt-changed")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    part(bundle, season.at["made"])["link"]["salt"] = "A" * 22
    return bundle


@bad("content-link-hash-added")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    link = part(bundle, season.at["made"])["link"]
    link["after"] = sorted([*link["after"], digest_text(season.log.records[3].leaf)])
    return bundle


@bad("content-unknown-member")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    part(bundle, season.at["made"])["note"] = "trust me"
    return bundle


@bad("content-erasure-with-a-note")
def _() -> Json:
    season = Lot()
    of = digest_text(season.log.records[season.at["made"]].leaf)
    value = {"of": of, "reason": "asked for", "note": ""}
    season.log.append("erasure", value, by="admin")
    return season.bundle()


@bad("content-epc-is-no-uri")
def _() -> Json:
    season = Lot()
    touched = Touches((LOT,), (LOT, Key("coop").kid))
    value = event("ObjectEvent", action="OBSERVE", epcList=[LOT, "the other one"])
    season.log.append("event", value, by="coop", touched=touched)
    return season.bundle()


def _with_forged_disclosure(pointer: str, name: str, value: Any) -> Json:
    """A record whose signer lists a private field that may not be one."""
    text = b64url(jcs.dumps(["A" * 22, pointer, name, value]))
    season = Lot()
    shown = observed(LOT)
    shown["suyuan:x"] = 1
    shown["suyuan:sd"] = [b64url(hashlib.sha256(text.encode()).digest())]
    season.log.append("event", shown, by="coop", disclosures=[text])
    return season.bundle()


for _name, _args in {
    "content-private-read-point": ("", "readPoint", {"id": STORE}),
    "content-private-field-there-already": ("", "suyuan:x", 2),
    "content-private-field-in-an-array": ("/quantityList", "0", LOT),
    "content-private-field-without-parent": ("/suyuan:none", "x", 1),
    "content-private-field-with-digests-in-it": ("", "suyuan:y", {"y": [{"suyuan:sd": []}]}),
    "content-private-serials": ("", "suyuan:serials", {"count": 1, "root": "A"}),
}.items():

    def _made(args: tuple[str, str, Any] = _args) -> Json:
        return _with_forged_disclosure(*args)

    bad(_name)(_made)


@bad("content-disclosure-given-twice")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    record = part(bundle, season.at["made"])
    record["disclosures"] = [*record["disclosures"], record["disclosures"][-1]]
    return bundle


@bad("content-disclosures-in-another-order")
def _() -> Json:
    """The inner field before the one that holds it: its parent is not there yet."""
    season = Lot()
    bundle = season.bundle()
    part(bundle, season.at["made"])["disclosures"].reverse()
    return bundle


@bad("content-digests-of-private-fields-not-sorted")
def _() -> Json:
    season = Lot()
    digests = [b64url(bytes([n]) * 32) for n in (9, 1)]
    season.log.append("event", {**observed(LOT), "suyuan:sd": digests}, by="coop")
    return season.bundle()


@bad("content-disclosures-of-what-is-hidden")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    part(bundle, season.at["made"])["content"] = None
    return bundle


@bad("content-key-record-hidden")
def _() -> Json:
    bundle = Lot().bundle()
    bundle["keys"][1]["content"] = None
    return bundle


@bad("content-key-record-among-records")
def _() -> Json:
    bundle = Lot().bundle()
    bundle["records"].insert(0, bundle["keys"].pop())
    return bundle


@bad("content-records-not-by-index")
def _() -> Json:
    bundle = Lot().bundle()
    bundle["records"].reverse()
    return bundle


@bad("content-key-owner-is-no-uri")
def _() -> Json:
    season = Lot()
    coop = Key("coop")
    touched = Touches((coop.kid,), (coop.kid, Key("admin").kid))
    season.log.append("key", coop.value("the coop", "recorder"), by="admin", touched=touched)
    return season.bundle()


@bad("content-member-twice")
def _() -> bytes:
    return encode(Lot().bundle()).replace(b'"anchor":', b'"anchor":null,"anchor":', 1)


@bad("content-not-json")
def _() -> bytes:
    return encode(Lot().bundle())[:-1]


@bad("content-nested-too-deep")
def _() -> bytes:
    return encode(Lot().bundle()).replace(b'"serial":null', b'"serial":' + b"[" * 50 + b"]" * 50)


# -- key -------------------------------------------------------------------------------------------


@bad("key-entry-0-missing")
def _() -> Json:
    bundle = Lot().bundle()
    del bundle["keys"][0]
    return bundle


@bad("key-no-keys-at-all")
def _() -> Json:
    return {**Lot().bundle(), "keys": []}


@bad("key-entry-0-of-another-administrator")
def _() -> Json:
    season = Lot()
    log = LogBuilder()
    log.records.clear()
    log.newest.clear()
    log.append("key", Key("mallory").value(COOP, "admin"), by="mallory")
    for record in season.log.records[1:]:
        if record.kind == "key":
            log.append("key", dict(record.content["key"]), by="mallory")
    log.owners = season.log.owners
    log.event(event("ObjectEvent", action="ADD", quantityList=quantities(LOT)), by="coop")
    return log.bundle(LOT)


@bad("key-entry-0-enrols-a-recorder")
def _() -> Json:
    log = LogBuilder()
    log.records.clear()
    log.newest.clear()
    log.append("key", Key("admin").value(COOP, "recorder"), by="admin")
    log.append("event", observed(LOT), by="admin")
    return log.bundle(LOT)


@bad("key-enrolled-after-the-record")
def _() -> Json:
    log = LogBuilder()
    log.owners["coop"] = COOP
    log.event(event("ObjectEvent", action="ADD", quantityList=quantities(LOT)), by="coop")
    log.enrol("coop", COOP)
    return log.bundle(LOT)


@bad("key-used-after-it-revoked-itself")
def _() -> Json:
    season = Lot()
    season.log.revoke("lab", "certifier", by="lab")
    season.log.event(observed(LOT, "inspecting"), by="lab")
    return season.bundle()


@bad("key-enrolled-by-a-revoked-administrator")
def _() -> Json:
    log = LogBuilder()
    log.enrol("second", COOP, "admin")
    log.revoke("second", "admin")
    log.enrol("coop", COOP, by="second")
    log.event(event("ObjectEvent", action="ADD", quantityList=quantities(LOT)), by="coop")
    return log.bundle(LOT)


@bad("key-revived-after-revocation")
def _() -> Json:
    season = Lot()
    season.log.revoke("lab", "certifier")
    season.log.enrol("lab", LAB, "certifier")
    season.log.event(observed(LOT, "inspecting"), by="lab")
    return season.bundle()


@bad("key-newest-key-record-not-in-the-link")
def _() -> Json:
    season = Lot()
    tip = season.log.tip(LOT)
    assert tip is not None
    season.log.event(observed(LOT), by="coop", after=[tip.leaf])
    return season.bundle()


# -- signature, inclusion, checkpoint, anchor ------------------------------------------------------


@bad("signature-for-another-log")
def _() -> Json:
    season = Lot()
    season.log.event(observed(LOT), by="coop", sign_for="log.example.cn/two")
    return season.bundle()


def _with_proof(edit: Callable[[str], str]) -> Json:
    season = Lot()
    bundle = season.bundle()
    record = part(bundle, season.at["made"])
    record["proof"] = edit(record["proof"])
    return bundle


@bad("inclusion-proof-too-short")
def _() -> Json:
    return _with_proof(lambda text: "\n".join(text.split("\n")[:-3]) + "\n\n")


@bad("inclusion-of-another-record")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    index = season.at["made"]
    record = part(bundle, index)
    other = season.log.proof(index + 1, season.log.size).split("\n")
    record["proof"] = "\n".join([other[0], f"index {index}", *other[2:]])
    return bundle


@bad("inclusion-hash-of-31-bytes")
def _() -> Json:
    def shorten(text: str) -> str:
        lines = text.split("\n")
        lines[2] = b64(b"\x01" * 31)
        return "\n".join(lines)

    return _with_proof(shorten)


@bad("inclusion-proof-without-empty-line")
def _() -> Json:
    return _with_proof(lambda text: text[:-1])


@bad("checkpoint-of-four-lines")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    text = bundle["checkpoint"].partition("\n\n")[0]
    return {**bundle, "checkpoint": season.log.signer.sign(f"{text}\nan extension\n")}


@bad("checkpoint-signed-by-another-key")
def _() -> Json:
    bundle = Lot().bundle()
    text = bundle["checkpoint"].partition("\n\n")[0] + "\n"
    return {**bundle, "checkpoint": NoteSigner("log.example.cn/one", b"\x07" * 32).sign(text)}


@bad("checkpoint-with-17-signatures")
def _() -> Json:
    bundle = Lot().bundle()
    signer = NoteSigner("witness.example", b"\x07" * 32)
    more = signer.sign("x\n").rpartition("\n\n")[2] * 16
    return {**bundle, "checkpoint": bundle["checkpoint"] + more}


@bad("checkpoint-says-no-root")
def _() -> Json:
    season = Lot()
    return {**season.bundle(), "checkpoint": season.log.signer.sign(f"{season.log.origin}\n15\n")}


@bad("checkpoint-of-another-log")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    text = bundle["checkpoint"].partition("\n\n")[0].replace("/one", "/two") + "\n"
    return {**bundle, "checkpoint": season.log.signer.sign(text)}


for _name, _value in {
    "chainId": 1,
    "contract": "0x" + "23" * 20,
    "logId": "0x" + "12" * 32,
    "size": 3,
}.items():

    def _spoiled(name: str = _name, value: object = _value) -> Json:
        bundle = Lot().bundle()
        bundle["anchor"][name] = value
        return bundle

    bad(f"anchor-other-{_name}")(_spoiled)


# -- complete --------------------------------------------------------------------------------------


@bad("complete-link-to-an-older-record")
def _() -> Json:
    season = Lot()
    older = season.log.records[season.at["made"]].leaf
    kid = season.log.tip(Key("coop").kid)
    assert kid is not None
    season.log.event(observed(LOT), by="coop", after=[older, kid.leaf])
    bundle = season.bundle()
    # In the bundle lies what the link should have held.
    size = season.log.size
    for where, kinds in (("keys", ("key",)), ("records", ("event",))):
        bundle[where] = [
            season.log.record(record.index, size).to_json()
            for record in season.log.records
            if record.kind in kinds
        ]
    return bundle


@bad("complete-link-to-too-much")
def _() -> Json:
    season = Lot()
    due = {season.log.newest[name][-1].leaf for name in (LOT, Key("coop").kid)}
    season.log.event(
        observed(LOT), by="coop", after=[*due, season.log.records[season.at["made"]].leaf]
    )
    return season.bundle()


@bad("complete-record-time-falls")
def _() -> Json:
    season = Lot()
    season.log.event(observed(LOT), by="coop", time="2026-03-01T08:00:00.000Z")
    return season.bundle()


@bad("complete-pack-on-no-lot")
def _() -> Json:
    log = LogBuilder()
    log.enrol("coop", COOP)
    log.event(event("ObjectEvent", action="ADD", epcList=[PACK]), by="coop")
    return log.bundle(PACK)


@bad("complete-nothing-about-the-subject")
def _() -> Json:
    return Season().bundle(f"{PRODUCT}/10/ANOTHER")


@bad("complete-serial-at-another-place")
def _() -> Json:
    bundle = Season().with_serial()
    bundle["serial"]["index"] = 2
    return bundle


@bad("complete-serial-path-changed")
def _() -> Json:
    bundle = Season().with_serial()
    bundle["serial"]["path"][0] = b64(b"\x01" * 32)
    return bundle


@bad("complete-serial-issued-by-no-issuer")
def _() -> Json:
    season = Season()
    bundle = season.with_serial()
    bundle["serial"]["issuedBy"] = digest_text(season.log.records[season.at["hulled"]].leaf)
    return bundle


@bad("complete-serial-issued-for-another-lot")
def _() -> Json:
    season = Season()
    issued = season.log.records[season.at["packing"]].content["event"]["suyuan:serials"]
    other = season.log.event(observed(RAW, **{"suyuan:serials": issued}), by="coop")
    return season.log.bundle(LOT, serial=(SERIALS, 3, other))


@bad("complete-serial-whose-issuing-is-hidden")
def _() -> Json:
    """What a label claims is proven, or it fails."""
    season = Season()
    packing = season.at["packing"]
    return season.log.bundle(LOT, serial=(SERIALS, 3, packing), hide=[packing])


@bad("complete-serial-of-a-pack")
def _() -> Json:
    season = Season()
    return {**season.bundle(PACK), "serial": season.with_serial()["serial"]}


@bad("complete-newest-record-left-out")
def _() -> Json:
    season = Season()
    season.log.event(observed(RAW, disposition="recalled"), by="coop")
    bundle = season.bundle()
    bundle["records"].pop()
    return bundle


@bad("complete-older-word-on-newest-records")
def _() -> Json:
    season = Season()
    older = season.bundle()
    season.log.event(observed(RAW, disposition="recalled"), by="coop")
    return {**season.bundle(), "tips": older["tips"]}


@bad("complete-record-in-the-middle-left-out")
def _() -> Json:
    season = Season()
    bundle = season.bundle()
    bundle["records"].remove(part(bundle, season.at["sprayed"]))
    return bundle


@bad("complete-carton-not-named")
def _() -> Json:
    season = Season()
    return season.resign_tips(season.bundle(), lambda newest: newest.pop(CARTON))


@bad("complete-carton-still-named")
def _() -> Json:
    season = Season()
    season.log.event(unboxed(PACK), by="coop")
    tip = season.log.tip(CARTON)
    assert tip is not None
    return season.resign_tips(season.bundle(), lambda newest: newest.update({CARTON: tip.leaf}))


@bad("complete-kid-not-named")
def _() -> Json:
    season = Lot()
    return season.resign_tips(season.bundle(), lambda newest: newest.pop(Key("lab").kid))


@bad("complete-owner-not-named")
def _() -> Json:
    season = Lot()
    return season.resign_tips(season.bundle(), lambda newest: newest.pop(f"{LAB}#master"))


@bad("complete-word-on-a-stranger")
def _() -> Json:
    season = Season()
    stranger = {f"{PRODUCT}/10/ANOTHER": None}
    return season.resign_tips(season.bundle(), lambda newest: newest.update(stranger))


@bad("complete-newest-record-denied")
def _() -> Json:
    season = Season()
    denied = {f"{PRODUCT}#master": None}
    return season.resign_tips(season.bundle(), lambda newest: newest.update(denied))


@bad("complete-tips-not-sorted")
def _() -> Json:
    season = Lot()
    bundle = season.bundle()
    lines = bundle["tips"].partition("\n\n")[0].split("\n")
    lines[3], lines[4] = lines[4], lines[3]
    return {**bundle, "tips": season.log.signer.sign("\n".join(lines) + "\n")}


@bad("complete-tips-of-another-size")
def _() -> Json:
    season = Lot()
    return season.resign_tips(season.bundle(), lambda newest: None, size=season.log.size + 1)


@bad("complete-tips-not-signed-by-the-log")
def _() -> Json:
    bundle = Lot().bundle()
    text = bundle["tips"].partition("\n\n")[0] + "\n"
    return {**bundle, "tips": NoteSigner("log.example.cn/one", b"\x07" * 32).sign(text)}


@bad("complete-tips-is-the-checkpoint")
def _() -> Json:
    bundle = Lot().bundle()
    return {**bundle, "tips": bundle["checkpoint"]}


@bad("complete-erasure-of-what-is-not-there")
def _() -> Json:
    season = Lot()
    value = {"of": digest_text(b"\x01" * 32), "reason": "asked for"}
    due = {season.log.newest[name][-1].leaf for name in (LOT, Key("admin").kid)}
    touched = Touches((LOT,), (LOT, Key("admin").kid))
    season.log.append("erasure", value, by="admin", touched=touched, after=due)
    return season.bundle()


@bad("complete-hidden-and-an-older-newest-record")
def _() -> Json:
    """Hiding one record is no leave to hold back another."""
    season = Season()
    season.log.event(observed(RAW, disposition="recalled"), by="coop")
    bundle = season.bundle(hide=[season.at["seed"]])
    older = season.log.records[season.at["test"]].leaf
    return season.resign_tips(bundle, lambda newest: newest.update({RAW: older}))


@bad("complete-hidden-and-a-record-left-out")
def _() -> Json:
    season = Season()
    season.log.event(observed(RAW, disposition="recalled"), by="coop")
    bundle = season.bundle(hide=[season.at["seed"]])
    bundle["records"].pop()
    return bundle


@bad("complete-hidden-and-a-lot-not-named")
def _() -> Json:
    season = Season()
    bundle = season.bundle(hide=[season.at["seed"]])
    return season.resign_tips(bundle, lambda newest: newest.pop(RAW))


@bad("complete-hidden-and-a-kid-not-named")
def _() -> Json:
    season = Season()
    bundle = season.bundle(hide=[season.at["test"]])
    return season.resign_tips(bundle, lambda newest: newest.pop(Key("lab").kid))


@bad("complete-hidden-and-a-stranger-kid")
def _() -> Json:
    season = Season()
    bundle = season.bundle(hide=[season.at["seed"]])
    stranger = {Key("stranger").kid: None}
    return season.resign_tips(bundle, lambda newest: newest.update(stranger))


@bad("complete-hidden-and-the-newest-of-another")
def _() -> Json:
    """A shown record is told to be the newest of something that it does not extend."""
    season = Season()
    bundle = season.bundle(hide=[season.at["seed"]])
    other = season.log.records[season.at["shipped"]].leaf
    return season.resign_tips(bundle, lambda newest: newest.update({PACK: other}))


@bad("complete-hidden-elsewhere-and-the-carton-not-named")
def _() -> Json:
    """The hidden record has no link to the carton, so it took nothing out of it."""
    season = Season()
    hidden = season.log.event(observed(RAW), by="coop")
    bundle = season.bundle(hide=[hidden])
    return season.resign_tips(bundle, lambda newest: newest.pop(CARTON))


def write(folder: Path = FOLDER) -> None:
    """Write all cases, the policy, and what is expected of each; remove what is no case any more."""
    (folder / "bad").mkdir(parents=True, exist_ok=True)
    for old in folder.rglob("*.suyuan.json"):
        old.unlink()
    expected = {}
    for name, make in CASES.items():
        made = make()
        expected[name] = made.expected
        (folder / f"{name}.suyuan.json").write_bytes(made.data)
    (folder / "policy.json").write_bytes(LogBuilder().policy.encode())
    text = json.dumps(expected, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
