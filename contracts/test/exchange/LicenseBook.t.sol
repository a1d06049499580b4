// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {
    ILicenseBook,
    License,
    LicenseState,
    Purchase,
    Reason
} from "../../src/exchange/ILicenseBook.sol";
import {Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {IERC5192} from "../../src/records/IERC5192.sol";
import {Version} from "../../src/records/IRecordRegistry.sol";
import {Prepayment} from "../../src/revenue/IRevenueRouter.sol";
import {Selling} from "./Selling.sol";

abstract contract Buying is Selling {
    uint32 internal offer;

    constructor() {
        offer = posted(Kind.Subscription);
    }

    function refusesPurchase(Purchase memory purchase, bytes memory reason) internal {
        Intent memory by = onPurchase(LICENSEE, "Subscribe", purchase);
        vm.expectRevert(reason);
        licenses.subscribe(purchase, by);
    }

    function refusesMask(uint32 id, uint16 mask) internal {
        refusesPurchase(
            purchaseOf(id, mask, 30),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_MaskNotOffered.selector, mask)
        );
    }

    function refusesDays(uint16 termDays) internal {
        refusesPurchase(
            purchaseOf(offer, SOCIAL, termDays),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_TermOutOfRange.selector, termDays)
        );
    }
}

contract LicenseBook_subscribe_Test is Buying {
    function test_RevertWhen_TheSignerIsNoAccreditedLicensee() external {
        Purchase memory purchase = purchaseOf(offer, SOCIAL, 30);
        Intent memory by = onPurchase(LENDER, "Subscribe", purchase);
        refuses(ILicenseBook.LicenseBook_NotAccredited.selector, by.signer);
        licenses.subscribe(purchase, by);

        decide(act(ActionKind.Suspend, vm.addr(LICENSEE), 0));
        refusesPurchase(
            purchase,
            abi.encodeWithSelector(
                ILicenseBook.LicenseBook_NotAccredited.selector, vm.addr(LICENSEE)
            )
        );
    }

    function test_RevertGiven_OpeningIsPaused() external {
        decide(act(ActionKind.PauseOpening, address(0), 1 days));
        refusesPurchase(
            purchaseOf(offer, SOCIAL, 30),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_OpeningPaused.selector)
        );
    }

    function test_RevertWhen_TheIntentWasTaken() external {
        Purchase memory purchase = purchaseOf(offer, SOCIAL, 30);
        Intent memory by = onPurchase(LICENSEE, "Subscribe", purchase);
        uint256 id = licenses.subscribe(purchase, by);

        refuses(ILicenseBook.LicenseBook_AlreadyExists.selector, id);
        licenses.subscribe(purchase, by);
    }

    function test_RevertGiven_TheOfferIsClosed() external {
        closed(offer);
        bytes4 reason = ILicenseBook.LicenseBook_OfferClosed.selector;
        refusesPurchase(
            purchaseOf(offer, SOCIAL, 30), abi.encodeWithSelector(reason, uint256(offer))
        );
        refusesPurchase(purchaseOf(9, SOCIAL, 30), abi.encodeWithSelector(reason, 9));
        offer = posted(Kind.Subscription);
        vm.warp(START + 365 * DAY);
        refusesPurchase(
            purchaseOf(offer, SOCIAL, 30), abi.encodeWithSelector(reason, uint256(offer))
        );
    }

    function test_RevertWhen_TheOfferIsOfAnotherKind() external {
        uint32 other = posted(Kind.Exclusive);
        refusesPurchase(
            purchaseOf(other, SOCIAL, 30),
            abi.encodeWithSelector(
                ILicenseBook.LicenseBook_WrongKind.selector, other, Kind.Exclusive
            )
        );
    }

    function test_RevertWhen_TheSectionsAreNotOffered() external {
        refusesMask(offer, 0);
        refusesMask(offer, 1 << 2);
        Offer memory whole = offerOf(Kind.Subscription);
        whole.flags = 1;
        refusesMask(posted(whole), SOCIAL);
    }

    function test_RevertGiven_ASectionIsATokenOfItsOwn() external {
        Intent memory by = signed(
            PATIENT,
            address(records),
            "Detach(uint128 recordId,uint16 mask",
            abi.encode(RECORD, SOCIAL)
        );
        by.signer = subject;
        records.detach(RECORD, SOCIAL, by);

        refusesMask(offer, SOCIAL);
    }

    function test_RevertWhen_TheTermIsOutOfRange() external {
        refusesDays(29);
        refusesDays(366);
        refusesDays(0);
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        refusesPurchase(
            purchaseOf(offer, SOCIAL, 30),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_RekeyPending.selector, TOKEN)
        );
    }

    function test_RevertGiven_ThePolicyWasNarrowed() external {
        setPolicy(LABORATORY, GRU, 0xffff, 1);
        subscribed(LICENSEE, offer, LABORATORY, 30);
        refusesPurchase(
            purchaseOf(offer, SOCIAL, 30),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_OutsidePolicy.selector, RECORD)
        );
    }

    function test_RevertWhen_TheUseIsNotOffered() external {
        Offer memory terms = offerOf(Kind.Subscription);
        terms.uses = 1;
        Purchase memory purchase = purchaseOf(posted(terms), SOCIAL, 30);
        bytes4 reason = ILicenseBook.LicenseBook_OutsideUses.selector;
        refusesPurchase(purchase, abi.encodeWithSelector(reason, DRUG));
        purchase.use = 16;
        refusesPurchase(purchase, abi.encodeWithSelector(reason, 16));
    }

    function test_RevertWhen_TheVersionIsNotThere() external {
        Purchase memory purchase = purchaseOf(offer, SOCIAL, 30);
        purchase.minVersion = 3;
        refusesPurchase(
            purchase, abi.encodeWithSelector(ILicenseBook.LicenseBook_StaleVersion.selector, 3, 2)
        );
    }

    function test_RevertGiven_TheSectionIsClosed() external {
        close(SOCIAL_ID);
        refusesPurchase(
            purchaseOf(offer, SOCIAL, 30),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_SectionClosed.selector, SOCIAL_ID)
        );
    }

    function test_RevertGiven_SomebodyHasItToHimself() external {
        rented(RIVAL, posted(Kind.Exclusive), SOCIAL, 30);
        refusesPurchase(
            purchaseOf(offer, SOCIAL, 30),
            abi.encodeWithSelector(
                ILicenseBook.LicenseBook_Overlap.selector, SOCIAL_ID, midnightIn(30)
            )
        );
        subscribed(LICENSEE, offer, LABORATORY, 30);
    }

    function test_RevertWhen_ItCostsMore() external {
        Purchase memory purchase = purchaseOf(offer, SOCIAL, 30);
        uint256 price = priceOf(5, midnightIn(30) - START);
        purchase.maxPrice = price - 1;
        refusesPurchase(
            purchase,
            abi.encodeWithSelector(ILicenseBook.LicenseBook_PriceAbove.selector, price - 1, price)
        );
    }

    function test_RevertWhen_ATermDiffersFromTheSigned() external {
        Purchase memory purchase = purchaseOf(offer, SOCIAL, 30);
        Intent memory by = onPurchase(LICENSEE, "Rent", purchase);
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, by.signer)
        );
        licenses.subscribe(purchase, by);
    }

    function test_WhenALicenseeSubscribes() external {
        Purchase memory purchase = purchaseOf(offer, SOCIAL | LABORATORY, 30);
        Intent memory by = onPurchase(LICENSEE, "Subscribe", purchase);
        uint256 expected = uint256(keccak256(abi.encode(by.signer, by.nonce))) >> 128;
        uint64 end = midnightIn(30);
        uint256 price = priceOf(12, end - START);
        License memory license = License(
            offer,
            type(uint24).max,
            0,
            SOCIAL | LABORATORY,
            DRUG,
            Kind.Subscription,
            LicenseState.Live
        );

        vm.expectEmit(address(licenses));
        emit ILicenseBook.LicenseIssued(expected, TOKEN, by.signer, offer, 0, license, end, price);
        vm.expectEmit(address(licenses));
        emit IERC721.Transfer(address(0), by.signer, expected);
        vm.expectEmit(address(licenses));
        emit IERC5192.Locked(expected);
        uint256 id = licenses.subscribe(purchase, by);

        vm.assertEq(expected, id);
        vm.assertEq(abi.encode(license), abi.encode(licenses.licenseOf(id)));
        vm.assertEq(by.signer, licenses.ownerOf(id));
        vm.assertEq(1, licenses.balanceOf(by.signer));
        vm.assertTrue(licenses.locked(id));
        vm.assertEq(end, licenses.expiresAt(id));
        vm.assertTrue(licenses.isRenewable(id));
        vm.assertEq(price, spentBy(LICENSEE));
        vm.assertEq(price, router.escrowed());
        vm.assertEq(12, router.rateOf(TOKEN));
        isReason(Reason.None, id, LICENSEE, 7);
    }

    function test_WhenSeveralSubscribe() external {
        uint256 first = subscribed(LICENSEE, offer, SOCIAL, 30);
        uint256 second = subscribed(RIVAL, offer, SOCIAL, 60);

        isReason(Reason.None, first, LICENSEE, 1);
        isReason(Reason.None, second, RIVAL, 1);
        isReason(Reason.Holder, first, RIVAL, 1);
        vm.assertEq(10, router.rateOf(TOKEN));
    }
}

