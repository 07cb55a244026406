// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogAnchor} from "../src/ILogAnchor.sol";
import {Base} from "./Base.sol";
import {Reference} from "./Reference.sol";

/// @dev Does to one log whatever anybody can, right and wrong, and knows beforehand what has to come
/// of it. An honest tree of 64 leaves is the past; a second one, other from leaf 20 on, the rewritten.
contract Handler is Base {
    uint256 private constant LEAVES = 64;
    address private constant NOBODY = address(0x90B0D7);

    bytes32[][] private _honest;
    bytes32[][] private _rewritten;
    mapping(uint64 size => bytes32) private _roots;

    uint64 public size;
    address public operator = OPERATOR;
    address public owner = OWNER;
    address public pending;
    bool public closed;
    uint64[] public anchored;
    /// @dev The first thing that came out otherwise than it has to; empty while there is none.
    string public broken;
    uint256 public extended;
    uint256 public refused;

    constructor(ILogAnchor anchor_, bytes32 logId_) {
        anchor = anchor_;
        logId = logId_;
        bytes32[][] memory honest = Reference.grow(LEAVES);
        _honest = honest;
        for (uint64 i = 1; i <= LEAVES; ++i) {
            _roots[i] = Reference.mth(honest, 0, i);
        }
        bytes32[][] memory other = Reference.grow(LEAVES);
        for (uint256 i = 20; i < LEAVES; ++i) {
            other[0][i] = keccak256(abi.encode(i));
        }
        for (uint256 level = 1; level < other.length; ++level) {
            for (uint256 i = 0; i < other[level].length; ++i) {
                other[level][i] =
                    Reference.node(other[level - 1][2 * i], other[level - 1][2 * i + 1]);
            }
        }
        _rewritten = other;
    }

    function setUp() public override {}

    /// @dev Every root that was ever anchored, as the honest tree has it.
    function rootAt(uint64 place) external view returns (bytes32) {
        return _roots[place];
    }

    function count() external view returns (uint256) {
        return anchored.length;
    }

    /// @dev An honest step, by whoever may and by whoever may not.
    function extend(uint8 step, uint8 who) external {
        uint64 to = _bounded(size + 1 + step % 5);
        if (to <= size) return;
        bool may = !closed && _who(who) == operator;
        _try(who, size, to, _roots[to], _proof(_honest, size, to), may);
    }

    /// @dev Sizes that do not continue the head: an old one, the same again, a smaller one.
    function extendFromElsewhere(uint8 from, uint8 to) external {
        uint64 old = _bounded(from % (LEAVES + 1));
        uint64 fresh = _bounded(to % (LEAVES + 1));
        if (old == size && fresh > size) return;
        bytes32 root = _roots[fresh];
        bytes32[] memory proof = old < fresh ? _proof(_honest, old, fresh) : _none();
        _try(0, old, fresh, root, proof, false);
    }

    /// @dev Another past: its root with its own proof, and with the honest one.
    function rewrite(uint8 step, bool ownProof) external {
        uint64 to = _bounded(size + 1 + step % 20);
        if (size == 0 || to <= size || to <= 20) return;
        bytes32[] memory proof = _proof(ownProof ? _rewritten : _honest, size, to);
        // Before leaf 20 both are one past: then going on with the other one is no rewriting.
        if (size <= 20) return;
        _try(0, size, to, Reference.mth(_rewritten, 0, to), proof, false);
    }

    /// @dev The right root with a proof that lacks a hash, has one too many, or a wrong one.
    function damage(uint8 step, uint8 place, uint8 kind, bytes32 value) external {
        uint64 to = _bounded(size + 1 + step % 9);
        if (size == 0 || to <= size) return;
        bytes32[] memory proof = _proof(_honest, size, to);
        if (kind % 3 == 0) {
            proof = Reference.insert(proof, place % (proof.length + 1), value);
        } else if (proof.length == 0) {
            return;
        } else if (kind % 3 == 1) {
            proof = Reference.remove(proof, place % proof.length);
        } else {
            if (proof[place % proof.length] == value) return;
            proof[place % proof.length] = value;
        }
        _try(0, size, to, _roots[to], proof, false);
    }

    function noRoot(uint8 step) external {
        uint64 to = _bounded(size + 1 + step % 5);
        if (to > size) _try(0, size, to, bytes32(0), _proof(_honest, size, to), false);
    }

    function openAgain() external {
        vm.prank(OWNER);
        try anchor.open(ORIGIN, NOBODY) {
            _note("opened twice");
        } catch {}
    }

    function setOperator(uint8 who, uint8 next) external {
        address caller = _who(who);
        address named = next % 4 == 0 ? STRANGER : OPERATOR;
        vm.prank(caller);
        try anchor.setOperator(logId, named) {
            if (closed || caller != owner) _note("operator set by another, or of a closed log");
            operator = named;
        } catch {
            if (!closed && caller == owner) _note("operator not set by the owner");
        }
    }

    function transferOwner(uint8 who, uint8 next) external {
        address caller = _who(who);
        address named = next % 2 == 0 ? STRANGER : OWNER;
        vm.prank(caller);
        try anchor.transferOwner(logId, named) {
            if (closed || caller != owner) _note("handed over by another, or a closed log");
            pending = named;
        } catch {
            if (!closed && caller == owner) _note("not handed over by the owner");
        }
    }

    function acceptOwner(uint8 who) external {
        address caller = _who(who);
        vm.prank(caller);
        try anchor.acceptOwner(logId) {
            if (closed || caller != pending) _note("taken over by another, or a closed log");
            owner = caller;
            pending = address(0);
        } catch {
            if (!closed && caller == pending) _note("not taken over by whom it was handed to");
        }
    }

    /// @dev Rarely, for nothing much happens afterwards.
    function close(uint8 who, uint16 chance) external {
        address caller = _who(who);
        if (caller == owner && chance % 64 != 0) return;
        vm.prank(caller);
        try anchor.close(logId, bytes32(0)) {
            if (closed || caller != owner) _note("closed by another, or twice");
            closed = true;
        } catch {
            if (!closed && caller == owner) _note("not closed by the owner");
        }
    }

    function _try(
        uint8 who,
        uint64 old,
        uint64 fresh,
        bytes32 root,
        bytes32[] memory proof,
        bool right
    ) private {
        vm.prank(who == 0 ? operator : _who(who));
        try anchor.extend(logId, old, fresh, root, proof) {
            if (!right) _note("took what it has to refuse");
            size = fresh;
            anchored.push(fresh);
            ++extended;
        } catch {
            if (right) _note("refused an honest head");
            ++refused;
        }
    }

    function _proof(bytes32[][] storage levels, uint64 from, uint64 to)
        private
        pure
        returns (bytes32[] memory)
    {
        return from == 0 ? _none() : Reference.proof(levels, from, to);
    }

    function _bounded(uint256 place) private pure returns (uint64) {
        return uint64(place > LEAVES ? LEAVES : place);
    }

    function _who(uint8 who) private view returns (address) {
        if (who % 4 == 3) return NOBODY;
        if (who % 4 == 2) return STRANGER;
        return who % 4 == 1 ? owner : operator;
    }

    function _note(string memory what) private {
        if (bytes(broken).length == 0) broken = what;
    }
}

