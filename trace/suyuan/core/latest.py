"""The newest record of each of millions of objects, in a sixth of the memory that a dict takes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable


class Latest:
    """Key (64 bits, signed) → index of the last record that was put for it (below 2^32 - 1).

    A hash table with linear probing in two arrays: 12 bytes a slot, between one and two thirds of
    them used. The low bits of the keys have to be spread well: hashes, or numbers without gaps.
    """

    __slots__ = ("_keys", "_mask", "_used", "_values")

    def __init__(self) -> None:
        self._used = 0
        self._clear(1024)

    def _clear(self, slots: int) -> None:
        self._mask = slots - 1
        self._keys = array("q", bytes(8 * slots))
        self._values = array("I", bytes(4 * slots))
        """Index + 1; 0 for a slot that is free."""

    def __len__(self) -> int:
        """How many keys were put."""
        return self._used

    def of(self, keys: Iterable[int]) -> set[int]:
        """Indices for these keys; those never put have none."""
        stored, values, mask = self._keys, self._values, self._mask
        found = set()
        for key in keys:
            at = key & mask
            while value := values[at]:
                if stored[at] == key:
                    found.add(value - 1)
                    break
                at = (at + 1) & mask
        return found

    def put(self, keys: Iterable[int], index: int) -> None:
        """From now on this is the index for all of these keys."""
        stored, values, mask, new = self._keys, self._values, self._mask, index + 1
        for key in keys:
            at = key & mask
            while values[at] and stored[at] != key:
                at = (at + 1) & mask
            if not values[at]:
                stored[at] = key
                self._used += 1
            values[at] = new
            if 3 * self._used > 2 * mask:
                self._grow()
                stored, values, mask = self._keys, self._values, self._mask

    def _grow(self) -> None:
        old = zip(self._keys, self._values, strict=True)
        self._clear(2 * (self._mask + 1))
        stored, values, mask = self._keys, self._values, self._mask
        for key, value in old:
            if value:
                at = key & mask
                while values[at]:
                    at = (at + 1) & mask
                stored[at], values[at] = key, value
