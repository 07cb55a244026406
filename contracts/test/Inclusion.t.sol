// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base} from "./Base.sol";
import {Reference} from "./Reference.sol";

/// @dev verifyInclusion: all honest proofs up to 32 leaves, and their mutations.
contract InclusionTest is Base {
    using Reference for bytes32[];

    uint64 private constant LEAVES = 32;

    function test_verifyInclusion_acceptsAllHonestProofsAndRejectsTheirMutations() public {
        bytes32[][] memory tree = Reference.grow(LEAVES);
        uint256 mutations;
        for (uint64 n = 1; n <= LEAVES; ++n) {
            logId = _open(vm.toString(n));
            _extend(0, n, Reference.mth(tree, 0, n), _none());
            for (uint64 i = 0; i < n; ++i) {
                _decide(n, tree[0][i], i, Reference.path(tree, i, n), true);
                mutations += _mutate(n, tree[0][i], i, Reference.path(tree, i, n));
            }
        }
        vm.assertEq(mutations, 39728, "mutations");
    }

    function _mutate(uint64 n, bytes32 leaf, uint64 index, bytes32[] memory honest)
        private
        view
        frugal
        returns (uint256 count)
    {
        for (uint256 i = 0; i <= honest.length; ++i) {
            count += _decide(n, leaf, index, honest.insert(i, leaf), false);
            count += _decide(n, leaf, index, honest.insert(i, bytes32("strange")), false);
            if (i == honest.length) break;
            count += _decide(n, leaf, index, honest.remove(i), false);
            bytes32[] memory flipped = honest.remove(i).insert(i, honest[i] ^ bytes32(uint256(1)));
            count += _decide(n, leaf, index, flipped, false);
            for (uint256 j = i + 1; j < honest.length; ++j) {
                count += _decide(n, leaf, index, honest.swapped(i, j), false);
            }
        }
        count += _decide(n, leaf ^ bytes32(uint256(1)), index, honest, false);
        // Of one tree, each leaf has one place: no other index has this path and this leaf.
        for (uint64 other = 0; other <= 2 * n; ++other) {
            if (other != index) count += _decide(n, leaf, other, honest, false);
        }
        count += _decide(n, leaf, index | 1 << 63, honest, false);
        // A size never anchored proves nothing, whatever the proof.
        count += _decide(n + 1, leaf, index, honest, false);
        count += _decide(0, leaf, index, honest, false);
    }

    /// @dev Trees of any size: as many hashes as the definition asks for, and the root it makes.
    function testFuzz_verifyInclusion_decidesAsDefined(uint64 size, uint64 index, bytes32 seed)
        public
    {
        size = uint64(1 + size % 2 ** 48);
        index = index % size;
        bytes32[] memory proof = new bytes32[](64);
        for (uint256 i = 0; i < 64; ++i) {
            proof[i] = sha256(abi.encode(seed, i));
        }
        (bytes32 root, uint256 used) = Reference.apex(seed, index, size, proof);
        proof = proof.take(used);
        _extend(0, size, root, _none());
        _decide(size, seed, index, proof, true);
        _decide(size, seed, index, proof.push(seed), false);
        if (used != 0) _decide(size, seed, index, proof.take(used - 1), false);
        // A tree that is higher than its size says: what the size has no room for is not folded in.
        logId = _open("higher");
        _extend(0, size, Reference.node(seed, root), _none());
        _decide(size, seed, index, proof.push(seed), false);
        logId = _open("lower");
        _extend(0, size, root, _none());
        uint64 other = uint64(uint256(seed) % size);
        _decide(size, seed, other, proof, Reference.included(seed, other, size, root, proof));
    }

    function test_verifyInclusion_ofALogNeverOpened_isFalse() public view {
        bytes32 never = keccak256("never");
        vm.assertEq(anchor.verifyInclusion(never, 1, 0, 0, _none()), false, "zero leaf");
        vm.assertEq(anchor.verifyInclusion(never, 0, 0, 0, _none()), false, "zero size");
    }

    function _decide(uint64 n, bytes32 leaf, uint64 index, bytes32[] memory proof, bool expected)
        private
        view
        frugal
        returns (uint256)
    {
        bool answer = anchor.verifyInclusion(logId, n, leaf, index, proof);
        if (answer != expected) {
            vm.assertEq(answer, expected, string.concat(vm.toString(index), " of ", vm.toString(n)));
        }
        return 1;
    }
}
