// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {AuctionState, ILoanAuction} from "../../src/lending/ILoanAuction.sol";
import {ILoanBook, LoanState} from "../../src/lending/ILoanBook.sol";
import {Lending} from "./Lending.sol";

contract LoanAuction_close_Test is Lending {
    function test_RevertWhen_TheCallerIsNotLoanBook() external {
        refuses(ILoanAuction.LoanAuction_NotModule.selector, address(this));
        auction.close(LOAN);
    }

    function test_WhenTheLoanIsRepaid() external {
        borrowed();
        auctioned();
        repay(debt());

        vm.assertTrue(auction.auctionOf(LOAN).state == AuctionState.Closed);
    }
}

contract LoanAuction_buy_Test is Lending {
    function _given() private returns (uint256 start) {
        borrowed();
        auctioned();
        return auction.priceAt(LOAN);
    }

    function _refuses(uint256 key, uint256 price, bytes32 seen, bytes memory reason) private {
        Intent memory by = onBuy(key, "Buy", price, seen);
        vm.expectRevert(reason);
        auction.buy(LOAN, price, seen, by);
    }

    function _closed() private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILoanAuction.LoanAuction_Closed.selector, LOAN);
    }

    function test_RevertGiven_ThereIsNoAuction() external {
        borrowed();
        _refuses(BUYER, RICH, fingerprint(), _closed());
    }

    function test_RevertGiven_ItIsOver() external {
        _given();
        pass(72 hours);
        _refuses(BUYER, RICH, fingerprint(), _closed());
    }

    function test_RevertGiven_TheLoanWasRepaid() external {
        _given();
        repay(debt());
        _refuses(BUYER, RICH, fingerprint(), _closed());
    }

    function test_RevertGiven_ItWasSold() external {
        _given();
        buy(RICH);
        _refuses(BUYER, RICH, fingerprint(), _closed());
    }

    function test_RevertWhen_TheBuyerMayNotOwn() external {
        _given();
        bytes4 reason = ILoanAuction.LoanAuction_CannotAcquire.selector;
        _refuses(STRANGER, RICH, fingerprint(), abi.encodeWithSelector(reason, vm.addr(STRANGER)));
        _refuses(CLINIC, RICH, fingerprint(), abi.encodeWithSelector(reason, vm.addr(CLINIC)));
    }

    function test_RevertWhen_TheCollateralIsAnother() external {
        _given();
        bytes32 found = fingerprint();
        bytes4 reason = ILoanAuction.LoanAuction_FingerprintChanged.selector;
        _refuses(BUYER, RICH, "seen", abi.encodeWithSelector(reason, bytes32("seen"), found));
    }

    function test_RevertWhen_ThePriceIsHigher() external {
        uint256 price = _given();
        bytes4 reason = ILoanAuction.LoanAuction_PriceAbove.selector;
        _refuses(BUYER, price - 1, fingerprint(), abi.encodeWithSelector(reason, price - 1, price));
    }

    function test_GivenThePriceIsAboveTheDebt() external {
        uint256 price = _given();
        uint256 owed = debt();
        uint256 before = router.creditOf(account);
        uint256 paid = creditOf(LENDER);
        uint256 surplus = price - owed - price / 200;
        bytes32 seen = fingerprint();
        Intent memory by = onBuy(BUYER, "Buy", price, seen);
        vm.expectEmit(address(auction));
        emit ILoanAuction.AuctionSettled(LOAN, vm.addr(BUYER), price, owed, surplus, 0);
        auction.buy(LOAN, price, seen, by);

        vm.assertEq(RICH - price, money.balanceOf(vm.addr(BUYER)));
        vm.assertEq(paid + owed, creditOf(LENDER));
        vm.assertEq(price / 200, creditOf(KEEPER));
        uint256 net = surplus - 2 * (surplus / 10) - surplus / 40;
        vm.assertEq(before + net + surplus / 10, router.creditOf(account));
        vm.assertEq(vm.addr(BUYER), records.ownerOf(TOKEN));
        vm.assertTrue(records.isRekeying(TOKEN));
        vm.assertEq(address(0), router.lienOf(TOKEN).module);
        vm.assertEq(account, records.subjectOf(RECORD));
        isIn(LoanState.Settled);
    }

    function test_GivenThePriceIsBelowTheDebt() external {
        _given();
        pass(71 hours);
        uint256 price = auction.priceAt(LOAN);
        uint256 owed = debt();
        uint256 paid = creditOf(LENDER);
        uint256 rest = price - price / 200;
        bytes32 seen = fingerprint();
        Intent memory by = onBuy(BUYER, "Buy", price, seen);
        vm.expectEmit(address(auction));
        emit ILoanAuction.AuctionSettled(LOAN, vm.addr(BUYER), price, rest, 0, owed - rest);
        auction.buy(LOAN, price, seen, by);

        vm.assertEq(paid + rest, creditOf(LENDER));
        vm.assertEq(0, debt());
    }

    function test_GivenTheBorrowerStartedIt() external {
        borrowed();
        curing();
        pass(24 hours);
        Intent memory by = onStart(PATIENT, none());
        by.signer = account;
        auction.startAuction(LOAN, none(), by);
        uint256 owed = debt();
        uint256 paid = creditOf(LENDER);
        uint256 before = router.creditOf(account);
        pass(60 hours);
        uint256 price = auction.priceAt(LOAN);
        vm.assertTrue(price < owed);
        buy(price);

        vm.assertEq(paid + price, creditOf(LENDER));
        vm.assertEq(before, router.creditOf(account));
    }

    function test_GivenOpeningIsPaused() external {
        _given();
        pauseOpening();
        buy(RICH);
        isIn(LoanState.Settled);
    }

    /// What is settled first is the lender's, and what the buyer pays for is what comes after.
    function test_GivenIncomeIsPending() external {
        borrowedMost();
        dented();
        auction.flag(LOAN, all());
        pass(6 hours);
        auction.flag(LOAN, none());
        pass(24 hours);
        auction.startAuction(LOAN, none(), onStart(KEEPER, none()));
        uint256 owed = debt();
        pass(1 days);
        uint256 price = auction.priceAt(LOAN);
        uint256 before = creditOf(LENDER);
        buy(price);

        vm.assertEq(before + netOf(14e6) + price - price / 200, creditOf(LENDER));
        vm.assertTrue(creditOf(LENDER) - before < owed);
    }
}

