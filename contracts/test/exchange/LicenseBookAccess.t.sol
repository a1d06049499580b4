// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {End, ILicenseBook, License, Purchase, Reason} from "../../src/exchange/ILicenseBook.sol";
import {Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {Action, ActionKind} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Selling} from "./Selling.sol";

/// A subscription that may be given on three deep, each for a tenth of the price.
abstract contract Giving is Selling {
    uint256 internal constant THIRD_LICENSEE = 0xe7;
    uint256 internal constant FOURTH = 0xe8;
    uint256 internal constant FIFTH = 0xe9;
    uint256 internal top;

    constructor() {
        licensed(THIRD_LICENSEE, 0);
        licensed(FOURTH, 0);
        licensed(FIFTH, 0);
        top = subscribed(LICENSEE, deep(Kind.Subscription), SOCIAL | LABORATORY, 60);
    }

    function deep(Kind kind) internal returns (uint32) {
        Offer memory terms = offerOf(kind);
        (terms.sublicenseDepth, terms.sublicenseBps) = (3, 1_000);
        return posted(terms);
    }
}

contract LicenseBook_sublicense_Test is Giving {
    function _refuses(uint256 key, uint256 to, uint16 mask, uint16 termDays, bytes memory reason)
        private
    {
        address holder = vm.addr(to);
        Intent memory by = onSublicense(key, top, holder, mask, termDays);
        vm.expectRevert(reason);
        licenses.sublicense(top, holder, mask, termDays, type(uint256).max, by);
    }

    function test_RevertWhen_AnotherThanTheHolderSigns() external {
        bytes4 reason = ILicenseBook.LicenseBook_NotLicensee.selector;
        _refuses(RIVAL, FOURTH, SOCIAL, 30, abi.encodeWithSelector(reason, top, vm.addr(RIVAL)));
    }

    function test_RevertWhen_TheReceiverIsNotAccredited() external {
        bytes4 reason = ILicenseBook.LicenseBook_NotAccredited.selector;
        _refuses(LICENSEE, CLINIC, SOCIAL, 30, abi.encodeWithSelector(reason, vm.addr(CLINIC)));
    }

    function test_RevertWhen_TheSectionsAreNotHeld() external {
        bytes4 reason = ILicenseBook.LicenseBook_MaskNotOffered.selector;
        _refuses(LICENSEE, RIVAL, 1 << 2, 30, abi.encodeWithSelector(reason, 1 << 2));
        _refuses(LICENSEE, RIVAL, 0, 30, abi.encodeWithSelector(reason, 0));
    }

    function test_RevertWhen_ItWouldEndLater() external {
        bytes4 reason = ILicenseBook.LicenseBook_TermOutOfRange.selector;
        _refuses(LICENSEE, RIVAL, SOCIAL, 61, abi.encodeWithSelector(reason, 61));
        _refuses(LICENSEE, RIVAL, SOCIAL, 0, abi.encodeWithSelector(reason, 0));
    }

    function test_RevertWhen_ItIsTooDeep() external {
        uint256 first = sublicensed(LICENSEE, top, RIVAL, SOCIAL, 60);
        uint256 second = sublicensed(RIVAL, first, THIRD_LICENSEE, SOCIAL, 60);
        top = sublicensed(THIRD_LICENSEE, second, FOURTH, SOCIAL, 60);
        bytes4 reason = ILicenseBook.LicenseBook_TooDeep.selector;
        _refuses(FOURTH, FIFTH, SOCIAL, 60, abi.encodeWithSelector(reason, 4));
    }

    function test_RevertGiven_WhatIsAboveIsClosed() external {
        close(SOCIAL_ID);
        reopen(SOCIAL_ID);
        bytes4 reason = ILicenseBook.LicenseBook_Orphaned.selector;
        _refuses(LICENSEE, RIVAL, SOCIAL, 30, abi.encodeWithSelector(reason, top));
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        bytes4 reason = ILicenseBook.LicenseBook_RekeyPending.selector;
        _refuses(LICENSEE, RIVAL, SOCIAL, 30, abi.encodeWithSelector(reason, TOKEN));
    }

    function test_RevertWhen_TheIntentWasTaken() external {
        Intent memory by = onSublicense(LICENSEE, top, vm.addr(RIVAL), SOCIAL, 30);
        uint256 id = licenses.sublicense(top, vm.addr(RIVAL), SOCIAL, 30, type(uint256).max, by);
        refuses(ILicenseBook.LicenseBook_AlreadyExists.selector, id);
        licenses.sublicense(top, vm.addr(RIVAL), SOCIAL, 30, type(uint256).max, by);
    }

    function test_WhenTheHolderGivesItOn() external {
        uint256 before = spentBy(LICENSEE);
        uint256 id = sublicensed(LICENSEE, top, RIVAL, SOCIAL, 30);
        License memory license = licenses.licenseOf(id);

        // A tenth of five units, rounded up to one.
        vm.assertEq(before + priceOf(1, midnightIn(30) - START), spentBy(LICENSEE));
        vm.assertEq(0, spentBy(RIVAL));
        vm.assertEq(vm.addr(RIVAL), licenses.ownerOf(id));
        vm.assertEq(top, licenses.parentOf(id));
        vm.assertEq(SOCIAL, license.mask);
        isReason(Reason.None, id, RIVAL, 1);
        isReason(Reason.Holder, id, LICENSEE, 1);
        isReason(Reason.Section, id, RIVAL, 7);
    }

    function test_GivenWhatIsAboveIsForEver() external {
        top = acquired(LICENSEE, deep(Kind.Perpetual), SOCIAL);
        pass(900 * DAY);
        uint256 id = sublicensed(LICENSEE, top, RIVAL, SOCIAL, 300);
        vm.assertEq(2, licenses.licenseOf(id).versionMax);
        isReason(Reason.None, id, RIVAL, 1);
        pass(301 * DAY);

        isReason(Reason.Time, id, RIVAL, 1);
        isReason(Reason.None, top, LICENSEE, 1);
    }

    function test_GivenWhatIsAboveEnds() external {
        uint256 first = sublicensed(LICENSEE, top, RIVAL, SOCIAL, 30);
        uint256 second = sublicensed(RIVAL, first, THIRD_LICENSEE, SOCIAL, 30);
        revoke(top);
        isReason(Reason.Ancestors, first, RIVAL, 1);
        isReason(Reason.Ancestors, second, THIRD_LICENSEE, 1);
        uint256 refund = (midnightIn(30) - START) / DAY;
        vm.expectEmit(address(licenses));
        emit ILicenseBook.LicenseEnded(second, End.Orphaned, refund);
        licenses.prune(second);

        vm.assertEq(refund, router.creditOf(vm.addr(RIVAL)));
    }

    function test_WhenThePayerRenewsIt() external {
        uint256 id = sublicensed(LICENSEE, top, RIVAL, SOCIAL, 30);
        Intent memory by = onRenewal(RIVAL, id, 30, 99);
        refuses(ILicenseBook.LicenseBook_NotLicensee.selector, id, by.signer);
        licenses.renew(id, 30, 99, by);
        renew(LICENSEE, id, 30);
        vm.assertEq(licenses.expiresAt(top), licenses.expiresAt(id));

        by = onRenewal(LICENSEE, id, 30, 99);
        refuses(ILicenseBook.LicenseBook_TermOutOfRange.selector, 30);
        licenses.renew(id, 30, 99, by);
    }
}

