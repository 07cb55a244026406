// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev RFC 9162's trees and proofs as its definitions say them, by recursion, and proofs verified
/// by following the recursion that makes them: nothing in common with the loop under test.
library Reference {
    /// @dev All complete subtrees over `leaves` made-up leaves (a power of two), by level.
    function grow(uint256 leaves) internal pure returns (bytes32[][] memory levels) {
        uint256 height = 1;
        while (1 << (height - 1) < leaves) ++height;
        levels = new bytes32[][](height);
        levels[0] = new bytes32[](leaves);
        for (uint256 i = 0; i < leaves; ++i) {
            levels[0][i] = leaf(i);
        }
        for (uint256 level = 1; level < height; ++level) {
            levels[level] = new bytes32[](leaves >> level);
            for (uint256 i = 0; i < leaves >> level; ++i) {
                levels[level][i] = node(levels[level - 1][2 * i], levels[level - 1][2 * i + 1]);
            }
        }
    }

    function leaf(uint256 i) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0), uint64(i)));
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }

    /// @dev The largest power of two smaller than n.
    function split(uint256 n) internal pure returns (uint256 k) {
        k = 1;
        while (2 * k < n) k *= 2;
    }

    /// @dev MTH(D[start:end]), §2.1.1.
    function mth(bytes32[][] memory levels, uint256 start, uint256 end)
        internal
        pure
        returns (bytes32)
    {
        uint256 width = end - start;
        for (uint256 level = 0; level < levels.length; ++level) {
            if (width == 1 << level && start % width == 0) return levels[level][start >> level];
        }
        uint256 middle = start + split(width);
        return node(mth(levels, start, middle), mth(levels, middle, end));
    }

    /// @dev PATH(index, D[0:n]), §2.1.3.1.
    function path(bytes32[][] memory levels, uint256 index, uint256 n)
        internal
        pure
        returns (bytes32[] memory)
    {
        return _path(levels, index, 0, n);
    }

    function _path(bytes32[][] memory levels, uint256 index, uint256 start, uint256 end)
        private
        pure
        returns (bytes32[] memory)
    {
        if (end - start == 1) return new bytes32[](0);
        uint256 middle = start + split(end - start);
        if (index < middle) {
            return push(_path(levels, index, start, middle), mth(levels, middle, end));
        }
        return push(_path(levels, index, middle, end), mth(levels, start, middle));
    }

    /// @dev PROOF(m, D[0:n]), §2.1.4.1.
    function proof(bytes32[][] memory levels, uint256 m, uint256 n)
        internal
        pure
        returns (bytes32[] memory)
    {
        return _subproof(levels, m, 0, n);
    }

    function _subproof(bytes32[][] memory levels, uint256 m, uint256 start, uint256 end)
        private
        pure
        returns (bytes32[] memory)
    {
        if (m == end) {
            if (start == 0) return new bytes32[](0);
            return push(new bytes32[](0), mth(levels, start, end));
        }
        uint256 middle = start + split(end - start);
        if (m <= middle) {
            return push(_subproof(levels, m, start, middle), mth(levels, middle, end));
        }
        return push(_subproof(levels, m, middle, end), mth(levels, start, middle));
    }

    /// @dev Whether the proof has exactly the hashes that PROOF(m, D[0:n]) has, in its order, and
    /// they make both roots. Of an empty tree nothing is proven.
    function consistent(uint256 m, bytes32 rootM, uint256 n, bytes32 rootN, bytes32[] memory given)
        internal
        pure
        returns (bool)
    {
        if (m == 0 || m > n) return false;
        (bytes32 old, bytes32 fresh, uint256 used) = roots(m, n, true, rootM, given);
        return used == given.length && old == rootM && fresh == rootN;
    }

    /// @dev Both roots of the subtree that SUBPROOF(m, D_n, whole) is for, and how many hashes that
    /// took; a number beyond the proof's length if they do not suffice.
    function roots(uint256 m, uint256 n, bool whole, bytes32 rootM, bytes32[] memory given)
        internal
        pure
        returns (bytes32 old, bytes32 fresh, uint256 used)
    {
        if (m == n) {
            if (whole) return (rootM, rootM, 0);
            if (given.length == 0) return (0, 0, 1);
            return (given[0], given[0], 1);
        }
        uint256 k = split(n);
        bool left = m <= k;
        (old, fresh, used) =
            left ? roots(m, k, whole, rootM, given) : roots(m - k, n - k, false, rootM, given);
        if (used >= given.length) return (0, 0, given.length + 1);
        bytes32 other = given[used];
        if (left) return (old, node(fresh, other), used + 1);
        return (node(other, old), node(other, fresh), used + 1);
    }

    /// @dev Whether the proof has exactly the hashes that PATH(index, D[0:n]) has, and they lead
    /// from the leaf to the root.
    function included(bytes32 leaf_, uint256 index, uint256 n, bytes32 root, bytes32[] memory given)
        internal
        pure
        returns (bool)
    {
        if (index >= n) return false;
        (bytes32 found, uint256 used) = apex(leaf_, index, n, given);
        return used == given.length && found == root;
    }

    function apex(bytes32 leaf_, uint256 index, uint256 n, bytes32[] memory given)
        internal
        pure
        returns (bytes32 found, uint256 used)
    {
        if (n == 1) return (leaf_, 0);
        uint256 k = split(n);
        (found, used) =
            index < k ? apex(leaf_, index, k, given) : apex(leaf_, index - k, n - k, given);
        if (used >= given.length) return (0, given.length + 1);
        bytes32 other = given[used];
        return (index < k ? node(found, other) : node(other, found), used + 1);
    }

    function push(bytes32[] memory list, bytes32 last) internal pure returns (bytes32[] memory) {
        return insert(list, list.length, last);
    }

    function insert(bytes32[] memory list, uint256 place, bytes32 value)
        internal
        pure
        returns (bytes32[] memory longer)
    {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < longer.length; ++i) {
            longer[i] = i < place ? list[i] : i == place ? value : list[i - 1];
        }
    }

    function remove(bytes32[] memory list, uint256 place)
        internal
        pure
        returns (bytes32[] memory shorter)
    {
        shorter = new bytes32[](list.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = list[i < place ? i : i + 1];
        }
    }

    function take(bytes32[] memory list, uint256 count)
        internal
        pure
        returns (bytes32[] memory first)
    {
        first = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            first[i] = list[i];
        }
    }

    /// @dev A copy with two hashes changed for each other.
    function swapped(bytes32[] memory list, uint256 i, uint256 j)
        internal
        pure
        returns (bytes32[] memory copy)
    {
        copy = insert(remove(list, i), i, list[j]);
        copy[j] = list[i];
    }
}
