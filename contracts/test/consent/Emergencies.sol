// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EmergencyAccess} from "../../src/consent/EmergencyAccess.sol";
import {EmergencyPolicy, IEmergencyAccess, Verdict} from "../../src/consent/IEmergencyAccess.sol";
import {Action, ActionKind, KeyUse} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {Consortium} from "../Consortium.sol";

/// An emergency hospital with two clinicians and its privacy office, and another hospital.
abstract contract Emergencies is Consortium {
    uint256 internal constant SITE = 0x91;
    uint256 internal constant MEDIC = 0x92;
    uint256 internal constant NURSE = 0x93;
    uint256 internal constant OFFICE = 0x94;
    uint256 internal constant OTHER_SITE = 0x95;
    uint256 internal constant OTHER_OFFICE = 0x96;
    uint64 internal constant OPEN_TIME = 4 hours;
    bytes32 internal constant REASON = "reason";

    EmergencyAccess internal emergency;
    uint96 private _ids;

    constructor() {
        emergency = EmergencyAccess(
            vm.deployCode(
                "EmergencyAccess.sol:EmergencyAccess", abi.encode(organizations, authority)
            )
        );
        named(address(emergency), "EmergencyAccess");
        admit(SITE, Roles.HOSPITAL | Roles.EMERGENCY);
        admit(OTHER_SITE, Roles.HOSPITAL | Roles.EMERGENCY);
        admit(OFFICE, Roles.PRIVACY);
        admit(OTHER_OFFICE, Roles.PRIVACY);
        decide(Action(ActionKind.Link, vm.addr(SITE), 0, 0, vm.addr(OFFICE)));
        addKey(SITE, MEDIC, KeyUse.Act, START, FOREVER);
        addKey(SITE, NURSE, KeyUse.Act, START, FOREVER);
        authority.enroll(RECORD, vm.addr(PATIENT), onEnroll(PATIENT, RECORD, vm.addr(PATIENT)));
    }

    function newId(uint256 key) internal returns (bytes32) {
        return bytes32(bytes20(vm.addr(key))) | bytes32(uint256(++_ids));
    }

    /* INTENTS */

    function onOpening(uint256 key, bytes32 id, uint128 record, uint256 site)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(emergency),
            "BreakGlass(bytes32 id,uint128 record,address site,bytes32 reason",
            abi.encode(id, record, vm.addr(site), REASON)
        );
    }

    /// @param verb WidenBreakGlass or CloseBreakGlass
    function onOpened(uint256 key, string memory verb, bytes32 id)
        internal
        returns (Intent memory)
    {
        return signed(key, address(emergency), string.concat(verb, "(bytes32 id"), abi.encode(id));
    }

    function onReview(uint256 key, bytes32 id, Verdict verdict) internal returns (Intent memory) {
        return signed(
            key,
            address(emergency),
            "ReviewBreakGlass(bytes32 id,uint8 verdict,bytes32 finding",
            abi.encode(id, verdict, bytes32("finding"))
        );
    }

    function onPolicy(uint256 key, uint128 record, EmergencyPolicy policy)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(emergency),
            "SetEmergencyPolicy(uint128 record,uint8 policy",
            abi.encode(record, policy)
        );
    }

    function onCard(uint256 key, bytes32 id, uint64 usedAt) internal returns (Intent memory) {
        return signed(
            key,
            address(emergency),
            "RecordOfflineCard(bytes32 id,uint128 record,address site,uint64 usedAt",
            abi.encode(id, RECORD, vm.addr(SITE), usedAt)
        );
    }

    /* VERBS */

    function open(uint256 key) internal returns (bytes32 id) {
        id = newId(key);
        emergency.breakGlass(id, RECORD, vm.addr(SITE), REASON, onOpening(key, id, RECORD, SITE));
    }

    function widen(uint256 key, bytes32 id) internal {
        emergency.widenBreakGlass(id, onOpened(key, "WidenBreakGlass", id));
    }

    function review(bytes32 id) internal {
        emergency.reviewBreakGlass(
            id, Verdict.Justified, "finding", onReview(OFFICE, id, Verdict.Justified)
        );
    }

    function set(EmergencyPolicy policy) internal {
        emergency.setEmergencyPolicy(RECORD, policy, onPolicy(PATIENT, RECORD, policy));
    }

    function erase() internal {
        authority.erase(
            RECORD, signed(PATIENT, address(authority), "Erase(uint128 record", abi.encode(RECORD))
        );
    }

    /* REFUSALS */

    function refuses(bytes4 error, bytes32 argument) internal {
        vm.expectRevert(abi.encodeWithSelector(error, argument));
    }

    function refusesAsClinician(uint256 site, uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IEmergencyAccess.EmergencyAccess_NotClinician.selector, vm.addr(site), vm.addr(key)
            )
        );
    }

    function refusesAsOfficer(uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IEmergencyAccess.EmergencyAccess_NotPrivacyOfficer.selector,
                vm.addr(SITE),
                vm.addr(key)
            )
        );
    }
}
