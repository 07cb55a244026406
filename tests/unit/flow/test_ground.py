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


def test_a_pen_without_an_area_is_a_plot_that_records_may_name(world: World) -> None:
    pen = {"id": f"{BASE}plot/pen", "type": "Plot", "name": "猪舍"}
    answer = world.client.post("/master", json=pen, headers=world.head("coop"))
    assert answer.status_code == 201
    assert (world.node.books.grounds.of(f"{BASE}org/coop").plots or {})["猪舍"] == pen["id"]
