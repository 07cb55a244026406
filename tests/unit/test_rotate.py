"""Another key in the place of each: what was signed holds, what comes next too, a crash leaves one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from nodes import BASE, event, made_up_policy, make_world, settings
from typer.testing import CliRunner

from suyuan import rotate
from suyuan.adapters.keys import write_private
from suyuan.bootstrap import Node, create_node, open_node
from suyuan.cli.main import app
from suyuan.closing import carry_label_key
from suyuan.core.errors import Refused, Unavailable
from suyuan.core.people import Details
from suyuan.core.policy import parse_policy
from suyuan.core.sealed import CONTACT, PHOTO, WORDS
from suyuan.core.serials import make_serial
from suyuan.flow.accounts import Caller
from suyuan.flow.audit import StoreSource, audit
from suyuan.flow.capture import Incoming
from suyuan.flow.credentials import (
    Secrets,
    close_details,
    close_secrets,
    open_details,
    open_secrets,
)
from suyuan.ports.accounts import KeptKey
from suyuan.ports.cases import Case, CaseFile
from suyuan.ports.people import Person
from suyuan.ports.signing import Laboratory
from suyuan.settings import Settings

COOP = Caller(f"{BASE}org/coop", "recorder", "990101", "test")
ADMIN = Caller(f"{BASE}org/admin", "administrator", "990101", "test")
LOT = "https://id.gs1.org/01/09521234000068/10/L-1"
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A node with a record, sealed under a policy; its chain is made up."""
    return prepared(tmp_path, monkeypatch, "")


def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> Settings:
    made = settings(tmp_path / "node", port=9, database_url=url)
    world = make_world(made.data_dir, port=9, database_url=url)
    node = world.node
    node.capture.events(COOP, [Incoming(event())])
    node.sealer.seal()
    node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
    node.close()
    for name in list(os.environ):
        if name.startswith("SUYUAN_"):
            monkeypatch.delenv(name)
    for name, value in {
        "DATA_DIR": str(made.data_dir), "ORIGIN": made.origin, "URI_BASE": BASE, "LANG": "en",
        "PORT": "9", **({"DATABASE_URL": url} if url else {}),
    }.items():  # fmt: skip
        monkeypatch.setenv(f"SUYUAN_{name}", value)
    return made


def run(*words: str, code: int = 0) -> str:
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == code, ended.output
    return ended.output


def record_one_more(node: Node, number: int) -> int:
    (index,) = node.capture.events(
        COOP, [Incoming(event(eventID=f"{BASE}e/{number}", action="OBSERVE", bizStep="inspecting"))]
    )
    node.sealer.seal()
    return index


def is_sound(node: Node) -> None:
    policy = node.policy()
    assert policy is not None
    source = StoreSource(node.database.log, node.database.tree, node.database.anchors)
    assert audit(source, policy, chain=None, signatures=True).difference is None
    assert node.scrubber.mend() == node.database.log.tail().size


def keys_of(role: str) -> dict[str, dict[str, Any]]:
    return {k["kid"]: k for k in json.loads(run("key", "list")) if k["role"] == role}


