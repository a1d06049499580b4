// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicenseBook, Sale, SaleState} from "../../src/exchange/ILicenseBook.sol";
import {Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {IRecordRegistry, Rekey} from "../../src/records/IRecordRegistry.sol";
import {Selling} from "./Selling.sol";

abstract contract TradingTokens is Selling {
    uint32 internal offer;
    address internal receiver = vm.addr(LICENSEE);

    constructor() {
        offer = posted(Kind.Sale);
    }

    function onBuy(uint256 key, address to, uint256 maxPrice, bytes32 fingerprint)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(licenses),
            "Buy(uint32 offerId,address receiver,uint256 maxPrice,bytes32 fingerprint",
            abi.encode(offer, to, maxPrice, fingerprint)
        );
    }

    function seen() internal view returns (bytes32) {
        return router.collateralFingerprint(TOKEN);
    }

    function bought() internal returns (uint256) {
        bytes32 fingerprint = seen();
        Intent memory by = onBuy(LICENSEE, receiver, 9_000, fingerprint);
        return licenses.buy(offer, receiver, 9_000, fingerprint, by);
    }

    function rekeyFor(address to) internal view returns (Rekey memory rekey) {
        rekey = rekeyOf("new");
        rekey.receiver = to;
    }

    function given(address to) internal {
        Intent memory by = signed(
            PATIENT, address(records), "Transfer(uint256 tokenId,address to", abi.encode(TOKEN, to)
        );
        by.signer = subject;
        records.transfer(TOKEN, to, by);
    }
}

contract LicenseBook_buy_Test is TradingTokens {
    function _refuses(address to, uint256 maxPrice, bytes32 fingerprint, bytes memory reason)
        private
    {
        Intent memory by = onBuy(LICENSEE, to, maxPrice, fingerprint);
        vm.expectRevert(reason);
        licenses.buy(offer, to, maxPrice, fingerprint, by);
    }

    function _refuses(bytes memory reason) private {
        _refuses(receiver, 9_000, seen(), reason);
    }

    function test_RevertWhen_TheSignerIsNoOrganization() external {
        bytes32 fingerprint = seen();
        Intent memory by = onBuy(STRANGER, receiver, 9_000, fingerprint);
        refuses(ILicenseBook.LicenseBook_NotAccredited.selector, by.signer);
        licenses.buy(offer, receiver, 9_000, fingerprint, by);
    }

    function test_RevertGiven_OpeningIsPaused() external {
        decide(act(ActionKind.PauseOpening, address(0), 1 days));
        _refuses(abi.encodeWithSelector(ILicenseBook.LicenseBook_OpeningPaused.selector));
    }

    function test_RevertWhen_TheOfferIsOfAnotherKind() external {
        offer = posted(Kind.Subscription);
        _refuses(
            abi.encodeWithSelector(
                ILicenseBook.LicenseBook_WrongKind.selector, offer, Kind.Subscription
            )
        );
    }

    function test_RevertGiven_TheSellerIsNoLongerTheOwner() external {
        given(vm.addr(RIVAL));
        _refuses(abi.encodeWithSelector(ILicenseBook.LicenseBook_OfferClosed.selector, offer));
    }

    function test_RevertWhen_TheReceiverCannotAcquire() external {
        address[2] memory others = [vm.addr(CLINIC), subject];
        for (uint256 i; i < 2; ++i) {
            _refuses(
                others[i],
                9_000,
                seen(),
                abi.encodeWithSelector(ILicenseBook.LicenseBook_CannotAcquire.selector, others[i])
            );
        }
    }

    function test_RevertWhen_WhatIsSoldHasChanged() external {
        bytes32 before = seen();
        posted(Kind.Subscription);
        bytes32 found = seen();
        _refuses(
            receiver,
            9_000,
            before,
            abi.encodeWithSelector(
                ILicenseBook.LicenseBook_FingerprintChanged.selector, before, found
            )
        );
    }

    function test_RevertWhen_ItCostsMore() external {
        _refuses(
            receiver,
            8_999,
            seen(),
            abi.encodeWithSelector(ILicenseBook.LicenseBook_PriceAbove.selector, 8_999, 9_000)
        );
    }

    function test_RevertGiven_ThePolicyWasNarrowed() external {
        setPolicy(SECTIONS, GRU | 1 << 25, 0xffff, 1);
        _refuses(abi.encodeWithSelector(ILicenseBook.LicenseBook_OutsidePolicy.selector, RECORD));
    }

    function test_RevertGiven_TheTokenIsBeingSold() external {
        bought();
        _refuses(abi.encodeWithSelector(IRecordRegistry.RecordRegistry_Locked.selector, TOKEN));
    }

    function test_RevertWhen_TheIntentWasTaken() external {
        bytes32 fingerprint = seen();
        Intent memory by = onBuy(LICENSEE, receiver, 9_000, fingerprint);
        uint256 id = licenses.buy(offer, receiver, 9_000, fingerprint, by);

        refuses(ILicenseBook.LicenseBook_AlreadyExists.selector, id);
        licenses.buy(offer, receiver, 9_000, fingerprint, by);
    }

    function test_WhenAnOrganizationBuys() external {
        receiver = vm.addr(LENDER);
        bytes32 fingerprint = seen();
        Intent memory by = onBuy(LICENSEE, receiver, 9_000, fingerprint);
        uint256 expected = uint256(keccak256(abi.encode(by.signer, by.nonce))) >> 128;
        vm.expectEmit(address(licenses));
        emit ILicenseBook.SaleOpened(
            expected, TOKEN, by.signer, receiver, offer, 9_000, uint40(START + 3 days)
        );
        uint256 id = licenses.buy(offer, receiver, 9_000, fingerprint, by);

        Sale memory sale = Sale(offer, by.signer, 9_000, SaleState.Open);
        vm.assertEq(expected, id);
        vm.assertEq(abi.encode(sale), abi.encode(licenses.saleOf(id)));
        vm.assertEq(9_000, spentBy(LICENSEE));
        vm.assertEq(9_000, router.reserveOf(address(licenses)));
        vm.assertEq(receiver, records.receiverOf(TOKEN));
        vm.assertEq(subject, records.ownerOf(TOKEN));
        vm.assertTrue(records.isLocked(TOKEN));
    }
}

