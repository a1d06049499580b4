// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicenseBook} from "../../src/exchange/ILicenseBook.sol";
import {IOfferBook, Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {Terms} from "../../src/exchange/Terms.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Version} from "../../src/records/IRecordRegistry.sol";
import {Leg} from "../../src/revenue/IRevenueRouter.sol";
import {Claims} from "../revenue/Claims.sol";
import {Selling} from "./Selling.sol";

abstract contract Offering is Selling {
    function refusesOffer(Offer memory offer, bytes memory reason) internal {
        uint48[] memory prices = pricesOf(offer);
        Intent memory by = onOffer(PATIENT, offer, prices);

        vm.expectRevert(reason);
        offers.postOffer(offer, prices, unsigned(), by);
    }

    function refusesPolicy(Offer memory offer) internal {
        refusesOffer(
            offer, abi.encodeWithSelector(ILicenseBook.LicenseBook_OutsidePolicy.selector, RECORD)
        );
    }

    function pledged() internal {
        claims.put(CLAIM, Claims.Claim(vm.addr(LENDER), subject, 0, 1_000));
        claims.place(TOKEN, CLAIM);
    }

    function given(address to) internal {
        Intent memory by = signed(
            PATIENT, address(records), "Transfer(uint256 tokenId,address to", abi.encode(TOKEN, to)
        );
        by.signer = subject;
        records.transfer(TOKEN, to, by);
    }
}

contract OfferBook_postOffer_Test is Offering {
    function test_RevertWhen_ATermDiffersFromTheSigned() external {
        Offer memory offer = offerOf(Kind.Subscription);
        uint48[] memory prices = pricesOf(offer);
        Intent memory by = onOffer(PATIENT, offer, prices);
        prices[1] += 1;

        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, subject)
        );
        offers.postOffer(offer, prices, unsigned(), by);
    }

    function test_RevertGiven_OpeningIsPaused() external {
        decide(act(ActionKind.PauseOpening, address(0), 1 days));
        refusesOffer(
            offerOf(Kind.Subscription),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_OpeningPaused.selector)
        );
    }

    function test_RevertWhen_AnotherThanTheOwnerSigns() external {
        Offer memory offer = offerOf(Kind.Subscription);
        uint48[] memory prices = pricesOf(offer);
        Intent memory by = onOffer(LICENSEE, offer, prices);
        refuses(ILicenseBook.LicenseBook_NotOwner.selector, TOKEN, vm.addr(LICENSEE));
        offers.postOffer(offer, prices, unsigned(), by);

        offer.seller = vm.addr(LICENSEE);
        by = onOffer(LICENSEE, offer, prices);
        refuses(ILicenseBook.LicenseBook_NotOwner.selector, TOKEN, vm.addr(LICENSEE));
        offers.postOffer(offer, prices, unsigned(), by);
    }

    function test_RevertWhen_ItHasEnded() external {
        Offer memory offer = offerOf(Kind.Subscription);
        offer.until = uint32(block.timestamp);
        refusesOffer(
            offer, abi.encodeWithSelector(ILicenseBook.LicenseBook_Expired.selector, offer.until)
        );
    }

    function test_RevertWhen_ASectionIsNeverLicensed() external {
        Offer memory offer = offerOf(Kind.Subscription);
        offer.mask |= 1 << 14;
        bytes4 reason = ILicenseBook.LicenseBook_NotLicensable.selector;
        refusesOffer(offer, abi.encodeWithSelector(reason, 14));
        offer.mask = 1;
        refusesOffer(offer, abi.encodeWithSelector(reason, 0));
    }

    function test_RevertWhen_TheTokenHasNotTheSections() external {
        Offer memory offer = offerOf(Kind.Subscription);
        bytes4 reason = ILicenseBook.LicenseBook_MaskNotOffered.selector;
        (uint16 missing, uint16 none) = (1 << 3, 0);
        offer.mask = missing;
        refusesOffer(offer, abi.encodeWithSelector(reason, missing));
        offer.mask = none;
        refusesOffer(offer, abi.encodeWithSelector(reason, none));
        offer = offerOf(Kind.Sale);
        offer.mask = SOCIAL;
        refusesOffer(offer, abi.encodeWithSelector(reason, SOCIAL));
    }

    function test_RevertWhen_ThereIsNotOnePriceForEachSection() external {
        Offer memory offer = offerOf(Kind.Subscription);
        uint48[] memory prices = new uint48[](3);
        Intent memory by = onOffer(PATIENT, offer, prices);
        refuses(ILicenseBook.LicenseBook_BadPrices.selector, 3, 2);
        offers.postOffer(offer, prices, unsigned(), by);

        offer = offerOf(Kind.Sale);
        by = onOffer(PATIENT, offer, prices);
        refuses(ILicenseBook.LicenseBook_BadPrices.selector, 3, 1);
        offers.postOffer(offer, prices, unsigned(), by);
    }

    function test_RevertWhen_TheTermsAreOutOfTheirBounds() external {
        bytes4 reason = ILicenseBook.LicenseBook_TermOutOfRange.selector;
        Offer memory offer = offerOf(Kind.Exclusive);
        (offer.minDays, offer.maxDays) = (0, 30);
        refusesOffer(offer, abi.encodeWithSelector(reason, 0));
        (offer.minDays, offer.maxDays) = (31, 30);
        refusesOffer(offer, abi.encodeWithSelector(reason, 30));
        (offer.minDays, offer.maxDays) = (1, 1_096);
        refusesOffer(offer, abi.encodeWithSelector(reason, 1_096));
    }

    function test_RevertWhen_SublicensesAreTooDeepOrDearer() external {
        bytes4 reason = ILicenseBook.LicenseBook_BadSublicense.selector;
        Offer memory offer = offerOf(Kind.Subscription);
        offer.sublicenseDepth = 4;
        refusesOffer(offer, abi.encodeWithSelector(reason, 4, 0));
        (offer.sublicenseDepth, offer.sublicenseBps) = (3, 10_001);
        refusesOffer(offer, abi.encodeWithSelector(reason, 3, 10_001));
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        refusesOffer(
            offerOf(Kind.Subscription),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_RekeyPending.selector, TOKEN)
        );
    }

    function test_RevertWhen_ThePolicyDoesNotLetIt() external {
        setPolicy(SOCIAL, GRU, 0xffff, 1);
        refusesPolicy(offerOf(Kind.Subscription));
        setPolicy(SECTIONS, GRU, 0xfffe, 1);
        refusesPolicy(offerOf(Kind.Subscription));
        setPolicy(SECTIONS, GRU, 0xffff, 2);
        refusesPolicy(offerOf(Kind.Subscription));
        setPolicy(SECTIONS, 1 << 6, 0xffff, 1);
        refusesPolicy(offerOf(Kind.Subscription));
        setPolicy(SECTIONS, GRU | 1 << 46, 0xffff, 1);
        refusesPolicy(offerOf(Kind.Subscription));
        setPolicy(SECTIONS, GRU | 1 << 6, 0xffff, 1);
        Offer memory offer = offerOf(Kind.Subscription);
        offer.duo = GRU | 1 << 6;
        refusesPolicy(offer);
        offer.duo = GRU | 1;
        refusesPolicy(offer);
        (offer.duo, offer.uses) = (GRU, 0);
        refusesPolicy(offer);
        (offer.uses, offer.regions) = (1, 0);
        refusesPolicy(offer);
    }

    function test_RevertWhen_WhatIsForATimeIsOfferedForEver() external {
        setPolicy(SECTIONS, GRU | 1 << 25, 0xffff, 1);
        Offer memory offer = offerOf(Kind.Perpetual);
        offer.duo = GRU | 1 << 25;
        refusesPolicy(offer);
        offer = offerOf(Kind.Sale);
        offer.duo = GRU | 1 << 25;
        refusesPolicy(offer);
    }

    function test_RevertGiven_TheLenderDidNotApprove() external {
        pledged();
        Offer memory offer = offerOf(Kind.Subscription);
        uint48[] memory prices = pricesOf(offer);
        Intent memory by = onOffer(PATIENT, offer, prices);
        Intent memory approval = onOffer(LICENSEE, "ApproveOffer", offer, prices);
        refuses(ILicenseBook.LicenseBook_ApprovalMissing.selector, TOKEN);
        offers.postOffer(offer, prices, approval, by);

        refuses(ILicenseBook.LicenseBook_ApprovalMissing.selector, TOKEN);
        offers.postOffer(offer, prices, unsigned(), by);
        approval = onOffer(LENDER, "PostOffer", offer, prices);
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, vm.addr(LENDER))
        );
        offers.postOffer(offer, prices, approval, by);
    }

    function test_WhenTheOwnerOffersWithinThePolicy() external {
        Offer memory offer = offerOf(Kind.Subscription);
        offer.mask = SECTIONS;
        uint48[] memory prices = pricesOf(offer);
        Intent memory by = onOffer(PATIENT, offer, prices);
        bytes32 before = router.collateralFingerprint(TOKEN);

        vm.expectEmit(address(offers));
        emit IOfferBook.OfferPosted(1, TOKEN, offer, prices);
        uint32 id = offers.postOffer(offer, prices, unsigned(), by);

        vm.assertEq(1, id);
        vm.assertEq(abi.encode(offer), abi.encode(offers.offerOf(1)));
        vm.assertEq(abi.encode(prices), abi.encode(offers.pricesOf(1)));
        vm.assertEq(6, prices.length);
        vm.assertEq(TOKEN, offers.tokenOf(1));
        vm.assertTrue(offers.isOfferOpen(1));
        vm.assertTrue(before != router.collateralFingerprint(TOKEN));
    }

    function test_WhenThereAreMorePricesThanAWordHas() external {
        advance(Version(RECORD, 3, "two", "three", Terms.LICENSABLE, 0));
        setPolicy(Terms.LICENSABLE, GRU, 0xffff, 1);
        Offer memory offer = offerOf(Kind.Subscription);
        offer.mask = Terms.LICENSABLE;
        uint48[] memory prices = pricesOf(offer);
        prices[13] = type(uint48).max;
        offers.postOffer(offer, prices, unsigned(), onOffer(PATIENT, offer, prices));

        Leg[] memory legs = offers.legsOf(1, offer.mask, false);
        vm.assertEq(14, legs.length);
        for (uint256 i; i < legs.length; ++i) {
            vm.assertEq(prices[i], legs[i].ratePerDay);
        }
        vm.assertEq(abi.encode(prices), abi.encode(offers.pricesOf(1)));
    }

    function test_WhenTheLenderApproves() external {
        pledged();
        Offer memory offer = offerOf(Kind.Subscription);
        uint48[] memory prices = pricesOf(offer);
        Intent memory by = onOffer(PATIENT, offer, prices);
        Intent memory approval = onOffer(LENDER, "ApproveOffer", offer, prices);
        uint32 id = offers.postOffer(offer, prices, approval, by);

        vm.assertTrue(offers.isOfferOpen(id));
        vm.assertTrue(IIntentGuard(address(offers)).isNonceUsed(approval.signer, approval.nonce));
    }
}

