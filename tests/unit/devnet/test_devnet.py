"""Starting, stopping, killing and starting again: what is kept, and that nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from suyuan_devnet import Devnet, DevnetError, Status, files, fund, status, stop
from suyuan_devnet.errors import AlreadyRunning, AnvilMissing, StartFailed
from suyuan_devnet.rpc import call

pytestmark = pytest.mark.chain

SOMEBODY = "0x" + "5b" * 20


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A chain's folder; whatever a failed test leaves running there is stopped."""
    yield tmp_path / "chain"
    stop(tmp_path / "chain")


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_text(errors="replace"))
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def assert_gone(*pids: int) -> None:
    wait_until(lambda: not any(alive(pid) for pid in pids))


def block(chain: Devnet | Status, tag: str = "latest") -> dict[str, Any]:
    found: dict[str, Any] = call(chain.rpc_url, "eth_getBlockByNumber", tag, False)
    return found


def height(chain: Devnet | Status) -> int:
    return int(block(chain)["number"], 16)


def transfer(chain: Devnet) -> dict[str, Any]:
    """The receipt of a real transaction."""
    sender = call(chain.rpc_url, "eth_accounts")[0]
    value = {"from": sender, "to": SOMEBODY, "value": "0x1"}
    tx_hash = call(chain.rpc_url, "eth_sendTransaction", value)
    wait_until(lambda: call(chain.rpc_url, "eth_getTransactionReceipt", tx_hash) is not None)
    found: dict[str, Any] = call(chain.rpc_url, "eth_getTransactionReceipt", tx_hash)
    return found


def test_start_and_stop(folder: Path) -> None:
    chain = Devnet(folder)
    assert not chain.running
    chain.start()
    pids = chain.pid, chain.anvil_pid
    assert chain.running
    assert all(alive(pid) for pid in pids)
    assert status(folder) == Status(
        chain.rpc_url, 31337, block(chain, "0x0")["hash"], 0, chain.pid, chain.anvil_pid
    )
    chain.stop()
    assert_gone(*pids)
    assert not chain.running
    assert status(folder) is None
    assert not (folder / "run.json").exists()
    chain.stop()


def test_listens_on_loopback_alone(folder: Path) -> None:
    with Devnet(folder) as chain:
        port = int(chain.rpc_url.rpartition(":")[2])
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        rows += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
        listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
        assert listening == [f"0100007F:{port:04X}"]


def test_goes_on_after_a_stop(folder: Path) -> None:
    with Devnet(folder) as chain:
        url, genesis = chain.rpc_url, chain.genesis
        receipts = [transfer(chain) for _ in range(3)]
        newest = block(chain)
    for restart in range(4):
        with chain:
            assert (chain.rpc_url, chain.genesis) == (url, genesis)
            assert block(chain, "0x0")["hash"] == genesis
            assert block(chain, hex(3)) == newest
            for receipt in receipts:
                found = call(chain.rpc_url, "eth_getTransactionReceipt", receipt["transactionHash"])
                assert found["blockHash"] == receipt["blockHash"]
            balance = int(call(chain.rpc_url, "eth_getBalance", SOMEBODY, "latest"), 16)
            assert balance == height(chain) == 3 + restart
            transfer(chain)


def test_its_clock_is_the_real_one_also_after_a_restart(folder: Path) -> None:
    times = []
    chain = Devnet(folder)
    for _ in range(3):
        with chain:
            before = time.time()
            transfer(chain)
            times.append(int(block(chain)["timestamp"], 16))
            assert before - 2 < times[-1] < time.time() + 2
        time.sleep(1.1)
    assert times == sorted(set(times))


def test_every_chain_has_a_genesis_of_its_own(tmp_path: Path) -> None:
    with Devnet(tmp_path / "a") as one, Devnet(tmp_path / "b") as other:
        assert one.genesis != other.genesis
        assert one.rpc_url != other.rpc_url


