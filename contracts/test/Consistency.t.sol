// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base} from "./Base.sol";
import {Reference} from "./Reference.sol";

/// @dev verifyConsistency and extend: all honest proofs up to 64 leaves, and their mutations.
contract ConsistencyTest is Base {
    using Reference for bytes32[];

    uint256 private constant LEAVES = 64;
    /// @dev Pairs 1 ≤ m ≤ n ≤ 64.
    uint256 private constant PAIRS = 2080;

    struct Case {
        uint64 m;
        bytes32 rootM;
        uint64 n;
        bytes32 rootN;
        bytes32[] proof;
    }

    function test_verifyConsistency_acceptsAllHonestProofs() public view {
        bytes32[][] memory tree = Reference.grow(LEAVES);
        uint256 pairs;
        for (uint256 n = 1; n <= LEAVES; ++n) {
            for (uint256 m = 1; m <= n; ++m) {
                pairs += _decide(_honest(tree, m, n), true, "honest");
            }
        }
        vm.assertEq(pairs, PAIRS, "pairs");
    }

    function test_verifyConsistency_rejectsAllMutations() public view {
        bytes32[][] memory tree = Reference.grow(LEAVES);
        uint256 mutations;
        for (uint256 n = 1; n <= LEAVES; ++n) {
            for (uint256 m = 1; m <= n; ++m) {
                mutations += _mutate(tree, m, n);
            }
        }
        vm.assertEq(mutations, 118475, "mutations");
    }

    /// @dev Any other proof for the same two heads is wrong, and so is this one for other roots.
    function _mutate(bytes32[][] memory tree, uint256 m, uint256 n)
        private
        view
        frugal
        returns (uint256 count)
    {
        Case memory one = _honest(tree, m, n);
        bytes32[] memory honest = one.proof;
        bytes32[3] memory strange = [one.rootM, one.rootN, bytes32(uint256(0xBAD))];
        for (uint256 i = 0; i <= honest.length; ++i) {
            for (uint256 j = 0; j < strange.length; ++j) {
                count += _reject(one, honest.insert(i, strange[j]), "inserted");
            }
            if (i == honest.length) break;
            count += _reject(one, honest.insert(i, honest[i]), "doubled");
            count += _reject(one, honest.remove(i), "removed");
            count += _reject(
                one, honest.remove(i).insert(i, honest[i] ^ bytes32(uint256(1))), "bit"
            );
            for (uint256 j = i + 1; j < honest.length; ++j) {
                count += _reject(one, honest.swapped(i, j), "swapped");
            }
        }
        one.proof = honest;
        for (uint256 bit = 0; bit < 256; bit += 85) {
            one.rootM ^= bytes32(1 << bit);
            count += _decide(one, false, "old root");
            one.rootM ^= bytes32(1 << bit);
            one.rootN ^= bytes32(1 << bit);
            count += _decide(one, false, "new root");
            one.rootN ^= bytes32(1 << bit);
        }
        if (m != n) {
            (one.rootM, one.rootN) = (one.rootN, one.rootM);
            count += _decide(one, false, "roots swapped");
        }
    }

    /// @dev A root does not fix its size: where another pair of sizes asks for the same hashes in
    /// the same places, the proof holds for those too. So here the definition decides.
    function test_verifyConsistency_decidesOtherSizesAsDefined() public view {
        bytes32[][] memory tree = Reference.grow(LEAVES);
        uint256 decided;
        for (uint256 n = 1; n <= LEAVES; ++n) {
            for (uint256 m = 1; m <= n; ++m) {
                decided += _resize(_honest(tree, m, n));
            }
        }
        vm.assertEq(decided, PAIRS * 14, "decided");
    }

    function _resize(Case memory one) private view frugal returns (uint256 count) {
        uint64[2][14] memory sizes = [
            [one.m - 1, one.n],
            [one.m + 1, one.n],
            [one.m, one.n - 1],
            [one.m, one.n + 1],
            [one.m + 1, one.n + 1],
            [one.m - 1, one.n - 1],
            [one.m * 2, one.n * 2],
            [one.m ^ 2, one.n],
            [one.m, one.n ^ 4],
            [one.n, one.m],
            [one.m, one.n * 2],
            [0, one.n],
            [one.m, type(uint64).max],
            [type(uint64).max, type(uint64).max]
        ];
        for (uint256 i = 0; i < sizes.length; ++i) {
            (one.m, one.n) = (sizes[i][0], sizes[i][1]);
            bool defined = Reference.consistent(one.m, one.rootM, one.n, one.rootN, one.proof);
            count += _decide(one, defined, "other sizes");
        }
    }

    /// @dev Two heads of one log, of any sizes up to the largest, with a proof whose hashes are
    /// drawn; the roots are what the definition makes of them.
    function testFuzz_verifyConsistency_acceptsAsDefined(uint64 m, uint64 n, bytes32 seed)
        public
        view
    {
        m = uint64(1 + m % 2 ** 48);
        n = uint64(m + n % (2 ** 48 - m + 1));
        Case memory one = _drawn(m, n, seed);
        _decide(one, true, "drawn");
        if (m == n) return;
        uint256 place = uint256(seed) % one.proof.length;
        _reject(one, one.proof.insert(place, seed), "inserted");
        one.proof = _drawn(m, n, seed).proof;
        _reject(one, one.proof.remove(place), "removed");
    }

    function testFuzz_verifyConsistency_rejectsNoise(
        uint64 m,
        bytes32 rootM,
        uint64 n,
        bytes32 rootN,
        bytes32[] calldata proof
    ) public view {
        vm.assume(m != n || rootM != rootN);
        vm.assertEq(anchor.verifyConsistency(m, rootM, n, rootN, proof), false, "noise");
    }

    function test_verifyConsistency_provesNothingOfAnEmptyTree() public view {
        bytes32 empty = sha256("");
        vm.assertEq(anchor.verifyConsistency(0, empty, 0, empty, _none()), false, "0 of 0");
        vm.assertEq(anchor.verifyConsistency(0, empty, 8, empty, _none()), false, "0 of 8");
    }

    /// @dev All the roads from nothing to 64 leaves that take two steps, through `extend` itself.
    function test_extend_acceptsAllHonestProofs() public {
        bytes32[][] memory tree = Reference.grow(LEAVES);
        for (uint256 n = 2; n <= LEAVES; ++n) {
            for (uint256 m = 1; m < n; ++m) {
                logId = _open(string.concat(vm.toString(m), "/", vm.toString(n)));
                Case memory one = _honest(tree, m, n);
                _extend(0, one.m, one.rootM, _none());
                _extend(one.m, one.n, one.rootN, one.proof);
                _assertHead(OPERATOR, one.n, false);
                vm.assertEq(anchor.rootAt(logId, one.m), one.rootM, "old root");
                vm.assertEq(anchor.rootAt(logId, one.n), one.rootN, "new root");
            }
        }
    }

    function _honest(bytes32[][] memory tree, uint256 m, uint256 n)
        private
        pure
        returns (Case memory)
    {
        return Case({
            m: uint64(m),
            rootM: Reference.mth(tree, 0, m),
            n: uint64(n),
            rootN: Reference.mth(tree, 0, n),
            proof: Reference.proof(tree, m, n)
        });
    }

    /// @dev As many hashes as the definition asks for, and the roots that it makes of them.
    function _drawn(uint64 m, uint64 n, bytes32 seed) private pure returns (Case memory one) {
        one = Case(m, seed, n, seed, new bytes32[](64));
        for (uint256 i = 0; i < 64; ++i) {
            one.proof[i] = sha256(abi.encode(seed, i));
        }
        uint256 used;
        (one.rootM, one.rootN, used) = Reference.roots(m, n, true, seed, one.proof);
        one.proof = one.proof.take(used);
    }

    function _reject(Case memory one, bytes32[] memory proof, string memory what)
        private
        view
        frugal
        returns (uint256)
    {
        // Two neighbours may be the same hash, and what was inserted the next one: no mutation.
        if (keccak256(abi.encode(proof)) == keccak256(abi.encode(one.proof))) return 0;
        bytes32[] memory honest = one.proof;
        one.proof = proof;
        _decide(one, false, what);
        one.proof = honest;
        return 1;
    }

    function _decide(Case memory one, bool expected, string memory what)
        private
        view
        frugal
        returns (uint256)
    {
        bool answer = anchor.verifyConsistency(one.m, one.rootM, one.n, one.rootN, one.proof);
        if (answer != expected) {
            vm.assertEq(
                answer,
                expected,
                string.concat(what, ": ", vm.toString(one.m), " of ", vm.toString(one.n))
            );
        }
        return 1;
    }
}
