// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogAnchor} from "../src/ILogAnchor.sol";
import {Base} from "./Base.sol";

/// @dev setOperator, transferOwner, acceptOwner and close.
contract OwnerTest is Base {
    address private constant HEIR = address(0x4E1);
    bytes32 private constant ROOT = bytes32("root");

    function test_setOperator_movesTheRightToExtend() public {
        _extend(0, 5, ROOT, _none());
        vm.expectEmit(true, true, true, true, address(anchor));
        emit ILogAnchor.OperatorSet(logId, HEIR);
        vm.prank(OWNER);
        anchor.setOperator(logId, HEIR);
        _assertHead(HEIR, 5, false);
        _expectNotOperator(OPERATOR, HEIR);
        _extend(5, 6, ROOT, _none());
    }

    function test_setOperator_zero_pauses() public {
        vm.prank(OWNER);
        anchor.setOperator(logId, address(0));
        _expectNotOperator(OPERATOR, address(0));
        _extend(0, 5, ROOT, _none());
        vm.prank(OWNER);
        anchor.setOperator(logId, OPERATOR);
        _extend(0, 5, ROOT, _none());
        _assertHead(OPERATOR, 5, false);
    }

    function testFuzz_setOperator_keepsSize(uint64 size, address operator) public {
        size = uint64(1 + size % 2 ** 48);
        _extend(0, size, ROOT, _none());
        vm.prank(OWNER);
        anchor.setOperator(logId, operator);
        _assertHead(operator, size, false);
    }

    function testFuzz_ownersVerbs_byOthers_revert(address caller) public {
        vm.assume(caller != OWNER);
        bytes memory refusal =
            _error(ILogAnchor.NotOwner.selector, abi.encode(logId, caller, OWNER));
        vm.expectRevert(refusal);
        vm.prank(caller);
        anchor.setOperator(logId, caller);
        vm.expectRevert(refusal);
        vm.prank(caller);
        anchor.transferOwner(logId, caller);
        vm.expectRevert(refusal);
        vm.prank(caller);
        anchor.close(logId, 0);
    }

    function test_ownersVerbs_ofALogNeverOpened_revert() public {
        logId = keccak256("never");
        bytes memory refusal =
            _error(ILogAnchor.NotOwner.selector, abi.encode(logId, OWNER, address(0)));
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        anchor.setOperator(logId, OWNER);
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        anchor.transferOwner(logId, OWNER);
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        anchor.close(logId, 0);
    }

    function test_transferOwner_changesNothingUntilAccepted() public {
        vm.expectEmit(true, true, true, true, address(anchor));
        emit ILogAnchor.OwnerTransferStarted(logId, OWNER, HEIR);
        vm.prank(OWNER);
        anchor.transferOwner(logId, HEIR);
        _assertOwner(OWNER, HEIR);
        vm.expectRevert(_error(ILogAnchor.NotOwner.selector, abi.encode(logId, HEIR, OWNER)));
        vm.prank(HEIR);
        anchor.setOperator(logId, HEIR);
        vm.prank(OWNER);
        anchor.setOperator(logId, STRANGER);
    }

    function test_acceptOwner_handsOver() public {
        vm.prank(OWNER);
        anchor.transferOwner(logId, HEIR);
        vm.expectEmit(true, true, true, true, address(anchor));
        emit ILogAnchor.OwnerTransferred(logId, OWNER, HEIR);
        vm.prank(HEIR);
        anchor.acceptOwner(logId);
        _assertOwner(HEIR, address(0));
        _assertHead(OPERATOR, 0, false);
        vm.expectRevert(_error(ILogAnchor.NotOwner.selector, abi.encode(logId, OWNER, HEIR)));
        vm.prank(OWNER);
        anchor.setOperator(logId, OWNER);
        vm.prank(HEIR);
        anchor.setOperator(logId, STRANGER);
    }

    function test_acceptOwner_byOthers_reverts() public {
        vm.prank(OWNER);
        anchor.transferOwner(logId, HEIR);
        address[3] memory callers = [OWNER, OPERATOR, STRANGER];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectNotPending(callers[i], HEIR);
            vm.prank(callers[i]);
            anchor.acceptOwner(logId);
        }
    }

    function test_acceptOwner_nothingOffered_reverts() public {
        _expectNotPending(HEIR, address(0));
        vm.prank(HEIR);
        anchor.acceptOwner(logId);
    }

    function test_acceptOwner_twice_reverts() public {
        vm.prank(OWNER);
        anchor.transferOwner(logId, HEIR);
        vm.prank(HEIR);
        anchor.acceptOwner(logId);
        _expectNotPending(HEIR, address(0));
        vm.prank(HEIR);
        anchor.acceptOwner(logId);
    }

    function test_transferOwner_again_takesTheFirstOfferBack() public {
        vm.prank(OWNER);
        anchor.transferOwner(logId, HEIR);
        vm.prank(OWNER);
        anchor.transferOwner(logId, address(0));
        _expectNotPending(HEIR, address(0));
        vm.prank(HEIR);
        anchor.acceptOwner(logId);
        _assertOwner(OWNER, address(0));
    }

    function test_close_isFinalAndKeepsWhatWasAnchored() public {
        _extend(0, 5, ROOT, _none());
        bytes32 successor = keccak256("successor");
        vm.prank(OWNER);
        anchor.transferOwner(logId, HEIR);
        vm.expectEmit(true, true, true, true, address(anchor));
        emit ILogAnchor.LogClosed(logId, successor);
        vm.prank(OWNER);
        anchor.close(logId, successor);
        _assertHead(OPERATOR, 5, true);
        vm.assertEq(anchor.rootAt(logId, 5), ROOT, "root");

        bytes memory refusal = _error(ILogAnchor.LogIsClosed.selector, abi.encode(logId));
        vm.expectRevert(refusal);
        _extend(5, 6, ROOT, _none());
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        anchor.setOperator(logId, HEIR);
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        anchor.transferOwner(logId, HEIR);
        vm.expectRevert(refusal);
        vm.prank(HEIR);
        anchor.acceptOwner(logId);
        vm.expectRevert(refusal);
        vm.prank(OWNER);
        anchor.close(logId, 0);
    }

    function test_close_emptyLog() public {
        vm.prank(OWNER);
        anchor.close(logId, 0);
        _assertHead(OPERATOR, 0, true);
        vm.expectRevert(_error(ILogAnchor.LogIsClosed.selector, abi.encode(logId)));
        _extend(0, 5, ROOT, _none());
    }

    function _assertOwner(address current, address pending) private view {
        (address current_, address pending_) = anchor.owner(logId);
        vm.assertEq(current_, current, "owner");
        vm.assertEq(pending_, pending, "pending owner");
    }

    function _expectNotOperator(address caller, address operator) private {
        vm.expectRevert(
            _error(ILogAnchor.NotOperator.selector, abi.encode(logId, caller, operator))
        );
    }

    function _expectNotPending(address caller, address pending) private {
        vm.expectRevert(
            _error(ILogAnchor.NotPendingOwner.selector, abi.encode(logId, caller, pending))
        );
    }
}