contract LoanAuction_creditBid_Test is Lending {
    function _given() private {
        borrowed();
        auctioned();
    }

    function _refuses(uint256 key, bytes memory reason) private {
        Intent memory by = onCreditBid(key, RICH);
        vm.expectRevert(reason);
        auction.creditBid(LOAN, RICH, by);
    }

    function test_RevertGiven_ItIsOver() external {
        _given();
        pass(72 hours);
        _refuses(LENDER, abi.encodeWithSelector(ILoanAuction.LoanAuction_Closed.selector, LOAN));
    }

    function test_RevertGiven_ADayHasNotPassed() external {
        _given();
        uint256 from = block.timestamp + 24 hours;
        pass(24 hours - 1);
        _refuses(LENDER, abi.encodeWithSelector(ILoanAuction.LoanAuction_TooEarly.selector, from));
    }

    function test_RevertWhen_TheSignerDoesNotHoldTheNote() external {
        _given();
        pass(24 hours);
        bytes4 reason = ILoanAuction.LoanAuction_NotHolder.selector;
        _refuses(OTHER_LENDER, abi.encodeWithSelector(reason, vm.addr(OTHER_LENDER)));
    }

    function test_RevertGiven_TheHolderMayNotOwn() external {
        _given();
        uint256 note = loans.noteOf(LOAN);
        vm.prank(vm.addr(LENDER));
        loans.transferFrom(vm.addr(LENDER), vm.addr(STRANGER), note);
        pass(24 hours);
        bytes4 reason = ILoanAuction.LoanAuction_CannotAcquire.selector;
        _refuses(STRANGER, abi.encodeWithSelector(reason, vm.addr(STRANGER)));
    }

    function test_RevertWhen_ThePriceIsHigher() external {
        _given();
        pass(24 hours);
        uint256 price = auction.priceAt(LOAN);
        Intent memory by = onCreditBid(LENDER, price - 1);
        refuses(ILoanAuction.LoanAuction_PriceAbove.selector, price - 1, price);
        auction.creditBid(LOAN, price - 1, by);
    }

    function test_WhenTheHolderBids() external {
        _given();
        pass(24 hours);
        uint256 price = auction.priceAt(LOAN);
        uint256 balance = money.balanceOf(vm.addr(LENDER));
        uint256 before = creditOf(LENDER);
        auction.creditBid(LOAN, price, onCreditBid(LENDER, price));

        vm.assertEq(balance - price / 200, money.balanceOf(vm.addr(LENDER)));
        vm.assertEq(price / 200, creditOf(KEEPER));
        vm.assertEq(before, creditOf(LENDER));
        vm.assertEq(vm.addr(LENDER), records.ownerOf(TOKEN));
        isIn(LoanState.Settled);
    }
}