contract LicenseBook_rent_Test is Buying {
    uint32 private immutable EXCLUSIVE;

    constructor() {
        EXCLUSIVE = posted(Kind.Exclusive);
    }

    function _refusesUntil(uint256 until) private {
        Purchase memory purchase = purchaseOf(EXCLUSIVE, SOCIAL, 30);
        Intent memory by = onPurchase(LICENSEE, "Rent", purchase);
        refuses(ILicenseBook.LicenseBook_Overlap.selector, SOCIAL_ID, until);
        licenses.rent(purchase, by);
    }

    function test_RevertGiven_SomebodySharesIt() external {
        uint256 id = subscribed(RIVAL, offer, SOCIAL, 60);
        uint64 end = midnightIn(60);
        _refusesUntil(end);
        pass(31 * DAY);
        cancel(RIVAL, id);
        _refusesUntil(end);
        vm.warp(end);
        rented(LICENSEE, EXCLUSIVE, SOCIAL, 30);
    }

    function test_RevertGiven_SomebodyOwnsItForEver() external {
        acquired(RIVAL, posted(Kind.Perpetual), SOCIAL);
        pass(364 * DAY);
        _refusesUntil(65_535 * uint256(DAY));
    }

    function test_RevertGiven_SomebodyHasItToHimself() external {
        rented(RIVAL, EXCLUSIVE, SOCIAL, 30);
        _refusesUntil(midnightIn(30));
    }

    function test_WhenNobodyHasIt() external {
        uint256 id = rented(LICENSEE, EXCLUSIVE, SOCIAL, 30);

        vm.assertEq(vm.addr(LICENSEE), records.userOf(SOCIAL_ID));
        vm.assertEq(midnightIn(30), records.userExpires(SOCIAL_ID));
        vm.assertEq(0, router.streamOf(SOCIAL_ID).sharedThroughDay);
        isReason(Reason.None, id, LICENSEE, 1);
    }

    function test_GivenThoseWhoSharedItAreClosedOut() external {
        subscribed(RIVAL, offer, SOCIAL, 60);
        close(SOCIAL_ID);
        reopen(SOCIAL_ID);
        uint256 id = rented(LICENSEE, EXCLUSIVE, SOCIAL, 30);

        isReason(Reason.None, id, LICENSEE, 1);
    }
}