contract LicenseBook_completeSale_Test is TradingTokens {
    function test_RevertGiven_TheSaleIsNotOpen() external {
        uint256 id = bought();
        Rekey memory rekey = rekeyFor(receiver);
        bytes[] memory signatures = signedBy(rekey, 3);
        refuses(ILicenseBook.LicenseBook_SaleClosed.selector, 7);
        licenses.completeSale(7, rekey, signatures);

        licenses.completeSale(id, rekey, signatures);
        refuses(ILicenseBook.LicenseBook_SaleClosed.selector, id);
        licenses.completeSale(id, rekey, signatures);
    }

    function test_RevertWhen_TheKeysAreOfAnotherToken() external {
        uint256 id = bought();
        Rekey memory rekey = rekeyFor(receiver);
        rekey.tokenId = TOKEN | 7;
        bytes[] memory signatures = signedBy(rekey, 3);
        refuses(ILicenseBook.LicenseBook_WrongToken.selector, TOKEN | 7, TOKEN);
        licenses.completeSale(id, rekey, signatures);
    }

    function test_RevertWhen_TooFewCustodiansSigned() external {
        uint256 id = bought();
        Rekey memory rekey = rekeyFor(receiver);
        bytes[] memory signatures = signedBy(rekey, 2);
        refuses(IRecordRegistry.RecordRegistry_TooFewSignatures.selector, TOKEN);
        licenses.completeSale(id, rekey, signatures);
    }

    function test_RevertWhen_TheKeysAreForAnother() external {
        uint256 id = bought();
        Rekey memory rekey = rekeyFor(vm.addr(RIVAL));
        bytes[] memory signatures = signedBy(rekey, 3);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_NotReceiver.selector, rekey.receiver, receiver
            )
        );
        licenses.completeSale(id, rekey, signatures);
    }

    function test_RevertGiven_TheDeadlineIsOver() external {
        uint256 id = bought();
        vm.warp(START + 3 days + 1);
        Rekey memory rekey = rekeyFor(receiver);
        bytes[] memory signatures = signedBy(rekey, 3);
        refuses(IRecordRegistry.RecordRegistry_RekeyLate.selector, START + 3 days);
        licenses.completeSale(id, rekey, signatures);
    }

    function test_WhenTheKeysAreChangedInTime() external {
        uint256 id = bought();
        vm.warp(START + 3 days);
        Rekey memory rekey = rekeyFor(receiver);
        bytes[] memory signatures = signedBy(rekey, 3);
        vm.expectEmit(address(licenses));
        emit ILicenseBook.SaleCompleted(id, TOKEN);
        licenses.completeSale(id, rekey, signatures);

        vm.assertEq(receiver, records.ownerOf(TOKEN));
        vm.assertEq(1, records.keyEpochOf(TOKEN));
        vm.assertEq(0, router.reserveOf(address(licenses)));
        vm.assertEq(900, router.creditOf(vm.addr(HOSPITAL)));
        vm.assertEq(225, router.creditOf(vm.addr(PLATFORM)));
        vm.assertEq(9_000 - 900 - 225, router.creditOf(subject));
        vm.assertEq(9_000, router.lastSaleOf(TOKEN).price);
        vm.assertEq(uint256(SaleState.Completed), uint256(licenses.saleOf(id).state));
    }

    function test_GivenALicenseRuns() external {
        uint256 license = subscribed(RIVAL, posted(Kind.Subscription), SOCIAL, 30);
        pass(DAY);
        uint256 id = bought();
        pass(DAY);
        Rekey memory rekey = rekeyFor(receiver);
        licenses.completeSale(id, rekey, signedBy(rekey, 3));
        uint256 before = router.creditOf(receiver);
        pass(10 * DAY);
        router.settle(TOKEN);

        vm.assertEq(0, uint256(opens(license, RIVAL, 1)));
        vm.assertEq(0, before);
        // 50 units, less 5 for the subject, 5 for the source and 1 for the platform.
        vm.assertEq(39, router.creditOf(receiver));
    }
}

