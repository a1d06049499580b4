// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC5643} from "../../src/exchange/IERC5643.sol";
import {End, ILicenseBook, LicenseState, Reason} from "../../src/exchange/ILicenseBook.sol";
import {Kind} from "../../src/exchange/IOfferBook.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Selling} from "./Selling.sol";

/// A subscription of the social section and the laboratory, for thirty days.
abstract contract Running is Selling {
    uint32 internal offer;
    uint256 internal id;
    uint64 internal end;

    constructor() {
        offer = posted(Kind.Subscription);
        id = subscribed(LICENSEE, offer, SOCIAL | LABORATORY, 30);
        end = midnightIn(30);
    }

    function refusesRenewal(uint256 license, uint16 termDays, bytes memory reason) internal {
        Intent memory by = onRenewal(LICENSEE, license, termDays, type(uint256).max);
        vm.expectRevert(reason);
        licenses.renew(license, termDays, type(uint256).max, by);
    }

    function creditOf(uint256 key) internal view returns (uint256) {
        return router.creditOf(vm.addr(key));
    }
}

contract LicenseBook_renew_Test is Running {
    function test_RevertGiven_ThereIsNoSuchLicense() external {
        refusesRenewal(
            7, 30, abi.encodeWithSelector(ILicenseBook.LicenseBook_UnknownLicense.selector, 7)
        );
    }

    function test_RevertGiven_ItHasEnded() external {
        revoke(id);
        refusesRenewal(id, 30, abi.encodeWithSelector(ILicenseBook.LicenseBook_Ended.selector, id));
    }

    function test_RevertWhen_AnotherThanThePayerSigns() external {
        Intent memory by = onRenewal(RIVAL, id, 30, 9_999);
        refuses(ILicenseBook.LicenseBook_NotLicensee.selector, id, by.signer);
        licenses.renew(id, 30, 9_999, by);
    }

    function test_RevertGiven_TheLicenseeIsNotAccredited() external {
        decide(act(ActionKind.SetRoles, vm.addr(LICENSEE), 0));
        refusesRenewal(
            id,
            30,
            abi.encodeWithSelector(
                ILicenseBook.LicenseBook_NotAccredited.selector, vm.addr(LICENSEE)
            )
        );
    }

    function test_RevertGiven_TheOfferIsClosed() external {
        closed(offer);
        refusesRenewal(
            id, 30, abi.encodeWithSelector(ILicenseBook.LicenseBook_OfferClosed.selector, offer)
        );
    }

    function test_RevertWhen_TheTermIsOutOfRange() external {
        bytes4 reason = ILicenseBook.LicenseBook_TermOutOfRange.selector;
        refusesRenewal(id, 29, abi.encodeWithSelector(reason, 29));
        refusesRenewal(id, 366, abi.encodeWithSelector(reason, 366));
        uint256 perpetual = acquired(LICENSEE, posted(Kind.Perpetual), SOCIAL);
        refusesRenewal(perpetual, 30, abi.encodeWithSelector(reason, 30));
    }

    function test_RevertGiven_ThePolicyWasNarrowed() external {
        setPolicy(SOCIAL, GRU, 0xffff, 1);
        refusesRenewal(
            id, 30, abi.encodeWithSelector(ILicenseBook.LicenseBook_OutsidePolicy.selector, RECORD)
        );
    }

    function test_RevertGiven_ASectionIsClosed() external {
        close(LABORATORY_ID);
        reopen(LABORATORY_ID);
        refusesRenewal(
            id,
            30,
            abi.encodeWithSelector(ILicenseBook.LicenseBook_SectionClosed.selector, LABORATORY_ID)
        );
    }

    function test_RevertGiven_ItHasLapsedAndSomebodyHasItToHimself() external {
        vm.warp(end);
        rented(RIVAL, posted(Kind.Exclusive), SOCIAL, 30);
        refusesRenewal(
            id,
            30,
            abi.encodeWithSelector(
                ILicenseBook.LicenseBook_Overlap.selector, SOCIAL_ID, midnightIn(30)
            )
        );
    }

    function test_RevertWhen_ItCostsMore() external {
        Intent memory by = onRenewal(LICENSEE, id, 30, 359);
        refuses(ILicenseBook.LicenseBook_PriceAbove.selector, 359, 360);
        licenses.renew(id, 30, 359, by);
    }

    function test_WhenItRuns() external {
        uint256 before = spentBy(LICENSEE);
        pass(29 * DAY);
        Intent memory by = onRenewal(LICENSEE, id, 30, 360);
        vm.expectEmit(address(licenses));
        emit ILicenseBook.LicenseRenewed(id, end + 30 * DAY, 360);
        vm.expectEmit(address(licenses));
        emit IERC5643.SubscriptionUpdate(id, end + 30 * DAY);
        licenses.renew(id, 30, 360, by);

        vm.assertEq(end + 30 * DAY, licenses.expiresAt(id));
        vm.assertEq(before + 360, spentBy(LICENSEE));
    }

    function test_WhenNewKeysArePending() external {
        rotated();
        renew(LICENSEE, id, 30);

        vm.assertEq(end + 30 * DAY, licenses.expiresAt(id));
    }

    function test_WhenItHasLapsed() external {
        uint256 before = spentBy(LICENSEE);
        vm.warp(end + 9 * DAY + 1);
        isReason(Reason.Time, id, LICENSEE, 1);
        uint64 later = midnightIn(30);
        renew(LICENSEE, id, 30);

        vm.assertEq(later, licenses.expiresAt(id));
        vm.assertEq(before + priceOf(12, later - block.timestamp), spentBy(LICENSEE));
        isReason(Reason.None, id, LICENSEE, 1);
    }

    function test_WhenItIsExclusive() external {
        vm.warp(end);
        uint256 alone = rented(RIVAL, posted(Kind.Exclusive), SOCIAL, 30);
        renew(RIVAL, alone, 40);

        vm.assertEq(licenses.expiresAt(alone), records.userExpires(SOCIAL_ID));
        vm.assertEq(end + 70 * DAY, licenses.expiresAt(alone));
    }
}

