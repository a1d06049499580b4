// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Powers} from "../../src/consent/IAuthority.sol";
import {ILicensingPolicy, Policy} from "../../src/consent/ILicensingPolicy.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Controlling} from "./Controlling.sol";

abstract contract Licensing is Controlling {
    uint136 internal constant LABORATORY = uint136(RECORD) << 8 | 7;

    function onPolicy(uint256 key, uint128 record, Policy memory set)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(policies),
            "SetPolicy(uint128 record,uint16 mask,uint64 duo,uint16 uses,uint16 regions",
            abi.encode(record, set.mask, set.duo, set.uses, set.regions)
        );
    }

    function setPolicy(uint256 key, Policy memory set) internal {
        setPolicy(RECORD, set, onPolicy(key, RECORD, set));
    }

    function setPolicy(uint128 record, Policy memory set, Intent memory by) internal {
        policies.setPolicy(record, set.mask, set.duo, set.uses, set.regions, by);
    }

    function policyOf(uint128 record) internal view returns (Policy memory set) {
        (set.mask, set.duo, set.uses, set.regions, set.seq) = policies.policy(record);
    }

    function onStanding(uint256 key, uint128 record, bytes32 commitment)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(policies),
            "SetStanding(uint128 record,bytes32 commitment",
            abi.encode(record, commitment)
        );
    }

    /// @param verb Close or Reopen
    function onSection(uint256 key, string memory verb, uint136 sectionId)
        internal
        returns (Intent memory)
    {
        return signed(
            key, address(policies), string.concat(verb, "(uint136 sectionId"), abi.encode(sectionId)
        );
    }

    function close(uint256 key) internal {
        policies.close(LABORATORY, onSection(key, "Close", LABORATORY));
    }

    function reopen(uint256 key) internal {
        policies.reopen(LABORATORY, onSection(key, "Reopen", LABORATORY));
    }

    function reopenOften() internal {
        for (uint256 i; i < 255; ++i) {
            close(PATIENT);
            reopen(PATIENT);
        }
    }

    function isGate(uint8 generation, bool open) internal view {
        (uint8 found, bool isOpen) = policies.sectionGate(LABORATORY);
        vm.assertEq(generation, found);
        vm.assertEq(open, isOpen);
    }

    function wrong(bytes4 reason, uint256 what) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, what));
    }

    function unknown(uint128 record) internal {
        wrong(ILicensingPolicy.LicensingPolicy_UnknownRecord.selector, record);
    }

    function erased() internal {
        wrong(ILicensingPolicy.LicensingPolicy_Erased.selector, RECORD);
    }

    function powerless(uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                ILicensingPolicy.LicensingPolicy_PowerMissing.selector,
                RECORD,
                vm.addr(key),
                Powers.GRANT
            )
        );
    }
}

contract LicensingPolicy_setPolicy_Test is Licensing {
    Policy private _set = Policy(1 << 7 | 1 << 4, 1 << 6 | 1 << 46, 3, 1, 0);

    function _refuses(uint256 key) private {
        Intent memory by = onPolicy(key, RECORD, _set);
        powerless(key);
        setPolicy(RECORD, _set, by);
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onPolicy(PATIENT, 7, _set);
        unknown(7);
        setPolicy(7, _set, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        Intent memory by = onPolicy(PATIENT, RECORD, _set);
        erased();
        setPolicy(RECORD, _set, by);
    }

    function test_RevertWhen_TheSignerHasNotThePowerGrant() external {
        appoint(DELEGATE, delegationOf(Powers.ALL & ~Powers.GRANT));
        _refuses(DELEGATE);
        _refuses(STRANGER);
    }

    function test_RevertWhen_TheMaskNamesWhatIsNeverLicensed() external {
        uint16[3] memory masks = [uint16(1), 1 << 14, 0xffff];
        for (uint256 i; i < 3; ++i) {
            _set.mask = masks[i];
            Intent memory by = onPolicy(PATIENT, RECORD, _set);
            wrong(ILicensingPolicy.LicensingPolicy_NotLicensable.selector, masks[i]);
            setPolicy(RECORD, _set, by);
        }
    }

    function test_RevertWhen_ATermDiffersFromTheSigned() external {
        Intent memory by = onPolicy(PATIENT, RECORD, _set);
        _set.uses = 0xffff;
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, vm.addr(PATIENT))
        );
        setPolicy(RECORD, _set, by);
    }

    function test_WhenTheControllerSigns() external {
        setPolicy(PATIENT, Policy(2, 1, 1, 1, 0));
        Intent memory by = onPolicy(PATIENT, RECORD, _set);
        _set.seq = 2;
        vm.expectEmit(address(policies));
        emit ILicensingPolicy.LicensingPolicySet(RECORD, _set);
        setPolicy(RECORD, _set, by);

        vm.assertEq(abi.encode(_set), abi.encode(policyOf(RECORD)));
    }

    function test_WhenADelegateWithGrantSigns() external {
        appoint(DELEGATE, delegationOf(Powers.GRANT));
        setPolicy(DELEGATE, _set);

        vm.assertEq(_set.mask, policyOf(RECORD).mask);
    }

    function testFuzz_APolicyIsKeptAsItIs(Policy memory set) external {
        set.mask &= 0xbffe;
        setPolicy(PATIENT, set);
        set.seq = 1;

        vm.assertEq(abi.encode(set), abi.encode(policyOf(RECORD)));
    }
}

