"""Nodes to measure on: founded, with the story's parties and master data, recorded on by one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import mix

from suyuan.bootstrap import Node, create_node
from suyuan.demo import season as story
from suyuan.flow.accounts import KEY_ROLE, Caller
from suyuan.flow.jobs import incoming_of
from suyuan.found import Founder, found_log
from suyuan.settings import Settings


@dataclass(frozen=True, slots=True)
class World:
    """A node and the cooperative, whose key the service keeps."""

    node: Node
    cooperative: Caller

    def record(self, document: bytes) -> tuple[int, ...]:
        """Capture a document: parsed, validated, signed, durable."""
        return self.node.capture.events(self.cooperative, incoming_of(document))

    def close(self) -> None:
        self.node.close()


def settings(folder: Path, **more: Any) -> Settings:
    """Settings of a node in a folder, whatever the environment says."""
    given: dict[str, Any] = {
        "data_dir": folder,
        "origin": "node.example/log",
        "uri_base": mix.BASE,
        "public_url": "http://127.0.0.1:8000",
        "workers": False,
    }
    return Settings(**{**given, **more})


def found(folder: Path, **more: Any) -> World:
    """A new node: administrator, cooperative, key, and all master data that the season names."""
    node = create_node(settings(folder, **more))
    parties = story.parties(mix.BASE)
    county = parties["county"]
    found_log(node, Founder(county.id, county.zh, county.en, story.COUNTY))
    administrator = Caller(county.id, "administrator", story.COUNTY, "bench")
    for party in parties.values():
        node.accounts.add_organisation(
            party.id, name_zh=party.zh, name_en=party.en, county=story.COUNTY
        )
    role = KEY_ROLE["recorder"]
    node.capture.enrol_kept(administrator, mix.COOPERATIVE, role, node.clock.now())
    cooperative = Caller(mix.COOPERATIVE, "recorder", story.COUNTY, "bench")
    for who, master in story.masters(mix.BASE):
        node.masters.record(cooperative if who == "coop" else administrator, [("", master)])
    return World(node, cooperative)


def record_seasons(world: World, numbers: Sequence[int]) -> None:
    """Capture whole seasons and seal them."""
    for number in numbers:
        world.record(mix.document(mix.season(number)))
    world.node.sealer.seal()
