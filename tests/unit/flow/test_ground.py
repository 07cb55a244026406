"""What stands for an organisation in ids that are made of names."""

from __future__ import annotations

from nodes import BASE, World


def test_organisations_whose_ids_end_alike_have_ids_of_their_own(world: World) -> None:
    grounds = world.node.books.grounds
    ids = [
        grounds.of(name).id_of("season", "2026")
        for name in (
            f"{BASE}org/coop",
            f"{BASE}county/coop",
            f"{BASE}org/east/coop",
            "https://coop.example/org/coop",
        )
    ]
    assert ids[0] == f"{BASE}season/coop/2026"
    assert len(set(ids)) == len(ids)
