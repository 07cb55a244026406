// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base, Vm} from "./Base.sol";

/// @dev Proofs, good and bad, that others wrote: transparency-dev/merkle's, which lie beside the
/// checkout. A value that is not of 32 bytes is padded, as a caller's ABI encoder would.
contract VectorsTest is Base {
    string private constant FOLDER = "../../shared/vectors/tdev-merkle/";
    string private constant ABSENT = "no ../shared/vectors/tdev-merkle: not compared with it";

    function test_verifyConsistency_agreesWithTheOpenVectors() public {
        if (!_there()) return vm.skip(true, ABSENT);
        (uint256 good, uint256 bad) = _each("consistency", this.consistency);
        vm.assertEq(good, 6, "good");
        vm.assertEq(bad, 92, "bad");
    }

    function test_verifyInclusion_agreesWithTheOpenVectors() public {
        if (!_there()) return vm.skip(true, ABSENT);
        (uint256 good, uint256 bad) = _each("inclusion", this.inclusion);
        vm.assertEq(good, 6, "good");
        vm.assertEq(bad, 92, "bad");
    }

    function consistency(string calldata json) external view returns (bool) {
        return anchor.verifyConsistency(
            uint64(vm.parseJsonUint(json, ".size1")),
            _hash(vm.parseJsonString(json, ".root1")),
            uint64(vm.parseJsonUint(json, ".size2")),
            _hash(vm.parseJsonString(json, ".root2")),
            _proof(json)
        );
    }

    /// @dev A log of its own for each, with the vector's root anchored where it can be.
    function inclusion(string calldata json) external returns (bool) {
        logId = _open(json);
        uint64 size = uint64(vm.parseJsonUint(json, ".treeSize"));
        bytes32 root = _hash(vm.parseJsonString(json, ".root"));
        if (size != 0 && root != 0) _extend(0, size, root, _none());
        return anchor.verifyInclusion(
            logId,
            size,
            _hash(vm.parseJsonString(json, ".leafHash")),
            uint64(vm.parseJsonUint(json, ".leafIdx")),
            _proof(json)
        );
    }

    /// @dev Where the folder is absent, forge cannot tell that reading it is allowed, and reverts.
    function _there() private view returns (bool) {
        try vm.exists(FOLDER) returns (bool found) {
            return found;
        } catch {
            return false;
        }
    }

    function _each(string memory kind, function(string memory) external returns (bool) verify)
        private
        returns (uint256 good, uint256 bad)
    {
        Vm.DirEntry[] memory entries = vm.readDir(string.concat(FOLDER, kind), 4);
        for (uint256 i = 0; i < entries.length; ++i) {
            if (entries[i].isDir) continue;
            string memory json = vm.readFile(entries[i].path);
            bool wanted = !vm.parseJsonBool(json, ".wantErr");
            vm.assertEq(verify(json), wanted, entries[i].path);
            wanted ? ++good : ++bad;
        }
    }

    function _proof(string calldata json) private pure returns (bytes32[] memory proof) {
        // An empty proof is null in some of the files, and that is no array to forge.
        if (keccak256(vm.parseJson(json, ".proof")) == keccak256(vm.parseJson("[null]", "[0]"))) {
            return proof;
        }
        string[] memory texts = vm.parseJsonStringArray(json, ".proof");
        proof = new bytes32[](texts.length);
        for (uint256 i = 0; i < texts.length; ++i) {
            proof[i] = _hash(texts[i]);
        }
    }

    /// @dev The first 32 bytes of standard base64 (RFC 4648 §4).
    function _hash(string memory text) private pure returns (bytes32 value) {
        uint256 bits;
        uint256 filled;
        for (uint256 i = 0; i < bytes(text).length && filled < 256; ++i) {
            if (bytes(text)[i] == "=") break;
            uint256 digit = _digit(bytes(text)[i]);
            if (filled + 6 > 256) {
                bits = bits << (256 - filled) | digit >> (6 - (256 - filled));
                filled = 256;
            } else {
                bits = bits << 6 | digit;
                filled += 6;
            }
        }
        // What is shorter than a hash ends in up to five bits that are no byte's.
        uint256 whole = filled / 8 * 8;
        return bytes32(whole == 0 ? 0 : bits >> (filled - whole) << (256 - whole));
    }

    function _digit(bytes1 character) private pure returns (uint256) {
        bytes memory alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (uint256 i = 0; i < 64; ++i) {
            if (alphabet[i] == character) return i;
        }
        revert("no base64");
    }
}
