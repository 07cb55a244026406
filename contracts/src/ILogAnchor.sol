// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Anchors for append-only logs
/// @notice Keeps the root of every anchored size of any number of RFC 6962 / RFC 9162 SHA-256 trees,
/// and takes a new head only with a proof that it extends the last one.
/// @dev Nobody owns the contract, nothing in it can be upgraded, and no one can override a head.
/// Sizes count leaves. Hashes are 32 bytes: a leaf is SHA-256(0x00 ‖ entry), a node
/// SHA-256(0x01 ‖ left ‖ right).
interface ILogAnchor {
    /// @notice A log was opened.
    /// @param logId keccak256(abi.encode(owner, origin)).
    /// @param owner who opened it, and who may name operators, hand the log over and close it.
    /// @param operator who may extend it.
    /// @param origin the log's name, the first line of its checkpoints.
    event LogOpened(bytes32 indexed logId, address indexed owner, address operator, string origin);

    /// @notice A log has a new head.
    /// @param size the number of leaves now anchored.
    /// @param root the tree's root at that size.
    event HeadExtended(bytes32 indexed logId, uint64 indexed size, bytes32 root);

    /// @notice The owner named another operator; zero means nobody until the next.
    event OperatorSet(bytes32 indexed logId, address operator);

    /// @notice The owner offered the log to another owner; zero takes the offer back.
    event OwnerTransferStarted(bytes32 indexed logId, address owner, address pendingOwner);

    /// @notice The offer was accepted.
    event OwnerTransferred(bytes32 indexed logId, address previousOwner, address owner);

    /// @notice A log was closed for good.
    /// @param successor where its keeper went on. Information for people: no verifier follows it, a
    /// new log is a new policy.
    event LogClosed(bytes32 indexed logId, bytes32 successor);

    /// @notice This opener has opened a log of this origin before.
    error AlreadyOpen(bytes32 logId, address owner);

    /// @notice The caller may not extend; a log never opened, or paused, has the operator zero.
    error NotOperator(bytes32 logId, address caller, address operator);

    /// @notice The caller is not the owner; a log never opened has the owner zero.
    error NotOwner(bytes32 logId, address caller, address owner);

    /// @notice The caller was not offered the log.
    error NotPendingOwner(bytes32 logId, address caller, address pendingOwner);

    /// @notice The log was closed; it is never opened again.
    error LogIsClosed(bytes32 logId);

    /// @notice The head is not where the caller believed it: read it and plan again.
    error HeadMoved(bytes32 logId, uint64 expected, uint64 size);

    /// @notice A new head must be larger than the last and at most `maxSize`.
    error SizeOutOfRange(uint64 oldSize, uint64 newSize, uint64 maxSize);

    /// @notice More hashes than any proof needs; a first head needs none.
    error ProofTooLong(uint256 length, uint256 maxLength);

    /// @notice Zero is what `rootAt` answers for a size never anchored, and no tree has that root.
    error RootIsZero(bytes32 logId);

    /// @notice The proof does not lead from the anchored root to the new one.
    error Inconsistent(
        bytes32 logId, uint64 oldSize, bytes32 oldRoot, uint64 newSize, bytes32 newRoot
    );

    /// @notice Opens a log, of which the caller becomes the owner. Its size is zero.
    /// @param origin the log's name, the first line of its checkpoints.
    /// @param operator who may extend it; zero for nobody yet.
    /// @return logId keccak256(abi.encode(msg.sender, origin)), so nobody can take it beforehand.
    /// @dev Reverts with AlreadyOpen.
    function open(string calldata origin, address operator) external returns (bytes32 logId);

    /// @notice Anchors a new head. Operator only.
    /// @param oldSize the size the caller believes anchored (compare-and-swap).
    /// @param newSize above oldSize, at most 2^48.
    /// @param newRoot the root of the first newSize leaves.
    /// @param proof RFC 9162 consistency proof from oldSize to newSize; empty if oldSize is zero.
    /// @dev Reverts with LogIsClosed, NotOperator, HeadMoved, SizeOutOfRange, ProofTooLong,
    /// RootIsZero or Inconsistent, looked at in this order.
    function extend(
        bytes32 logId,
        uint64 oldSize,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external;

    /// @notice Names another operator. Owner only; this is what stops a stolen operator's key.
    /// @param operator zero lets nobody extend until another is named.
    /// @dev One bad head from a stolen key spoils the log for good: nothing can take it back. The
    /// way out is this, then `close`, and a successor log under a new policy. What was anchored
    /// before goes on verifying. Reverts with NotOwner or LogIsClosed.
    function setOperator(bytes32 logId, address operator) external;

    /// @notice Offers the log to another owner, who has to accept. Owner only.
    /// @param newOwner zero takes an offer back.
    /// @dev Reverts with NotOwner or LogIsClosed.
    function transferOwner(bytes32 logId, address newOwner) external;

    /// @notice Accepts an offered log. The operator stays.
    /// @dev Reverts with NotPendingOwner or LogIsClosed.
    function acceptOwner(bytes32 logId) external;

    /// @notice Closes a log for good. Owner only. What was anchored stays readable and verifiable.
    /// @param successor information for people, for instance the id of the log that goes on.
    /// @dev Reverts with NotOwner or LogIsClosed.
    function close(bytes32 logId, bytes32 successor) external;

    /// @notice The head of a log; all zero for one never opened.
    function head(bytes32 logId) external view returns (address operator, uint64 size, bool closed);

    /// @notice The owner of a log, zero for one never opened, and whom it is offered to.
    function owner(bytes32 logId) external view returns (address current, address pending);

    /// @notice The root anchored at a size, for ever; zero where that size was never anchored.
    function rootAt(bytes32 logId, uint64 size) external view returns (bytes32 root);

    /// @notice Whether a leaf is in the tree anchored at a size (RFC 9162 §2.1.3.2).
    /// @param leaf the leaf's hash.
    /// @param index the leaf's number, from zero.
    /// @return ok false for whatever is not proven, a size never anchored included.
    function verifyInclusion(
        bytes32 logId,
        uint64 size,
        bytes32 leaf,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool ok);

    /// @notice Whether one tree is the beginning of another (RFC 9162 §2.1.4.2), of no log in
    /// particular: for auditors.
    /// @return ok false for whatever is not proven. Of an empty tree (m = 0) nothing can be proven.
    function verifyConsistency(
        uint64 m,
        bytes32 rootM,
        uint64 n,
        bytes32 rootN,
        bytes32[] calldata proof
    ) external view returns (bool ok);
}
