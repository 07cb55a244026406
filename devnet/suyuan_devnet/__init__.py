"""The project's test chain: one persistent anvil on loopback, and LogAnchor put on it.

A leaf: of the project it imports ``suyuan_contracts`` alone. ``devnet`` needs nothing but the
standard library; what signs (``deploy``, ``accounts``) is imported from its module.
"""

from __future__ import annotations

from suyuan_devnet.anvil import CHAIN_ID
from suyuan_devnet.devnet import Devnet, Status, fund, status, stop
from suyuan_devnet.errors import DevnetError

__all__ = ["CHAIN_ID", "Devnet", "DevnetError", "Status", "fund", "status", "stop"]
