"""Uploaded tables and how they were read: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from store.appending import NOW, US, Stores, digest

from suyuan.ports.imports import Import

THEM = "https://node.example/org/them"
LATER = "2026-09-20T08:00:00.000Z"


def upload(import_id: str, **more: object) -> Import:
    made = Import(import_id, US, f"{import_id}.xlsx", NOW, b"PK\x00\xff")
    return replace(made, **more)  # type: ignore[arg-type]


def test_an_upload_is_kept_as_it_came_until_it_is_filed(stores: Stores) -> None:
    store = stores.imports
    one = upload("a", name="喷药 'x'.csv", plans='{"喷药":{"kind":"spraying"}}')
    store.add(one)
    assert store.get("a") == one
    assert store.get("b") is None
    filed = replace(one, body=b"", job="j", places='[["喷药",2]]', outcome='{"filed":1}')
    store.change(replace(filed, organisation=THEM, created_at=LATER))
    assert store.get("a") == filed  # whose it is, and since when, nobody changes
    store.change(upload("never"))
    assert store.get("never") is None


def test_lists_are_an_organisation_s_the_newest_first_and_without_bodies(stores: Stores) -> None:
    store = stores.imports
    uploads = [
        upload("a"),
        upload("b", created_at=LATER),
        upload("c"),
        upload("d", organisation=THEM),
    ]
    for one in uploads:
        store.add(one)
    found = store.list(US)
    assert [one.id for one in found] == ["b", "c", "a"]
    assert {one.body for one in found} == {b""}
    assert [one.id for one in store.list(US, limit=2)] == ["b", "c"]
    assert [one.id for one in store.list(THEM)] == ["d"]


def test_what_nobody_came_back_to_is_deleted(stores: Stores) -> None:
    store = stores.imports
    for one in (upload("a"), upload("b", created_at=LATER), upload("c", organisation=THEM)):
        store.add(one)
    assert store.collect(NOW) == 0
    assert store.collect(LATER) == 2
    assert [one.id for one in store.list(US)] == ["b"]
    assert store.delete("b")
    assert not store.delete("b")
    assert store.list(US) == []


def test_the_last_plan_of_these_headings_stands_for_each_organisation(stores: Stores) -> None:
    store, headings = stores.imports, digest("日期\n地块")
    assert store.plan(US, headings) is None
    store.remember(US, headings, "{}", NOW)
    store.remember(US, headings, '{"kind":"喷药"}', LATER)
    store.remember(US, digest("others"), "{}", LATER)
    store.remember(THEM, headings, '{"kind":null}', NOW)
    assert store.plan(US, headings) == '{"kind":"喷药"}'
    assert store.plan(THEM, headings) == '{"kind":null}'
