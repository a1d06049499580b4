// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Actor, IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {
    IRecordRegistry,
    Record,
    Registration,
    Version
} from "../../src/records/IRecordRegistry.sol";
import {Consortium} from "../Consortium.sol";

abstract contract Recording is Consortium {
    function refuses(bytes4 reason, uint256 detail) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, detail));
    }

    function refusesAsNoSource(address signer) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NotSource.selector, signer)
        );
    }

    function only(Version memory version) internal pure returns (Version[] memory list) {
        list = new Version[](1);
        list[0] = version;
    }

    function advance(uint256 key, Version[] memory versions) internal {
        records.advance(versions, onVersions(key, versions));
    }

    function first() internal pure returns (Version memory) {
        return Version(RECORD, 1, 0, "one", 6, 0);
    }
}

contract RecordRegistry_register_Test is Recording {
    address private immutable SUBJECT;
    Registration private _terms;

    constructor() {
        SUBJECT =
            authority.enroll(RECORD, vm.addr(PATIENT), onEnroll(PATIENT, RECORD, vm.addr(PATIENT)));
        _terms = registrationOf(RECORD);
    }

    function test_RevertWhen_TheSignerIsNoSource() external {
        Intent memory by = onRegistration(CLINIC, _terms);
        Intent memory accepted = onAcceptance(PATIENT, _terms);

        refusesAsNoSource(by.signer);
        records.register(_terms, accepted, actor(by));
    }

    function test_RevertWhen_AnotherSourceUsesTheAcceptance() external {
        Intent memory by = onRegistration(OTHER_HOSPITAL, _terms);
        Intent memory accepted = onAcceptance(PATIENT, _terms);

        refusesAsNoSource(by.signer);
        records.register(_terms, accepted, actor(by));
    }

    function test_RevertGiven_TheSourceIsSuspended() external {
        decide(act(ActionKind.Suspend, vm.addr(HOSPITAL), 0));
        Intent memory by = onRegistration(HOSPITAL, _terms);
        Intent memory accepted = onAcceptance(PATIENT, _terms);

        refusesAsNoSource(by.signer);
        records.register(_terms, accepted, actor(by));
    }

    function test_RevertWhen_TheAcceptanceIsOfAnotherAccount() external {
        Intent memory by = onRegistration(HOSPITAL, _terms);
        Intent memory accepted = onAcceptance(PATIENT, _terms);
        accepted.signer = vm.addr(PATIENT);

        vm.expectRevert(
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_NotSubject.selector, accepted.signer
            )
        );
        records.register(_terms, accepted, actor(by));
    }

    function test_RevertWhen_TheAcceptanceIsOfOtherTerms() external {
        Intent memory accepted = onAcceptance(PATIENT, _terms);
        Registration memory dearer = _terms;
        dearer.sourceBps = 1_500;
        Intent memory by = onRegistration(HOSPITAL, dearer);

        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, SUBJECT)
        );
        records.register(dearer, accepted, actor(by));
    }

    function test_RevertGiven_OpeningIsPaused() external {
        decide(act(ActionKind.PauseOpening, address(0), 1 days));
        Intent memory by = onRegistration(HOSPITAL, _terms);
        Intent memory accepted = onAcceptance(PATIENT, _terms);

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_OpeningPaused.selector)
        );
        records.register(_terms, accepted, actor(by));
    }

    function _refusesShares(uint16 source, uint16 host, uint16 subject) private {
        Registration memory terms = _terms;
        (terms.sourceBps, terms.hostBps, terms.subjectBps) = (source, host, subject);
        Intent memory by = onRegistration(HOSPITAL, terms);
        Intent memory accepted = onAcceptance(PATIENT, terms);

        refuses(IRecordRegistry.RecordRegistry_BadShares.selector, uint256(source) + host + subject);
        records.register(terms, accepted, actor(by));
    }

    function test_RevertWhen_AShareIsOutOfItsBounds() external {
        _refusesShares(2_001, 0, 500);
        _refusesShares(0, 501, 500);
        _refusesShares(0, 0, 499);
        _refusesShares(2_000, 500, 1_501);
        _refusesShares(65_535, 65_535, 65_535);
    }

    function test_RevertGiven_TheHandleIsTaken() external {
        Intent memory accepted = onAcceptance(PATIENT, _terms);
        records.register(_terms, accepted, actor(onRegistration(HOSPITAL, _terms)));
        accepted = onAcceptance(PATIENT, _terms);
        Intent memory by = onRegistration(HOSPITAL, _terms);

        refuses(IRecordRegistry.RecordRegistry_HandleTaken.selector, RECORD);
        records.register(_terms, accepted, actor(by));
    }

    function test_WhenSourceAndSubjectAgree() external {
        Intent memory accepted = onAcceptance(PATIENT, _terms);
        Intent memory by = onRegistration(HOSPITAL, _terms);

        vm.expectEmit(address(records));
        emit IRecordRegistry.RecordRegistered(RECORD, by.signer, SUBJECT);
        vm.expectEmit(address(records));
        emit IERC721.Transfer(address(0), SUBJECT, uint256(RECORD) << 8);
        records.register(_terms, accepted, actor(by));

        Record memory kept = records.recordOf(RECORD);
        vm.assertEq(SUBJECT, kept.subject);
        vm.assertEq(SUBJECT, records.subjectOf(RECORD));
        vm.assertEq(by.signer, kept.source);
        vm.assertEq(by.signer, records.sourceOf(RECORD));
        vm.assertEq(by.signer, kept.host);
        vm.assertEq(1_000, kept.sourceBps);
        vm.assertEq(1_000, kept.subjectBps);
        vm.assertEq(0, kept.version);
        vm.assertEq(SUBJECT, records.ownerOf(uint256(RECORD) << 8));
        vm.assertEq(0, records.keyEpochOf(uint256(RECORD) << 8));
    }

    function testFuzz_SharesWithinTheirBoundsAreTaken(uint16 source, uint16 host, uint16 subject)
        external
    {
        Registration memory terms = _terms;
        terms.sourceBps = uint16(bound(source, 0, 2_000));
        terms.hostBps = uint16(bound(host, 0, 500));
        uint256 rest = 4_000 - terms.sourceBps - terms.hostBps;
        terms.subjectBps = uint16(bound(subject, 500, rest));
        Intent memory accepted = onAcceptance(PATIENT, terms);
        records.register(terms, accepted, actor(onRegistration(HOSPITAL, terms)));

        vm.assertEq(terms.sourceBps, records.recordOf(RECORD).sourceBps);
        vm.assertEq(terms.hostBps, records.recordOf(RECORD).hostBps);
        vm.assertEq(terms.subjectBps, records.recordOf(RECORD).subjectBps);
    }
}