contract LicenseBook_renewSubscription_Test is Running {
    function test_RevertWhen_ValueIsSent() external {
        refuses(ILicenseBook.LicenseBook_ValueNotAccepted.selector);
        licenses.renewSubscription{value: 1}(id, 30 * DAY);
    }

    function test_RevertWhen_TheDurationIsNotOfWholeDays() external {
        refuses(ILicenseBook.LicenseBook_TermOutOfRange.selector, 30);
        licenses.renewSubscription(id, 30 * DAY + 1);
        refuses(ILicenseBook.LicenseBook_TermOutOfRange.selector, 65_536);
        licenses.renewSubscription(id, 65_536 * DAY);
    }

    function test_RevertWhen_AnotherThanThePayerSends() external {
        refuses(ILicenseBook.LicenseBook_NotLicensee.selector, id, address(this));
        licenses.renewSubscription(id, 30 * DAY);
    }

    function test_WhenThePayerSends() external {
        vm.prank(vm.addr(LICENSEE));
        licenses.renewSubscription(id, 30 * DAY);

        vm.assertEq(end + 30 * DAY, licenses.expiresAt(id));
    }
}

contract LicenseBook_cancel_Test is Running {
    function _refuses(uint256 key, uint256 license, bytes memory reason) private {
        Intent memory by = onLicense(key, "Cancel", license);
        vm.expectRevert(reason);
        licenses.cancel(license, by);
    }

    function test_RevertWhen_AnotherThanThePayerSigns() external {
        bytes4 reason = ILicenseBook.LicenseBook_NotLicensee.selector;
        _refuses(RIVAL, id, abi.encodeWithSelector(reason, id, vm.addr(RIVAL)));
    }

    function test_RevertWhen_NothingWouldEndEarlier() external {
        bytes4 reason = ILicenseBook.LicenseBook_NotCancelable.selector;
        _refuses(LICENSEE, id, abi.encodeWithSelector(reason, id));
        uint256 perpetual = acquired(LICENSEE, posted(Kind.Perpetual), SOCIAL);
        _refuses(LICENSEE, perpetual, abi.encodeWithSelector(reason, perpetual));
    }

    function test_RevertGiven_ASectionIsClosed() external {
        renew(LICENSEE, id, 30);
        close(SOCIAL_ID);
        bytes4 reason = ILicenseBook.LicenseBook_SectionClosed.selector;
        _refuses(LICENSEE, id, abi.encodeWithSelector(reason, SOCIAL_ID));
    }

    function test_WhenTheShortestTermRuns() external {
        renew(LICENSEE, id, 30);
        Intent memory by = onLicense(LICENSEE, "Cancel", id);
        vm.expectEmit(address(licenses));
        emit ILicenseBook.LicenseCanceled(id, end, 360);
        vm.expectEmit(address(licenses));
        emit IERC5643.SubscriptionUpdate(id, end);
        licenses.cancel(id, by);

        vm.assertEq(end, licenses.expiresAt(id));
        vm.assertEq(360, creditOf(LICENSEE));
    }

    function test_WhenTheShortestTermIsOver() external {
        renew(LICENSEE, id, 30);
        vm.warp(end + DAY);
        cancel(LICENSEE, id);

        vm.assertEq(end + 2 * DAY, licenses.expiresAt(id));
        vm.assertEq(28 * 12, creditOf(LICENSEE));
        isReason(Reason.None, id, LICENSEE, 1);
        vm.warp(end + 2 * DAY);
        isReason(Reason.Time, id, LICENSEE, 1);
    }

    function test_WhenItIsExclusive() external {
        vm.warp(end);
        uint32 exclusive = posted(Kind.Exclusive);
        uint256 alone = rented(RIVAL, exclusive, SOCIAL, 60);
        pass(40 * DAY + 7);
        cancel(RIVAL, alone);
        vm.assertEq(end + 41 * DAY, records.userExpires(SOCIAL_ID));
        vm.warp(end + 41 * DAY);
        uint256 next = rented(LICENSEE, exclusive, SOCIAL, 30);

        isReason(Reason.None, next, LICENSEE, 1);
    }
}

