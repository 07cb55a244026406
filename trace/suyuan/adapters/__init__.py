"""What the ports ask for, made of databases, chains, files and clocks.

web3's dependency py_ecc lifts Python's recursion limit to 100,000 when it is first imported, and
then a small text of nested brackets overflows the C stack and ends the process. So it is imported
here, before anything that needs it, and the limit is Python's own again.
"""

import sys

import py_ecc  # noqa: F401

sys.setrecursionlimit(1000)
