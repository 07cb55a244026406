"""What a node says of its troubles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from nodes import World


def test_a_trace_in_the_logs_holds_no_values(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    token = world.tokens["admin"]

    def fails(secret: str) -> None:
        raise RuntimeError("as it happens")

    try:
        fails(token)
    except RuntimeError:
        structlog.get_logger().exception("unexpected", path="/events")
    told = capsys.readouterr()
    assert "RuntimeError: as it happens" in told.err
    assert "/events" in told.err
    assert token not in told.err
    assert told.out == ""


def test_two_who_found_a_log_at_once_found_one(tmp_path: Path) -> None:
    """Each in a process of its own, from nothing: both have the same keys, and entry 0 is one."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from nodes import BASE, settings\n"
        "from suyuan.bootstrap import create_node\n"
        "from suyuan.found import Founder, found_log\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "node = create_node(settings(Path(sys.argv[1])))\n"
        "found_log(node, Founder(f'{BASE}org/admin', '县中心', 'County centre', '990101'))\n"
        "kid = node.database.log.records([0])[0].kid\n"
        "node.capture.keys.signer(kid).sign(b'mine')\n"
        "print(kid, node.sealer.signer.vkey, node.database.log.tail().size)\n"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "node")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""},
        )
        for _ in range(2)
    ]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in both:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told = [each.communicate(timeout=60) for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    assert told[0][0] == told[1][0]
    assert told[0][0].endswith(" 1\n")
