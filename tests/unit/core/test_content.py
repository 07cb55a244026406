from __future__ import annotations

from typing import Any

import pytest
from logbuilder import Key, event, quantities

from suyuan.core import jcs
from suyuan.core.content import (
    content_digest,
    content_of,
    decode_content,
    parse_content,
    stored_value,
)
from suyuan.core.encoding import b64, digest_text
from suyuan.core.errors import Malformed

SALT = "YO8xxIXERIfffnRnVAeNGQ"
LOT = "https://id.gs1.org/01/09521234000044/10/LOT-1"
GOOD_EVENT = event(
    "ObjectEvent",
    action="OBSERVE",
    quantityList=quantities(LOT),
    readPoint={"id": "https://id.gs1.org/414/9521234000020"},
    **{
        "suyuan:serials": {"count": 3, "root": b64(b"\x01" * 32)},
        "suyuan:attachments": [
            {
                "digest": digest_text(b"\x02" * 32),
                "mediaType": "image/jpeg",
                "size": 9,
                "name": "plot.jpg",
            }
        ],
        "suyuan:note": {"anything": [1, None, True]},
    },
)
GOOD_KEY = Key("coop").value("https://node.example.cn/org/coop", "recorder")


def test_an_event_is_read_with_what_it_names() -> None:
    content = parse_content(content_of("event", GOOD_EVENT, SALT))
    assert (content.kind, content.value, content.salt) == ("event", GOOD_EVENT, SALT)
    assert content.event is not None
    assert [item.object for item in content.event.quantities] == [LOT]
    assert content.issued is not None
    assert (content.issued.count, content.issued.root) == (3, b"\x01" * 32)
    assert content.key is None
    assert content.erases is None


def test_master_data_key_and_erasure_are_read() -> None:
    master = {"id": "https://node.example.cn/org/coop", "type": "Organization", "more": {"x": 1}}
    assert parse_content(content_of("master", master, SALT)).value == master
    key = parse_content(content_of("key", GOOD_KEY, SALT)).key
    assert key is not None
    assert key.kid == Key("coop").kid
    erasure = {"of": digest_text(b"\x03" * 32), "reason": "asked for"}
    assert parse_content(content_of("erasure", erasure, SALT)).erases == b"\x03" * 32


def test_the_digest_is_of_the_canonical_form() -> None:
    content = content_of("erasure", {"reason": "山", "of": digest_text(b"\x03" * 32)}, SALT)
    same = {name: content[name] for name in reversed(content)}
    assert content_digest(jcs.dumps(content)) == content_digest(jcs.dumps(same))
    assert content_digest(b"{}").hex().startswith("44136fa355b3678a")


