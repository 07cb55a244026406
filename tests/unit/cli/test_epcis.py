"""`suyuan epcis …`: JSON lines and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shared import shared
from typer.testing import CliRunner

from suyuan.cli import epcis
from suyuan.cli.main import app

EVENT = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "ObjectEvent",
    "eventTime": "2026-09-17T08:30:00Z",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "epcList": ["https://id.gs1.org/01/09521234000044/21/1"],
}
XML = """<ObjectEvent><eventTime>2026-09-17T08:30:00.000Z</eventTime>
<eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
<epcList><epc>urn:epc:id:sgtin:9521234.000004.1</epc></epcList>
<action>OBSERVE</action></ObjectEvent>"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUYUAN_LANG", "en")


def run(*words: str, code: int = 0, given: bytes = b"") -> list[Any]:
    result = CliRunner().invoke(app, ["epcis", *words], input=given)
    assert result.exit_code == code, (result.output, result.exception)
    return [json.loads(line) for line in result.stdout.splitlines()]


def write(name: str, value: Any) -> str:
    Path(name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return name


def test_validate() -> None:
    good, other = write("good.json", EVENT), write("other.xml", XML)
    fine = {"valid": True, "errors": []}
    assert run("validate", good, other) == [{"file": good, **fine}, {"file": other, **fine}]
    bad = write("bad.json", {**EVENT, "action": "TAKE", "weight": 1})
    first, second, third = run("validate", bad, good, "nothing.json", code=1)
    assert first["file"] == bad
    assert not first["valid"]
    assert first["errors"] == [
        {
            "path": "/action",
            "rule": "enum",
            "message": 'this must be one of OBSERVE, ADD, DELETE; right is for example "OBSERVE"',
        },
        {
            "path": "/weight",
            "rule": "propertyNames",
            "message": "weight is no field of EPCIS here; a field of your own has a namespace; "
            'right is for example "example:weight"',
        },
    ]
    assert second["valid"]
    [error] = third["errors"]
    assert not third["valid"]
    assert error["rule"] == "file"
    assert "there is no such file" in error["message"]


def test_hash() -> None:
    both = write("both.json", [EVENT, {**EVENT, "action": "ADD"}])
    lines = run("hash", write("a.xml", XML), both)
    assert [(line["file"], line["index"]) for line in lines] == [
        ("a.xml", 0),
        ("both.json", 0),
        ("both.json", 1),
    ]
    assert lines[0]["hash"] == lines[1]["hash"] != lines[2]["hash"]
    assert all(set(line) == {"file", "index", "hash"} for line in lines)


def test_hash_says_where_there_is_none() -> None:
    broken = write("broken.json", [{**EVENT, "epcList": 1}, EVENT])
    first, second, third, fourth = run("hash", broken, write("x.xml", "<x"), "nothing", code=1)
    assert first["index"] == 0
    assert first["hash"] is None
    assert first["error"]["path"] == "/0/epcList"
    assert second["hash"].startswith("ni:///sha-256;")
    assert third["index"] is None
    assert third["error"]["path"] == "line 1, column 3"
    assert fourth["error"]["rule"] == "file"


def test_hash_needs_no_valid_document() -> None:
    loose = {"epcisBody": {"eventList": [EVENT, {"type": "ObjectEvent"}]}}
    xml = f"<EPCISDocument><EPCISBody><EventList>{XML}</EventList></EPCISBody></EPCISDocument>"
    lines = run("hash", write("loose.json", loose), write("loose.xml", xml), write("a.json", EVENT))
    first, second, third, fourth = (line["hash"] for line in lines)
    assert first == third == fourth != second


def test_standard_input_and_folders() -> None:
    [line] = run("validate", "-", given=XML.encode())
    assert line == {"file": "-", "valid": True, "errors": []}
    [line] = run("hash", "-", given=json.dumps(EVENT).encode())
    assert line["file"] == "-"
    Path("folder/deep").mkdir(parents=True)
    for name in ("b.JSON", "a.xml", "c.txt", "deep/d.jsonld"):
        write(f"folder/{name}", EVENT)
    assert [line["file"] for line in run("hash", "folder")] == [
        str(Path("folder") / name) for name in ("a.xml", "b.JSON", "deep/d.jsonld")
    ]


def test_files_too_large_and_names_that_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epcis, "MAX_BYTES", 10)
    [line] = run("validate", write("large.json", EVENT), code=1)
    assert line["errors"][0]["rule"] == "limit"
    [line] = run("validate", "\udcff.json", code=1)
    assert line["file"] == "\\xff.json"
    [line] = run("validate", "nul\0.json", code=1)
    assert line["errors"][0]["rule"] == "file"


def test_thousands_of_files_in_one_call() -> None:
    names = [write(f"{n}.json", {**EVENT, "epcList": [f"a:{n}"]}) for n in range(2000)]
    lines = run("hash", *names)
    assert [line["file"] for line in lines] == names
    assert len({line["hash"] for line in lines}) == 2000


def test_open_documents_hash_as_expected() -> None:
    folder = shared("vectors", "event-hash-ralphtro-G2-2026")
    lines = run("hash", str(folder / "documents"))
    for path in sorted((folder / "documents").iterdir()):
        expected = (folder / "expected" / "CBV2.0" / f"{path.stem}.hashes").read_text().split()
        assert [line["hash"] for line in lines if line["file"] == str(path)] == expected
    assert len(lines) == 22


def test_words_are_in_the_language_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_LANG", "zh")
    [line] = run("validate", write("bad.json", {**EVENT, "action": "TAKE"}), code=1)
    assert "例如" in line["errors"][0]["message"]


def converted(*words: str, code: int = 0, given: bytes = b"") -> bytes:
    result = CliRunner().invoke(app, ["epcis", "convert", *words], input=given)
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout_bytes


def test_convert_between_xml_and_json() -> None:
    xml = converted("--to", "xml", write("a.json", EVENT))
    assert xml.startswith(b"<?xml")
    document = json.loads(converted("--to", "json", "-", given=xml))
    [event] = document["epcisBody"]["eventList"]
    assert {**event, "@context": document["@context"]} == EVENT
    assert json.loads(converted("--to", "json", "a.json")) == EVENT
    assert converted("--to", "xml", "a.json", "-o", "b.xml") == b""
    hashes = [line["hash"] for line in run("hash", "a.json", "b.xml", write("c.xml", XML))]
    assert len(set(hashes)) == 1


def test_convert_identifiers() -> None:
    document = {
        "@context": EVENT["@context"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-17T08:30:00Z",
        "epcisBody": {"eventList": [EVENT]},
    }
    file = write("document.json", document)
    urns = json.loads(converted("--to", "urn", "--prefix", "9521234", file))
    [event] = urns["epcisBody"]["eventList"]
    assert event["epcList"] == ["urn:epc:id:sgtin:9521234.000004.1"]
    links = json.loads(converted("--to", "dl", write("urns.json", urns)))
    assert links == document
    assert b"<epc>https://id.gs1.org/01/09521234000044/21/1</epc>" in converted(
        "--to", "dl", write("a.xml", XML)
    )
    assert json.loads(converted("--to", "urn", file, code=1)) == document


def test_convert_refuses_what_is_no_document() -> None:
    for to in ("json", "xml", "urn", "dl"):
        assert converted("--to", to, write("x.json", {"type": "EPCISDocument"}), code=2) == b""
        assert converted("--to", to, "nothing", code=2) == b""