/// @dev What holds after any calls by anybody, in any order.
contract InvariantTest is Base {
    Handler private _handler;
    uint64 private _seen;

    function setUp() public override {
        super.setUp();
        _handler = new Handler(anchor, logId);
    }

    function targetContracts() external view returns (address[] memory found) {
        found = new address[](1);
        found[0] = address(_handler);
    }

    /// forge-config: default.invariant.runs = 240
    /// forge-config: default.invariant.depth = 500
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_theHeadIsTheModelsAndThePastStays() external {
        vm.assertEq(bytes(_handler.broken()).length == 0, true, _handler.broken());
        _assertHead(_handler.operator(), _handler.size(), _handler.closed());
        (address owner, address pending) = anchor.owner(logId);
        vm.assertEq(owner, _handler.owner(), "owner");
        vm.assertEq(pending, _handler.pending(), "pending owner");
        vm.assertEq(_handler.size() >= _seen, true, "the size fell");
        _seen = _handler.size();
        uint256 count = _handler.count();
        if (count != 0) _assertRoot(count - 1);
    }

    /// @dev At the end of each run: every root that was anchored in it.
    function afterInvariant() external view {
        for (uint256 i = 0; i < _handler.count(); ++i) {
            _assertRoot(i);
        }
    }

    function _assertRoot(uint256 i) private view {
        uint64 place = _handler.anchored(i);
        vm.assertEq(anchor.rootAt(logId, place), _handler.rootAt(place), "an anchored root changed");
    }
}