class TestRecorders:
    def test_another_key_signs_and_the_old_one_is_marked(self, given: Settings) -> None:
        before = {k for k, v in keys_of("recorder").items() if v["owner"] == COOP.organisation}
        told = json.loads(
            run(
                "key",
                "rotate",
                "--as",
                COOP.organisation,
                "--stolen-at",
                "2026-01-01T00:00:00+08:00",
            )
        )
        assert set(told["revoked"]) == before
        assert told["suspectSince"] == 0
        found = keys_of("recorder")
        assert [(found[k]["active"], found[k]["suspectSince"]) for k in before] == [(False, 0)]
        assert found[told["kid"]]["active"]
        with closing(open_node(given)) as node:
            index = record_one_more(node, 1)
            assert node.database.log.records([index])[index].kid == told["kid"]
            is_sound(node)

    def test_a_crash_leaves_a_usable_one(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with closing(open_node(given)) as node:
            with monkeypatch.context() as patch:

                def dies(_: object) -> None:
                    raise KeyboardInterrupt

                patch.setattr(node.capture.appender, "append", dies)
                with pytest.raises(KeyboardInterrupt):
                    node.capture.rotate_kept(ADMIN, COOP.organisation, "recorder", node.clock.now())
            record_one_more(node, 1)
            kid, revoked = node.capture.rotate_kept(
                ADMIN, COOP.organisation, "recorder", node.clock.now()
            )
            assert len(revoked) == 1
            index = record_one_more(node, 2)
            assert node.database.log.records([index])[index].kid == kid
            is_sound(node)

    def test_who_has_none_has_none_to_rotate(self, given: Settings) -> None:
        told = run("key", "rotate", "--as", f"{BASE}org/lab", "--role", "certifier", code=2)
        assert "keeps no active certifier key" in told
        assert "not both" in run(
            "key", "rotate", "--as", COOP.organisation, "--stolen-at", "2026-01-01T00:00:00Z",
            "--suspect-since", "3", code=2,
        )  # fmt: skip


def test_an_administrator_is_followed_by_another(given: Settings) -> None:
    first = next(iter(keys_of("admin")))
    told = json.loads(run("key", "rotate", "--as", ADMIN.organisation, "--role", "administrator"))
    assert told["revoked"] == [first]
    assert {k: v["active"] for k, v in keys_of("admin").items()} == {
        first: False,
        told["kid"]: True,
    }
    # It enrols, revokes and erases from now on; the policy's administrator is still entry 0's.
    run("key", "make", "--as", f"{BASE}org/other")
    with closing(open_node(given)) as node:
        assert node.database.log.records([0])[0].kid == first
        last = node.database.log.tail().size - 1
        assert node.database.log.records([last])[last].kid == told["kid"]
        node.sealer.seal()
        is_sound(node)


class TestLogKey:
    def bundle(self, folder: Path, name: str) -> str:
        file = folder / f"{name}.suyuan.json"
        run("bundle", LOT, "--output", str(file))
        return str(file)

    def policy(self, folder: Path, name: str) -> str:
        file = folder / f"{name}.policy"
        run("policy", "--output", str(file))
        return str(file)

    def test_both_hold_under_the_new_policy(self, given: Settings, tmp_path: Path) -> None:
        old, old_policy = self.bundle(tmp_path, "old"), self.policy(tmp_path, "old")
        assert "the log signs as" in run("key", "rotate-log")
        with closing(open_node(given)) as node:
            record_one_more(node, 1)
            is_sound(node)
            assert [row.version for row in node.database.anchors.policies()] == [1, 2]
        new, new_policy = self.bundle(tmp_path, "new"), self.policy(tmp_path, "new")
        logged = 3
        for bundle, policy, code in (
            (old, old_policy, logged), (old, new_policy, logged), (new, new_policy, logged),
            (new, old_policy, 1),
        ):  # fmt: skip
            run("verify", bundle, "--policy", policy, code=code)
        keys = parse_policy(Path(new_policy).read_bytes()).log_keys
        assert keys[1:] == parse_policy(Path(old_policy).read_bytes()).log_keys

    def test_a_stolen_one_holds_nothing(self, given: Settings, tmp_path: Path) -> None:
        old, old_policy = self.bundle(tmp_path, "old"), self.policy(tmp_path, "old")
        run("key", "rotate-log", "--stolen")
        new_policy = self.policy(tmp_path, "new")
        with closing(open_node(given)) as node:
            is_sound(node)  # every checkpoint was signed again
            assert len(node.sealer.signer.verifiers) == 1
        run("verify", old, "--policy", new_policy, code=1)
        new = self.bundle(tmp_path, "new")
        run("verify", new, "--policy", new_policy, code=3)
        run("verify", new, "--policy", old_policy, code=1)

    @pytest.mark.parametrize("stolen", [False, True])
    @pytest.mark.parametrize("gap", range(4))
    def test_a_crash_leaves_a_log_that_goes_on(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch, gap: int, *, stolen: bool
    ) -> None:
        with closing(open_node(given)) as node, monkeypatch.context() as patch:
            died = dies_after(patch, gap)
            with pytest.raises(KeyboardInterrupt) if gap < 2 else nullcontext():
                rotate.rotate_log_key(node, stolen=stolen)
            assert died() == (gap < 2)
        with closing(open_node(given)) as node:
            record_one_more(node, 1)
            assert node.scrubber.mend()
        with closing(open_node(given)) as node:
            rotate.rotate_log_key(node, stolen=stolen)
        with closing(open_node(given)) as node:
            record_one_more(node, 2)
            is_sound(node)


def dies_after(patch: pytest.MonkeyPatch, gap: int) -> Callable[[], bool]:
    """The process ends after so many files written by the rotation."""
    write, left = write_private, [gap]

    def dying(path: Path, data: bytes, **more: bool) -> None:
        write(path, data, **more)
        if not left[0]:
            left[0] -= 1
            raise KeyboardInterrupt
        left[0] -= 1

    patch.setattr(rotate, "write_private", dying)
    return lambda: left[0] < 0


@pytest.fixture(params=KINDS)
def either(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    url = "" if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")()
    return prepared(tmp_path, monkeypatch, url)


class TestSecret:
    def test_all_is_sealed_anew(self, either: Settings) -> None:
        place = either.data_dir / "secret.key"
        old = place.read_bytes()
        before = [key.sealed for key in kept(either)]
        with closing(open_node(either)) as node:
            digest = node.seal.digest(b"13800000000")
            node.database.people.add(somebody(node))
            table = "日期,地块\n2026-9-8,阿芳家\n"
            upload = node.importing.open(COOP, "table.csv", table.encode())
        assert "are sealed under a new secret" in run("secret", "rotate")
        assert place.read_bytes() != old
        assert not {*before} & {key.sealed for key in kept(either)}
        with closing(open_node(either)) as node:
            assert node.seal.digest(b"13800000000") == digest
            (person,) = node.database.people.of(None)
            assert open_details(node.seal, person).name == "阿芳"
            assert open_secrets(node.seal, person) == Secrets()
            (sheet,) = node.importing.preview(COOP, upload.id).sheets
            assert sheet.samples == ("2026-9-8", "阿芳家")
            record_one_more(node, 1)
            is_sound(node)
        place.write_bytes(old)
        with pytest.raises(Unavailable, match="not the one it was sealed with"):
            open_node(either)

    @pytest.mark.parametrize("gap", range(9))
    def test_a_crash_leaves_keys_that_open(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch, gap: int
    ) -> None:
        with monkeypatch.context() as patch:
            died = dies_after(patch, gap)
            with pytest.raises(KeyboardInterrupt) if gap < 8 else nullcontext():
                rotate.rotate_secret(given)
            assert died() == (gap < 8)
        with closing(open_node(given)) as node:
            record_one_more(node, 1)
        (given.data_dir / "phrase").write_text("correct horse battery")
        monkeypatch.setenv("SUYUAN_PASSPHRASE_FILE", str(given.data_dir / "phrase"))
        if gap in range(1, 8):  # the first file that is written is a trial
            assert "was cut off" in run("doctor", code=1)
            assert "was cut off" in run("backup", str(given.data_dir / "b"), "--keys", "k", code=2)
        rotate.rotate_secret(given)
        assert not list(given.data_dir.glob("secret.key.*"))
        with closing(open_node(given)) as node:
            record_one_more(node, 2)
            is_sound(node)

    def test_between_the_database_and_the_new_secret(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:

            def dies(*_: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(Path, "replace", dies)
            patch.setattr(rotate, "write_private", lambda path, data, **_: path.write_bytes(data))
            with pytest.raises(KeyboardInterrupt):
                rotate.rotate_secret(given)
        with closing(open_node(given)) as node:
            record_one_more(node, 1)
        rotate.rotate_secret(given)
        with closing(open_node(given)) as node:
            record_one_more(node, 2)


def somebody(node: Node) -> Person:
    """A person in the books of the cooperative."""
    return Person(
        "p1",
        close_details(node.seal, "p1", Details(name="阿芳")),
        close_secrets(node.seal, "p1", Secrets()),
        frozenset(),
        frozenset({(COOP.organisation, "member")}),
        node.clock.now(),
    )


def kept(given: Settings) -> list[KeptKey]:
    with closing(open_node(given)) as node:
        return node.database.accounts.keys()


GTIN, LOT_NUMBER = "09521234000068", "L-1"


def issued(node: Node, word: str) -> str:
    """A serial of the lot, issued with the key in use."""
    _, (serial,) = node.issuer.issue(
        COOP, gtin=GTIN, lot=LOT_NUMBER, count=1, event_time="2026-09-18T08:00:00.000+08:00",
        time_zone="+08:00", key=word,
    )  # fmt: skip
    return serial.serial


def invented(key: bytes) -> str:
    """What who has this key can make up."""
    return make_serial(key, GTIN, LOT_NUMBER, "7" * 10)


class TestLabels:
    def test_two_keys_are_valid_and_of_those_before_only_what_was_issued(
        self, given: Settings
    ) -> None:
        serials, keys = [], []
        for word in ("one", "two", "three", "four"):
            with closing(open_node(given)) as node:
                keys.append(node.issuer.label_keys[0])
                serials.append(issued(node, word))
            told = run("key", "rotate-label")
        assert "3 keys are retired" in told
        assert len(set(keys)) == 4
        with closing(open_node(given)) as node:
            assert len(node.issuer.label_keys) == 2
            assert node.issuer.label_keys[1] == keys[3]
            known = [node.issuer.known_tag(GTIN, LOT_NUMBER, serial) for serial in serials]
            assert known == [True] * 4
            made_up = [node.issuer.known_tag(GTIN, LOT_NUMBER, invented(key)) for key in keys]
            # Those of the first three say no more than that somebody had a key.
            assert made_up == [False, False, False, True]
            assert not node.issuer.known_tag(GTIN, "L-2", serials[0])

    def test_a_stolen_one_makes_nothing_any_more(self, given: Settings) -> None:
        with closing(open_node(given)) as node:
            (stolen,) = node.issuer.label_keys
            serial = issued(node, "one")
        assert "1 keys are retired" in run("key", "rotate-label", "--stolen")
        with closing(open_node(given)) as node:
            assert stolen not in node.issuer.label_keys
            assert node.issuer.known_tag(GTIN, LOT_NUMBER, serial)
            assert not node.issuer.known_tag(GTIN, LOT_NUMBER, invented(stolen))
            assert issued(node, "one") == serial

    @pytest.mark.parametrize("stolen", [False, True])
    @pytest.mark.parametrize("writes", range(3))
    def test_a_crash_leaves_one_that_it_goes_on_with(
        self, given: Settings, monkeypatch: pytest.MonkeyPatch, writes: int, *, stolen: bool
    ) -> None:
        run("key", "rotate-label")
        with closing(open_node(given)) as node:
            before = list(node.issuer.label_keys)
            done = 0

            def dying(path: Path, data: bytes, *, first: bool = False) -> None:
                nonlocal done
                if done == writes:
                    raise KeyboardInterrupt
                done += 1
                write_private(path, data, first=first)

            with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
                patch.setattr(rotate, "write_private", dying)
                rotate.rotate_label_key(node, stolen=stolen)
        with closing(open_node(given)) as node:
            assert node.issuer.known_tag(GTIN, LOT_NUMBER, issued(node, "meanwhile"))
            rotate.rotate_label_key(node, stolen=stolen)
        with closing(open_node(given)) as node:
            valid = node.issuer.label_keys
            assert valid[0] not in before
            assert list(valid[1:]) == [before[1] if stolen else before[0]]
            assert node.issuer.known_tag(GTIN, LOT_NUMBER, issued(node, "meanwhile"))
        assert not list((given.data_dir / "keys").glob("label-next*"))

    def test_the_secret_and_a_successor_take_all_of_them(
        self, given: Settings, tmp_path: Path
    ) -> None:
        run("key", "rotate-label")
        run("key", "rotate-label")
        with closing(open_node(given)) as node:
            valid, retired = list(node.issuer.label_keys), list(node.issuer.retired_keys)
        assert (len(valid), len(retired)) == (2, 1)
        run("secret", "rotate")
        with closing(open_node(given)) as node:
            assert (list(node.issuer.label_keys), list(node.issuer.retired_keys)) == (
                valid,
                retired,
            )
        own = settings(tmp_path / "next", origin="node.example/log2")
        carry_label_key(given, own)
        carry_label_key(given, own)
        with closing(create_node(own)) as node:
            assert (list(node.issuer.label_keys), list(node.issuer.retired_keys)) == (
                valid,
                retired,
            )


def test_not_while_it_is_served(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate, "service_state", lambda _: {})
    with pytest.raises(Refused, match="stop it first"):
        rotate.rotate_secret(given)
    with closing(open_node(given)) as node, pytest.raises(Refused, match="stop it first"):
        rotate.rotate_log_key(node)


def test_what_strangers_wrote_and_laboratories_contacts_are_read_under_the_new_secret(
    given: Settings,
) -> None:
    with closing(open_node(given)) as node:
        time = node.clock.now()
        sealed = node.seal.close(WORDS, "n", b"words")
        case = Case(
            "n", b"", b"once", COOP.organisation, "", "urn:x:lot", "", "fake", sealed, "received", "",
            time, time, time,
        )  # fmt: skip
        photo = CaseFile("n", "photo", "image/jpeg", node.seal.close(PHOTO, "n", b"photo"))
        bundle = CaseFile("n", "bundle", "application/gzip", b"everybody's")
        node.database.cases.add(case, [photo, bundle])
        contact = node.seal.close(CONTACT, COOP.organisation, b"call")
        node.database.signing.put_laboratory(Laboratory(COOP.organisation, "", contact, time))
    rotate.rotate_secret(given)
    with closing(open_node(given)) as node:
        found, kept_photo = node.database.cases.get("n"), node.database.cases.file("n", "photo")
        assert found is not None
        assert kept_photo is not None
        assert found.words != sealed
        assert node.seal.open(WORDS, "n", found.words) == b"words"
        assert node.seal.open(PHOTO, "n", kept_photo.body) == b"photo"
        assert node.database.cases.file("n", "bundle") == bundle
        (laboratory,) = node.database.signing.laboratories()
        assert node.seal.open(CONTACT, COOP.organisation, laboratory.contact) == b"call"
