// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogAnchor} from "../src/ILogAnchor.sol";
import {Base} from "./Base.sol";

contract OpenTest is Base {
    function test_open_namesTheLogByOpenerAndOrigin() public view {
        vm.assertEq(logId, keccak256(abi.encode(OWNER, ORIGIN)), "log id");
        _assertHead(OPERATOR, 0, false);
        (address current, address pending) = anchor.owner(logId);
        vm.assertEq(current, OWNER, "owner");
        vm.assertEq(pending, address(0), "pending owner");
        vm.assertEq(anchor.rootAt(logId, 0), 0, "root at 0");
    }

    function test_open_emitsLogOpened() public {
        bytes32 other = keccak256(abi.encode(OWNER, "other"));
        vm.expectEmit(true, true, true, true, address(anchor));
        emit ILogAnchor.LogOpened(other, OWNER, OPERATOR, "other");
        _open("other");
    }

    function test_open_givesOthersTheSameOriginUnderAnotherId() public {
        vm.prank(STRANGER);
        bytes32 other = anchor.open(ORIGIN, STRANGER);
        vm.assertEq(other, keccak256(abi.encode(STRANGER, ORIGIN)), "log id");
        _assertHead(OPERATOR, 0, false);
    }

    function test_open_twice_reverts() public {
        vm.expectRevert(_error(ILogAnchor.AlreadyOpen.selector, abi.encode(logId, OWNER)));
        _open(ORIGIN);
    }

    /// @dev Whoever owns it by now: the first opener's second opening would reset a head.
    function test_open_afterTransfer_reverts() public {
        vm.prank(OWNER);
        anchor.transferOwner(logId, STRANGER);
        vm.prank(STRANGER);
        anchor.acceptOwner(logId);
        vm.expectRevert(_error(ILogAnchor.AlreadyOpen.selector, abi.encode(logId, STRANGER)));
        _open(ORIGIN);
    }

    function test_open_afterClose_reverts() public {
        vm.prank(OWNER);
        anchor.close(logId, 0);
        vm.expectRevert(_error(ILogAnchor.AlreadyOpen.selector, abi.encode(logId, OWNER)));
        _open(ORIGIN);
        _assertHead(OPERATOR, 0, true);
    }

    function test_head_isZeroForALogNeverOpened() public {
        logId = keccak256("never");
        _assertHead(address(0), 0, false);
        (address current, address pending) = anchor.owner(logId);
        vm.assertEq(current, address(0), "owner");
        vm.assertEq(pending, address(0), "pending owner");
        vm.assertEq(anchor.rootAt(logId, 1), 0, "root at 1");
    }
}
