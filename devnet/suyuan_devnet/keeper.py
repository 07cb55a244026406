"""The process that keeps one chain: starts anvil, saves its state, and never outlives its parent.

Not imported by the parent but started by it (``python -m suyuan_devnet.keeper``), in a session of
its own, so that a terminal's Ctrl-C reaches the parent alone and the last blocks are saved.

anvil's own ``--state`` is not used, for two reasons seen in 1.7.1: it truncates the file and writes
it in place, so a kill at that moment leaves half a chain; and it makes a new block 0 at every
start, of which the second restart keeps either. Here the state comes by RPC, goes into a new file,
and takes the old one's place when it is on disk; and what block 0 is made of is kept in chain.json.

What a kill leaves behind: of the parent, nothing is lost, the keeper saves and ends; of anvil, or
of the keeper (the kernel then kills anvil, on Linux), at most ``--interval`` seconds of blocks. A
balance set without a block is saved with the next block.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import gzip
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from suyuan_devnet import anvil, files
from suyuan_devnet.errors import DevnetError, RpcError
from suyuan_devnet.rpc import call

_PR_SET_PDEATHSIG = 1
_STEP = 0.2
_TRIES = 20
"""Of a dump, until no block is made meanwhile."""
_LOG_LIMIT = 4 * 2**20


class Keeper:
    """One anvil and its folder. The lock is also anvil's, so it is free only when both are gone."""

    def __init__(self, options: argparse.Namespace, lock: int) -> None:
        self.options = options
        self.folder: Path = options.data
        self.lock = lock
        self.stop = threading.Event()
        self.saved = ""

    def run(self) -> int:
        """Until a signal, or the end of parent or anvil. 0 if the last block was saved."""
        files.run_file(self.folder).unlink(missing_ok=True)
        self._spawn()
        try:
            self._prepare()
            return self._watch()
        finally:
            self._end()
            files.run_file(self.folder).unlink(missing_ok=True)

    def _spawn(self) -> None:
        self.identity = _identity(self.folder)
        port = _port(self.options.port or self.identity["port"], strict=bool(self.options.port))
        self.identity["port"] = port
        self.url = f"http://127.0.0.1:{port}"
        command = anvil.command(
            self.options.anvil,
            port=port,
            timestamp=self.identity["timestamp"],
            gas_limit=self.identity["gasLimit"],
            epoch=self.options.epoch,
            consortium=self.options.consortium,
        )
        state = files.state_file(self.folder)
        if state.exists():
            command += ["--load-state", str(state)]
        scratch = self.folder / "cache"
        shutil.rmtree(scratch, ignore_errors=True)
        command += ["--cache-path", str(scratch)]
        with files.log_file(self.folder).open("ab") as log:
            self.anvil = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self.lock,),
                preexec_fn=_die_with(os.getpid()),
            )

    def _prepare(self) -> None:
        """Brings the clock to now, checks block 0, lets mining begin, and says that it is ready.

        Transactions that come in before are pooled, and mined when mining begins.
        """
        while True:
            try:
                self._call("eth_chainId", timeout=1)
                break
            except RpcError:
                if self.anvil.poll() is not None or self.stop.wait(0.02) or self._alone():
                    raise
        genesis = self._block("0x0")["hash"]
        if self.identity.setdefault("genesis", genesis) != genesis:
            raise DevnetError(f"block 0 is {genesis}, and was {self.identity['genesis']}")
        files.write(files.chain_file(self.folder), self.identity)
        # A clock set back since the last block would have the chain run backwards.
        newest = int(self._block("latest")["timestamp"], 16)
        self._call("evm_setTime", max(int(time.time()), newest))
        if self.options.block_time:
            self._call("evm_setIntervalMining", self.options.block_time)
        else:
            self._call("evm_setAutomine", True)  # noqa: FBT003
        self._save()
        running = {
            "pid": os.getpid(),
            "anvilPid": self.anvil.pid,
            "rpcUrl": self.url,
            "chainId": anvil.CHAIN_ID,
            "genesis": genesis,
        }
        files.write(files.run_file(self.folder), running)

    def _watch(self) -> int:
        due = time.monotonic() + self.options.interval
        while not self.stop.wait(min(_STEP, self.options.interval)) and not self._alone():
            if self.anvil.poll() is not None:
                _say(f"anvil ended by itself: {self.anvil.returncode}")
                return 1
            if time.monotonic() >= due:
                self._try_to_save()
                due = time.monotonic() + self.options.interval
        # No block may come between the last save and the end.
        self._call("evm_setIntervalMining", 0)
        self._call("evm_setAutomine", False)  # noqa: FBT003
        return 0 if self._try_to_save() else 1

    def _alone(self) -> bool:
        return self.options.parent not in (0, os.getppid())

    def _try_to_save(self) -> bool:
        try:
            self._save()
        except (DevnetError, OSError) as error:
            _say(f"not saved: {error}")
            return False
        return True

    def _save(self) -> None:
        """Saves if there is a new block since the last time, at the cost of one call if not.

        anvil lists the blocks first and dumps the accounts then: a block that is made in between is in
        the accounts and not in the list. Such a dump is thrown away, and what was saved before stays.
        """
        newest = self._block("latest")["hash"]
        for _ in range(_TRIES):
            if newest == self.saved:
                return
            dumped = bytes.fromhex(self._call("anvil_dumpState", timeout=60).removeprefix("0x"))
            before, newest = newest, self._block("latest")["hash"]
            if newest == before:
                files.replace(files.state_file(self.folder), gzip.decompress(dumped))
                self.saved = newest
                return
        raise DevnetError("blocks come faster than they can be saved")

    def _end(self) -> None:
        self.anvil.terminate()
        try:
            self.anvil.wait(5)
        except subprocess.TimeoutExpired:
            self.anvil.kill()
            self.anvil.wait()

    def _block(self, tag: str) -> dict[str, Any]:
        found: dict[str, Any] = self._call("eth_getBlockByNumber", tag, False)  # noqa: FBT003
        return found

    def _call(self, method: str, *params: object, timeout: float = 10) -> Any:
        return call(self.url, method, *params, timeout=timeout)