contract LicenseBook_cancelSubscription_Test is Running {
    function test_RevertWhen_ValueIsSent() external {
        refuses(ILicenseBook.LicenseBook_ValueNotAccepted.selector);
        licenses.cancelSubscription{value: 1}(id);
    }

    function test_RevertWhen_AnotherThanThePayerSends() external {
        refuses(ILicenseBook.LicenseBook_NotLicensee.selector, id, address(this));
        licenses.cancelSubscription(id);
    }

    function test_WhenThePayerSends() external {
        renew(LICENSEE, id, 30);
        vm.prank(vm.addr(LICENSEE));
        licenses.cancelSubscription(id);

        vm.assertEq(end, licenses.expiresAt(id));
    }
}

contract LicenseBook_revoke_Test is Running {
    function test_RevertWhen_AnotherThanTheSubjectSigns() external {
        Intent memory by = onLicense(LICENSEE, "Revoke", id);
        refuses(ILicenseBook.LicenseBook_NotSubject.selector, id, by.signer);
        licenses.revoke(id, by);
    }

    function test_RevertGiven_ItHasEnded() external {
        Intent memory by = onLicense(PATIENT, "Revoke", id);
        licenses.revoke(id, by);
        refuses(ILicenseBook.LicenseBook_Ended.selector, id);
        licenses.revoke(id, by);
    }

    function test_WhenTheSubjectSigns() external {
        pass(10 * DAY);
        uint256 left = end - block.timestamp;
        uint256 refund = 5 * left / DAY + 7 * left / DAY;
        Intent memory by = onLicense(PATIENT, "Revoke", id);
        vm.expectEmit(address(licenses));
        emit ILicenseBook.LicenseEnded(id, End.Revoked, refund);
        licenses.revoke(id, by);

        isReason(Reason.Time, id, LICENSEE, 1);
        vm.assertEq(refund, creditOf(LICENSEE));
        vm.assertEq(0, router.rateOf(TOKEN));
        vm.assertEq(0, licenses.balanceOf(vm.addr(LICENSEE)));
        refuses(IERC721Errors.ERC721NonexistentToken.selector, id);
        licenses.ownerOf(id);
    }

    function test_WhenItIsExclusive() external {
        vm.warp(end);
        uint32 exclusive = posted(Kind.Exclusive);
        revoke(rented(RIVAL, exclusive, SOCIAL, 60));
        uint256 next = rented(LICENSEE, exclusive, SOCIAL, 30);

        isReason(Reason.None, next, LICENSEE, 1);
    }

    /// His own term over, he must not free a section that another has to himself now.
    function test_GivenItIsExclusiveAndOver() external {
        vm.warp(end);
        uint32 exclusive = posted(Kind.Exclusive);
        uint256 over = rented(RIVAL, exclusive, SOCIAL, 30);
        pass(31 * DAY);
        rented(LICENSEE, exclusive, SOCIAL, 30);
        revoke(over);

        vm.assertEq(vm.addr(LICENSEE), records.userOf(SOCIAL_ID));
    }
}

