from __future__ import annotations

import copy
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import bundle_cases
import pytest
import witness_cases
from bundle_cases import CASES, COOP, LOT, PACK, PRODUCT, RAW, Lot, Season, observed
from logbuilder import BLOCK_TIME, FakeChain, LogBuilder, encode

from suyuan.core.errors import Unavailable
from suyuan.core.policy import parse_policy
from suyuan.core.report import STEPS, Report
from suyuan.core.verify import verify_bundle

GOLDEN = Path(__file__).parents[2] / "vectors" / "suyuan-bundle"
POLICY = parse_policy((GOLDEN / "policy.json").read_bytes())
UNKNOWN = {"hidden-content", "erased-content", "history-cut-by-the-log"}
OURS = LogBuilder().policy


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.suyuan.json").read_bytes()


def states(report: Report) -> dict[str, str]:
    return {result.step: result.state for result in report.steps}


# -- golden bundles, made by others ----------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.suyuan.json")), ids=lambda p: p.name[:-12])
def test_a_good_golden_bundle_passes(path: Path) -> None:
    name = path.name.removesuffix(".suyuan.json")
    report = verify_bundle(path.read_bytes(), POLICY)
    assert report.text == ("logged" if name == "logged" else "anchor not checked"), report.problem
    assert report.complete == ("unknown" if name in UNKNOWN else "yes")
    assert bool(report.unknown) == (name in UNKNOWN)
    assert report.hidden == (name == "hidden-content")
    assert report.erased == (name == "erased-content")
    assert (report.exit_code, report.test_chain) == (3, True)
    assert states(report) == {
        **dict.fromkeys(STEPS, "passed"),
        "anchor": "unknown",
        "complete": "unknown" if name in UNKNOWN else "passed",
    }


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("bad/*")), ids=lambda p: p.name[:-12])
def test_a_bad_golden_bundle_fails_where_its_name_says(path: Path) -> None:
    step = path.name.partition("-")[0]
    report = verify_bundle(path.read_bytes(), POLICY)
    assert report.step == step
    assert report.text.startswith(f"failed: {step}: ")
    assert report.complete == ("no" if step == "complete" else "unknown")
    assert (report.verdict, report.exit_code) == ("failed", 1)
    assert states(report)[step] == "failed"
    assert all(states(report)[later] == "not reached" for later in STEPS[STEPS.index(step) + 1 :])
    assert all(states(report)[before] == "passed" for before in STEPS[: STEPS.index(step)][:4])


# -- golden bundles of our own ---------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_a_case_of_our_own_gives_what_it_should(name: str) -> None:
    case = CASES[name]()
    report = verify_bundle(case.data, OURS)
    said: dict[str, Any] = {
        "verdict": report.verdict,
        "complete": report.complete,
        "hidden": report.hidden,
        "erased": report.erased,
        "suspect": list(report.suspect),
        "step": report.step,
    }
    assert {key: said[key] for key in case.expected} == case.expected, report.text
    if name.startswith("bad/"):
        assert REASONS[name] in report.text
    file = bundle_cases.FOLDER / f"{name}.suyuan.json"
    assert file.read_bytes() == case.data, "run `python tests/bundle_cases.py`"


def test_the_files_of_our_own_are_the_cases_and_no_more() -> None:
    files = bundle_cases.FOLDER.rglob("*.suyuan.json")
    names = {str(f.relative_to(bundle_cases.FOLDER)).removesuffix(".suyuan.json") for f in files}
    assert names == set(CASES)
    expected = json.loads((bundle_cases.FOLDER / "expected.json").read_bytes())
    assert expected == {name: make().expected for name, make in CASES.items()}
    assert (bundle_cases.FOLDER / "policy.json").read_bytes() == OURS.encode()
    assert set(REASONS) == {name for name in CASES if name.startswith("bad/")}


# -- golden bundles with witnesses -----------------------------------------------------------------


@pytest.mark.parametrize("name", witness_cases.cases())
def test_a_policy_with_witnesses_gives_what_it_should(name: str) -> None:
    bundle, step, told = witness_cases.cases()[name]
    report = verify_bundle(encode(bundle), witness_cases.POLICY)
    assert (report.step, report.witnesses, report.quorum) == (step, 3, 2), report.text
    assert step is not None or list(report.cosigned) == told
    file = witness_cases.FOLDER / f"{name}.suyuan.json"
    assert file.read_bytes() == encode(bundle), "run `python tests/witness_cases.py`"
    # A reader's own list of witnesses takes the place of the policy's.
    own = verify_bundle(encode(bundle), witness_cases.POLICY, witnesses=())
    assert (own.step, own.witnesses) == (None, 0)


