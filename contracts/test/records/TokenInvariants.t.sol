// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor, Intent} from "../../src/identity/IIntentGuard.sol";
import {
    Record,
    Rekey,
    RekeyState,
    TokenState,
    Version
} from "../../src/records/IRecordRegistry.sol";
import {Base, Selectors} from "../Base.sol";
import {Owning} from "./Owning.sol";

/// What is known of one token without asking the registry.
struct Known {
    bool exists;
    address owner;
    address buyer;
    address locker;
    uint24 keyEpoch;
    uint24 highest;
    RekeyState rekey;
    uint24 seen;
}

/// Owners, the exchange, the lending, source, custodians and thieves do anything to a record and two
/// sections of it, beside a model that says what must come of it.
contract TokenHandler is Owning {
    uint256[3] private _tokens;
    mapping(uint256 token => Known) private _known;
    uint16 private _detached;
    bytes32 private _root = "two";
    uint32 private _version = 2;
    uint256 private _roots;

    constructor() {
        _tokens = [TOKEN, LAB, GENES];
        (_known[TOKEN].exists, _known[TOKEN].owner) = (true, OWNER);
    }

    /* WHO AND WHICH */

    function _pick(uint8 which) private view returns (uint256 token, Known storage known) {
        token = _tokens[which % 3];
        known = _known[token];
    }

    function _person(uint8 whom) private view returns (address) {
        return whom % 3 == 0 ? OWNER : vm.addr(whom % 3 == 1 ? BUYER : CLINIC);
    }

    /// With the key of whoever owns, and for the account where that is a contract.
    function _by(address owner, Intent memory by) private pure returns (Intent memory) {
        by.signer = owner;
        return by;
    }

    function _keyOf(address owner) private view returns (uint256) {
        if (owner == OWNER) return PATIENT;
        if (owner == vm.addr(BUYER)) return BUYER;
        return owner == vm.addr(CLINIC) ? CLINIC : STRANGER;
    }

    function _isFree(Known storage known) private view returns (bool) {
        return known.exists && known.locker == address(0) && known.rekey == RekeyState.None;
    }

    function _ask(Known storage known, RekeyState rekey) private {
        (known.highest, known.rekey) = (known.highest + 1, rekey);
    }

    /* OWNERS */

    function give(uint8 which, uint8 whom) external {
        (uint256 token, Known storage known) = _pick(which);
        address to = _person(whom);
        Intent memory by = _by(known.owner, onTransfer(_keyOf(known.owner), token, to));
        bool isGood = _isFree(known);
        try records.transfer(token, to, by) {
            vm.assertTrue(isGood);
            known.owner = to;
            _ask(known, RekeyState.RekeyPending);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function divide(uint8 choice) external {
        uint16 mask = [LABORATORY, GENOMICS, LABORATORY | GENOMICS][choice % 3];
        Known storage whole = _known[TOKEN];
        Intent memory by = _by(whole.owner, onMask(_keyOf(whole.owner), "Detach", mask));
        bool isGood = _isFree(whole) && mask & _detached == 0;
        try records.detach(RECORD, mask, by) {
            vm.assertTrue(isGood);
            for (uint256 i = 1; i < 3; ++i) {
                Known storage part = _known[_tokens[i]];
                if (mask & _bitOf(_tokens[i]) == 0) continue;
                (part.exists, part.owner) = (true, whole.owner);
                (part.keyEpoch, part.highest) = (whole.keyEpoch, whole.highest);
            }
            _detached |= mask;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function recombine(uint8 choice) external {
        uint16 mask = [LABORATORY, GENOMICS, LABORATORY | GENOMICS][choice % 3];
        Known storage whole = _known[TOKEN];
        Intent memory by = _by(whole.owner, onMask(_keyOf(whole.owner), "Attach", mask));
        bool isGood = _isFree(whole) && mask & _detached == mask;
        uint24 highest = whole.highest;
        for (uint256 i = 1; i < 3; ++i) {
            Known storage part = _known[_tokens[i]];
            if (mask & _bitOf(_tokens[i]) == 0) continue;
            isGood = isGood && _isFree(part) && part.owner == whole.owner;
            if (part.highest > highest) highest = part.highest;
        }
        try records.attach(RECORD, mask, by) {
            vm.assertTrue(isGood);
            for (uint256 i = 1; i < 3; ++i) {
                if (mask & _bitOf(_tokens[i]) != 0) _known[_tokens[i]].exists = false;
            }
            _detached &= ~mask;
            whole.highest = highest;
            _ask(whole, RekeyState.RekeyPending);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function _bitOf(uint256 token) private pure returns (uint16) {
        return uint16(1 << (token & 0xff));
    }

    /* KEYS AND VERSIONS */

    function rotate(uint8 which, bool isSubject) external {
        (uint256 token, Known storage known) = _pick(which);
        Actor memory by = onRotation(isSubject ? PATIENT : HOSPITAL, token);
        if (isSubject) by.intent.signer = OWNER;
        bool isGood = known.exists && known.rekey == RekeyState.None;
        try records.rotate(token, by) {
            vm.assertTrue(isGood);
            _ask(known, RekeyState.RekeyPending);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function _receiverOf(Known storage known) private view returns (address) {
        return known.buyer == address(0) ? known.owner : known.buyer;
    }

    function _renewal(uint256 token, Known storage known, uint8 fault)
        private
        returns (Rekey memory rekey, bytes[] memory signatures)
    {
        rekey = Rekey(
            token,
            known.highest,
            _root,
            keccak256(abi.encode(++_roots)),
            _receiverOf(known),
            0,
            "keys",
            uint64(block.timestamp) + 1 days
        );
        if (fault == 1) --rekey.epoch;
        if (fault == 2) rekey.oldRoot = "other";
        if (fault == 3) rekey.receiver = vm.addr(STRANGER);
        signatures = signedBy(rekey, fault == 4 ? 2 : 3);
    }

    function completeRekey(uint8 which, uint8 wrong) external {
        (uint256 token, Known storage known) = _pick(which);
        uint8 fault = known.highest == 0 ? 0 : wrong % 8;
        (Rekey memory rekey, bytes[] memory signatures) = _renewal(token, known, fault);
        bool isGood = known.exists && known.rekey == RekeyState.RekeyPending;
        isGood = isGood && (fault == 0 || fault > 4);
        try records.completeRekey(rekey, signatures) {
            vm.assertTrue(isGood);
            _renew(known, rekey);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function _renew(Known storage known, Rekey memory rekey) private {
        (known.keyEpoch, known.rekey) = (rekey.epoch, RekeyState.None);
        _root = rekey.newRoot;
    }

    function advance(bool isPending) external {
        Known storage known = _known[TOKEN];
        uint24 epoch = isPending ? known.highest : known.keyEpoch;
        bytes32 next = keccak256(abi.encode(++_roots));
        Version[] memory list = new Version[](1);
        list[0] = Version(RECORD, _version + 1, _root, next, SECTIONS, epoch);
        Actor memory by = onVersions(HOSPITAL, list);
        bool isGood = epoch == known.keyEpoch || known.rekey == RekeyState.RekeyPending;
        try records.advance(list, by) {
            vm.assertTrue(isGood);
            (_version, _root) = (_version + 1, next);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    /* EXCHANGE AND LENDING */

    function beginRekey(uint8 which, uint8 whom) external {
        (uint256 token, Known storage known) = _pick(which);
        bool isGood = _isFree(known);
        address buyer = _person(whom);
        vm.prank(EXCHANGER);
        try records.beginRekey(token, buyer, uint40(block.timestamp) + 3 days) {
            vm.assertTrue(isGood);
            (known.buyer, known.locker) = (buyer, EXCHANGER);
            _ask(known, RekeyState.SalePending);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function abortRekey(uint8 which) external {
        (uint256 token, Known storage known) = _pick(which);
        vm.prank(EXCHANGER);
        try records.abortRekey(token) {
            vm.assertTrue(known.rekey == RekeyState.SalePending);
            (known.buyer, known.locker) = (address(0), address(0));
            known.rekey = RekeyState.None;
        } catch {
            vm.assertFalse(known.rekey == RekeyState.SalePending);
        }
    }

    function completeSale(uint8 which, uint8 wrong) external {
        (uint256 token, Known storage known) = _pick(which);
        uint8 fault = known.highest == 0 ? 0 : wrong % 8;
        (Rekey memory rekey, bytes[] memory signatures) = _renewal(token, known, fault);
        bool isGood = known.rekey == RekeyState.SalePending && (fault == 0 || fault > 4);
        vm.prank(EXCHANGER);
        try records.completeSale(rekey, signatures) {
            vm.assertTrue(isGood);
            (known.owner, known.buyer, known.locker) = (known.buyer, address(0), address(0));
            _renew(known, rekey);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function pledge(uint8 which) external {
        (uint256 token, Known storage known) = _pick(which);
        bool isGood = _isFree(known);
        vm.prank(LENDER);
        try records.pledge(token) {
            vm.assertTrue(isGood);
            known.locker = LENDER;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function release(uint8 which, uint8 whom) external {
        (uint256 token, Known storage known) = _pick(which);
        bool isGood = known.locker == LENDER;
        address to = whom % 2 == 0 && isGood ? known.owner : _person(whom / 2);
        vm.prank(LENDER);
        try records.release(token, to) {
            vm.assertTrue(isGood);
            if (to != known.owner) _ask(known, RekeyState.RekeyPending);
            (known.owner, known.locker) = (to, address(0));
        } catch {
            vm.assertFalse(isGood);
        }
    }

    /* THIEVES */

    /// Nobody but modules and owners moves a token, and nobody moves it for them.
    function steal(uint8 which, uint8 how) external {
        (uint256 token, Known storage known) = _pick(which);
        address thief = vm.addr(STRANGER);
        Intent memory by = onTransfer(STRANGER, token, thief);
        (Rekey memory rekey, bytes[] memory signatures) = _renewal(token, known, 0);
        bytes[7] memory calls = [
            abi.encodeCall(records.transfer, (token, thief, by)),
            abi.encodeCall(records.transferFrom, (known.owner, thief, token)),
            abi.encodeCall(records.pledge, (token)),
            abi.encodeCall(records.release, (token, thief)),
            abi.encodeCall(records.completeSale, (rekey, signatures)),
            abi.encodeCall(records.abortRekey, (token)),
            abi.encodeCall(records.setUser, (LAB, thief, FOREVER))
        ];
        vm.prank(thief);
        (bool isDone,) = address(records).call(calls[how % 7]);
        vm.assertFalse(isDone);
    }

    function wait(uint16 time) external {
        vm.warp(block.timestamp + time % 1 days);
    }

    /* CHECK */

    function check() external {
        Record memory record = records.recordOf(RECORD);

        vm.assertEq(OWNER, record.subject);
        vm.assertEq(vm.addr(HOSPITAL), record.source);
        vm.assertEq(_detached, record.detached);
        vm.assertEq(_root, record.root);
        vm.assertEq(_version, record.version);
        vm.assertEq(SECTIONS & ~_detached, records.sectionsOf(TOKEN));
        for (uint256 i; i < 3; ++i) {
            _check(_tokens[i], _known[_tokens[i]]);
        }
    }

    function _check(uint256 token, Known storage known) private {
        uint24 epoch = records.keyEpochOf(token);
        vm.assertTrue(epoch >= known.seen);
        known.seen = epoch;
        vm.assertEq(known.exists ? token : TOKEN, records.controllerOf(token));
        if (!known.exists) return;
        TokenState memory state = records.tokenStateOf(token);
        bool isPending = known.rekey != RekeyState.None;

        vm.assertEq(known.owner, records.ownerOf(token));
        vm.assertEq(_receiverOf(known), records.receiverOf(token));
        vm.assertEq(known.locker, state.locker);
        vm.assertEq(known.keyEpoch, state.keyEpoch);
        vm.assertEq(known.keyEpoch, epoch);
        vm.assertEq(isPending ? known.highest : 0, state.pendingEpoch);
        vm.assertTrue(known.rekey == state.rekey);
        vm.assertEq(!_isFree(known), records.isLocked(token));
    }
}

contract RecordRegistry_Tokens_Invariants is Base {
    TokenHandler private _handler = new TokenHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_handler), new bytes4[](13));
        targets[0].selectors[0] = TokenHandler.give.selector;
        targets[0].selectors[1] = TokenHandler.divide.selector;
        targets[0].selectors[2] = TokenHandler.recombine.selector;
        targets[0].selectors[3] = TokenHandler.rotate.selector;
        targets[0].selectors[4] = TokenHandler.completeRekey.selector;
        targets[0].selectors[5] = TokenHandler.advance.selector;
        targets[0].selectors[6] = TokenHandler.beginRekey.selector;
        targets[0].selectors[7] = TokenHandler.abortRekey.selector;
        targets[0].selectors[8] = TokenHandler.completeSale.selector;
        targets[0].selectors[9] = TokenHandler.pledge.selector;
        targets[0].selectors[10] = TokenHandler.release.selector;
        targets[0].selectors[11] = TokenHandler.steal.selector;
        targets[0].selectors[12] = TokenHandler.wait.selector;
    }

    function invariant_TokensMoveOnlyByTheirVerbsAndEpochsOnlyRise() external {
        _handler.check();
    }
}