def _identity(folder: Path) -> dict[str, Any]:
    """What block 0 is made of. The gas limit's last digits tell apart chains of one second."""
    if not files.chain_file(folder).exists():
        if files.state_file(folder).exists():
            raise DevnetError(f"{folder} has a state.json but no chain.json to start it with")
        return {
            "timestamp": int(time.time()),
            "gasLimit": 30_000_000 + secrets.randbelow(2**20),
            "port": 0,
        }
    identity: dict[str, Any] = json.loads(files.chain_file(folder).read_text())
    return identity


def _port(wanted: int, *, strict: bool) -> int:
    """The wanted port (a chain keeps its URL over restarts), or a free one unless ``strict``."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if strict:
                    raise DevnetError(f"port {wanted} is taken: {error}") from error
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise DevnetError("no free port on 127.0.0.1")


def _die_with(parent: int) -> Callable[[], None] | None:
    """On Linux: the kernel kills the child with the process (here: its only thread) ``parent``."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died between fork and here
            os._exit(1)

    return prepare


def _lock(path: Path) -> int | None:
    """The lock, tried for a second: readers of run.json, and an anvil being killed, hold it briefly."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    for _ in range(50):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return lock
    return None


def _rotate(log: Path) -> None:
    """A log that has grown is put aside at the start, and what we say goes into a new one."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
        with log.open("ab") as fresh:
            os.dup2(fresh.fileno(), sys.stderr.fileno())


def _say(text: str) -> None:
    sys.stderr.write(f"keeper: {text}\n")
    sys.stderr.flush()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--anvil", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--block-time", type=int, required=True)
    parser.add_argument("--interval", type=float, required=True)
    parser.add_argument("--epoch", type=int, required=True)
    parser.add_argument("--consortium", action="store_true")
    parser.add_argument("--parent", type=int, required=True)
    options = parser.parse_args()
    lock = _lock(files.lock_file(options.data))
    if lock is None:
        return files.ALREADY_RUNNING
    _rotate(files.log_file(options.data))
    keeper = Keeper(options, lock)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: keeper.stop.set())
    try:
        return keeper.run()
    except (DevnetError, OSError, ValueError) as error:
        _say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