@pytest.mark.parametrize("victim", ["anvil_pid", "pid"])
def test_a_kill_loses_at_most_the_interval(folder: Path, victim: str) -> None:
    interval, slack = 0.3, 1.0
    chain = Devnet(folder, state_interval=interval).start()
    pids = chain.pid, chain.anvil_pid
    hashes, mined = [chain.genesis], [time.monotonic()]
    while mined[-1] - mined[0] < 2 * (interval + slack):
        transfer(chain)
        mined.append(time.monotonic())
        hashes.append(block(chain)["hash"])
        time.sleep(0.03)
    killed = time.monotonic()
    os.kill(getattr(chain, victim), signal.SIGKILL)
    assert_gone(*pids)
    assert status(folder) is None
    assert not chain.running
    with chain:
        kept = height(chain)
        assert kept < len(hashes)
        assert block(chain)["hash"] == hashes[kept]
        assert all(killed - moment <= interval + slack for moment in mined[kept + 1 :])
        transfer(chain)
        assert height(chain) == kept + 1


PARENT = """
import sys, time
from pathlib import Path
from suyuan_devnet import Devnet, fund
chain = Devnet(Path(sys.argv[1]), state_interval=60).start()
fund(chain.rpc_url, "0x" + "5b" * 20, 7)
print(chain.pid, chain.anvil_pid, flush=True)
if sys.argv[2] == "stay":
    time.sleep(60)
"""


@pytest.mark.parametrize("ending", ["kill", "exit"])
def test_it_ends_with_its_parent_and_loses_nothing(folder: Path, ending: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder), "stay" if ending == "kill" else "leave"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout as output:
        pids = [int(word) for word in output.readline().split()]
    assert len(pids) == 2
    if ending == "kill":
        parent.kill()
    parent.wait()
    assert_gone(*pids)
    with Devnet(folder) as chain:
        assert int(call(chain.rpc_url, "eth_getBalance", SOMEBODY, "latest"), 16) == 7
        assert height(chain) == 1


def test_it_outlives_the_thread_that_started_it(folder: Path) -> None:
    chain = Devnet(folder)
    thread = threading.Thread(target=chain.start)
    thread.start()
    thread.join()
    time.sleep(0.5)
    assert chain.running
    transfer(chain)
    chain.stop()


