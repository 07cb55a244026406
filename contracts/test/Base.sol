// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogAnchor} from "../src/ILogAnchor.sol";

/// @dev The few cheatcodes of forge that these tests use.
interface Vm {
    struct DirEntry {
        string errorMessage;
        string path;
        uint64 depth;
        bool isDir;
        bool isSymlink;
    }

    function assertEq(bytes32 left, bytes32 right, string calldata message) external pure;
    function assertEq(uint256 left, uint256 right, string calldata message) external pure;
    function assertEq(address left, address right, string calldata message) external pure;
    function assertEq(bool left, bool right, string calldata message) external pure;
    function assume(bool condition) external pure;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;
    function expectRevert(bytes calldata data) external;
    function exists(string calldata path) external view returns (bool);
    function getCode(string calldata artifact) external view returns (bytes memory);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJson(string calldata json, string calldata key)
        external
        pure
        returns (bytes memory);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonString(string calldata json, string calldata key)
        external
        pure
        returns (string memory);
    function parseJsonStringArray(string calldata json, string calldata key)
        external
        pure
        returns (string[] memory);
    function parseJsonUint(string calldata json, string calldata key)
        external
        pure
        returns (uint256);
    function prank(address sender) external;
    function readDir(string calldata path, uint64 depth) external view returns (DirEntry[] memory);
    function readFile(string calldata path) external view returns (string memory);
    function record() external;
    function accesses(address target)
        external
        view
        returns (bytes32[] memory reads, bytes32[] memory writes);
    function skip(bool now_, string calldata reason) external;
    function toString(uint256 value) external pure returns (string memory);
}

/// @dev A contract, a log in it, and who may do what.
abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    string internal constant ORIGIN = "log.example/hickory";
    address internal constant OWNER = address(0xC01D);
    address internal constant OPERATOR = address(0x407);
    address internal constant STRANGER = address(0x57A);

    ILogAnchor internal anchor;
    bytes32 internal logId;

    /// @dev Takes back the memory that the function used, so that thousands of cases fit into one
    /// call. Only for functions that return nothing, or values.
    modifier frugal() {
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        _;
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
    }

    function setUp() public virtual {
        anchor = ILogAnchor(_deploy());
        logId = _open(ORIGIN);
    }

    /// @dev By its bytecode, since the tests are compiled by the faster pipeline and it is not.
    function _deploy() internal returns (address made) {
        bytes memory code = vm.getCode("LogAnchor.sol:LogAnchor");
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        vm.assertEq(made != address(0), true, "deployed");
    }

    function _open(string memory origin) internal returns (bytes32) {
        vm.prank(OWNER);
        return anchor.open(origin, OPERATOR);
    }

    function _extend(uint64 from, uint64 to, bytes32 root, bytes32[] memory proof) internal {
        vm.prank(OPERATOR);
        anchor.extend(logId, from, to, root, proof);
    }

    /// @dev Looks at all that the contract says of the log's head.
    function _assertHead(address operator, uint64 size, bool closed) internal view {
        (address operator_, uint64 size_, bool closed_) = anchor.head(logId);
        vm.assertEq(operator_, operator, "operator");
        vm.assertEq(size_, size, "size");
        vm.assertEq(closed_, closed, "closed");
    }

    function _none() internal pure returns (bytes32[] memory) {
        return new bytes32[](0);
    }

    function _error(bytes4 selector, bytes memory arguments) internal pure returns (bytes memory) {
        return bytes.concat(selector, arguments);
    }
}
