"""Organisations, tokens, keys in our keeping, and attachments."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store.appending import NOW, Draft, Stores, append, digest

from suyuan.core.errors import Conflict, NotFound
from suyuan.ports.accounts import Attachment, KeptKey, Organisation, Token

US = Organisation(
    "https://id.gs1.org/417/9521234567890", "临安合作社", "Lin'an Co-op", "330112", NOW
)
THEM = replace(US, id="https://id.gs1.org/417/9521234567906", name_en="Mill")
LATER = "2026-09-11T08:00:00.000Z"


def token(name: str, organisation: Organisation = US, at: str = NOW) -> Token:
    return Token(name, digest(name), organisation.id, "recorder", f"{name}'s phone", at)


def key(name: str, organisation: Organisation = US) -> KeptKey:
    return KeptKey(name, organisation.id, "recorder", name.encode(), NOW)


def test_organisations(stores: Stores) -> None:
    assert stores.accounts.organisation(US.id) is None
    stores.accounts.add_organisation(THEM)
    stores.accounts.add_organisation(US)
    stores.accounts.add_organisation(replace(US, created_at=LATER))
    assert stores.accounts.organisation(US.id) == US
    assert stores.accounts.organisations() == [US, THEM]
    for other in (replace(US, name_zh="x"), replace(US, name_en="x"), replace(US, county="330113")):
        with pytest.raises(Conflict):
            stores.accounts.add_organisation(other)
    assert stores.accounts.organisation(US.id) == US


def test_tokens(stores: Stores) -> None:
    stores.accounts.add_organisation(US)
    stores.accounts.add_organisation(THEM)
    tokens = [token("b"), token("c", THEM), token("a", at=LATER)]
    for each in reversed(tokens):
        stores.accounts.add_token(each)
    assert stores.accounts.tokens() == tokens
    assert stores.accounts.tokens(US.id) == [tokens[0], tokens[2]]
    assert stores.accounts.tokens("nobody") == []
    assert stores.accounts.token(digest("c")) == tokens[1]
    assert stores.accounts.token(digest("d")) is None


def test_token_is_revoked_once(stores: Stores) -> None:
    stores.accounts.add_organisation(US)
    stores.accounts.add_token(token("a"))
    assert stores.accounts.revoke_token("a", NOW)
    assert not stores.accounts.revoke_token("a", LATER)
    assert not stores.accounts.revoke_token("b", NOW)
    assert stores.accounts.token(digest("a")) == replace(token("a"), revoked_at=NOW)


def test_token_and_key_are_there_once_and_belong_to_somebody(stores: Stores) -> None:
    stores.accounts.add_organisation(US)
    stores.accounts.add_token(token("a"))
    stores.accounts.add_key(key("k"))
    for other in (replace(token("b"), id="a"), replace(token("b"), digest=digest("a"))):
        with pytest.raises(Conflict):
            stores.accounts.add_token(other)
    with pytest.raises(Conflict):
        stores.accounts.add_key(replace(key("k"), sealed=b"other"))
    with pytest.raises(NotFound):
        stores.accounts.add_token(token("b", THEM))
    with pytest.raises(NotFound):
        stores.accounts.add_key(key("l", THEM))
    assert stores.accounts.tokens() == [token("a")]
    assert stores.accounts.keys() == [key("k")]


def test_keys(stores: Stores) -> None:
    stores.accounts.add_organisation(US)
    stores.accounts.add_organisation(THEM)
    for each in (key("b"), key("a"), key("c", THEM)):
        stores.accounts.add_key(each)
    assert stores.accounts.keys() == [key("a"), key("b"), key("c", THEM)]
    assert stores.accounts.keys(THEM.id) == [key("c", THEM)]
    assert stores.accounts.key("a") == key("a")
    assert stores.accounts.delete_key("a")
    assert not stores.accounts.delete_key("a")
    assert stores.accounts.key("a") is None


def photo(name: str) -> Attachment:
    return Attachment(digest(name), "image/jpeg", f"{name}.jpg", US.id, name.encode() * 9999, NOW)


def test_attachments(stores: Stores) -> None:
    stores.attachments.put(photo("a"))
    stores.attachments.put(replace(photo("a"), name="again.jpg"))
    assert stores.attachments.get(digest("a")) == photo("a")
    assert stores.attachments.get(digest("b")) is None
    assert stores.attachments.missing([]) == set()
    assert stores.attachments.missing([digest("a"), digest("b"), digest("b")]) == {digest("b")}


def test_attachments_of_records(stores: Stores) -> None:
    a, b = digest("a"), digest("b")
    append(stores, Draft(attachments=(a, b)), Draft(), Draft(attachments=(b, b)))
    assert stores.attachments.records_of(a) == [0]
    assert stores.attachments.records_of(b) == [0, 2]
    assert stores.attachments.records_of(digest("c")) == []


def test_attachments_that_no_record_carries_are_collected(stores: Stores) -> None:
    old, named, new = photo("old"), photo("named"), replace(photo("new"), created_at=LATER)
    all_three = {each.digest for each in (old, named, new)}
    for each in (old, named, new):
        stores.attachments.put(each)
    append(stores, Draft(attachments=(named.digest,)))
    assert stores.attachments.missing(all_three, NOW) == set()
    assert stores.attachments.missing(all_three, LATER) == {old.digest}
    assert stores.attachments.collect(NOW) == 0
    assert stores.attachments.missing(all_three) == set()
    assert stores.attachments.collect(LATER) == 1
    assert stores.attachments.missing(all_three) == {old.digest}
    assert stores.attachments.get(named.digest) == named
    assert stores.attachments.records_of(named.digest) == [0]
    assert stores.attachments.collect("9999") == 1
    assert stores.attachments.missing(all_three) == {old.digest, new.digest}


def test_bytes_sent_again_count_anew(stores: Stores) -> None:
    stores.attachments.put(photo("a"))
    stores.attachments.put(replace(photo("a"), name="again.jpg", created_at=LATER))
    stores.attachments.put(photo("a"))
    assert stores.attachments.get(digest("a")) == replace(photo("a"), created_at=LATER)
    assert stores.attachments.collect(LATER) == 0
    assert stores.attachments.missing([digest("a")], LATER) == set()


def test_many_attachments_are_collected(stores: Stores) -> None:
    for number in range(40):
        stores.attachments.put(replace(photo(f"{number}"), body=b"x"))
    append(stores, Draft(attachments=tuple(digest(f"{number}") for number in range(0, 40, 2))))
    assert stores.attachments.collect(LATER) == 20
    left = stores.attachments.missing([digest(f"{number}") for number in range(40)])
    assert left == {digest(f"{number}") for number in range(1, 40, 2)}