def test_detached_it_outlives_its_parent_until_stopped(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from suyuan_devnet import Devnet;"
        "Devnet(Path(sys.argv[1])).start(detach=True)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
    time.sleep(0.5)
    found = status(folder)
    assert found is not None
    assert stop(folder)
    assert_gone(found.pid, found.anvil_pid)
    assert not stop(folder)


def test_one_folder_has_one_chain(folder: Path) -> None:
    with Devnet(folder) as chain:
        with pytest.raises(AlreadyRunning, match=str(folder)):
            Devnet(folder).start()
        assert chain.running
        transfer(chain)


def test_takes_the_port_it_is_given_or_fails(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartFailed, match=f"port {port} is taken"):
            Devnet(folder, port=port).start()
    with Devnet(folder, port=port) as chain:
        assert chain.rpc_url == f"http://127.0.0.1:{port}"


def test_takes_another_port_where_its_own_is_taken(folder: Path) -> None:
    chain = Devnet(folder)
    with chain:
        port, genesis = int(chain.rpc_url.rpartition(":")[2]), chain.genesis
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with chain:
            assert chain.rpc_url != f"http://127.0.0.1:{port}"
            assert chain.genesis == genesis


@pytest.mark.parametrize(("epoch", "safe", "finalized"), [(0, 6, 6), (2, 4, 2)])
def test_depth_of_safe_and_finalized(folder: Path, epoch: int, safe: int, finalized: int) -> None:
    with Devnet(folder, epoch=epoch) as chain:
        for _ in range(6):
            transfer(chain)
        assert int(block(chain, "safe")["number"], 16) == safe
        assert int(block(chain, "finalized")["number"], 16) == finalized


def test_mines_by_the_clock_where_it_is_asked_to(folder: Path) -> None:
    with Devnet(folder, block_time=1) as chain:
        wait_until(lambda: height(chain) >= 2)
        times = [int(block(chain, hex(i))["timestamp"], 16) for i in range(1, height(chain) + 1)]
        assert all(abs(moment - time.time()) < 10 for moment in times)


def test_what_a_kill_left_half_written_is_not_read(folder: Path) -> None:
    with Devnet(folder) as chain:
        transfer(chain)
    (folder / "state.json.new").write_bytes(b'{"half a ch')
    (folder / "run.json").write_text(json.dumps({"pid": 1, "rpcUrl": "http://127.0.0.1:1"}))
    assert status(folder) is None
    assert not stop(folder)
    with Devnet(folder) as chain:
        assert height(chain) == 1


def test_a_damaged_chain_is_not_begun_anew(folder: Path) -> None:
    with Devnet(folder) as chain:
        transfer(chain)
    state = folder / "state.json"
    whole = state.read_bytes()
    state.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StartFailed):
        Devnet(folder).start()
    state.write_bytes(whole)
    identity = (folder / "chain.json").read_text()
    (folder / "chain.json").unlink()
    with pytest.raises(StartFailed, match=r"no chain\.json"):
        Devnet(folder).start()
    (folder / "chain.json").write_text(identity.replace('"genesis": "0x', '"genesis": "0xff'))
    with pytest.raises(StartFailed, match="block 0 is"):
        Devnet(folder).start()
    (folder / "chain.json").write_text(identity)
    with Devnet(folder) as chain:
        assert height(chain) == 1


def test_a_node_that_does_not_come_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_ANVIL", "/bin/false")
    with pytest.raises(StartFailed, match="and ended"):
        Devnet(folder).start()
    slow = folder / "slow"
    slow.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    slow.chmod(0o755)
    monkeypatch.setenv("SUYUAN_ANVIL", str(slow))
    with pytest.raises(StartFailed, match=r"within 0\.5 s"):
        Devnet(folder, start_timeout=0.5).start()
    wait_until(lambda: not any(str(folder) in line for line in command_lines()))


def test_a_missing_binary_says_what_to_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SUYUAN_ANVIL", str(tmp_path / "nothing"))
    with pytest.raises(AnvilMissing, match="SUYUAN_ANVIL names"):
        Devnet(folder).start()
    monkeypatch.delenv("SUYUAN_ANVIL")
    monkeypatch.setattr("suyuan_devnet.anvil.__file__", str(tmp_path / "a" / "b.py"))
    with pytest.raises(AnvilMissing, match="npm ci"):
        Devnet(folder).start()
    assert not folder.exists()


def test_before_the_start_there_is_no_url(folder: Path) -> None:
    with pytest.raises(DevnetError, match="not started"):
        _ = Devnet(folder).rpc_url


def test_fund_sets_a_balance_that_is_kept(folder: Path) -> None:
    chain = Devnet(folder, state_interval=0.1)
    with chain:
        fund(chain.rpc_url, SOMEBODY, 10**18)
        until = time.monotonic() + 60
        while SOMEBODY.lower() not in files.state_file(folder).read_text().lower():
            assert time.monotonic() < until, "not saved"
            time.sleep(0.05)
        os.kill(chain.anvil_pid, signal.SIGKILL)
    with chain:
        assert int(call(chain.rpc_url, "eth_getBalance", SOMEBODY, "latest"), 16) == 10**18


def test_fund_gives_nothing_on_other_chains(node: Callable[[dict[str, Any]], str]) -> None:
    with pytest.raises(DevnetError, match="chain 1 is no devnet"):
        fund(node({"eth_chainId": "0x1"}), SOMEBODY, 1)