contract LicenseBook_acquire_Test is Buying {
    uint32 private immutable PERPETUAL;

    constructor() {
        PERPETUAL = posted(Kind.Perpetual);
    }

    function test_RevertWhen_ThereIsATerm() external {
        Purchase memory purchase = purchaseOf(PERPETUAL, SOCIAL, 30);
        Intent memory by = onPurchase(LICENSEE, "Acquire", purchase);
        refuses(ILicenseBook.LicenseBook_TermOutOfRange.selector, 30);
        licenses.acquire(purchase, by);
    }

    function test_WhenALicenseeAcquires() external {
        uint256 id = acquired(LICENSEE, PERPETUAL, SOCIAL);
        uint64 end = midnightIn(360);
        Prepayment memory paid = router.prepaymentOf(TOKEN, id);

        vm.assertEq(priceOf(5, end - START), spentBy(LICENSEE));
        vm.assertEq(end / DAY, paid.endDay);
        vm.assertFalse(paid.isRecurring);
        vm.assertEq(type(uint64).max, licenses.expiresAt(id));
        vm.assertFalse(licenses.isRenewable(id));
        vm.assertEq(2, licenses.licenseOf(id).versionMax);
    }

    function test_GivenItIsPaidOff() external {
        uint256 id = acquired(LICENSEE, PERPETUAL, SOCIAL);
        advance(Version(RECORD, 3, "two", "three", SECTIONS, 0));
        pass(3_000 * DAY);
        (bool isOpen, Reason reason) = licenses.checkAccess(id, vm.addr(LICENSEE), 1, 3, DRUG);

        isReason(Reason.None, id, LICENSEE, 1);
        vm.assertFalse(isOpen);
        vm.assertEq(uint256(Reason.Version), uint256(reason));
    }
}

contract LicenseBook_transferFrom_Test is Buying {
    function test_RevertWhen_ALicenseIsToMove() external {
        uint256 id = subscribed(LICENSEE, offer, SOCIAL, 30);
        bytes4 reason = ILicenseBook.LicenseBook_NonTransferable.selector;
        (address from, address to) = (vm.addr(LICENSEE), vm.addr(RIVAL));
        refuses(reason);
        licenses.transferFrom(from, to, id);
        refuses(reason);
        licenses.safeTransferFrom(from, to, id);
        refuses(reason);
        licenses.safeTransferFrom(from, to, id, "");
        refuses(reason);
        licenses.approve(to, id);
        refuses(reason);
        licenses.setApprovalForAll(to, true);

        vm.assertEq(address(0), licenses.getApproved(id));
        vm.assertFalse(licenses.isApprovedForAll(from, to));
    }
}

contract LicenseBook_supportsInterface_Test is Buying {
    function test_WhenAskedForTheStandardsOfTheDesign() external view {
        bytes4[4] memory known =
            [bytes4(0x01ffc9a7), bytes4(0x80ac58cd), bytes4(0xb45a3c0e), bytes4(0x8c65f84d)];
        for (uint256 i; i < 4; ++i) {
            vm.assertTrue(licenses.supportsInterface(known[i]));
        }
        vm.assertFalse(licenses.supportsInterface(0xffffffff));
    }
}
