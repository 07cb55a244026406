// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A log's head in one word, read and written whole: the operator in the low 160 bits, then 64
/// bits of size, then one bit that says closed. As a struct it would cost five accesses in `extend`.
type Head is uint256;

using {operator, size, closed, withOperator, withClosed} for Head global;

function packed(address operator_, uint64 size_) pure returns (Head) {
    return Head.wrap(uint256(size_) << 160 | uint160(operator_));
}

function operator(Head head) pure returns (address) {
    return address(uint160(Head.unwrap(head)));
}

function size(Head head) pure returns (uint64) {
    return uint64(Head.unwrap(head) >> 160);
}

function closed(Head head) pure returns (bool) {
    return Head.unwrap(head) >> 224 != 0;
}

function withOperator(Head head, address operator_) pure returns (Head) {
    return Head.wrap(Head.unwrap(head) >> 160 << 160 | uint160(operator_));
}

function withClosed(Head head) pure returns (Head) {
    return Head.wrap(Head.unwrap(head) | 1 << 224);
}
