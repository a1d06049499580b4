// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {IRecordRegistry, Payee, Registration} from "../../src/records/IRecordRegistry.sol";
import {Settled} from "../Settled.sol";
import {Owning} from "./Owning.sol";

contract RecordRegistry_lowerShare_Test is Owning {
    function _refuses(Payee payee, uint16 bps, Intent memory by, bytes memory reason) private {
        vm.expectRevert(reason);
        records.lowerShare(RECORD, payee, bps, by);
    }

    function _noPayee(address signer) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NotPayee.selector, RECORD, signer);
    }

    function _raised(uint16 given, uint16 current) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_ShareRaised.selector, given, current
            );
    }

    function test_RevertWhen_TheRecordIsUnknown() external {
        Intent memory by = signed(
            HOSPITAL,
            address(records),
            "LowerShare(uint128 recordId,uint8 payee,uint16 bps",
            abi.encode(7, Payee.Source, 1)
        );

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_UnknownRecord.selector, 7)
        );
        records.lowerShare(7, Payee.Source, 1, by);
    }

    function test_RevertWhen_AnotherThanThePayeeSigns() external {
        Intent memory by = onShare(OTHER_HOSPITAL, Payee.Source, 1);
        _refuses(Payee.Source, 1, by, _noPayee(by.signer));
        by = ofSubject(onShare(PATIENT, Payee.Source, 1));
        _refuses(Payee.Source, 1, by, _noPayee(by.signer));
        by = onShare(STRANGER, Payee.Host, 0);
        _refuses(Payee.Host, 0, by, _noPayee(by.signer));
        by = onShare(HOSPITAL, Payee.Subject, 600);
        _refuses(Payee.Subject, 600, by, _noPayee(by.signer));
        by = onShare(PATIENT, Payee.Subject, 600);
        _refuses(Payee.Subject, 600, by, _noPayee(by.signer));
    }

    function test_RevertWhen_TheShareWouldStayOrRise() external {
        Intent memory by = onShare(HOSPITAL, Payee.Source, 1_000);
        _refuses(Payee.Source, 1_000, by, _raised(1_000, 1_000));
        by = onShare(HOSPITAL, Payee.Source, 1_001);
        _refuses(Payee.Source, 1_001, by, _raised(1_001, 1_000));
    }

    function test_RevertWhen_TheShareOfTheSubjectWouldBeBelowItsFloor() external {
        Intent memory by = ofSubject(onShare(PATIENT, Payee.Subject, 499));
        _refuses(
            Payee.Subject,
            499,
            by,
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_BadShares.selector, 499)
        );
    }

    function test_RevertGiven_IncomeCannotBeSettled() external {
        hook.refuse();
        Intent memory by = onShare(HOSPITAL, Payee.Source, 0);
        _refuses(Payee.Source, 0, by, abi.encodeWithSelector(Settled.Settled_Refused.selector));
    }

    function test_WhenTheSourceLowersItsShare() external {
        detached(LABORATORY | GENOMICS);
        Intent memory by = onShare(HOSPITAL, Payee.Source, 300);

        vm.expectEmit(address(hook));
        emit Settled.Asked(TOKEN);
        vm.expectEmit(address(hook));
        emit Settled.Asked(LAB);
        vm.expectEmit(address(hook));
        emit Settled.Asked(GENES);
        vm.expectEmit(address(records));
        emit IRecordRegistry.ShareLowered(RECORD, Payee.Source, 300);
        records.lowerShare(RECORD, Payee.Source, 300, by);

        vm.assertEq(300, records.recordOf(RECORD).sourceBps);
    }

    function test_WhenTheHostLowersItsShare() external {
        uint128 other = RECORD + 1;
        authority.enroll(other, vm.addr(PATIENT), onEnroll(PATIENT, other, vm.addr(PATIENT)));
        Registration memory terms = registrationOf(other);
        (terms.host, terms.hostBps) = (vm.addr(CLINIC), 200);
        records.register(
            terms, onAcceptance(PATIENT, terms), actor(onRegistration(HOSPITAL, terms))
        );
        records.lowerShare(
            other,
            Payee.Host,
            0,
            signed(
                CLINIC,
                address(records),
                "LowerShare(uint128 recordId,uint8 payee,uint16 bps",
                abi.encode(other, Payee.Host, 0)
            )
        );

        vm.assertEq(0, records.recordOf(other).hostBps);
        vm.assertEq(1_000, records.recordOf(other).sourceBps);
    }

    function test_WhenTheSubjectLowersItsShare() external {
        Intent memory by = ofSubject(onShare(PATIENT, Payee.Subject, 500));
        records.lowerShare(RECORD, Payee.Subject, 500, by);

        vm.assertEq(500, records.recordOf(RECORD).subjectBps);
    }
}

contract RecordRegistry_setHost_Test is Owning {
    address private immutable HOST = vm.addr(CLINIC);

    function test_RevertWhen_TheRecordIsUnknown() external {
        Intent memory by = signed(
            PATIENT, address(records), "SetHost(uint128 recordId,address host", abi.encode(7, HOST)
        );

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_UnknownRecord.selector, 7)
        );
        records.setHost(7, HOST, by);
    }

    function test_RevertWhen_AnotherThanTheSubjectSigns() external {
        uint256[3] memory others = [PATIENT, HOSPITAL, CLINIC];
        for (uint256 i; i < 3; ++i) {
            Intent memory by = onHost(others[i], HOST);

            vm.expectRevert(
                abi.encodeWithSelector(
                    IRecordRegistry.RecordRegistry_NotSubject.selector, by.signer
                )
            );
            records.setHost(RECORD, HOST, by);
        }
    }

    function test_RevertGiven_IncomeCannotBeSettled() external {
        hook.refuse();
        Intent memory by = ofSubject(onHost(PATIENT, HOST));

        vm.expectRevert(abi.encodeWithSelector(Settled.Settled_Refused.selector));
        records.setHost(RECORD, HOST, by);
    }

    function test_WhenTheSubjectNamesAHost() external {
        detached(LABORATORY);
        Intent memory by = ofSubject(onHost(PATIENT, HOST));

        vm.expectEmit(address(hook));
        emit Settled.Asked(TOKEN);
        vm.expectEmit(address(hook));
        emit Settled.Asked(LAB);
        vm.expectEmit(address(records));
        emit IRecordRegistry.HostChanged(RECORD, HOST);
        records.setHost(RECORD, HOST, by);

        vm.assertEq(HOST, records.hostOf(RECORD));
    }
}
