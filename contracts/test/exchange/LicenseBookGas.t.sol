// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccess, Reason} from "../../src/custody/IAccess.sol";
import {IOfferBook, Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {Purchase} from "../../src/exchange/ILicenseBook.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Rekey} from "../../src/records/IRecordRegistry.sol";
import {Selling} from "./Selling.sol";

abstract contract Measuring is Selling {
    uint256 internal constant FIRST = uint256(keccak256("first"));

    function _send(address target, bytes memory call) internal returns (uint256 gas) {
        gas = gasleft();
        (bool isDone,) = target.call(call);
        gas = wholeOf(gas - gasleft(), call);
        vm.assertTrue(isDone);
    }

    /// As a wallet signs it, with a random nonce.
    function _subscribing(uint256 key, uint32 offer, uint256 nonce)
        internal
        returns (bytes memory)
    {
        Purchase memory purchase = purchaseOf(offer, SOCIAL, 30);
        purchase.maxPrice = 1_000;
        Intent memory by = onPurchase(key, "Subscribe", purchase);
        by.nonce = nonce;
        by.signature = signature(
            key,
            address(licenses),
            "Subscribe(Purchase purchase",
            PURCHASE_TYPE,
            abi.encode(
                keccak256(bytes.concat(keccak256(bytes(PURCHASE_TYPE)), abi.encode(purchase)))
            ),
            by
        );
        return abi.encodeCall(licenses.subscribe, (purchase, by));
    }
}

/// What whole transactions cost when nothing is warm but the contract.
contract LicenseBookGas_Test is Measuring {
    uint32 private _offer;
    uint256 private _license;

    constructor() {
        _offer = posted(Kind.Subscription);
        _license = subscribed(LICENSEE, _offer, LABORATORY, 30);
        _license = subscribed(LICENSEE, _offer, LABORATORY, 31);
        drawing();
    }

    function test_AnOfferOfSixPricesIsMeasured() external {
        Offer memory terms = offerOf(Kind.Subscription);
        terms.mask = SECTIONS;
        uint48[] memory prices = pricesOf(terms);
        Intent memory by = onOffer(PATIENT, terms, prices);
        bytes memory call = abi.encodeCall(IOfferBook.postOffer, (terms, prices, unsigned(), by));
        uint256 gas = _send(address(offers), call);
        vm.snapshotValue("LicenseBook", "post an offer with six prices", gas);

        vm.assertTrue(offers.isOfferOpen(2));
    }

    function test_ColdSubscribingIsMeasured() external {
        uint256 gas = _send(address(licenses), _subscribing(RIVAL, _offer, FIRST));
        vm.snapshotValue("LicenseBook", "subscribe, the first of its section and its licensee", gas);

        vm.assertEq(1, licenses.balanceOf(vm.addr(RIVAL)));
        vm.assertTrue(gas <= 230_000);
    }

    function test_RenewingFirstIsMeasured() external {
        Intent memory by = onRenewal(LICENSEE, _license, 30, 1_000);
        uint256 gas =
            _send(address(licenses), abi.encodeCall(licenses.renew, (_license, 30, 1_000, by)));
        vm.snapshotValue("LicenseBook", "renew, first", gas);

        vm.assertTrue(licenses.expiresAt(_license) > midnightIn(60));
    }

    function test_AskingForAccessIsMeasured() external {
        bytes memory call =
            abi.encodeCall(IAccess.checkAccess, (_license, vm.addr(LICENSEE), 7, 2, DRUG));
        address book = address(licenses);
        uint256 gas = gasleft();
        (, bytes memory answer) = book.staticcall(call);
        gas = gas - gasleft();
        vm.snapshotValue("LicenseBook", "checkAccess", gas);

        (, Reason reason) = abi.decode(answer, (bool, Reason));
        vm.assertEq(0, uint256(reason));
        vm.assertTrue(gas <= 40_000);
    }
}

contract LicenseBookRenewalGas_Test is Measuring {
    uint256 private _license;
    bytes private _prepared;

    constructor() {
        uint32 offer = posted(Kind.Subscription);
        subscribed(LICENSEE, offer, LABORATORY, 30);
        _license = subscribed(LICENSEE, offer, LABORATORY, 31);
        drawingOn(address(licenses), vm.addr(LICENSEE));
        Intent memory by = onRenewal(LICENSEE, _license, 30, 1_000);
        _prepared = abi.encodeCall(licenses.renew, (_license, 30, 1_000, by));
    }

    function test_RenewingIsMeasured() external {
        uint256 gas = _send(address(licenses), _prepared);
        vm.snapshotValue("LicenseBook", "renew, later", gas);

        vm.assertTrue(licenses.expiresAt(_license) > midnightIn(60));
    }
}

contract LicenseBookSaleGas_Test is Measuring {
    uint256 private _sale;

    constructor() {
        uint32 offer = posted(Kind.Sale);
        bytes32 fingerprint = router.collateralFingerprint(TOKEN);
        address receiver = vm.addr(LICENSEE);
        Intent memory by = signed(
            LICENSEE,
            address(licenses),
            "Buy(uint32 offerId,address receiver,uint256 maxPrice,bytes32 fingerprint",
            abi.encode(offer, receiver, 9_000, fingerprint)
        );
        _sale = licenses.buy(offer, receiver, 9_000, fingerprint, by);
    }

    function test_CompletingASaleIsMeasured() external {
        Rekey memory rekey = rekeyOf("new");
        rekey.receiver = vm.addr(LICENSEE);
        bytes memory call =
            abi.encodeCall(licenses.completeSale, (_sale, rekey, signedBy(rekey, 3)));
        uint256 gas = _send(address(licenses), call);
        vm.snapshotValue("LicenseBook", "completeSale, 3 of 5", gas);

        vm.assertEq(vm.addr(LICENSEE), records.ownerOf(TOKEN));
        vm.assertTrue(gas <= 300_000);
    }
}

/// The same as before, where one license or ten thousand run.
abstract contract Crowded is Measuring {
    uint32 internal offer;
    uint256 private _nonce = 1 << 100;

    constructor() {
        offer = posted(Kind.Subscription);
    }

    function _fill(uint256 count) internal {
        Intent memory by = Intent(vm.addr(LICENSEE), _nonce, START + DAY, "");
        for (uint256 i; i < count; ++i) {
            by.nonce += 1;
            Purchase memory purchase = purchaseOf(offer, SOCIAL, uint16(30 + i % 336));
            vm.prank(by.signer);
            licenses.subscribe(purchase, by);
        }
        _nonce += count;
    }

    function _measure(string memory name) internal {
        uint256 gas = _send(address(licenses), _subscribing(LICENSEE, offer, FIRST));
        vm.snapshotValue("LicenseBook", name, gas);

        vm.assertTrue(gas <= 200_000);
    }
}

contract LicenseBookFirstGas_Test is Crowded {
    constructor() {
        _fill(1);
    }

    function test_LaterSubscribingIsMeasured() external {
        _measure("subscribe, later, beside 1 license");
    }
}

/// In two calls, since one may take a thousand million gas.
contract LicenseBookCrowdGas_Test is Crowded {
    constructor() {
        _fill(5_000);
    }

    function setUp() external {
        _fill(5_000);
    }

    function test_LaterSubscribingIsMeasured() external {
        _measure("subscribe, later, beside 10,000 licenses");
    }
}