contract OfferBook_closeOffer_Test is Offering {
    uint32 private _id;

    constructor() {
        _id = posted(Kind.Subscription);
    }

    function test_RevertWhen_AnotherThanTheOwnerSigns() external {
        Intent memory by = onClosing(LICENSEE, _id);
        refuses(ILicenseBook.LicenseBook_NotOwner.selector, TOKEN, by.signer);
        offers.closeOffer(_id, by);
    }

    function test_RevertGiven_ItIsClosed() external {
        closed(_id);
        Intent memory by = onClosing(PATIENT, _id);
        refuses(ILicenseBook.LicenseBook_OfferClosed.selector, _id);
        offers.closeOffer(_id, by);
    }

    function test_RevertWhen_ThereIsNoSuchOffer() external {
        Intent memory by = onClosing(PATIENT, 7);
        refuses(ILicenseBook.LicenseBook_OfferClosed.selector, 7);
        offers.closeOffer(7, by);
        vm.assertEq(0, offers.pricesOf(7).length);
    }

    function test_WhenTheOwnerSigns() external {
        bytes32 before = router.collateralFingerprint(TOKEN);
        Intent memory by = onClosing(PATIENT, _id);
        vm.expectEmit(address(offers));
        emit IOfferBook.OfferClosed(_id);
        offers.closeOffer(_id, by);

        vm.assertFalse(offers.isOfferOpen(_id));
        vm.assertTrue(before != router.collateralFingerprint(TOKEN));
    }

    function test_GivenTheTokenHasANewOwner() external {
        uint32 sale = posted(Kind.Sale);
        given(vm.addr(RIVAL));
        Intent memory by = onClosing(PATIENT, _id);
        refuses(ILicenseBook.LicenseBook_NotOwner.selector, TOKEN, subject);
        offers.closeOffer(_id, by);
        offers.closeOffer(_id, onClosing(RIVAL, _id));
        closed(sale);

        vm.assertFalse(offers.isOfferOpen(_id));
        vm.assertFalse(offers.isOfferOpen(sale));
    }
}

