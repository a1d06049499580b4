// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC4907} from "../../src/records/IERC4907.sol";
import {IERC5192} from "../../src/records/IERC5192.sol";
import {
    IRecordRegistry,
    Rekey,
    RekeyState,
    TokenState,
    Version
} from "../../src/records/IRecordRegistry.sol";
import {Settled} from "../Settled.sol";
import {Owning} from "./Owning.sol";

contract RecordRegistry_beginRekey_Test is Owning {
    function test_RevertWhen_AnotherThanTheExchangeCalls() external {
        address[3] memory others = [LENDER, OWNER, address(this)];
        for (uint256 i; i < 3; ++i) {
            refusesModule(others[i]);
            vm.prank(others[i]);
            records.beginRekey(TOKEN, vm.addr(BUYER), SALE_ENDS);
        }
    }

    function test_RevertWhen_ThereIsNoSuchToken() external {
        refusesNoToken(LAB);
        selling(LAB);
    }

    function test_RevertWhen_TheBuyerIsAContractOfOursOrNobody() external {
        address[5] memory ours = [address(0), address(records), address(hook), EXCHANGER, LENDER];
        for (uint256 i; i < 5; ++i) {
            refusesHolder(ours[i]);
            vm.prank(EXCHANGER);
            records.beginRekey(TOKEN, ours[i], SALE_ENDS);
        }
    }

    function test_RevertGiven_TheTokenIsLocked() external {
        pledged(TOKEN);
        refusesLocked(TOKEN);
        selling(TOKEN);
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        refusesPending(TOKEN);
        selling(TOKEN);
    }

    function test_WhenTheExchangeSellsIt() external {
        vm.expectEmit(address(records));
        emit IRecordRegistry.RekeyRequested(TOKEN, 1, vm.addr(BUYER), SALE_ENDS);
        vm.expectEmit(address(records));
        emit IERC5192.Locked(TOKEN);
        selling(TOKEN);

        TokenState memory state = records.tokenStateOf(TOKEN);
        vm.assertEq(EXCHANGER, state.locker);
        vm.assertEq(1, state.pendingEpoch);
        vm.assertTrue(state.rekey == RekeyState.SalePending);
        vm.assertEq(SALE_ENDS, state.rekeyDeadline);
        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertEq(vm.addr(BUYER), records.receiverOf(TOKEN));
        refusesVersionOf(SECTIONS, 1, 0);
    }

    /// Versions under the keys of the buyer come with him.
    function refusesVersionOf(uint16 sections, uint24 given, uint24 current) private {
        Version[] memory list = new Version[](1);
        list[0] = Version(RECORD, 3, "two", "three", sections, given);
        refusesVersions(list, given, current);
    }
}

contract RecordRegistry_abortRekey_Test is Owning {
    function _aborted() private {
        vm.prank(EXCHANGER);
        records.abortRekey(TOKEN);
    }

    function test_RevertWhen_AnotherThanTheExchangeCalls() external {
        selling(TOKEN);
        address[3] memory others = [LENDER, OWNER, address(this)];
        for (uint256 i; i < 3; ++i) {
            refusesModule(others[i]);
            vm.prank(others[i]);
            records.abortRekey(TOKEN);
        }
    }

    function test_RevertGiven_NothingIsBeingSold() external {
        refusesNoRekey(TOKEN);
        _aborted();
    }

    function test_RevertGiven_NewKeysArePendingWithoutASale() external {
        rotated();
        refusesNoRekey(TOKEN);
        _aborted();
    }

    function test_WhenTheExchangeEndsTheSale() external {
        selling(TOKEN);

        vm.expectEmit(address(records));
        emit IRecordRegistry.RekeyAborted(TOKEN, 1);
        vm.expectEmit(address(records));
        emit IERC5192.Unlocked(TOKEN);
        _aborted();

        TokenState memory state = records.tokenStateOf(TOKEN);
        vm.assertEq(address(0), state.locker);
        vm.assertEq(0, state.pendingEpoch);
        vm.assertEq(0, state.rekeyDeadline);
        vm.assertEq(OWNER, records.receiverOf(TOKEN));
        vm.assertFalse(records.isLocked(TOKEN));
    }

    function test_GivenASaleWasAborted() external {
        selling(TOKEN);
        Rekey memory rekey = renewalOf(TOKEN, "new");
        bytes[] memory signatures = signedBy(rekey, 5);
        _aborted();
        selling(TOKEN);

        refusesEpoch(1, 2);
        vm.prank(EXCHANGER);
        records.completeSale(rekey, signatures);
        _aborted();
        detached(LABORATORY);
        records.rotate(LAB, onRotation(HOSPITAL, LAB));
        vm.assertEq(3, records.tokenStateOf(LAB).pendingEpoch);
    }
}