contract LicenseBook_abortSale_Test is TradingTokens {
    function test_RevertGiven_TheSaleIsNotOpen() external {
        uint256 id = bought();
        vm.warp(START + 3 days + 1);
        licenses.abortSale(id);
        refuses(ILicenseBook.LicenseBook_SaleClosed.selector, id);
        licenses.abortSale(id);
    }

    function test_RevertGiven_ThereIsTimeLeft() external {
        uint256 id = bought();
        vm.warp(START + 3 days);
        refuses(ILicenseBook.LicenseBook_TooEarly.selector, START + 3 days + 1);
        licenses.abortSale(id);
    }

    function test_WhenTheDeadlineIsOver() external {
        uint256 id = bought();
        vm.warp(START + 3 days + 1);
        vm.expectEmit(address(licenses));
        emit ILicenseBook.SaleAborted(id, TOKEN);
        licenses.abortSale(id);

        vm.assertEq(9_000, router.creditOf(vm.addr(LICENSEE)));
        vm.assertEq(0, router.reserveOf(address(licenses)));
        vm.assertFalse(records.isLocked(TOKEN));
        vm.assertEq(subject, records.ownerOf(TOKEN));
        vm.assertEq(uint256(SaleState.Aborted), uint256(licenses.saleOf(id).state));
    }

    function test_GivenItIsSoldAgain() external {
        uint256 first = bought();
        vm.warp(START + 3 days + 1);
        licenses.abortSale(first);
        uint256 second = bought();
        Rekey memory rekey = rekeyFor(receiver);
        rekey.epoch = 2;
        licenses.completeSale(second, rekey, signedBy(rekey, 3));

        vm.assertEq(2, records.keyEpochOf(TOKEN));
        vm.assertEq(receiver, records.ownerOf(TOKEN));
    }
}

contract LicenseBook_raiseTerms_Test is TradingTokens {
    function test_RevertWhen_AnotherThanTheOfferBookCalls() external {
        refuses(ILicenseBook.LicenseBook_NotOfferBook.selector, address(this));
        licenses.raiseTerms(TOKEN);
    }

    function test_WhenAnOfferIsPosted() external {
        bytes32 before = seen();
        posted(Kind.Subscription);

        vm.assertTrue(before != seen());
    }
}
