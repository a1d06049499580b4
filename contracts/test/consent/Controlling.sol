// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Delegation, IAuthority, Powers} from "../../src/consent/IAuthority.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Consortium} from "../Consortium.sol";

/// @title A record with a controller and three guardians of whom two recover; the intents of all
abstract contract Controlling is Consortium {
    uint64 internal constant WAIT = 72 hours;
    uint256 internal constant GUARDIAN = 0x61;
    uint256 internal constant DELEGATE = 0x71;
    uint256 internal constant HEIR = 0x81;

    constructor() {
        _enroll(RECORD);
    }

    function _enroll(uint128 record) internal {
        authority.enroll(record, vm.addr(PATIENT), onEnroll(PATIENT, record, vm.addr(PATIENT)));
    }

    /* WHO */

    /// The addresses of some keys that follow one another, in ascending order.
    function addressesOf(uint256 first, uint256 count)
        internal
        pure
        returns (address[] memory list)
    {
        list = new address[](count);
        for (uint256 i; i < count; ++i) {
            address next = vm.addr(first + i);
            uint256 at = i;
            for (; at > 0 && list[at - 1] > next; --at) {
                list[at] = list[at - 1];
            }
            list[at] = next;
        }
    }

    function guardians() internal pure returns (address[] memory) {
        return addressesOf(GUARDIAN, 3);
    }

    /* GIVEN */

    function guarded() internal {
        setGuardians(guardians(), 2);
    }

    function setGuardians(address[] memory list, uint8 threshold) internal {
        authority.setGuardians(RECORD, list, threshold, onGuardians(PATIENT, list, threshold));
    }

    function open(uint256 guardian, uint256 heir) internal {
        address controller = vm.addr(heir);
        authority.openRecovery(
            RECORD, controller, onController(guardian, "OpenRecovery", controller)
        );
    }

    /// Two guardians asked for the heir.
    function recovering() internal {
        open(GUARDIAN, HEIR);
        open(GUARDIAN + 1, HEIR);
    }

    /// The heir controls the record.
    function recovered() internal {
        recovering();
        vm.warp(block.timestamp + WAIT);
        authority.finishRecovery(RECORD);
    }

    function rotate(uint256 from, uint256 to) internal {
        authority.rotate(RECORD, vm.addr(to), onController(from, "Rotate", vm.addr(to)));
    }

    function erase() internal {
        authority.erase(RECORD, onRecord(PATIENT, "Erase"));
    }

    function appoint(uint256 delegate, Delegation memory delegation) internal {
        authority.appoint(
            RECORD,
            vm.addr(delegate),
            delegation,
            onDelegation(PATIENT, vm.addr(delegate), delegation)
        );
    }

    function delegationOf(uint16 powers) internal view returns (Delegation memory) {
        uint64 now_ = uint64(block.timestamp);
        return Delegation(powers, now_, now_ + 30 * DAY, address(0), 0);
    }

    function mayAct(uint256 key, uint16 power) internal view returns (bool) {
        return authority.mayAct(RECORD, vm.addr(key), power);
    }

    /* INTENTS */

    /// @param verb Erase, CancelGuardians or CancelRecovery
    function onRecord(uint256 key, string memory verb) internal returns (Intent memory) {
        return onRecord(key, verb, RECORD);
    }

    function onRecord(uint256 key, string memory verb, uint128 record)
        internal
        returns (Intent memory)
    {
        return signed(
            key, address(authority), string.concat(verb, "(uint128 record"), abi.encode(record)
        );
    }

    /// @param verb Rotate or OpenRecovery
    function onController(uint256 key, string memory verb, address controller)
        internal
        returns (Intent memory)
    {
        return onController(key, verb, RECORD, controller);
    }

    function onController(uint256 key, string memory verb, uint128 record, address controller)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(authority),
            string.concat(verb, "(uint128 record,address controller"),
            abi.encode(record, controller)
        );
    }

    function onGuardians(uint256 key, address[] memory list, uint8 threshold)
        internal
        returns (Intent memory)
    {
        return onGuardians(key, RECORD, list, threshold);
    }

    function onGuardians(uint256 key, uint128 record, address[] memory list, uint8 threshold)
        internal
        returns (Intent memory)
    {
        bytes memory words;
        for (uint256 i; i < list.length; ++i) {
            words = bytes.concat(words, abi.encode(list[i]));
        }
        return signed(
            key,
            address(authority),
            "SetGuardians(uint128 record,address[] guardians,uint8 threshold",
            abi.encode(record, keccak256(words), threshold)
        );
    }

    function onDelegation(uint256 key, address delegate, Delegation memory delegation)
        internal
        returns (Intent memory)
    {
        return onDelegation(key, RECORD, delegate, delegation);
    }

    function onDelegation(
        uint256 key,
        uint128 record,
        address delegate,
        Delegation memory delegation
    ) internal returns (Intent memory) {
        string memory kind = "Delegation(uint16 powers,uint64 notBefore,uint64 notAfter,"
            "address condition,bytes32 conditionKey)";
        bytes32 inner = keccak256(bytes.concat(keccak256(bytes(kind)), abi.encode(delegation)));
        return signed(
            key,
            address(authority),
            "Appoint(uint128 record,address delegate,Delegation delegation",
            kind,
            abi.encode(record, delegate, inner)
        );
    }

    function onDismissal(uint256 key, address delegate) internal returns (Intent memory) {
        return onDismissal(key, RECORD, delegate);
    }

    function onDismissal(uint256 key, uint128 record, address delegate)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(authority),
            "Dismiss(uint128 record,address delegate",
            abi.encode(record, delegate)
        );
    }

    /* REFUSALS */

    function refuses(bytes4 reason, uint256 key) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, RECORD, vm.addr(key)));
    }

    function refusesAsStranger(uint256 key) internal {
        refuses(IAuthority.Authority_NotController.selector, key);
    }

    function refusesAsErased() internal {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.Authority_Erased.selector, RECORD));
    }

    function refusesAsUnknown(uint128 record) internal {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.Authority_UnknownRecord.selector, record));
    }

    function refusesAsPending(uint64 readyAt) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IAuthority.Authority_RecoveryPending.selector, RECORD, readyAt)
        );
    }

    function refusesAsNothing() internal {
        vm.expectRevert(
            abi.encodeWithSelector(IAuthority.Authority_NothingPending.selector, RECORD)
        );
    }
}