contract LicenseBook_checkAccess_Test is Giving {
    /// What `unit` of DUO does to a drug maker, an academic and an ancestry service.
    function _refusesDuo(uint8 term, uint8 use, uint8 told) private {
        Offer memory terms = offerOf(Kind.Subscription);
        terms.duo = GRU | uint64(1) << term;
        Purchase memory purchase = purchaseOf(posted(terms), SOCIAL, 30);
        purchase.use = use;
        Intent memory by = onPurchase(LICENSEE, "Subscribe", purchase);
        refuses(ILicenseBook.LicenseBook_OutsideDuo.selector, told);
        licenses.subscribe(purchase, by);
    }

    function _takesDuo(uint8 term, uint8 use) private {
        Offer memory terms = offerOf(Kind.Subscription);
        terms.duo = GRU | uint64(1) << term;
        Purchase memory purchase = purchaseOf(posted(terms), SOCIAL, 30);
        purchase.use = use;
        licenses.subscribe(purchase, onPurchase(LICENSEE, "Subscribe", purchase));
    }

    function _attributes(bytes32 attributes) private {
        decide(Action(ActionKind.SetAttributes, vm.addr(LICENSEE), 0, attributes, address(0)));
    }

    function test_GivenNobodyHoldsIt() external view {
        isReason(Reason.Holder, 7, LICENSEE, 1);
        isReason(Reason.Holder, top, RIVAL, 1);
        (bool isOpen, Reason reason) = licenses.checkAccess(7, address(0), 1, 1, DRUG);
        vm.assertFalse(isOpen);
        vm.assertEq(uint256(Reason.Holder), uint256(reason));
    }

    function test_WhenTheSectionIsNotInIt() external view {
        isReason(Reason.Section, top, LICENSEE, 2);
        isReason(Reason.Section, top, LICENSEE, 0);
        isReason(Reason.Section, top, LICENSEE, 14);
        isReason(Reason.Section, top, LICENSEE, 16);
        isReason(Reason.Section, top, LICENSEE, 255);
    }

    function test_GivenTheSectionIsClosed() external {
        close(SOCIAL_ID);
        isReason(Reason.Generation, top, LICENSEE, 1);
        isReason(Reason.None, top, LICENSEE, 7);
        reopen(SOCIAL_ID);

        isReason(Reason.Generation, top, LICENSEE, 1);
    }

    function test_WhenTheUseIsAnother() external view {
        (bool isOpen, Reason reason) = licenses.checkAccess(top, vm.addr(LICENSEE), 1, 1, 4);

        vm.assertFalse(isOpen);
        vm.assertEq(uint256(Reason.Use), uint256(reason));
    }

    function test_GivenTheLicenseeIsSuspended() external {
        uint256 child = sublicensed(LICENSEE, top, RIVAL, SOCIAL, 30);
        decide(act(ActionKind.Suspend, vm.addr(LICENSEE), 0));
        isReason(Reason.Accreditation, top, LICENSEE, 1);
        isReason(Reason.Ancestors, child, RIVAL, 1);
        decide(act(ActionKind.Reinstate, vm.addr(LICENSEE), 0));

        isReason(Reason.None, child, RIVAL, 1);
    }

    function test_GivenItsTimeIsOver() external {
        uint64 end = licenses.expiresAt(top);
        vm.warp(end - 1);
        isReason(Reason.None, top, LICENSEE, 1);
        vm.warp(end);

        isReason(Reason.Time, top, LICENSEE, 1);
    }

    function test_WhenTheUseMustNotBeCommercial() external {
        uint8[10] memory commercial = [2, 3, 4, 7, 9, 10, 11, 12, 14, 15];
        for (uint256 i; i < 10; ++i) {
            _refusesDuo(46, commercial[i], 46);
            _refusesDuo(18, commercial[i], 18);
        }
        uint8[6] memory others = [0, 1, 5, 6, 8, 13];
        for (uint256 i; i < 6; ++i) {
            _takesDuo(46, others[i]);
        }
    }

    function test_WhenTheLicenseeMustNotBeForProfit() external {
        _refusesDuo(45, DRUG, 45);
        _refusesDuo(18, 0, 18);
        _attributes(bytes32(uint256(1 << 16)));
        _takesDuo(45, DRUG);
        _takesDuo(18, 0);
    }

    function test_WhenEthicsMustHaveApproved() external {
        _refusesDuo(21, 0, 21);
        _attributes(bytes32(block.timestamp << 24));
        _refusesDuo(21, 0, 21);
        _attributes(bytes32((block.timestamp + 1) << 24));
        _takesDuo(21, 0);
    }

    function test_WhenAncestryIsExcluded() external {
        _refusesDuo(44, 14, 44);
        _takesDuo(44, 0);
        _takesDuo(19, 14);
    }

    function test_WhenTheLicenseeMustBeInARegion() external {
        Offer memory terms = offerOf(Kind.Subscription);
        (terms.regions, terms.duo) = (6, GRU | 1 << 22);
        Purchase memory purchase = purchaseOf(posted(terms), SOCIAL, 30);
        Intent memory by = onPurchase(LICENSEE, "Subscribe", purchase);
        refuses(ILicenseBook.LicenseBook_OutsideRegions.selector, by.signer);
        licenses.subscribe(purchase, by);
        _attributes(bytes32(uint256(8)));
        refuses(ILicenseBook.LicenseBook_OutsideRegions.selector, by.signer);
        licenses.subscribe(purchase, by);
        _attributes(bytes32(uint256(4)));
        licenses.subscribe(purchase, by);
    }
}
