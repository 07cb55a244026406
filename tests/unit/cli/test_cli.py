"""The command line from an empty folder to a verified bundle, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from nodes import BASE, LOT, document, event, made_up_policy
from rich.console import Console
from rich.progress import Progress, TaskID
from shared import ROOT
from typer.testing import CliRunner, Result

from suyuan.adapters.keys import public_of
from suyuan.bootstrap import open_node
from suyuan.cli import record
from suyuan.cli.main import app
from suyuan.core.encoding import b64url
from suyuan.core.epcis.xml_writing import write_xml
from suyuan.core.keys import kid_of
from suyuan.ports.subscriptions import Subscription
from suyuan.settings import Settings

ORG = f"{BASE}org/coop"
VECTORS = ROOT / "tests" / "vectors" / "suyuan-bundle"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`suyuan …` in an empty folder; fails on any exit code but the one expected."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUYUAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SUYUAN_ORIGIN", "cli.example/log")
    monkeypatch.setenv("SUYUAN_URI_BASE", BASE)
    monkeypatch.setenv("SUYUAN_LANG", "en")

    def call(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, f"{words}: {result.output}\n{result.exception!r}"
        return result

    return call


@pytest.fixture
def node(run: Run) -> Run:
    """A node with a cooperative that has a kept key."""
    run("init", "--administrator", f"{BASE}org/admin", "--zh", "县中心", "--county", "990101")
    run("org", "add", ORG, "--zh", "合作社", "--county", "990101")
    run("key", "make", "--as", ORG)
    return run


def write(name: str, value: Any) -> str:
    Path(name).write_text(json.dumps(value), encoding="utf-8")
    return name


def test_init_again_keeps_everything(node: Run) -> None:
    before = node("status").output
    node("init", "--administrator", f"{BASE}org/admin", "--zh", "县中心", "--county", "990101")
    assert node("status").output == before


def test_a_file_of_many_events_says_how_far_it_is(
    node: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("many.json", document([event(eventID=f"urn:x:{n}") for n in range(250)]))
    write("one[x].json", document([event()]))
    told: list[tuple[str, float | None, float]] = []

    class Told(Progress):
        def update(self, task_id: TaskID, **more: Any) -> None:
            super().update(task_id, **more)
            task = next(task for task in self.tasks if task.id == task_id)
            told.append((task.description, task.total, task.completed))

    monkeypatch.setattr(record, "progress", lambda text: Told(text, console=Console(quiet=True)))
    node("capture", "many.json", "one[x].json", "--as", ORG)
    many = [("many.json", 250, done) for done in (0, 100, 200, 250)]
    assert told == [*many, (r"one\[x].json", 1, 0), (r"one\[x].json", 1, 1)]


def test_asking_for_events(node: Run) -> None:
    write("place.json", {"id": "https://a.example/shed", "type": "Place", "name": "Shed"})
    node("master", "place.json", "--as", ORG)
    at = {"readPoint": {"id": "https://a.example/shed"}, "my:grade": 3}
    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"my": "https://m/"},
    ]
    several = [event(**{**at, "@context": context, "eventID": f"urn:x:{n}"}) for n in range(3)]
    write("a.json", [*several, event(bizStep="packing", action="OBSERVE")])
    node("capture", "a.json", "--as", ORG)

    def found(*words: str) -> list[str]:
        lines = node("query", *words).output.splitlines()
        return [json.loads(line)["eventID"] for line in lines]

    ids = [f"urn:x:{n}" for n in range(3)]
    assert len(found()) == 4
    assert found("EQATTR_readPoint_name=Shed") == ids
    assert found("EQ_https://m/#grade=3", "EQ_bizStep=commissioning|packing") == ids
    assert found("GE_x:grade=3", "--prefix", "x=https://m/", "--as", ORG, "--limit", "2") == ids[:2]
    assert found("orderBy=recordTime", "eventCountLimit=1", "EXISTS_my:grade=", "--prefix",
                 "my=https://m/") == ids[2:]  # fmt: skip
    for asked, said in (
        (("EQ_action=SHIPPED",), "/EQ_action: an action is ADD, OBSERVE or DELETE"),
        (("eventType=Nope",), "/eventType: Nope is no type of event"),
        (("EQ_foo:bar=1",), "GS1-Extensions"),
        (("EQ_bizStep",), "EQ_bizStep=shipping"),
        (("EQ_action=ADD", "EQ_action=ADD"), "/EQ_action"),
        (("--prefix", "x"), "example=https://ns.example.com/epcis/"),
    ):
        refused = node("query", *asked, code=2)
        assert said in refused.output, refused.output
        assert '"index"' not in refused.output


def test_files_go_in_once_and_prove_what_they_say(node: Run) -> None:
    write("a.json", document([event(), event(bizStep="packing", action="OBSERVE")]))
    first = node("capture", "a.json", "--as", ORG).output
    assert "2 events, 2 new" in first
    assert "2 events, 0 new" in node("capture", "a.json", "--as", ORG).output
    node("seal")
    node("bundle", LOT, "-o", "lot.suyuan.json")
    opened = open_node(Settings())
    Path("policy.json").write_bytes(made_up_policy(opened))
    opened.close()
    told = node("verify", "lot.suyuan.json", "--policy", "policy.json", "--subject", LOT, code=3)
    assert "logged, not yet anchored" in told.output
    assert "complete: yes" in told.output
    text = Path("lot.suyuan.json").read_text(encoding="utf-8")
    Path("lot.suyuan.json").write_text(text.replace('"KGM"', '"GRM"'), encoding="utf-8")
    told = node("verify", "lot.suyuan.json", "--policy", "policy.json", code=1)
    assert "failed: content" in told.output
    audit = node("audit", "--policy", "policy.json", "--signatures", "--json")
    assert json.loads(audit.output)["ok"]


def test_xml_is_captured_as_its_translation(node: Run) -> None:
    xml = write_xml(document([event(), event(action="OBSERVE")]), created="2026-09-17T00:00:00Z")
    Path("folder").mkdir()
    Path("folder/a.xml").write_bytes(xml)
    assert "2 events, 2 new" in node("capture", "folder", "--as", ORG).output
    assert "2 events, 0 new" in node("capture", "folder/a.xml", "--as", ORG).output
    Path("bad.xml").write_bytes(xml.replace(b"OBSERVE", b"TAKE"))
    told = node("capture", "bad.xml", "--as", ORG, code=1).output
    assert "/epcisBody/eventList/1/action" in told


def test_what_can_be_recorded_is_when_asked_for(node: Run) -> None:
    write("mixed.json", document([event(), event(action="TAKE"), event(bizStep="packing")]))
    told = node("capture", "mixed.json", "--proceed", "--as", ORG, code=1).output
    assert "2 events, 2 new" in told
    assert "1 events were left out" in told
    assert "/epcisBody/eventList/1/action" in told
    write("mixed.json", document([event(), event(action="OBSERVE"), event(bizStep="packing")]))
    assert "3 events, 1 new" in node("capture", "mixed.json", "--proceed", "--as", ORG).output


def test_a_table_goes_in_by_its_mapping_or_not_at_all(node: Run) -> None:
    Path("map.toml").write_text(
        '[event]\n"@context" = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]\n'
        'type = "ObjectEvent"\naction = "ADD"\nbizStep = "commissioning"\n'
        'eventTime = "{day:date:+08:00}"\neventTimeZoneOffset = "+08:00"\n'
        'quantityList = [{ epcClass = "https://id.gs1.org/01/09521234000068/10/{lot:slug}", '
        'quantity = "{kg:number}", uom = "KGM" }]\n',
        encoding="utf-8",
    )
    Path("good.csv").write_text(
        "day,lot,kg\n2026-09-17,a 1,12.5\n2026-09-18,a 2,7\n", encoding="utf-8"
    )
    Path("bad.csv").write_text("day,lot,kg\n2026-09-17,a 3,12\n17.9.,a 4,viel\n", encoding="utf-8")
    assert (
        "2 events, 2 new"
        in node("capture", "good.csv", "--mapping", "map.toml", "--as", ORG).output
    )
    before = node("status").output
    told = node("capture", "bad.csv", "--mapping", "map.toml", "--as", ORG, code=1).output
    assert "line 3, day" in told
    assert "line 3, kg" in told
    assert node("status").output == before


@pytest.mark.parametrize("text", [b64url, kid_of])
def test_a_key_that_looks_like_an_option_is_a_key(node: Run, text: Callable[[bytes], str]) -> None:
    keys = (public_of(number.to_bytes(32, "big")) for number in count())
    public = next(key for key in keys if text(key).startswith("-"))
    node("key", "enrol", b64url(public), "--as", ORG)
    node("key", "revoke", kid_of(public), "--suspect-since", "1")
    told = node("key", "enrol", b64url(public), "--as", ORG, code=2).output
    assert "would not count" in told


def test_a_key_that_the_service_never_holds(node: Run) -> None:
    lab = f"{BASE}org/lab"
    node("org", "add", lab, "--zh", "检测站", "--county", "990101")
    made = json.loads(node("keygen", "lab.key").output)
    assert Path("lab.key").stat().st_mode & 0o077 == 0
    write(
        "test.json",
        event(action="OBSERVE", bizStep="inspecting", **{"suyuan:person": {"name": "王"}}),
    )
    node(
        "sign", "test.json", "--key", "lab.key", "--origin", "cli.example/log", "-o", "signed.json"
    )
    assert "王" not in json.dumps(json.loads(Path("signed.json").read_text())[0]["content"])
    told = node("submit", "signed.json", "--as", lab, "--role", "certifier", code=2).output
    assert "not enrolled" in told
    node("key", "enrol", made["x"], "--as", lab, "--role", "certifier")
    index = json.loads(node("submit", "signed.json", "--as", lab, "--role", "certifier").output)
    again = json.loads(node("submit", "signed.json", "--as", lab, "--role", "certifier").output)
    assert again == index
    signed = json.loads(Path("signed.json").read_text())
    signed[0]["content"]["event"]["bizStep"] = "packing"
    write("forged.json", signed)
    told = node("submit", "forged.json", "--as", lab, "--role", "certifier", code=2).output
    assert "signature does not fit" in told
    node("key", "revoke", made["kid"])
    write(
        "later.json",
        event(action="OBSERVE", bizStep="inspecting", eventTime="2026-10-01T08:00:00Z"),
    )
    node(
        "sign",
        "later.json",
        "--key",
        "lab.key",
        "--origin",
        "cli.example/log",
        "-o",
        "later.signed",
    )
    node("submit", "later.signed", "--as", lab, "--role", "certifier", code=2)


def test_serials_and_labels(node: Run) -> None:
    write("m.json", [
        {"id": "https://id.gs1.org/01/09521234000068", "type": "Product",
         "name": {"zh": "山核桃", "en": "Hickory"}, "suyuan:netWeight": {"value": 250, "uom": "GRM"}},
        {"id": ORG, "type": "Organization", "name": {"zh": "合作社", "en": "Co-op"}},
    ])  # fmt: skip
    node("master", "m.json", "--as", ORG)
    write("a.json", event())
    node("capture", "a.json", "--as", ORG)
    words = ("issue", "09521234000068", "L-1", "5", "--as", ORG, "--time",
             "2026-10-12T08:00:00.000+08:00", "--key", "k")  # fmt: skip
    made = json.loads(node(*words).output)
    assert json.loads(node(*words).output) == made
    assert len(set(made["serials"])) == 5
    node("label", LOT, "-o", "sheet.pdf", "--record", str(made["index"]))
    assert Path("sheet.pdf").read_bytes().startswith(b"%PDF")
    for form in ("thermal", "png", "svg"):
        node("label", LOT, "-o", form, "--form", form)
        assert len(list(Path(form).iterdir())) == 1
    for form, start in (
        ("zpl", b"^XA^MNY^PW320"),
        ("tspl", b"SIZE 40 mm,30 mm"),
        ("escpos", b"\x1b@"),
    ):
        node("label", LOT, "-o", f"l.{form}", "--form", form, "--stock", "40x30",
             "--record", str(made["index"]))  # fmt: skip
        assert Path(f"l.{form}").read_bytes().startswith(start)
    assert "300" in node("label", LOT, "-o", "l", "--form", "zpl", "--dpi", "150", code=2).output


def test_printers_and_jobs_of_labels(node: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_PRINTER_HOSTS", '["192.168.1.50"]')
    write("m.json", [{"id": "https://id.gs1.org/01/09521234000068", "type": "Product",
                      "name": {"zh": "山核桃", "en": "Hickory"}}])  # fmt: skip
    node("master", "m.json", "--as", ORG)
    write("a.json", event())
    node("capture", "a.json", "--as", ORG)
    made = json.loads(node("issue", "09521234000068", "L-1", "5", "--as", ORG, "--time",
                           "2026-10-12T08:00:00.000+08:00", "--key", "k").output)  # fmt: skip
    told = node("labels", "printer", "W", "10.0.0.1", "--as", ORG, code=2).output
    assert "printer_hosts" in told
    printer = json.loads(node("labels", "printer", "W", "192.168.1.50", "--as", ORG).output)
    assert "60x40" in node("labels", "supplies", "--as", ORG).output
    node("labels", "calibrate", printer["id"], "--as", ORG, "-o", "rulers.png")
    assert Path("rulers.png").read_bytes().startswith(b"\x89PNG")
    words = ("labels", "print", LOT, "--as", ORG, "--printer", printer["id"], "--record",
             str(made["index"]), "--from", "2")  # fmt: skip
    job = json.loads(node(*words).output)
    assert (job["labels"], job["state"]) == ([2, 5], "queued")
    node("labels", "pause", job["id"], "--as", ORG)
    node("labels", "resume", job["id"], "--as", ORG)
    node("labels", "settle", job["id"], "3", "--as", ORG, code=2)
    node("labels", "cancel", job["id"], "--as", ORG)
    assert json.loads(node("labels", "list", "--as", ORG).output)["state"] == "cancelled"
    node("labels", "resume", job["id"], "--as", ORG, code=2)


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.suyuan.json")), ids=lambda p: p.stem)
def test_good_bundles_without_a_chain_exit_3(run: Run, path: Path) -> None:
    told = json.loads(
        run("verify", str(path), "--policy", str(VECTORS / "policy.json"), "--json", code=3).output
    )
    assert told["verdict"] == ("logged" if path.stem == "logged.suyuan" else "anchor not checked")


@pytest.mark.parametrize("path", sorted(VECTORS.glob("bad/*.suyuan.json")), ids=lambda p: p.stem)
def test_bad_bundles_exit_1_and_name_the_step(run: Run, path: Path) -> None:
    told = json.loads(
        run("verify", str(path), "--policy", str(VECTORS / "policy.json"), "--json", code=1).output
    )
    assert told["step"] == path.stem.split("-")[0]


def test_misuse_exits_2(run: Run) -> None:
    run("verify", "nowhere.json", "--policy", str(VECTORS / "policy.json"), code=2)
    run("verify", str(VECTORS / "pack.suyuan.json"), code=2)
    run(
        "verify",
        str(VECTORS / "pack.suyuan.json"),
        "--policy",
        str(VECTORS / "pack.suyuan.json"),
        code=2,
    )
    run("status", code=2)


def test_what_cannot_be_written_or_set_is_said_in_words(
    node: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "nowhere/there.json"
    node("capture", write("in.json", document([event()])), "--as", ORG)
    node("seal")
    refused = node("bundle", LOT, "--output", place, code=2)
    assert place in refused.output
    monkeypatch.setenv("SUYUAN_PORT", "door")
    assert "port" in node("status", code=2).output
    monkeypatch.delenv("SUYUAN_PORT")
    Path("data/suyuan.toml").write_text("port = \n", encoding="utf-8")
    assert "line 1" in node("status", code=2).output
    Path("data/suyuan.toml").write_text("prot = 1\n", encoding="utf-8")
    assert "prot" in node("status", code=2).output


def test_master_data_goes_in_only_if_all_of_it_can_be_read(node: Run) -> None:
    before = json.loads(node("status").output)["records"]
    plot = {"id": f"{BASE}plot/1", "type": "Plot"}
    node("master", write("m.json", [plot, 7]), "--as", ORG, code=1)
    assert json.loads(node("status").output)["records"] == before


def test_who_is_told_of_events_and_who_does_not_answer(node: Run) -> None:
    opened = open_node(Settings())
    made = Subscription(
        id="abc",
        organisation=ORG,
        query="all",
        dest="https://hooks.example/x",
        terms=b'{"stream": true}',
        secret=b"sealed",
        token="t",
        stream=True,
        created_at="2026-09-17T00:00:00.000Z",
        cursor=0,
        due=0.0,
        batch=500,
    )
    opened.database.subscriptions.add(made)
    skipped = '[{"index": 7, "eventID": "urn:x", "at": "2026-09-17T00:00:00.000Z"}]'
    opened.database.subscriptions.add(
        replace(made, id="def", failures=2, problem="no answer", skipped=skipped)
    )
    size = opened.database.log.tail().size
    opened.close()
    listed = node("subscription", "list").output
    assert listed.count('"recordsBehind"') == 2
    assert "sealed" not in listed
    failing = json.loads(node("subscription", "list", "--failing").output)
    assert (failing["id"], failing["problem"], failing["recordsBehind"]) == (
        "def",
        "no answer",
        size,
    )
    assert [each["index"] for each in failing["skipped"]] == [7]
    node("subscription", "end", "abc")
    node("subscription", "end", "abc", code=2)
    assert "abc" not in node("subscription", "list").output
