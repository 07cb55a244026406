"""Loads py_ecc, and takes back what it does to this process.

web3's and eth_account's dependency py_ecc lifts Python's recursion limit to 100,000 when it is first
imported, and then a small text of nested brackets overflows the C stack and ends the process. So
whatever imports one of them imports this as well: the limit is Python's own again, and nothing lifts it
later.
"""

import sys

import py_ecc  # noqa: F401

sys.setrecursionlimit(1000)