def changed(path: str, value: Any = None) -> dict[str, Any]:
    """GOOD_EVENT with one member at a dotted path set, or taken out for None."""
    copied: dict[str, Any] = _copy(GOOD_EVENT)
    at: Any = copied
    *parents, last = path.split(".")
    for name in parents:
        at = at[int(name)] if isinstance(at, list) else at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return copied


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("type", None, "/event/type"),
        ("type", 1, "/event/type"),
        ("epcList", "x", "/event/epcList"),
        ("epcList", ["a b:c"], "/event/epcList/0"),
        ("epcList", ["https://例.example/x"], "/event/epcList/0"),
        ("quantityList", [{"quantity": 1}], "/event/quantityList/0"),
        ("quantityList", [LOT], "/event/quantityList/0"),
        ("parentID", 7, "/event/parentID"),
        ("readPoint", LOT, "/event/readPoint"),
        ("suyuan:sd", "x", "/event/suyuan:sd"),
        ("suyuan:sd", ["x"], "/event/suyuan:sd/0"),
        ("suyuan:serials", [], "/event/suyuan:serials"),
        ("suyuan:serials.count", 0, "/event/suyuan:serials/count"),
        ("suyuan:serials.count", True, "/event/suyuan:serials/count"),
        ("suyuan:serials.count", 1.5, "/event/suyuan:serials/count"),
        ("suyuan:serials.root", b64(b"\x01" * 31), "/event/suyuan:serials/root"),
        ("suyuan:serials.first", "x", "/event/suyuan:serials"),
        ("suyuan:attachments", {}, "/event/suyuan:attachments"),
        ("suyuan:attachments.0.digest", "sha-256:00", "/event/suyuan:attachments/0/digest"),
        ("suyuan:attachments.0.size", -1, "/event/suyuan:attachments/0/size"),
        ("suyuan:attachments.0.name", 1, "/event/suyuan:attachments/0/name"),
        ("suyuan:attachments.0.mediaType", 1, "/event/suyuan:attachments/0/mediaType"),
        ("suyuan:attachments.0.url", "x", "/event/suyuan:attachments/0"),
    ],
)
def test_an_event_is_refused_where_a_member_that_counts_is_misshapen(
    path: str, value: object, where: str
) -> None:
    with pytest.raises(Malformed) as caught:
        parse_content(content_of("event", changed(path, value), SALT))
    assert caught.value.path == where


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (None, ""),
        ([], ""),
        ({}, "/kind"),
        ({"kind": ["event"]}, "/kind"),
        ({"kind": "note", "note": {}, "salt": SALT}, "/kind"),
        ({"kind": "event", "event": GOOD_EVENT}, ""),
        ({"kind": "event", "event": GOOD_EVENT, "salt": SALT, "x": 1}, ""),
        ({"kind": "event", "master": GOOD_EVENT, "salt": SALT}, ""),
        ({"kind": "event", "event": [], "salt": SALT}, "/event"),
        ({"kind": "event", "event": GOOD_EVENT, "salt": SALT[:-1]}, "/salt"),
        ({"kind": "event", "event": GOOD_EVENT, "salt": SALT[:-1] + "h"}, "/salt"),
        ({"kind": "event", "event": GOOD_EVENT, "salt": 1}, "/salt"),
        (content_of("master", {"type": "Place"}, SALT), "/master/id"),
        (content_of("master", {"id": "a place", "type": "Place"}, SALT), "/master/id"),
        (content_of("master", {"id": LOT}, SALT), "/master/type"),
        (content_of("master", {"id": LOT, "type": 1}, SALT), "/master/type"),
        (content_of("key", {**GOOD_KEY, "owner": "coop:[x"}, SALT), "/key/owner"),
        (content_of("key", {**GOOD_KEY, "role": "owner"}, SALT), "/key/role"),
        (content_of("key", {**GOOD_KEY, "since": 1}, SALT), "/key"),
        (content_of("erasure", {"of": "sha-256:" + "0" * 64}, SALT), "/erasure"),
        (content_of("erasure", {"of": "0" * 64, "reason": ""}, SALT), "/erasure/of"),
        (
            content_of("erasure", {"of": "sha-256:" + "0" * 64, "reason": 1}, SALT),
            "/erasure/reason",
        ),
    ],
)
def test_other_shapes_are_refused_with_their_place(content: object, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_content(content)
    assert caught.value.path == where


def test_a_content_is_no_deeper_than_any_document() -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: Any = 1
        for _ in range(levels):
            value = [value]
        return content_of("event", {**GOOD_EVENT, "suyuan:x": value}, SALT)

    assert parse_content(nested(30)).kind == "event"
    with pytest.raises(Malformed, match="deeper than 32"):
        parse_content(nested(31))


def test_what_was_stored_is_read_again_as_it_was_checked() -> None:
    data = jcs.dumps(content_of("event", GOOD_EVENT, SALT))
    assert stored_value("event", data) == decode_content(data).value == GOOD_EVENT
    for damaged in (b"{", b"[]", b'{"event":1}', b"\xff"):
        with pytest.raises(Malformed):
            stored_value("event", damaged)
