// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Head, packed} from "./Head.sol";
import {ILogAnchor} from "./ILogAnchor.sol";
import {Rfc9162} from "./Rfc9162.sol";

/// @title The anchors of append-only logs
/// @dev `extend` reads one slot and the old root, and writes that slot and the new root.
contract LogAnchor is ILogAnchor {
    uint64 private constant MAX_SIZE = 2 ** 48;
    uint256 private constant MAX_PROOF = 64;

    struct Log {
        Head head;
        address owner;
        address pendingOwner;
        mapping(uint64 size => bytes32) roots;
    }

    mapping(bytes32 logId => Log) private _logs;

    /// @inheritdoc ILogAnchor
    function open(string calldata origin, address operator) external returns (bytes32 logId) {
        logId = keccak256(abi.encode(msg.sender, origin));
        Log storage log = _logs[logId];
        // Who was handed the log is no sign of a second opening: any owner at all is.
        if (log.owner != address(0)) revert AlreadyOpen(logId, log.owner);
        log.owner = msg.sender;
        log.head = packed(operator, 0);
        emit LogOpened(logId, msg.sender, operator, origin);
    }

    /// @inheritdoc ILogAnchor
    function extend(
        bytes32 logId,
        uint64 oldSize,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external {
        Log storage log = _logs[logId];
        Head last = log.head;
        if (last.closed()) revert LogIsClosed(logId);
        if (msg.sender != last.operator()) revert NotOperator(logId, msg.sender, last.operator());
        if (oldSize != last.size()) revert HeadMoved(logId, oldSize, last.size());
        if (newSize <= oldSize || newSize > MAX_SIZE) {
            revert SizeOutOfRange(oldSize, newSize, MAX_SIZE);
        }
        uint256 longest = oldSize == 0 ? 0 : MAX_PROOF;
        if (proof.length > longest) revert ProofTooLong(proof.length, longest);
        if (newRoot == 0) revert RootIsZero(logId);
        if (oldSize != 0) {
            bytes32 oldRoot = log.roots[oldSize];
            if (!Rfc9162.consistent(oldSize, oldRoot, newSize, newRoot, proof)) {
                revert Inconsistent(logId, oldSize, oldRoot, newSize, newRoot);
            }
        }
        log.head = packed(msg.sender, newSize);
        log.roots[newSize] = newRoot;
        emit HeadExtended(logId, newSize, newRoot);
    }

    /// @inheritdoc ILogAnchor
    function setOperator(bytes32 logId, address operator) external {
        Log storage log = _ownedAndOpen(logId);
        log.head = log.head.withOperator(operator);
        emit OperatorSet(logId, operator);
    }

    /// @inheritdoc ILogAnchor
    function transferOwner(bytes32 logId, address newOwner) external {
        Log storage log = _ownedAndOpen(logId);
        log.pendingOwner = newOwner;
        emit OwnerTransferStarted(logId, msg.sender, newOwner);
    }

    /// @inheritdoc ILogAnchor
    function acceptOwner(bytes32 logId) external {
        Log storage log = _logs[logId];
        if (msg.sender != log.pendingOwner) {
            revert NotPendingOwner(logId, msg.sender, log.pendingOwner);
        }
        if (log.head.closed()) revert LogIsClosed(logId);
        emit OwnerTransferred(logId, log.owner, msg.sender);
        log.owner = msg.sender;
        log.pendingOwner = address(0);
    }

    /// @inheritdoc ILogAnchor
    function close(bytes32 logId, bytes32 successor) external {
        Log storage log = _ownedAndOpen(logId);
        log.head = log.head.withClosed();
        emit LogClosed(logId, successor);
    }

    /// @inheritdoc ILogAnchor
    function head(bytes32 logId)
        external
        view
        returns (address operator, uint64 size, bool closed)
    {
        Head last = _logs[logId].head;
        return (last.operator(), last.size(), last.closed());
    }

    /// @inheritdoc ILogAnchor
    function owner(bytes32 logId) external view returns (address current, address pending) {
        Log storage log = _logs[logId];
        return (log.owner, log.pendingOwner);
    }

    /// @inheritdoc ILogAnchor
    function rootAt(bytes32 logId, uint64 size) external view returns (bytes32 root) {
        return _logs[logId].roots[size];
    }

    /// @inheritdoc ILogAnchor
    function verifyInclusion(
        bytes32 logId,
        uint64 size,
        bytes32 leaf,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool ok) {
        bytes32 root = _logs[logId].roots[size];
        return root != 0 && Rfc9162.included(leaf, index, size, root, proof);
    }

    /// @inheritdoc ILogAnchor
    function verifyConsistency(
        uint64 m,
        bytes32 rootM,
        uint64 n,
        bytes32 rootN,
        bytes32[] calldata proof
    ) external view returns (bool ok) {
        return Rfc9162.consistent(m, rootM, n, rootN, proof);
    }

    function _ownedAndOpen(bytes32 logId) private view returns (Log storage log) {
        log = _logs[logId];
        if (msg.sender != log.owner) revert NotOwner(logId, msg.sender, log.owner);
        if (log.head.closed()) revert LogIsClosed(logId);
    }
}