contract LoanAuction_foreclose_Test is Lending {
    function _given() private {
        borrowed();
        auctioned();
    }

    function _refuses(uint256 key, uint256 to, bytes memory reason) private {
        Intent memory by = onForeclose(key, to);
        vm.expectRevert(reason);
        auction.foreclose(LOAN, vm.addr(to), by);
    }

    function test_RevertGiven_ThereIsNoAuction() external {
        borrowed();
        _refuses(
            LENDER, LENDER, abi.encodeWithSelector(ILoanAuction.LoanAuction_Closed.selector, LOAN)
        );
    }

    function test_RevertGiven_TheAuctionRuns() external {
        _given();
        uint256 end = block.timestamp + 72 hours;
        pass(72 hours - 1);
        bytes4 reason = ILoanAuction.LoanAuction_TooEarly.selector;
        _refuses(LENDER, LENDER, abi.encodeWithSelector(reason, end));
    }

    function test_RevertWhen_TheSignerDoesNotHoldTheNote() external {
        _given();
        pass(72 hours);
        bytes4 reason = ILoanAuction.LoanAuction_NotHolder.selector;
        _refuses(BUYER, BUYER, abi.encodeWithSelector(reason, vm.addr(BUYER)));
    }

    function test_RevertWhen_TheReceiverMayNotOwn() external {
        _given();
        pass(72 hours);
        bytes4 reason = ILoanAuction.LoanAuction_CannotAcquire.selector;
        _refuses(LENDER, STRANGER, abi.encodeWithSelector(reason, vm.addr(STRANGER)));
    }

    function test_RevertGiven_TheLoanWasRepaid() external {
        _given();
        pass(72 hours);
        repay(debt());
        _refuses(
            LENDER, LENDER, abi.encodeWithSelector(ILoanAuction.LoanAuction_Closed.selector, LOAN)
        );
    }

    function test_WhenNobodyBought() external {
        _given();
        pass(72 hours);
        uint256 before = creditOf(LENDER);
        Intent memory by = onForeclose(LENDER, OTHER_LENDER);
        vm.expectEmit(address(auction));
        emit ILoanAuction.AuctionClosed(LOAN);
        vm.expectEmit(address(loans));
        emit ILoanBook.LoanEnded(LOAN, TOKEN, LoanState.Foreclosed, vm.addr(OTHER_LENDER));
        auction.foreclose(LOAN, vm.addr(OTHER_LENDER), by);

        vm.assertEq(vm.addr(OTHER_LENDER), records.ownerOf(TOKEN));
        vm.assertEq(before, creditOf(LENDER));
        vm.assertEq(address(0), router.lienOf(TOKEN).module);
        vm.assertEq(0, debt());
        isIn(LoanState.Foreclosed);
    }
}
