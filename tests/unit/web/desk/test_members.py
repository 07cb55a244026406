"""Members at the desk: two of one name are asked about first, and told apart in every select."""

from __future__ import annotations

from pathlib import Path

from desk import inside, make_desk, send


def test_the_same_member_is_entered_twice_only_when_it_is_said_and_told_apart_then(
    tmp_path: Path,
) -> None:
    desk = make_desk(tmp_path / "node")
    clerk = inside(desk)
    given = {"name": "张大山", "village": "石桥村"}
    assert send(clerk, "/desk/members/new", **given, phone="13900001111").status_code == 303
    asked = send(clerk, "/desk/members/new", **given)
    assert asked.status_code == 422
    assert "here is already 张大山 (石桥村) in the register" in asked.text
    assert 'name="another"' in asked.text
    assert clerk.get("/desk/members").text.count("张大山") == 1
    again = send(clerk, "/desk/members/new", **given, phone="13900002222", another="1")
    assert again.status_code == 303
    assert send(clerk, "/desk/members/new", name="张大山", village="青山村").status_code == 303
    page = clerk.get("/desk/plots/new").text
    for label in ("张大山（尾号1111）", "张大山（尾号2222）", "张大山（青山村）"):
        assert label in page
        assert label in clerk.get("/desk/records").text
    desk.world.node.close()
