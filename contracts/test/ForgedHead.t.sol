// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogAnchor} from "../src/ILogAnchor.sol";
import {Base} from "./Base.sol";
import {Reference} from "./Reference.sol";

/// @dev The head that only RFC 9162's in-loop check refuses (§2.1.4.2, step 6a).
///
/// Six leaves are anchored. From 6 to 7 or 8, the sizes have room for three hashes, and they run
/// out (sn = 0) one level below the root. A loop that goes on takes a fourth, and so its first hash
/// may be one from a level further down: leaf 5 instead of the pair (4, 5). Between leaf 5 and its
/// sibling 4 there is then a place on the right for a hash of the forger's choice, which the old
/// root knows nothing of and no tree can have there.
contract ForgedHeadTest is Base {
    bytes32[][] private _tree;
    bytes32 private _forgedRoot;
    bytes32[] private _forgedProof;

    function setUp() public override {
        super.setUp();
        _tree = Reference.grow(8);
        bytes32 fifth = _tree[0][5];
        bytes32 chosen = bytes32("whatever the forger likes");
        _forgedProof = [fifth, chosen, _tree[0][4], _tree[2][0]];
        _forgedRoot =
            Reference.node(_tree[2][0], Reference.node(_tree[0][4], Reference.node(fifth, chosen)));
        _extend(0, 6, Reference.mth(_tree, 0, 6), _none());
    }

    function test_extend_forgedHead_reverts() public {
        bytes32 oldRoot = anchor.rootAt(logId, 6);
        for (uint64 size = 7; size <= 8; ++size) {
            vm.expectRevert(
                _error(
                    ILogAnchor.Inconsistent.selector,
                    abi.encode(logId, uint64(6), oldRoot, size, _forgedRoot)
                )
            );
            _extend(6, size, _forgedRoot, _forgedProof);
        }
        _assertHead(OPERATOR, 6, false);
    }

    function test_verifyConsistency_forgedHead_isFalse() public view {
        bytes32 old = anchor.rootAt(logId, 6);
        vm.assertEq(anchor.verifyConsistency(6, old, 7, _forgedRoot, _forgedProof), false, "7");
        vm.assertEq(anchor.verifyConsistency(6, old, 8, _forgedRoot, _forgedProof), false, "8");
    }

    /// @dev That the attack is one: without the check, and with the check left to the end, it holds.
    function test_verificationWithoutTheCheck_isFooled() public view {
        bytes32 old = anchor.rootAt(logId, 6);
        vm.assertEq(_checkless(6, old, 7, _forgedRoot, _forgedProof), true, "7");
        vm.assertEq(_checkless(6, old, 8, _forgedRoot, _forgedProof), true, "8");
        bytes32[] memory honest = Reference.proof(_tree, 6, 8);
        vm.assertEq(_checkless(6, old, 8, Reference.mth(_tree, 0, 8), honest), true, "honest");
    }

    /// @dev RFC 9162 §2.1.4.2 in plain Solidity, but for step 6a.
    function _checkless(uint256 m, bytes32 rootM, uint256 n, bytes32 rootN, bytes32[] memory proof)
        private
        pure
        returns (bool)
    {
        uint256 fn = m - 1;
        uint256 sn = n - 1;
        while (fn & 1 == 1) (fn, sn) = (fn >> 1, sn >> 1);
        (bytes32 fr, bytes32 sr) = (proof[0], proof[0]);
        for (uint256 i = 1; i < proof.length; ++i) {
            if (fn & 1 == 1 || fn == sn) {
                (fr, sr) = (Reference.node(proof[i], fr), Reference.node(proof[i], sr));
                while (fn != 0 && fn & 1 == 0) (fn, sn) = (fn >> 1, sn >> 1);
            } else {
                sr = Reference.node(sr, proof[i]);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return fr == rootM && sr == rootN && sn == 0;
    }
}
