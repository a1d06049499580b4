// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {AuctionState, ILoanAuction} from "../../src/lending/ILoanAuction.sol";
import {LoanState} from "../../src/lending/ILoanBook.sol";
import {Lending} from "./Lending.sol";

contract LoanAuction_setBuyout_Test is Lending {
    function test_RevertGiven_TheLoanIsOver() external {
        borrowed();
        repay(PRINCIPAL);
        Intent memory by = onBuyout(PATIENT, 5);
        by.signer = account;
        refuses(ILoanAuction.LoanAuction_Closed.selector, LOAN);
        auction.setBuyout(LOAN, 5, by);
    }

    function test_RevertWhen_AnotherThanTheBorrowerAsks() external {
        borrowed();
        Intent memory by = onBuyout(LENDER, 5);
        refuses(ILoanAuction.LoanAuction_NotBorrower.selector, vm.addr(LENDER));
        auction.setBuyout(LOAN, 5, by);
    }

    function test_WhenTheBorrowerAsks() external {
        borrowed();
        Intent memory by = onBuyout(PATIENT, 5_000e6);
        by.signer = account;
        vm.expectEmit(address(auction));
        emit ILoanAuction.BuyoutSet(LOAN, 5_000e6);
        auction.setBuyout(LOAN, 5_000e6, by);

        vm.assertEq(5_000e6, auction.buyoutOf(LOAN));
    }
}

contract LoanAuction_buyOut_Test is Lending {
    function _refuses(uint256 key, uint256 price, bytes32 seen, bytes memory reason) private {
        Intent memory by = onBuy(key, "BuyOut", price, seen);
        vm.expectRevert(reason);
        auction.buyOut(LOAN, price, seen, by);
    }

    function test_RevertGiven_TheLoanIsOver() external {
        borrowed();
        askBuyout(5_000e6);
        repay(PRINCIPAL);
        _refuses(
            BUYER,
            5_000e6,
            fingerprint(),
            abi.encodeWithSelector(ILoanAuction.LoanAuction_Closed.selector, LOAN)
        );
    }

    function test_RevertWhen_TheBuyerMayNotOwn() external {
        borrowed();
        askBuyout(5_000e6);
        bytes4 reason = ILoanAuction.LoanAuction_CannotAcquire.selector;
        _refuses(
            STRANGER, 5_000e6, fingerprint(), abi.encodeWithSelector(reason, vm.addr(STRANGER))
        );
    }

    function test_RevertWhen_TheCollateralIsAnother() external {
        borrowed();
        askBuyout(5_000e6);
        bytes32 found = fingerprint();
        bytes4 reason = ILoanAuction.LoanAuction_FingerprintChanged.selector;
        _refuses(BUYER, 5_000e6, "seen", abi.encodeWithSelector(reason, bytes32("seen"), found));
    }

    function test_RevertWhen_ThePriceIsHigher() external {
        borrowed();
        askBuyout(5_000e6);
        bytes4 reason = ILoanAuction.LoanAuction_PriceAbove.selector;
        _refuses(
            BUYER, 5_000e6 - 1, fingerprint(), abi.encodeWithSelector(reason, 5_000e6 - 1, 5_000e6)
        );
    }

    function test_RevertGiven_NothingIsAsked() external {
        borrowed();
        bytes4 reason = ILoanAuction.LoanAuction_NothingOffered.selector;
        _refuses(BUYER, RICH, fingerprint(), abi.encodeWithSelector(reason, LOAN, PRINCIPAL));
    }

    function test_RevertGiven_ThePriceIsBelowTheDebt() external {
        borrowed();
        askBuyout(PRINCIPAL - 1);
        bytes4 reason = ILoanAuction.LoanAuction_NothingOffered.selector;
        _refuses(BUYER, RICH, fingerprint(), abi.encodeWithSelector(reason, LOAN, PRINCIPAL));
    }

    function test_GivenThePriceCoversTheDebt() external {
        borrowed();
        askBuyout(5_000e6);
        uint256 before = router.creditOf(account);
        bytes32 seen = fingerprint();
        auction.buyOut(LOAN, 5_000e6, seen, onBuy(BUYER, "BuyOut", 5_000e6, seen));

        vm.assertEq(PRINCIPAL, creditOf(LENDER));
        vm.assertEq(before + netOf(3_000e6) + 300e6, router.creditOf(account));
        vm.assertEq(RICH - 5_000e6, money.balanceOf(vm.addr(BUYER)));
        vm.assertEq(vm.addr(BUYER), records.ownerOf(TOKEN));
        isIn(LoanState.Settled);
    }

    function test_GivenAnAuctionRuns() external {
        borrowed();
        auctioned();
        uint256 price = debt();
        askBuyout(price);
        bytes32 seen = fingerprint();
        auction.buyOut(LOAN, price, seen, onBuy(BUYER, "BuyOut", price, seen));

        vm.assertTrue(auction.auctionOf(LOAN).state == AuctionState.Settled);
        isIn(LoanState.Settled);
    }
}
