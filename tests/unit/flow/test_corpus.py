"""Documents and logs that others wrote go in, whole and once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from nodes import World
from shared import shared

from suyuan.core.epcis.document import events_of
from suyuan.core.errors import Conflict, Refused
from suyuan.core.tabular import events_of_table, parse_mapping
from suyuan.core.verify import verify_bundle
from suyuan.core.visibility import PUBLIC
from suyuan.flow.accounts import Caller
from suyuan.flow.audit import StoreSource, audit
from suyuan.flow.capture import Incoming
from suyuan.flow.jobs import incoming_of

LEGACY = {
    "AggregationEvent_with_persistentDisposition",
    "SensorData_with_combined_events",
    "TransactionEvent_with_userExtensions",
}
MAPPING = Path(__file__).with_name("farmdata2.toml")


def caller(world: World) -> Caller:
    return world.node.accounts.authenticate(world.tokens["coop"])


def test_valid_epcis_documents_are_recorded_as_they_are(world: World) -> None:
    folder = shared("vectors", "openepcis-test-resources", "2.0", "EPCIS", "JSON", "Capture")
    files = sorted(folder.glob("Documents/*.json")) + sorted(folder.glob("Events/*.json"))
    taken = 0
    for path in files:
        if path.stem in LEGACY:
            with pytest.raises(Refused):
                world.node.capture.events(caller(world), incoming_of(path.read_bytes()))
            continue
        incoming = incoming_of(path.read_bytes())
        if path.stem == "AssociationEvent_with_sensorData":
            # It carries the eventID of another event, in AssociationEvent_2.
            with pytest.raises(Conflict, match="eventID"):
                world.node.capture.events(caller(world), incoming)
            continue
        indices = world.node.capture.events(caller(world), incoming)
        records = world.node.database.log.records(indices)
        for index, item in zip(indices, incoming, strict=True):
            content = records[index].content
            assert content is not None
            assert json.loads(content)["event"] == item.event
        taken += len(set(indices))
    assert taken >= 25
    world.node.sealer.seal()
    database = world.node.database
    report = audit(
        StoreSource(database.log, database.tree, database.anchors),
        world.policy(),
        chain=None,
        signatures=True,
    )
    assert report.ok, report.difference


def test_invalid_documents_are_refused_and_leave_nothing(world: World) -> None:
    folder = shared(
        "vectors", "openepcis-test-resources", "2.0", "EPCIS", "JSON", "Capture", "Invalid"
    )
    before = world.node.database.log.tail().size
    for path in sorted(folder.glob("*.json")):
        with pytest.raises(Refused):
            world.node.capture.events(caller(world), incoming_of(path.read_bytes()))
    assert world.node.database.log.tail().size == before


def test_a_season_of_real_harvests_goes_in_whole_and_once(world: World) -> None:
    path = shared("data", "farmdata2", "harvests-2019.csv")
    mapping = parse_mapping(tomllib.loads(MAPPING.read_text(encoding="utf-8")))
    rows = events_of_table(path.read_text(encoding="utf-8"), mapping)
    assert len(rows) == 1592
    incoming = [Incoming(event, where) for where, event in rows]
    indices = world.node.capture.events(caller(world), incoming)
    assert len(set(indices)) == 1592
    size = world.node.database.log.tail().size
    assert world.node.capture.events(caller(world), incoming) == indices
    assert world.node.database.log.tail().size == size
    world.node.sealer.seal()
    lot = rows[0][1]["outputQuantityList"][0]["epcClass"]
    bundle = world.node.prover.bundle(PUBLIC, lot)
    report = verify_bundle(bundle, world.policy(), subject=lot)
    assert (report.verdict, report.complete) == ("logged", "yes"), report.text
    assert "worker-01" not in bundle.decode()


def test_every_bad_row_of_a_table_is_named_by_line_and_column(world: World) -> None:
    mapping = parse_mapping(tomllib.loads(MAPPING.read_text(encoding="utf-8")))
    table = (
        '# comment\n"1","w","1","2019-05-07","A","KALE","17","POUND","0.5","two\nlines",""\n'
        '"2","w","1","7 May","A","KALE","17","POUND","","",""\n'
        '"3","w","1","2019-05-07","A","KALE","many","SACK","","",""\n'
        '"4","w","1","2019-05-07","A"\n'
    )
    with pytest.raises(Refused) as caught:
        events_of_table(table, mapping)
    errors = getattr(caught.value, "errors", ())
    assert sorted(e.path for e in errors) == [
        "line 4, hardate",
        "line 5, unit",
        "line 5, yield",
        "line 6",
    ]


def test_documents_of_gs1_are_taken_apart(world: World) -> None:
    folder = shared("vectors", "gs1-epcis-official", "JSON")
    for path in sorted(folder.rglob("*.jsonld")):
        assert events_of(json.loads(path.read_text(encoding="utf-8"))), path.name
