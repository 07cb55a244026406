"""A chain for development and demonstrations: started, stopped and looked at from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from suyuan_devnet import anvil, files
from suyuan_devnet.errors import AlreadyRunning, DevnetError, RpcError, StartFailed
from suyuan_devnet.rpc import call


@dataclass(frozen=True, slots=True)
class Status:
    """A chain that is up."""

    rpc_url: str
    chain_id: int
    genesis: str
    """Hash of block 0, ``0x…``."""
    block: int
    """Number of the newest block."""
    pid: int
    """The keeper's process; ending it (SIGTERM) saves the chain and stops it."""
    anvil_pid: int


class Devnet:
    """One persistent chain in one folder, on 127.0.0.1, chain id 31337.

    It runs in processes of its own and ends with this one, however this one ends: on a kill of this
    process nothing is lost; on a kill of anvil or its keeper, at most ``state_interval`` seconds of
    blocks. Not for Windows.

    data: the folder, made if it is not there. port: 0 takes a free one and keeps it over restarts
    where it stays free. block_time: seconds between blocks; 0 mines a block for each transaction
    as it comes. epoch: ``safe`` lies so many blocks back and ``finalized`` twice as many; with 0
    every block is final at once, which suits a chain that mines only when it has to. consortium:
    the rules of such a chain: gas costs nothing, transactions are legacy ones, nobody holds ether.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        block_time: int = 0,
        state_interval: float = 1.0,
        epoch: int = 0,
        consortium: bool = False,
        start_timeout: float = 30.0,
    ) -> None:
        self.data = data.resolve()
        self._options = [
            *("--data", str(self.data)),
            *("--port", str(port)),
            *("--block-time", str(block_time)),
            *("--interval", str(state_interval)),
            *("--epoch", str(epoch)),
            *(["--consortium"] if consortium else []),
        ]
        self._start_timeout = start_timeout
        self._keeper: subprocess.Popen[bytes] | None = None
        self._run: dict[str, str | int] = {}

    def start(self, *, detach: bool = False) -> Devnet:
        """Starts the chain, or goes on with the one in the folder; returns when it takes calls.

        detach: the chain outlives this process, until ``stop``. AnvilMissing, AlreadyRunning or
        StartFailed; nothing is left running then.
        """
        binary = anvil.find()
        self.data.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "suyuan_devnet.keeper", *self._options]
        command += ["--anvil", str(binary), "--parent", "0" if detach else str(os.getpid())]
        with files.log_file(self.data).open("ab") as log:
            keeper = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._run = self._wait_until_up(keeper)
        except BaseException:
            _end(keeper)
            raise
        self._keeper = keeper
        return self

    def _wait_until_up(self, keeper: subprocess.Popen[bytes]) -> dict[str, str | int]:
        deadline = time.monotonic() + self._start_timeout
        while keeper.poll() is None and time.monotonic() < deadline:
            found = files.read_run(self.data)
            if found is not None and found["pid"] == keeper.pid:
                return found
            time.sleep(0.02)
        if keeper.returncode == files.ALREADY_RUNNING:
            raise AlreadyRunning(f"another process keeps the chain in {self.data}")
        how = f"within {self._start_timeout:g} s" if keeper.returncode is None else "and ended"
        raise StartFailed(f"the devnet did not come up {how}:\n{files.tail(self.data)}")

    def stop(self) -> None:
        """Saves and stops the chain. Stopping twice, or what a kill has stopped, is no error."""
        if self._keeper is not None:
            _end(self._keeper)
            self._keeper = None

    @property
    def rpc_url(self) -> str:
        """``http://127.0.0.1:<port>``."""
        return str(self._started()["rpcUrl"])

    @property
    def genesis(self) -> str:
        """Hash of block 0, ``0x…``: the same as long as the folder lives, and no other's."""
        return str(self._started()["genesis"])

    @property
    def pid(self) -> int:
        """The keeper's process."""
        return int(self._started()["pid"])

    @property
    def anvil_pid(self) -> int:
        """The node's process."""
        return int(self._started()["anvilPid"])

    @property
    def running(self) -> bool:
        """Whether the chain that this object started is still up."""
        return self._keeper is not None and self._keeper.poll() is None

    def _started(self) -> dict[str, str | int]:
        if not self._run:
            raise DevnetError("the devnet was not started")
        return self._run

    def __enter__(self) -> Devnet:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


_DYING = 2.0
"""Seconds in which a node that was killed lets go of its folder."""


def status(data: Path) -> Status | None:
    """The chain in a folder, whoever started it; None if it is not up."""
    deadline = time.monotonic() + _DYING
    while True:
        run = files.read_run(data)
        if run is None:
            return None
        try:
            block = int(call(run["rpcUrl"], "eth_blockNumber"), 16)
            break
        except RpcError:
            # It went down meanwhile, or is about to: the lock goes with its last thread.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    return Status(
        rpc_url=run["rpcUrl"],
        chain_id=run["chainId"],
        genesis=run["genesis"],
        block=block,
        pid=run["pid"],
        anvil_pid=run["anvilPid"],
    )


def stop(data: Path, *, timeout: float = 30.0) -> bool:
    """Saves and stops the chain in a folder, whoever started it. False if none was up.

    DevnetError if it is still up after ``timeout`` seconds.
    """
    run = files.read_run(data)
    if run is None:
        return False
    os.kill(run["pid"], signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while files.is_locked(data):
        if time.monotonic() > deadline:
            raise DevnetError(f"process {run['pid']} goes on after {timeout:g} s")
        time.sleep(0.05)
    return True


def fund(rpc_url: str, address: str, wei: int) -> None:
    """Sets a balance, and mines a block so that it is saved with it. Refused on other chains."""
    chain_id = int(call(rpc_url, "eth_chainId"), 16)
    if chain_id != anvil.CHAIN_ID:
        raise DevnetError(f"chain {chain_id} is no devnet, and gives nothing away")
    call(rpc_url, "anvil_setBalance", address, hex(wei))
    call(rpc_url, "evm_mine")


def _end(keeper: subprocess.Popen[bytes]) -> None:
    keeper.terminate()
    try:
        keeper.wait(30)
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()