contract LicenseBook_prune_Test is Running {
    function test_RevertGiven_NothingIsClosed() external {
        refuses(ILicenseBook.LicenseBook_NothingToPrune.selector, id);
        licenses.prune(id);
    }

    function test_RevertGiven_ItHasEnded() external {
        revoke(id);
        refuses(ILicenseBook.LicenseBook_Ended.selector, id);
        licenses.prune(id);
    }

    function test_GivenASectionIsClosed() external {
        pass(DAY);
        close(LABORATORY_ID);
        uint256 refund = 7 * (end - block.timestamp) / DAY;
        pass(5 * DAY);
        isReason(Reason.Generation, id, LICENSEE, 7);
        isReason(Reason.None, id, LICENSEE, 1);
        vm.expectEmit(address(licenses));
        emit ILicenseBook.LicensePruned(id, SOCIAL, refund);
        licenses.prune(id);

        isReason(Reason.Section, id, LICENSEE, 7);
        isReason(Reason.None, id, LICENSEE, 1);
        vm.assertEq(refund, creditOf(LICENSEE));
        vm.assertEq(5, router.rateOf(TOKEN));
        renew(LICENSEE, id, 30);
    }

    function test_GivenEverySectionIsClosed() external {
        close(LABORATORY_ID);
        close(SOCIAL_ID);
        uint256 refund = 5 * (end - START) / DAY + 7 * (end - START) / DAY;
        vm.expectEmit(address(licenses));
        emit ILicenseBook.LicenseEnded(id, End.Closed, refund);
        licenses.prune(id);

        vm.assertEq(uint256(LicenseState.Ended), uint256(licenses.licenseOf(id).state));
        vm.assertEq(refund, creditOf(LICENSEE));
    }

    function test_GivenItWasClosedBeforeItLapsed() external {
        close(LABORATORY_ID);
        vm.warp(end + DAY);
        licenses.prune(id);

        vm.assertEq(7 * (end - START) / DAY, creditOf(LICENSEE));
    }

    function test_GivenTheRecordIsErased() external {
        authority.erase(
            RECORD, signed(PATIENT, address(authority), "Erase(uint128 record", abi.encode(RECORD))
        );
        licenses.prune(id);

        isReason(Reason.Generation, id, LICENSEE, 1);
        vm.assertTrue(creditOf(LICENSEE) > 0);
    }
}