contract LicensingPolicy_setStanding_Test is Licensing {
    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onStanding(PATIENT, 7, "terms");
        unknown(7);
        policies.setStanding(7, "terms", by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        Intent memory by = onStanding(PATIENT, RECORD, "terms");
        erased();
        policies.setStanding(RECORD, "terms", by);
    }

    function test_RevertWhen_TheSignerHasNotThePowerGrant() external {
        appoint(DELEGATE, delegationOf(Powers.REVOKE));
        Intent memory by = onStanding(DELEGATE, RECORD, "terms");
        powerless(DELEGATE);
        policies.setStanding(RECORD, "terms", by);
    }

    function test_WhenTheControllerSigns() external {
        policies.setStanding(RECORD, "terms", onStanding(PATIENT, RECORD, "terms"));
        Intent memory by = onStanding(PATIENT, RECORD, 0);
        vm.expectEmit(address(policies));
        emit ILicensingPolicy.StandingSet(RECORD, 0, 2);
        policies.setStanding(RECORD, 0, by);

        (bytes32 commitment, uint32 seq) = policies.standingOf(RECORD);
        vm.assertEq(bytes32(0), commitment);
        vm.assertEq(2, seq);
    }
}

contract LicensingPolicy_close_Test is Licensing {
    function _refuses(uint136 sectionId) private {
        Intent memory by = onSection(PATIENT, "Close", sectionId);
        wrong(
            ILicensingPolicy.LicensingPolicy_NotLicensable.selector, uint256(1) << uint8(sectionId)
        );
        policies.close(sectionId, by);
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        uint136 elsewhere = uint136(7) << 8 | 7;
        Intent memory by = onSection(PATIENT, "Close", elsewhere);
        unknown(7);
        policies.close(elsewhere, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        Intent memory by = onSection(PATIENT, "Close", LABORATORY);
        erased();
        policies.close(LABORATORY, by);
    }

    function test_RevertWhen_TheSignerHasNeitherGrantNorRevoke() external {
        appoint(DELEGATE, delegationOf(Powers.READ | Powers.APPROVE | Powers.NOTIFY));
        Intent memory by = onSection(DELEGATE, "Close", LABORATORY);
        powerless(DELEGATE);
        policies.close(LABORATORY, by);
    }

    function test_RevertWhen_TheCodeIsOfNoSectionThatIsLicensed() external {
        _refuses(LABORATORY - 7);
        _refuses(LABORATORY + 7);
        _refuses(LABORATORY + 9);
        _refuses(LABORATORY | 0xff);
    }

    function test_WhenTheControllerSigns() external {
        Intent memory by = onSection(PATIENT, "Close", LABORATORY);
        vm.expectEmit(address(policies));
        emit ILicensingPolicy.SectionClosed(LABORATORY, 0);
        policies.close(LABORATORY, by);

        isGate(0, false);
        vm.assertEq(START, policies.closedAt(LABORATORY, 0));
        (, bool isOpen) = policies.sectionGate(LABORATORY + 1);
        vm.assertTrue(isOpen);
    }

    function test_WhenADelegateWithRevokeSigns() external {
        appoint(DELEGATE, delegationOf(Powers.REVOKE));
        close(DELEGATE);

        isGate(0, false);
    }

    function test_GivenItIsClosed() external {
        close(PATIENT);
        vm.warp(START + DAY);
        close(PATIENT);

        vm.assertEq(START, policies.closedAt(LABORATORY, 0));
    }

    function test_GivenItWasReopenedAsOftenAsCanBe() external {
        reopenOften();
        isGate(255, true);
        close(PATIENT);

        isGate(255, false);
    }
}

contract LicensingPolicy_reopen_Test is Licensing {
    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        uint136 elsewhere = uint136(7) << 8 | 7;
        Intent memory by = onSection(PATIENT, "Reopen", elsewhere);
        unknown(7);
        policies.reopen(elsewhere, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        close(PATIENT);
        erase();
        Intent memory by = onSection(PATIENT, "Reopen", LABORATORY);
        erased();
        policies.reopen(LABORATORY, by);
    }

    function test_RevertWhen_TheSignerHasNotThePowerGrant() external {
        close(PATIENT);
        appoint(DELEGATE, delegationOf(Powers.REVOKE));
        Intent memory by = onSection(DELEGATE, "Reopen", LABORATORY);
        powerless(DELEGATE);
        policies.reopen(LABORATORY, by);
    }

    function test_RevertGiven_TheSectionIsOpen() external {
        Intent memory by = onSection(PATIENT, "Reopen", LABORATORY);
        wrong(ILicensingPolicy.LicensingPolicy_NotClosed.selector, LABORATORY);
        policies.reopen(LABORATORY, by);
    }

    function test_RevertGiven_ItWasReopenedAsOftenAsCanBe() external {
        reopenOften();
        close(PATIENT);
        Intent memory by = onSection(PATIENT, "Reopen", LABORATORY);
        wrong(ILicensingPolicy.LicensingPolicy_TooOften.selector, LABORATORY);
        policies.reopen(LABORATORY, by);
    }

    function test_WhenTheControllerSigns() external {
        close(PATIENT);
        vm.warp(START + DAY);
        Intent memory by = onSection(PATIENT, "Reopen", LABORATORY);
        vm.expectEmit(address(policies));
        emit ILicensingPolicy.SectionReopened(LABORATORY, 1);
        policies.reopen(LABORATORY, by);

        isGate(1, true);
        vm.assertEq(START, policies.closedAt(LABORATORY, 0));
        vm.assertEq(0, policies.closedAt(LABORATORY, 1));
    }
}

contract LicensingPolicy_sectionGate_Test is Licensing {
    function test_GivenNobodySaidAnything() external view {
        isGate(0, true);
        vm.assertEq(0, policies.closedAt(LABORATORY, 0));
        vm.assertEq(0, policyOf(RECORD).mask);
    }

    function test_GivenTheSectionIsClosed() external {
        close(PATIENT);

        isGate(0, false);
    }

    function test_GivenTheRecordIsErased() external {
        vm.warp(START + DAY);
        erase();

        isGate(0, false);
        vm.assertEq(START + DAY, policies.closedAt(LABORATORY, 0));
    }
}

contract LicensingPolicy_shut_Test is Licensing {
    function test_RevertWhen_AnotherThanTheAuthorityCalls() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                ILicensingPolicy.LicensingPolicy_NotAuthority.selector, address(this)
            )
        );
        policies.shut(RECORD);

        isGate(0, true);
    }

    function test_WhenTheRecordIsErased() external {
        close(PATIENT);
        vm.warp(START + DAY);
        erase();

        (uint120 generations, uint16 open) = policies.gatesOf(RECORD);
        vm.assertEq(0, generations);
        vm.assertEq(0, open);
        (, open) = policies.gatesOf(7);
        vm.assertEq(type(uint16).max, open);
        vm.assertEq(START, policies.closedAt(LABORATORY, 0));
        vm.assertEq(START + DAY, policies.closedAt(LABORATORY + 1, 0));
    }
}