def test_the_files_with_witnesses_are_the_cases_and_no_more() -> None:
    folder = witness_cases.FOLDER
    names = {
        str(f.relative_to(folder)).removesuffix(".suyuan.json")
        for f in folder.rglob("*.suyuan.json")
    }
    assert names == set(witness_cases.cases())
    assert (folder / "policy.json").read_bytes() == witness_cases.POLICY.encode()
    expected = json.loads((folder / "expected.json").read_bytes())
    assert expected == {
        name: {"step": step, "cosigned": told}
        for name, (_, step, told) in witness_cases.cases().items()
    }


def test_a_policy_that_only_asks_who_cosigned() -> None:
    hint = replace(witness_cases.POLICY, quorum=0)
    bundle, _, _ = witness_cases.cases()["bad/one-of-three"]
    report = verify_bundle(encode(bundle), hint)
    assert (report.step, report.cosigned) == (None, ("w2.example/witness",))


REASONS = {
    "bad/anchor-other-chainId": "the anchor's chainId is not",
    "bad/anchor-other-contract": "the anchor's contract is not",
    "bad/anchor-other-logId": "the anchor's logId is not",
    "bad/anchor-other-size": "of another tree",
    "bad/checkpoint-of-another-log": "of the log log.example.cn/two",
    "bad/checkpoint-of-four-lines": "three lines",
    "bad/checkpoint-says-no-root": "0 bytes where 32 belong",
    "bad/checkpoint-signed-by-another-key": "no listed key",
    "bad/checkpoint-with-17-signatures": "at most 16",
    "bad/complete-carton-not-named": "/00/095212340000000013 is the newest",
    "bad/complete-carton-still-named": "/00/095212340000000013 is not the bundle's",
    "bad/complete-erasure-of-what-is-not-there": "erases one that is not",
    "bad/complete-hidden-and-a-kid-not-named": "is the newest",
    "bad/complete-hidden-and-a-lot-not-named": "RAW-1 is the newest",
    "bad/complete-hidden-and-a-record-left-out": "RAW-1 is not the bundle's",
    "bad/complete-hidden-and-a-stranger-kid": "is not the bundle's",
    "bad/complete-hidden-and-an-older-newest-record": "RAW-1 is not the bundle's",
    "bad/complete-hidden-and-the-newest-of-another": "PACK-1 is not the bundle's",
    "bad/complete-hidden-elsewhere-and-the-carton-not-named": "0013 is the newest",
    "bad/complete-kid-not-named": "is the newest",
    "bad/complete-link-to-an-older-record": "not linked to the newest",
    "bad/complete-link-to-too-much": "not linked to the newest",
    "bad/complete-newest-record-denied": "#master is not the bundle's",
    "bad/complete-newest-record-left-out": "RAW-1 is not the bundle's",
    "bad/complete-nothing-about-the-subject": "no record of the bundle is about",
    "bad/complete-older-word-on-newest-records": "not of this checkpoint",
    "bad/complete-owner-not-named": "lab#master is the newest",
    "bad/complete-pack-on-no-lot": "does not rest on a lot",
    "bad/complete-record-in-the-middle-left-out": "rests on one that is not in the bundle",
    "bad/complete-record-time-falls": "dated before",
    "bad/complete-serial-at-another-place": "inclusion proof leads to another root",
    "bad/complete-serial-issued-by-no-issuer": "issues none",
    "bad/complete-serial-issued-for-another-lot": "not one of the lot",
    "bad/complete-serial-of-a-pack": "no serial of a lot",
    "bad/complete-serial-path-changed": "inclusion proof leads to another root",
    "bad/complete-serial-whose-issuing-is-hidden": "is not shown",
    "bad/complete-tips-is-the-checkpoint": "not a suyuan/tips/v1",
    "bad/complete-tips-not-signed-by-the-log": "no listed key",
    "bad/complete-tips-not-sorted": "not in its place",
    "bad/complete-tips-of-another-size": "not of this checkpoint",
    "bad/complete-word-on-a-stranger": "ANOTHER is not the bundle's",
    "bad/content-digests-of-private-fields-not-sorted": "sorted, each once",
    "bad/content-disclosure-given-twice": "came twice",
    "bad/content-disclosures-in-another-order": "is missing",
    "bad/content-disclosures-of-what-is-hidden": "has no disclosures",
    "bad/content-epc-is-no-uri": "is not a URI",
    "bad/content-erasure-with-a-note": "the member note",
    "bad/content-key-owner-is-no-uri": "the owner is the URI",
    "bad/content-key-record-among-records": "stand among the keys",
    "bad/content-key-record-hidden": "never hidden",
    "bad/content-link-hash-added": "not the one that the entry holds",
    "bad/content-link-salt-changed": "not the one that the entry holds",
    "bad/content-member-twice": "twice",
    "bad/content-nested-too-deep": "deeper than 40",
    "bad/content-not-json": "not JSON",
    "bad/content-private-field-in-an-array": "within an array",
    "bad/content-private-field-there-already": "is there already",
    "bad/content-private-field-with-digests-in-it": "does not hold suyuan:sd",
    "bad/content-private-field-without-parent": "is missing",
    "bad/content-private-read-point": "readPoint is never private",
    "bad/content-private-serials": "suyuan:serials is never private",
    "bad/content-records-not-by-index": "sorted by index",
    "bad/content-same-content-twice": "twice",
    "bad/content-unknown-member": "the member note",
    "bad/inclusion-hash-of-31-bytes": "31 bytes where 32 belong",
    "bad/inclusion-of-another-record": "inclusion proof",
    "bad/inclusion-proof-too-short": "shorter than the tree is high",
    "bad/inclusion-proof-without-empty-line": "ends with an empty line",
    "bad/key-enrolled-after-the-record": "not enrolled before",
    "bad/key-enrolled-by-a-revoked-administrator": "not enrolled before",
    "bad/key-entry-0-enrols-a-recorder": "not an administrator's key",
    "bad/key-entry-0-missing": "not enrolled before",
    "bad/key-entry-0-of-another-administrator": "policy's administrator",
    "bad/key-newest-key-record-not-in-the-link": "leaves out the newest record of the key",
    "bad/key-no-keys-at-all": "entry 0",
    "bad/key-revived-after-revocation": "was revoked before",
    "bad/key-used-after-it-revoked-itself": "was revoked before",
    "bad/signature-for-another-log": "signature does not fit",
}


