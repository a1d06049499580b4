// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Purchase} from "../../src/exchange/ILicenseBook.sol";
import {Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Rekey} from "../../src/records/IRecordRegistry.sol";
import {Turning} from "../revenue/TurningToken.sol";
import {TradingTokens} from "./LicenseBookSales.t.sol";

contract LicenseBook_TurningToken_Test is TradingTokens, Turning {
    uint32 private _offer;
    uint256 private _license;

    constructor() {
        turned(money, organizations, router, TOKEN);
        Offer memory terms = offerOf(Kind.Subscription);
        (terms.sublicenseDepth, terms.sublicenseBps) = (3, 1_000);
        _offer = posted(terms);
        _license = subscribed(LICENSEE, _offer, SOCIAL, 60);
    }

    function _isPaid(bytes memory call, uint256 key) private {
        isPaid(address(licenses), call, vm.addr(key));
    }

    function _isFree(bytes memory call) private {
        isFree(address(licenses), call);
    }

    function test_Subscribing() external {
        Purchase memory purchase = purchaseOf(_offer, SOCIAL | LABORATORY, 90);
        Intent memory by = onPurchase(RIVAL, "Subscribe", purchase);

        _isPaid(abi.encodeCall(licenses.subscribe, (purchase, by)), RIVAL);
        vm.assertEq(1, licenses.balanceOf(vm.addr(RIVAL)));
        vm.assertEq(router.escrowed(), money.balanceOf(address(router)));
    }

    function test_Renting() external {
        Purchase memory purchase = purchaseOf(posted(Kind.Exclusive), LABORATORY, 90);
        Intent memory by = onPurchase(RIVAL, "Rent", purchase);

        _isPaid(abi.encodeCall(licenses.rent, (purchase, by)), RIVAL);
        vm.assertEq(1, licenses.balanceOf(vm.addr(RIVAL)));
    }

    function test_Acquiring() external {
        Purchase memory purchase = purchaseOf(posted(Kind.Perpetual), LABORATORY, 0);
        Intent memory by = onPurchase(RIVAL, "Acquire", purchase);

        _isPaid(abi.encodeCall(licenses.acquire, (purchase, by)), RIVAL);
        vm.assertEq(1, licenses.balanceOf(vm.addr(RIVAL)));
    }

    function test_Sublicensing() external {
        (address to, uint256 most) = (vm.addr(RIVAL), type(uint256).max);
        Intent memory by = onSublicense(LICENSEE, _license, to, SOCIAL, 30);

        _isPaid(abi.encodeCall(licenses.sublicense, (_license, to, SOCIAL, 30, most, by)), LICENSEE);
        vm.assertEq(1, licenses.balanceOf(to));
    }

    function test_Renewing() external {
        (uint256 most, uint16 before) =
            (type(uint256).max, router.prepaymentOf(TOKEN, _license).endDay);
        Intent memory by = onRenewal(LICENSEE, _license, 30, most);

        _isPaid(abi.encodeCall(licenses.renew, (_license, 30, most, by)), LICENSEE);
        vm.assertEq(before + 30, router.prepaymentOf(TOKEN, _license).endDay);
    }

    function test_Buying() external {
        bytes32 fingerprint = seen();
        Intent memory by = onBuy(LICENSEE, receiver, 9_000, fingerprint);

        _isPaid(abi.encodeCall(licenses.buy, (offer, receiver, 9_000, fingerprint, by)), LICENSEE);
        vm.assertEq(9_000, router.reserveOf(address(licenses)));
        vm.assertTrue(records.isLocked(TOKEN));
    }

    function test_CompletingASale() external {
        uint256 id = bought();
        Rekey memory rekey = rekeyFor(receiver);

        _isFree(abi.encodeCall(licenses.completeSale, (id, rekey, signedBy(rekey, 3))));
        vm.assertEq(receiver, records.ownerOf(TOKEN));
        vm.assertEq(0, router.reserveOf(address(licenses)));
    }

    function test_AbortingASale() external {
        uint256 id = bought();
        pass(3 days + 1);

        _isFree(abi.encodeCall(licenses.abortSale, (id)));
        vm.assertEq(9_000, router.creditOf(vm.addr(LICENSEE)));
        vm.assertFalse(records.isLocked(TOKEN));
    }

    function test_Cancelling() external {
        Intent memory by = onLicense(LICENSEE, "Cancel", _license);

        _isFree(abi.encodeCall(licenses.cancel, (_license, by)));
        vm.assertTrue(router.creditOf(vm.addr(LICENSEE)) != 0);
    }

    function test_Revoking() external {
        Intent memory by = onLicense(PATIENT, "Revoke", _license);

        _isFree(abi.encodeCall(licenses.revoke, (_license, by)));
        vm.assertTrue(router.creditOf(vm.addr(LICENSEE)) != 0);
    }

    function test_Pruning() external {
        close(SOCIAL_ID);

        _isFree(abi.encodeCall(licenses.prune, (_license)));
        vm.assertTrue(router.creditOf(vm.addr(LICENSEE)) != 0);
    }
}
