from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from suyuan_devnet import status, stop
from suyuan_devnet.accounts import dev_accounts

pytestmark = pytest.mark.chain

PROGRAM = [sys.executable, "-c", "from suyuan_devnet.cli import main; main()"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "chain"
    stop(tmp_path / "chain")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_start_deploy_status_stop(folder: Path) -> None:
    started = run("start", "--data", folder, "--detach")
    assert started.returncode == 0, started.stderr
    url = started.stdout.split()[0]
    found = json.loads(run("status", "--data", folder).stdout)
    assert (found["rpc_url"], found["chain_id"], found["block"]) == (url, 31337, 0)

    deployed = json.loads(run("deploy", "a/b", "--data", folder).stdout)
    assert deployed["policy"] == {
        "chainId": 31337,
        "genesis": found["genesis"],
        "contract": deployed["contract"],
        "logId": deployed["log_id"],
    }
    assert deployed["owner"] == dev_accounts()[0].address
    again = run("deploy", "a/b", "--data", folder, "--contract", deployed["contract"])
    assert json.loads(again.stdout) == deployed

    assert run("stop", "--data", folder).stdout == "stopped\n"
    assert run("stop", "--data", folder).stdout == "it was not running\n"
    gone = run("status", "--data", folder)
    assert (gone.returncode, gone.stderr) == (3, "not running\n")


def test_the_owners_key_comes_from_a_file(folder: Path, tmp_path: Path) -> None:
    assert run("start", "--data", folder, "--detach").returncode == 0
    key = tmp_path / "owner.key"
    key.write_text(dev_accounts()[3].key.hex() + "\n")
    done = run("deploy", "a/b", "--data", folder, "--owner-key", key)
    assert json.loads(done.stdout)["owner"] == dev_accounts()[3].address


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_until_a_signal(folder: Path, number: int) -> None:
    program = subprocess.Popen(
        [*PROGRAM, "start", "--data", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    with program.stdout as output:
        assert "chain 31337" in output.readline()
        found = status(folder)
        assert found is not None
        program.send_signal(number)
        assert program.wait(10) == 0
    assert status(folder) is None
    assert not any(Path(f"/proc/{pid}/exe").exists() for pid in (found.pid, found.anvil_pid))


def test_stop_ends_one_in_the_foreground(folder: Path) -> None:
    program = subprocess.Popen(
        [*PROGRAM, "start", "--data", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    with program.stdout as output:
        output.readline()
        assert run("stop", "--data", folder).returncode == 0
        assert program.wait(10) == 0


def test_what_goes_wrong_is_one_line(folder: Path) -> None:
    done = run("deploy", "a/b", "--data", folder)
    assert done.returncode == 1
    assert done.stderr.startswith("suyuan-devnet: no chain is running in ")
    assert done.stderr.count("\n") == 1
    assert run("start", "--data", folder, "--port", "no").returncode == 2