# -- what the report says --------------------------------------------------------------------------


def test_a_bundle_found_in_the_chain_is_verified_and_dated() -> None:
    season = Season()
    report = verify_bundle(encode(season.bundle()), OURS, chain=FakeChain(season.log))
    assert (report.text, report.complete, report.exit_code) == ("verified", "yes", 0)
    assert (report.anchor, report.block_time) == ("checked", BLOCK_TIME)
    assert set(states(report).values()) == {"passed"}
    total = len(season.log.records)
    assert [(r.done, r.total) for r in report.steps] == [(total, total)] * 4 + [(0, 0)] * 3
    assert report.size == season.log.size
    assert report.newest_record_time == season.log.clock
    assert (report.step, report.problem, report.index) == (None, None, None)
    assert {PACK, RAW, f"{COOP}#master"} <= set(report.objects)
    assert list(report.objects) == sorted(report.objects)


def test_verified_but_not_complete_is_no_plain_yes() -> None:
    season = Season()
    data = encode(season.bundle(hide=[season.at["product"]]))
    report = verify_bundle(data, OURS, chain=FakeChain(season.log))
    assert (report.text, report.complete, report.exit_code) == ("verified", "unknown", 3)


def test_a_chain_that_is_down_or_differs_is_told_apart() -> None:
    season = Lot()
    data = encode(season.bundle())
    down = FakeChain(season.log, {"genesis": Unavailable("no answer")})
    report = verify_bundle(data, OURS, chain=down)
    assert (report.text, report.exit_code) == ("anchor not checked", 3)
    assert str(report.anchor_problem) == "no answer"
    other = FakeChain(season.log, {"finalized": b"\x01" * 32})
    report = verify_bundle(data, OURS, chain=other)
    assert (report.step, report.exit_code, report.block_time) == ("anchor", 1, None)
    unsure = FakeChain(season.log, {"finalized": None})
    report = verify_bundle(data, OURS, chain=unsure)
    assert (report.text, report.anchor) == ("anchor not checked", "not final")


