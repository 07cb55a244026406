"""Where the node's binary is, and how it is started.

The native binary of the npm package's part for this platform: the package's own launcher script
leaves an orphan behind when it is killed, and npm skips the step that would link the binary.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

from suyuan_devnet.errors import AnvilMissing

CHAIN_ID = 31337
"""Of every devnet. Verifiers add "test chain: proves nothing to strangers"."""

HARDFORK = "osaka"

_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def find(tool: str = "anvil") -> Path:
    """The binary of ``anvil`` or ``forge``: ``SUYUAN_ANVIL`` (``SUYUAN_FORGE``), else node_modules'.

    AnvilMissing, saying what to run, if it is in neither place.
    """
    variable = f"SUYUAN_{tool.upper()}"
    if named := os.environ.get(variable):
        if os.access(named, os.X_OK) and Path(named).is_file():
            return Path(named)
        raise AnvilMissing(f"{variable} names {named}, which is no program")
    system = _SYSTEMS.get(platform.system(), platform.system())
    machine = _MACHINES.get(platform.machine(), platform.machine())
    package = f"@foundry-rs/{tool}-{system}-{machine}"
    for folder in Path(__file__).resolve().parents:
        found = folder / "node_modules" / package / "bin" / tool
        if found.is_file():
            return found
    raise AnvilMissing(
        f"no {tool}: run `npm ci` in the checkout (it installs {package}), "
        f"or set {variable} to the binary's path"
    )


def command(
    binary: Path, *, port: int, timestamp: int, gas_limit: int, epoch: int, consortium: bool
) -> list[str]:
    """The command line without state. Mining is off until the keeper has set the clock.

    ``timestamp``, ``gas_limit`` and ``consortium`` make block 0, so a chain that is started again
    keeps its genesis hash only with those it was first started with.
    """
    rules = ("berlin", "--gas-price", "0", "--balance", "0") if consortium else (HARDFORK,)
    return [
        str(binary),
        *("--host", "127.0.0.1"),
        *("--port", str(port)),
        *("--chain-id", str(CHAIN_ID)),
        *("--hardfork", *rules),
        *("--timestamp", str(timestamp)),
        *("--gas-limit", str(gas_limit)),
        *("--slots-in-an-epoch", str(epoch)),
        "--no-mining",
    ]
