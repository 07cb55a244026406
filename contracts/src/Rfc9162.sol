// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Verification of RFC 9162 Merkle proofs
/// @dev Assembly, which saves about 10,000 gas on a proof of twenty hashes. The names fn, sn, fr, sr,
/// r and c are the RFC's. The buffers lie behind the free memory pointer, which stays where it is.
/// The SHA-256 precompile is at address 2; a call to an account without code succeeds with no
/// answer, so that it is there at all is seen by its answer's length.
library Rfc9162 {
    /// @dev RFC 9162 §2.1.4.2. With m < n, sn is above 0 until the loop has run: so an empty proof
    /// (step 1) needs no line of its own, even where its first hash is read from behind it, and the
    /// last answer's length speaks of the precompile. Right shifts by k are divisions by 2^k.
    function consistent(uint64 m, bytes32 rootM, uint64 n, bytes32 rootN, bytes32[] calldata proof)
        internal
        view
        returns (bool ok)
    {
        if (m == 0 || m > n) return false;
        if (m == n) return proof.length == 0 && rootM == rootN;
        assembly ("memory-safe") {
            // Two messages of 65 bytes: 0x01 ‖ c ‖ fr at `old`, 0x01 ‖ … ‖ sr 65 bytes behind it.
            let old := mload(0x40)
            let at := proof.offset
            let end := add(at, shl(5, proof.length))
            mstore8(old, 1)
            mstore8(add(old, 65), 1)

            // Steps 2, 3 and 5: the first hash, which is the old root where m is a power of two.
            let fn := sub(m, 1)
            let c := rootM
            if and(m, fn) {
                c := calldataload(at)
                at := add(at, 32)
            }
            mstore(add(old, 33), c)
            mstore(add(old, 98), c)

            // Step 4: m - 1 ends in as many ones as m in zeros.
            let bit := and(m, sub(0, m))
            fn := div(fn, bit)
            let sn := div(sub(n, 1), bit)

            ok := 1
            for {} lt(at, end) { at := add(at, 32) } {
                // Step 6a. Without it, hashes beyond what the sizes need are folded into both
                // roots, and a head that never grew out of the old one passes.
                if iszero(sn) {
                    ok := 0
                    break
                }
                c := calldataload(at)
                switch or(and(fn, 1), eq(fn, sn))
                case 0 {
                    mstore(add(old, 66), mload(add(old, 98)))
                    mstore(add(old, 98), c)
                }
                default {
                    mstore(add(old, 1), c)
                    mstore(add(old, 66), c)
                    ok := and(ok, staticcall(gas(), 2, old, 65, add(old, 33), 32))
                    // fn = sn here if fn is even, and not 0, as sn is not.
                    if iszero(and(fn, 1)) {
                        fn := div(fn, and(fn, sub(0, fn)))
                        sn := fn
                    }
                }
                ok := and(ok, staticcall(gas(), 2, add(old, 65), 65, add(old, 98), 32))
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            ok := and(ok, and(iszero(sn), eq(returndatasize(), 32)))
            ok := and(ok, and(eq(mload(add(old, 33)), rootM), eq(mload(add(old, 98)), rootN)))
        }
    }

    /// @dev RFC 9162 §2.1.3.2. A tree of one leaf needs no hash and no precompile.
    function included(
        bytes32 leaf,
        uint64 index,
        uint64 size,
        bytes32 root,
        bytes32[] calldata proof
    ) internal view returns (bool ok) {
        if (index >= size) return false;
        assembly ("memory-safe") {
            let message := mload(0x40)
            mstore8(message, 1)
            let fn := index
            let sn := sub(size, 1)
            let r := leaf
            let at := proof.offset
            let end := add(at, shl(5, proof.length))
            ok := 1
            for {} lt(at, end) { at := add(at, 32) } {
                if iszero(sn) {
                    ok := 0
                    break
                }
                switch or(and(fn, 1), eq(fn, sn))
                case 0 {
                    mstore(add(message, 1), r)
                    mstore(add(message, 33), calldataload(at))
                }
                default {
                    mstore(add(message, 1), calldataload(at))
                    mstore(add(message, 33), r)
                    if iszero(and(fn, 1)) {
                        fn := div(fn, and(fn, sub(0, fn)))
                        sn := fn
                    }
                }
                ok := and(ok, staticcall(gas(), 2, message, 65, message, 32))
                ok := and(ok, eq(returndatasize(), 32))
                r := mload(message)
                mstore8(message, 1)
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            ok := and(ok, and(iszero(sn), eq(r, root)))
        }
    }
}