def test_records_may_not_be_younger_than_a_checked_block() -> None:
    season = Lot()
    season.log.event(observed(LOT), by="coop", time="2026-12-01T00:00:00.999Z")
    data = encode(season.bundle())
    report = verify_bundle(data, OURS, chain=FakeChain(season.log))
    assert report.verdict == "verified"  # within the block's own second
    season.log.event(observed(LOT), by="coop", time="2026-12-01T00:00:01.000Z")
    data = encode(season.bundle())
    report = verify_bundle(data, OURS, chain=FakeChain(season.log))
    assert (report.step, report.complete) == ("complete", "no")
    assert "after the block" in report.text
    assert verify_bundle(data, OURS).verdict == "anchor not checked"
    unsure = FakeChain(season.log, {"time": None})
    assert verify_bundle(data, OURS, chain=unsure).verdict == "verified"


def test_a_failure_names_step_record_place_and_what_it_is_about() -> None:
    season = Season()
    bundle = season.bundle()
    index = season.at["harvest"]
    record = bundle_cases.part(bundle, index)
    record["content"]["event"]["outputQuantityList"][0]["quantity"] = 99
    report = verify_bundle(encode(bundle), OURS)
    assert (report.step, report.index) == ("content", index)
    assert report.problem is not None
    assert report.problem.path == "/content"
    assert report.objects == (RAW, bundle_cases.SEASON)
    done = {result.step: result.done for result in report.steps}
    passed = 3 + [bundle_cases.part(bundle, i) for i in range(3, index)].__len__()
    assert done["content"] == done["inclusion"] == passed
    assert states(report)["content"] == "failed"
    assert set(states(report).values()) == {"failed", "not reached"}


def test_a_misshapen_file_has_a_report_too() -> None:
    for data in (b"", b"null", b"[]", b"\xff\xfe", b'{"suyuan":"bundle/v1"}', b"[" * 100_000):
        report = verify_bundle(data, OURS)
        assert (report.step, report.subject, report.size) == ("content", None, None)
        assert (report.hidden, report.erased, report.objects) == (0, 0, ())
        assert states(report)["content"] == "failed"


@pytest.mark.parametrize(
    "held",
    [
        LOT,
        "https://shop.example/p/01/9521234000044/10/LOT-1?x=1",
        "HTTPS://EXAMPLE.CN/01/09521234000044/10/LOT-1/21/SERIAL0003TAGX",
        f"{PRODUCT}/21/SERIAL0003TAGX",
        "urn:epc:id:sgtin:9521234.000004.SERIAL0003TAGX",
    ],
)
def test_what_the_reader_holds_may_be_named_in_any_form(held: str) -> None:
    report = verify_bundle(encode(Season().with_serial()), OURS, subject=held)
    assert report.complete == "yes", report.text


@pytest.mark.parametrize(
    "held",
    [
        PACK,
        PRODUCT,
        f"{PRODUCT}/10/LOT-2",
        f"{PRODUCT}/10/LOT-2/21/SERIAL0003TAGX",
        f"{PRODUCT}/21/SERIAL0002TAGX",
        "",
        "LOT-1",
    ],
)
def test_a_bundle_about_something_else_fails(held: str) -> None:
    report = verify_bundle(encode(Season().with_serial()), OURS, subject=held)
    assert (report.step, report.complete) == ("complete", "no")
    assert LOT in report.text


def test_a_pack_may_be_held_by_its_label_or_by_its_id() -> None:
    data = encode(Season().bundle())
    for held in (PACK, f"{PRODUCT}/10/LOT-1/21/PACK-1"):
        assert verify_bundle(data, OURS, subject=held).complete == "yes"
    assert verify_bundle(data, OURS, subject=LOT).complete == "no"


def test_chains_that_anybody_can_start_are_marked() -> None:
    for chain_id, marked in ((1337, True), (31337, True), (1, False), (11155111, False)):
        log = LogBuilder(chain_id=chain_id)
        assert verify_bundle(b"", log.policy).test_chain is marked


def test_the_same_bundle_under_another_policy_fails() -> None:
    assert verify_bundle(golden("pack"), OURS).step == "key"
    assert verify_bundle(encode(Season().bundle()), POLICY).step == "key"


def test_sixty_records_take_less_than_fifty_milliseconds() -> None:
    season = Season()
    while season.log.size < 60:
        season.log.event(observed(RAW, "inspecting", comment="山核桃" * 40), by="coop")
    data = encode(season.bundle())
    took: list[float] = []
    for _ in range(5):
        before = time.process_time()
        assert verify_bundle(data, OURS).complete == "yes"
        took.append(time.process_time() - before)
    assert min(took) < 0.05


def test_the_input_is_left_as_it_was() -> None:
    bundle = Season().bundle()
    before = copy.deepcopy(bundle)
    verify_bundle(encode(bundle), OURS)
    assert bundle == before