contract RecordRegistry_advance_Test is Recording {
    constructor() {
        registered(RECORD);
    }

    function _refuses(Version memory version, bytes memory reason) private {
        Version[] memory list = only(version);
        Actor memory by = onVersions(HOSPITAL, list);

        vm.expectRevert(reason);
        records.advance(list, by);
    }

    function test_RevertWhen_ThereAreTooManyVersions() external {
        Version[] memory list = new Version[](129);
        Actor memory by = onVersions(HOSPITAL, list);

        refuses(IRecordRegistry.RecordRegistry_TooMany.selector, 129);
        records.advance(list, by);
    }

    function test_RevertWhen_TheSignerIsNoSource() external {
        Version[] memory list = only(first());
        Actor memory by = onVersions(CLINIC, list);

        refusesAsNoSource(vm.addr(CLINIC));
        records.advance(list, by);
    }

    function test_RevertWhen_ARecordIsUnknown() external {
        Version memory version = first();
        version.recordId = 7;
        _refuses(
            version,
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_UnknownRecord.selector, uint128(7)
            )
        );
    }

    function test_RevertWhen_ARecordIsOfAnotherSource() external {
        Version[] memory list = only(first());
        Actor memory by = onVersions(OTHER_HOSPITAL, list);

        refusesAsNoSource(vm.addr(OTHER_HOSPITAL));
        records.advance(list, by);
    }

    function test_RevertWhen_AVersionIsSkipped() external {
        Version memory version = first();
        version.version = 2;
        _refuses(
            version,
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_StaleVersion.selector, 2, 0)
        );
    }

    function test_RevertWhen_TheRootBeforeIsAnother() external {
        Version memory version = first();
        version.previousRoot = "other";
        _refuses(
            version,
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_StaleRoot.selector, bytes32("other"), bytes32(0)
            )
        );
    }

    function test_RevertWhen_TheEpochIsAnother() external {
        Version memory version = first();
        version.epoch = 1;
        _refuses(
            version,
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_StaleEpoch.selector, 1, 0)
        );
    }

    function test_RevertWhen_ASectionGoesAway() external {
        advance(HOSPITAL, only(first()));
        _refuses(
            Version(RECORD, 2, "one", "two", 10, 0),
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_SectionMissing.selector, 10)
        );
    }

    function test_RevertWhen_OneOfSeveralIsRefused() external {
        Version[] memory list = new Version[](2);
        (list[0], list[1]) = (first(), first());
        Actor memory by = onVersions(HOSPITAL, list);

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_StaleVersion.selector, 1, 1)
        );
        records.advance(list, by);
        vm.assertEq(0, records.recordOf(RECORD).version);
    }

    function test_WhenEachFollowsTheOneBefore() external {
        Version[] memory list = new Version[](2);
        (list[0], list[1]) = (first(), Version(RECORD, 2, "one", "two", 14, 0));
        Actor memory by = onVersions(HOSPITAL, list);
        vm.warp(START + 5);

        vm.expectEmit(address(records));
        emit IRecordRegistry.VersionAdvanced(RECORD, 1, 6, 0, "one");
        vm.expectEmit(address(records));
        emit IERC4906.MetadataUpdate(uint256(RECORD) << 8);
        vm.expectEmit(address(records));
        emit IRecordRegistry.VersionAdvanced(RECORD, 2, 14, 0, "two");
        records.advance(list, by);

        Record memory kept = records.recordOf(RECORD);
        vm.assertEq(2, kept.version);
        vm.assertEq(bytes32("two"), kept.root);
        vm.assertEq(14, kept.sections);
        vm.assertEq(START + 5, kept.anchoredAt);
        vm.assertTrue(records.supportsInterface(0x49064906));
        vm.assertTrue(records.supportsInterface(type(IERC721).interfaceId));
    }

    function test_TheLargestCallIsTaken() external {
        Version[] memory list = new Version[](128);
        for (uint32 i; i < 128; ++i) {
            list[i] = Version(RECORD, i + 1, bytes32(uint256(i)), bytes32(uint256(i + 1)), 2, 0);
        }
        advance(HOSPITAL, list);

        vm.assertEq(128, records.recordOf(RECORD).version);
    }
}