contract RecordRegistry_completeSale_Test is Owning {
    constructor() {
        selling(TOKEN);
    }

    function _refuses(Rekey memory rekey, bytes memory reason) private {
        bytes[] memory signatures = signedBy(rekey, 5);

        vm.expectRevert(reason);
        vm.prank(EXCHANGER);
        records.completeSale(rekey, signatures);
    }

    function _late(uint64 deadline) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRecordRegistry.RecordRegistry_RekeyLate.selector, deadline);
    }

    function _noRekey(uint256 token) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NoRekey.selector, token);
    }

    function test_RevertWhen_AnotherThanTheExchangeCalls() external {
        Rekey memory rekey = renewalOf(TOKEN, "new");
        bytes[] memory signatures = signedBy(rekey, 5);
        address[3] memory others = [LENDER, OWNER, address(this)];
        for (uint256 i; i < 3; ++i) {
            refusesModule(others[i]);
            vm.prank(others[i]);
            records.completeSale(rekey, signatures);
        }
        refusesNoRekey(TOKEN);
        records.completeRekey(rekey, signatures);
    }

    function test_RevertGiven_NothingIsBeingSold() external {
        Rekey memory rekey = renewalOf(TOKEN, "new");
        rekey.tokenId = LAB;
        _refuses(rekey, _noRekey(LAB));
    }

    function test_RevertGiven_NewKeysArePendingWithoutASale() external {
        vm.prank(EXCHANGER);
        records.abortRekey(TOKEN);
        rotated();
        _refuses(renewalOf(TOKEN, "new"), _noRekey(TOKEN));
    }

    function test_RevertWhen_TheTimeOfTheSaleIsOver() external {
        vm.warp(SALE_ENDS + 1);
        _refuses(renewalOf(TOKEN, "new"), _late(SALE_ENDS));
        vm.warp(SALE_ENDS);
        sold(TOKEN, "new");
    }

    function test_RevertWhen_TheSignaturesAreTooOld() external {
        Rekey memory rekey = renewalOf(TOKEN, "new");
        vm.warp(rekey.deadline + 1);
        _refuses(rekey, _late(rekey.deadline));
    }

    function test_RevertWhen_TheEpochIsAnother() external {
        Rekey memory rekey = renewalOf(TOKEN, "new");
        rekey.epoch = 2;
        _refuses(
            rekey, abi.encodeWithSelector(IRecordRegistry.RecordRegistry_StaleEpoch.selector, 2, 1)
        );
    }

    function test_RevertGiven_AVersionCameInBetween() external {
        Rekey memory rekey = renewalOf(TOKEN, "new");
        advance(Version(RECORD, 3, "two", "three", SECTIONS, 0));
        _refuses(
            rekey,
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_StaleRoot.selector, bytes32("two"), bytes32("three")
            )
        );
    }

    function test_RevertWhen_TheReceiverIsNotTheBuyer() external {
        Rekey memory rekey = renewalOf(TOKEN, "new");
        rekey.receiver = OWNER;
        _refuses(
            rekey,
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_NotReceiver.selector, OWNER, vm.addr(BUYER)
            )
        );
    }

    function test_RevertWhen_ACustodianIsMissing() external {
        Rekey memory rekey = renewalOf(TOKEN, "new");
        bytes[] memory signatures = signedBy(rekey, 2);

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_TooFewSignatures.selector, TOKEN)
        );
        vm.prank(EXCHANGER);
        records.completeSale(rekey, signatures);
    }

    function test_RevertGiven_IncomeCannotBeSettled() external {
        hook.refuse();
        _refuses(renewalOf(TOKEN, "new"), abi.encodeWithSelector(Settled.Settled_Refused.selector));
    }

    function test_WhenTheKeysAreMadeForTheBuyer() external {
        address buyer = vm.addr(BUYER);
        Rekey memory rekey = renewalOf(TOKEN, "new");
        bytes[] memory signatures = signedBy(rekey, 3);

        vm.expectEmit(address(hook));
        emit Settled.Asked(TOKEN);
        vm.expectEmit(address(records));
        emit IRecordRegistry.Rekeyed(TOKEN, 1, "new", "keys");
        vm.expectEmit(address(records));
        emit IERC4906.MetadataUpdate(TOKEN);
        vm.expectEmit(address(records));
        emit IERC5192.Unlocked(TOKEN);
        vm.expectEmit(address(records));
        emit IERC721.Transfer(OWNER, buyer, TOKEN);
        vm.prank(EXCHANGER);
        records.completeSale(rekey, signatures);

        TokenState memory state = records.tokenStateOf(TOKEN);
        vm.assertEq(buyer, records.ownerOf(TOKEN));
        vm.assertEq(OWNER, records.subjectOf(RECORD));
        vm.assertEq(1, state.keyEpoch);
        vm.assertEq(address(0), state.locker);
        vm.assertEq(0, state.rekeyDeadline);
        vm.assertEq(bytes32("new"), records.recordOf(RECORD).root);
        vm.assertFalse(records.isLocked(TOKEN));
    }

    function test_GivenItWasCompleted() external {
        Rekey memory rekey = renewalOf(TOKEN, "new");
        sold(TOKEN, "new");

        _refuses(rekey, _noRekey(TOKEN));
        refusesNoRekey(TOKEN);
        vm.prank(EXCHANGER);
        records.abortRekey(TOKEN);
    }
}

