// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogAnchor} from "../src/ILogAnchor.sol";
import {Base} from "./Base.sol";
import {Reference} from "./Reference.sol";

/// @dev What `extend` takes and refuses, but for the proofs themselves.
contract ExtendTest is Base {
    using Reference for bytes32[];

    uint64 private constant MAX = 2 ** 48;

    bytes32[][] private _tree;

    function setUp() public override {
        super.setUp();
        _tree = Reference.grow(16);
    }

    function test_extend_first_setsHeadAndRoot() public {
        vm.expectEmit(true, true, true, true, address(anchor));
        emit ILogAnchor.HeadExtended(logId, 5, _root(5));
        _extend(0, 5, _root(5), _none());
        _assertHead(OPERATOR, 5, false);
        vm.assertEq(anchor.rootAt(logId, 5), _root(5), "root");
    }

    function test_extend_next_keepsEveryRoot() public {
        _extend(0, 5, _root(5), _none());
        vm.expectEmit(true, true, true, true, address(anchor));
        emit ILogAnchor.HeadExtended(logId, 11, _root(11));
        _extend(5, 11, _root(11), _proof(5, 11));
        _extend(11, 12, _root(12), _proof(11, 12));
        _assertHead(OPERATOR, 12, false);
        vm.assertEq(anchor.rootAt(logId, 5), _root(5), "root at 5");
        vm.assertEq(anchor.rootAt(logId, 11), _root(11), "root at 11");
        vm.assertEq(anchor.rootAt(logId, 12), _root(12), "root at 12");
        vm.assertEq(anchor.rootAt(logId, 6), 0, "root at 6");
    }

    function test_extend_touchesHeadAndTwoRootsAlone() public {
        _extend(0, 5, _root(5), _none());
        bytes32[] memory proof = _proof(5, 11);
        bytes32 root = _root(11);
        vm.record();
        _extend(5, 11, root, proof);
        (bytes32[] memory reads, bytes32[] memory writes) = vm.accesses(address(anchor));
        vm.assertEq(writes.length, 2, "writes");
        // forge counts each write as a read too.
        vm.assertEq(reads.length, 2 + writes.length, "reads");
    }

    function test_extend_byOthers_reverts() public {
        address[3] memory callers = [OWNER, STRANGER, address(anchor)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                _error(ILogAnchor.NotOperator.selector, abi.encode(logId, callers[i], OPERATOR))
            );
            vm.prank(callers[i]);
            anchor.extend(logId, 0, 5, _rootless(), _none());
        }
    }

    function test_extend_logNeverOpened_reverts() public {
        logId = keccak256("never");
        vm.expectRevert(
            _error(ILogAnchor.NotOperator.selector, abi.encode(logId, OPERATOR, address(0)))
        );
        _extend(0, 5, _rootless(), _none());
    }

    function test_extend_logOfAnother_reverts() public {
        vm.prank(STRANGER);
        bytes32 other = anchor.open(ORIGIN, STRANGER);
        vm.expectRevert(
            _error(ILogAnchor.NotOperator.selector, abi.encode(other, OPERATOR, STRANGER))
        );
        vm.prank(OPERATOR);
        anchor.extend(other, 0, 5, _rootless(), _none());
    }

    function test_extend_headMoved_reverts() public {
        _extend(0, 5, _root(5), _none());
        uint64[3] memory expected = [uint64(0), 4, 6];
        for (uint256 i = 0; i < expected.length; ++i) {
            bytes32 root = _root(11);
            vm.expectRevert(
                _error(ILogAnchor.HeadMoved.selector, abi.encode(logId, expected[i], uint64(5)))
            );
            _extend(expected[i], 11, root, _none());
        }
    }

    /// @dev A transaction that was mined already, sent again, changes nothing.
    function test_extend_replayed_reverts() public {
        _extend(0, 5, _root(5), _none());
        _extend(5, 11, _root(11), _proof(5, 11));
        bytes32 root = _root(11);
        bytes32[] memory proof = _proof(5, 11);
        vm.expectRevert(
            _error(ILogAnchor.HeadMoved.selector, abi.encode(logId, uint64(5), uint64(11)))
        );
        _extend(5, 11, root, proof);
        _assertHead(OPERATOR, 11, false);
    }

    function test_extend_notLarger_reverts() public {
        _extend(0, 5, _root(5), _none());
        bytes32 root = _root(5);
        for (uint64 size = 0; size <= 5; ++size) {
            _expectOutOfRange(5, size);
            _extend(5, size, root, _none());
        }
    }

    function test_extend_ofNothingToNothing_reverts() public {
        _expectOutOfRange(0, 0);
        _extend(0, 0, _rootless(), _none());
    }

    function test_extend_upToTheLargestSize() public {
        _extend(0, MAX, bytes32(uint256(1)), _none());
        _assertHead(OPERATOR, MAX, false);
        _expectOutOfRange(MAX, MAX + 1);
        _extend(MAX, MAX + 1, bytes32(uint256(1)), _none());
    }

    function test_extend_beyondTheLargestSize_reverts() public {
        uint64[2] memory sizes = [MAX + 1, type(uint64).max];
        for (uint256 i = 0; i < sizes.length; ++i) {
            _expectOutOfRange(0, sizes[i]);
            _extend(0, sizes[i], _rootless(), _none());
        }
    }

    function test_extend_sizeWiderThanItsType_reverts() public {
        bytes memory data = abi.encodeWithSelector(
            ILogAnchor.extend.selector, logId, 0, uint256(2 ** 64 + 5), bytes32("r"), 160, 0
        );
        vm.prank(OPERATOR);
        (bool done,) = address(anchor).call(data);
        vm.assertEq(done, false, "a size of 65 bits");
    }

    function test_extend_firstWithProof_reverts() public {
        vm.expectRevert(_error(ILogAnchor.ProofTooLong.selector, abi.encode(1, 0)));
        _extend(0, 5, _rootless(), new bytes32[](1));
    }

    function test_extend_proofTooLong_reverts() public {
        _extend(0, 5, _root(5), _none());
        vm.expectRevert(_error(ILogAnchor.ProofTooLong.selector, abi.encode(65, 64)));
        _extend(5, 11, _rootless(), new bytes32[](65));
    }

    /// @dev The cap refuses before anything is hashed; at the cap the proof itself is looked at.
    function test_extend_proofAtTheCap_isVerified() public {
        _extend(0, 5, _root(5), _none());
        _expectInconsistent(5, 11, _rootless());
        _extend(5, 11, _rootless(), new bytes32[](64));
    }

    function test_extend_zeroRoot_reverts() public {
        vm.expectRevert(_error(ILogAnchor.RootIsZero.selector, abi.encode(logId)));
        _extend(0, 5, 0, _none());
    }

    function test_extend_rewrittenPast_reverts() public {
        _extend(0, 5, _root(5), _none());
        bytes32[][] memory forged = Reference.grow(16);
        forged[0][2] = bytes32("another record");
        forged[1][1] = Reference.node(forged[0][2], forged[0][3]);
        forged[2][0] = Reference.node(forged[1][0], forged[1][1]);
        forged[3][0] = Reference.node(forged[2][0], forged[2][1]);
        bytes32 root = Reference.mth(forged, 0, 11);
        bytes32[] memory proof = Reference.proof(forged, 5, 11);
        _expectInconsistent(5, 11, root);
        _extend(5, 11, root, proof);
        _assertHead(OPERATOR, 5, false);
        vm.assertEq(anchor.rootAt(logId, 11), 0, "root at 11");
    }

    function test_extend_withoutProof_reverts() public {
        _extend(0, 5, _root(5), _none());
        bytes32 root = _root(11);
        _expectInconsistent(5, 11, root);
        _extend(5, 11, root, _none());
    }

    /// @dev Logs do not share heads or roots.
    function test_extend_leavesOtherLogsAlone() public {
        bytes32 mine = logId;
        bytes32 other = _open("other");
        _extend(0, 5, _root(5), _none());
        logId = other;
        _assertHead(OPERATOR, 0, false);
        vm.assertEq(anchor.rootAt(other, 5), 0, "root of the other");
        _extend(0, 3, _root(3), _none());
        logId = mine;
        _assertHead(OPERATOR, 5, false);
    }

    /// @dev Any first head but none, and any step refused that has no proof.
    function testFuzz_extend_first(uint64 size, bytes32 root) public {
        size = uint64(1 + size % MAX);
        vm.assume(root != 0);
        _extend(0, size, root, _none());
        _assertHead(OPERATOR, size, false);
        vm.assertEq(anchor.rootAt(logId, size), root, "root");
    }

    function testFuzz_extend_byStrangers_reverts(address caller, uint64 size) public {
        vm.assume(caller != OPERATOR);
        vm.expectRevert(
            _error(ILogAnchor.NotOperator.selector, abi.encode(logId, caller, OPERATOR))
        );
        vm.prank(caller);
        anchor.extend(logId, 0, size, _rootless(), _none());
    }

    function testFuzz_extend_withNoise_reverts(uint64 size, bytes32 root, bytes32[] memory proof)
        public
    {
        size = uint64(6 + size % (MAX - 5));
        vm.assume(root != 0 && proof.length <= 64);
        _extend(0, 5, _root(5), _none());
        _expectInconsistent(5, size, root);
        _extend(5, size, root, proof);
    }

    function _expectOutOfRange(uint64 oldSize, uint64 newSize) private {
        vm.expectRevert(
            _error(ILogAnchor.SizeOutOfRange.selector, abi.encode(oldSize, newSize, MAX))
        );
    }

    function _expectInconsistent(uint64 m, uint64 n, bytes32 root) private {
        vm.expectRevert(
            _error(ILogAnchor.Inconsistent.selector, abi.encode(logId, m, _root(m), n, root))
        );
    }

    function _root(uint256 size) private view returns (bytes32) {
        return Reference.mth(_tree, 0, size);
    }

    function _proof(uint256 m, uint256 n) private view returns (bytes32[] memory) {
        return Reference.proof(_tree, m, n);
    }

    /// @dev Some root, where the contract should not get as far as looking at it.
    function _rootless() private pure returns (bytes32) {
        return bytes32("some root");
    }
}