contract OfferBook_closeAllOffers_Test is Offering {
    function test_RevertWhen_AnotherThanTheOwnerSigns() external {
        Intent memory by = onClosingAll(LICENSEE, TOKEN);
        refuses(ILicenseBook.LicenseBook_NotOwner.selector, TOKEN, by.signer);
        offers.closeAllOffers(TOKEN, by);
    }

    function test_WhenTheOwnerSigns() external {
        (uint32 first, uint32 second) = (posted(Kind.Subscription), posted(Kind.Exclusive));
        bytes32 before = router.collateralFingerprint(TOKEN);
        Intent memory by = onClosingAll(PATIENT, TOKEN);
        vm.expectEmit(address(offers));
        emit IOfferBook.AllOffersClosed(TOKEN, second);
        offers.closeAllOffers(TOKEN, by);
        uint32 third = posted(Kind.Subscription);

        vm.assertFalse(offers.isOfferOpen(first));
        vm.assertFalse(offers.isOfferOpen(second));
        vm.assertTrue(offers.isOfferOpen(third));
        vm.assertTrue(before != router.collateralFingerprint(TOKEN));
    }

    /// Offers of a section that is no token any more are closed by the owner of the record.
    function test_GivenTheSectionWasRecombined() external {
        Intent memory by = onClosingAll(PATIENT, LABORATORY_ID);
        offers.closeAllOffers(LABORATORY_ID, by);

        vm.assertTrue(IIntentGuard(address(offers)).isNonceUsed(by.signer, by.nonce));
    }
}