contract RecordRegistry_setUser_Test is Owning {
    address private immutable RENTER = vm.addr(BUYER);

    function _set(address user, uint64 expires) private {
        vm.prank(EXCHANGER);
        records.setUser(LAB, user, expires);
    }

    function test_RevertWhen_AnotherThanTheExchangeCalls() external {
        address[3] memory others = [LENDER, OWNER, address(this)];
        for (uint256 i; i < 3; ++i) {
            refusesModule(others[i]);
            vm.prank(others[i]);
            records.setUser(LAB, RENTER, START + 1);
        }
    }

    function test_RevertWhen_ThereIsNoSuchSection() external {
        refusesMissing(1 << 3);
        vm.prank(EXCHANGER);
        records.setUser(TOKEN | 3, RENTER, START + 1);
        refusesMissing(0);
        vm.prank(EXCHANGER);
        records.setUser(TOKEN | 16, RENTER, START + 1);
        refusesMissing(1);
        vm.prank(EXCHANGER);
        records.setUser(TOKEN, RENTER, START + 1);
    }

    function test_RevertGiven_AnotherUserIsUnexpired() external {
        _set(RENTER, START + 10);
        vm.warp(START + 9);

        vm.expectRevert(
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_UserUnexpired.selector, LAB, START + 10
            )
        );
        _set(OWNER, START + 20);
    }

    function test_WhenTheExchangeNamesAUser() external {
        vm.expectEmit(address(records));
        emit IERC4907.UpdateUser(LAB, RENTER, START + 10);
        _set(RENTER, START + 10);

        vm.assertEq(RENTER, records.userOf(LAB));
        vm.assertEq(START + 10, records.userExpires(LAB));
        vm.warp(START + 9);
        vm.assertEq(RENTER, records.userOf(LAB));
        vm.warp(START + 10);
        vm.assertEq(address(0), records.userOf(LAB));
    }

    function test_WhenTheTimeOfTheUserChanges() external {
        _set(RENTER, START + 10);
        _set(RENTER, START + 30);
        vm.assertEq(START + 30, records.userExpires(LAB));
        _set(RENTER, START);

        vm.assertEq(address(0), records.userOf(LAB));
    }

    function test_GivenTheUserHasExpired() external {
        _set(RENTER, START + 10);
        vm.warp(START + 10);
        _set(OWNER, START + 20);

        vm.assertEq(OWNER, records.userOf(LAB));
    }
}
