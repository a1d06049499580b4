// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {AuctionState, ILoanAuction} from "../../src/lending/ILoanAuction.sol";
import {Breach, ILoanBook, LoanMode, LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Lending} from "./Lending.sol";

contract LoanBook_repay_Test is Lending {
    function test_RevertGiven_TheLoanIsOver() external {
        borrowed();
        repay(PRINCIPAL);
        Intent memory by = onRepay(PAYER, 1);
        bytes4 reason = ILoanBook.LoanBook_WrongState.selector;
        vm.expectRevert(abi.encodeWithSelector(reason, LOAN, LoanState.Repaid));
        loans.repay(LOAN, 1, by);
    }

    function test_RevertWhen_ThePayerHasNotAllowedIt() external {
        borrowed();
        Intent memory by = onRepay(STRANGER, 5);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(router), 0, 5
            )
        );
        loans.repay(LOAN, 5, by);
    }

    function test_WhenAPartIsPaid() external {
        borrowed(LoanMode.Sweep);
        pass(1 days);
        router.settle(TOKEN);
        uint256 before = creditOf(LENDER);
        pass(12 hours);
        // Half a day of income pays its interest, and half of the rest pays principal.
        uint256 income = netOf(10e6);
        uint256 owed = debt();
        uint256 paid = repay(100e6);

        vm.assertEq(100e6, paid);
        uint256 given = creditOf(LENDER) - before;
        vm.assertTrue(given > 100e6 + income / 2);
        vm.assertTrue(given < 100e6 + income);
        vm.assertEq(owed - given, debt());
        vm.assertEq(RICH - 100e6, money.balanceOf(vm.addr(PAYER)));
        isIn(LoanState.Active);
    }

    function test_WhenAllIsPaid() external {
        borrowed();
        Intent memory by = onRepay(PAYER, PRINCIPAL);
        vm.expectEmit(address(loans));
        emit ILoanBook.LoanPaid(LOAN, 0, PRINCIPAL);
        vm.expectEmit(address(loans));
        emit ILoanBook.LoanEnded(LOAN, TOKEN, LoanState.Repaid, account);
        loans.repay(LOAN, PRINCIPAL, by);

        isIn(LoanState.Repaid);
        vm.assertEq(account, records.ownerOf(TOKEN));
        vm.assertFalse(records.isLocked(TOKEN));
        vm.assertFalse(records.isRekeying(TOKEN));
        vm.assertEq(address(0), router.lienOf(TOKEN).module);
        vm.assertEq(address(0), loans.creditorOf(LOAN));
        vm.assertEq(PRINCIPAL, creditOf(LENDER));
        vm.assertEq(0, loans.debtOf(TOKEN));
    }

    function test_WhenMoreIsGivenThanIsOwed() external {
        borrowed();
        vm.assertEq(PRINCIPAL, repay(RICH));
        vm.assertEq(RICH - PRINCIPAL, money.balanceOf(vm.addr(PAYER)));
    }

    function test_GivenIncomeRepaidItJustNow() external {
        ripe();
        LoanOffer memory terms = offer();
        terms.principal = 100e6;
        borrow(terms);
        pass(8 days);
        uint256 before = router.creditOf(account);

        vm.assertEq(0, repay(RICH));
        isIn(LoanState.Repaid);
        vm.assertEq(account, records.ownerOf(TOKEN));
        vm.assertEq(RICH, money.balanceOf(vm.addr(PAYER)));
        uint256 interest = creditOf(LENDER) - 100e6;
        vm.assertTrue(interest != 0);
        uint256 income = 8 * 20e6;
        uint256 rest = netOf(income) + income / 10 - 100e6 - interest;
        vm.assertEq(before + rest, router.creditOf(account));
    }

    function test_GivenOpeningIsPaused() external {
        borrowed();
        pauseOpening();
        vm.assertEq(PRINCIPAL, repay(PRINCIPAL));
    }

    function test_GivenItIsInAuction() external {
        borrowed();
        auctioned();
        pass(100 hours);
        uint256 owed = debt();
        Intent memory by = onRepay(PAYER, owed);
        vm.expectEmit(address(auction));
        emit ILoanAuction.AuctionClosed(LOAN);
        loans.repay(LOAN, owed, by);

        isIn(LoanState.Repaid);
        vm.assertTrue(auction.auctionOf(LOAN).state == AuctionState.Closed);
        vm.assertEq(account, records.ownerOf(TOKEN));
    }

    function test_GivenTheNoteWasSold() external {
        borrowed();
        uint256 note = loans.noteOf(LOAN);
        vm.prank(vm.addr(LENDER));
        loans.transferFrom(vm.addr(LENDER), vm.addr(STRANGER), note);
        repay(PRINCIPAL);

        vm.assertEq(PRINCIPAL, creditOf(STRANGER));
        vm.assertEq(0, creditOf(LENDER));
    }

    /// However often and however little is paid: the lender gets no less, and the debt falls by it.
    function testFuzz_TheDebtFallsByWhatIsPaid(uint64 amount, uint32 time) external {
        borrowed();
        pass(uint256(time) % 300 days);
        router.settle(TOKEN);
        if (debt() == 0) return;
        uint256 owed = debt();
        uint256 paid = repay(amount);

        vm.assertEq(owed - paid, debt());
        vm.assertTrue(paid == amount || debt() == 0);
    }
}

contract LoanBook_applyIncome_Test is Lending {
    function test_RevertWhen_TheCallerIsNotTheRouter() external {
        borrowed();
        refuses(ILoanBook.LoanBook_NotModule.selector, address(this));
        loans.applyIncome(LOAN, 0);
    }

    function test_GivenTheLoanIsOver() external {
        borrowed();
        repay(PRINCIPAL);
        vm.prank(address(router));
        (uint256 interest, uint256 principal, bool isClosed) = loans.applyIncome(LOAN, 100);

        vm.assertEq(0, interest + principal);
        vm.assertFalse(isClosed);
    }

    function test_GivenTheModeIsFruits() external {
        borrowed(LoanMode.Fruits);
        uint256 before = router.creditOf(account);
        pass(10 days);
        router.settle(TOKEN);

        uint256 income = 10 * 20e6;
        vm.assertEq(netOf(income), creditOf(LENDER));
        vm.assertEq(before + income / 10, router.creditOf(account));
        vm.assertEq(PRINCIPAL, debt());
    }

    function test_GivenTheModeIsAmortize() external {
        borrowed(LoanMode.Amortize);
        uint256 before = router.creditOf(account);
        pass(10 days);
        uint256 owed = debt();
        router.settle(TOKEN);

        uint256 income = 10 * 20e6;
        vm.assertEq(netOf(income), creditOf(LENDER));
        vm.assertEq(before + income / 10, router.creditOf(account));
        vm.assertEq(owed - netOf(income), debt());
    }

    function test_GivenTheModeIsSweep() external {
        borrowed(LoanMode.Sweep);
        uint256 before = router.creditOf(account);
        pass(5 days);
        uint256 owed = debt();
        router.settle(TOKEN);

        uint256 income = 5 * 20e6;
        uint256 interest = uint256(PRINCIPAL) * 1_200 * 5 days / (10_000 * 365 days);
        uint256 half = (netOf(income) - interest) / 2;
        vm.assertEq(interest + half, creditOf(LENDER));
        vm.assertEq(owed - interest - half, debt());
        vm.assertEq(
            before + income / 10 + netOf(income) - interest - half, router.creditOf(account)
        );
    }

    function test_GivenTheModeIsSweepAndTheValueIsStale() external {
        borrowed(LoanMode.Sweep);
        pass(7 days);
        router.settle(TOKEN);

        vm.assertEq(netOf(7 * 20e6), creditOf(LENDER));
    }

    function test_GivenTheModeIsFruitsAndItIsInCure() external {
        ripe();
        LoanOffer memory terms = offer();
        (terms.mode, terms.aprBps, terms.principal) = (LoanMode.Fruits, 0, MOST);
        borrow(terms);
        dented();
        auction.flag(LOAN, all());
        pass(6 hours);
        auction.flag(LOAN, none());
        isIn(LoanState.CurePrice);
        vm.assertEq(MOST, debt());
        pass(1 days);
        router.settle(TOKEN);

        vm.assertEq(MOST - netOf(14e6), debt());
    }

    function test_WhenTheDebtIsCleared() external {
        ripe();
        LoanOffer memory terms = offer();
        terms.principal = 100e6;
        borrow(terms);
        pass(8 days);
        router.settle(TOKEN);

        isIn(LoanState.Repaid);
        vm.assertEq(account, records.ownerOf(TOKEN));
        vm.assertEq(address(0), router.lienOf(TOKEN).module);
        vm.assertTrue(creditOf(LENDER) > 100e6);
    }
}

contract LoanBook_refresh_Test is Lending {
    function test_RevertWhen_TheCallerIsNotTheAuction() external {
        borrowed();
        refuses(ILoanBook.LoanBook_NotModule.selector, address(this));
        loans.refresh(LOAN);
    }

    function test_WhenTheAuctionCalls() external {
        borrowed();
        pass(1 days);
        uint256 owed = debt();
        vm.prank(address(auction));
        (, uint256 found) = loans.refresh(LOAN);

        vm.assertEq(owed - netOf(20e6), found);
        vm.assertEq(block.timestamp, loan().accruedAt);
    }
}

contract LoanBook_enter_Test is Lending {
    function test_RevertWhen_TheCallerIsNotTheAuction() external {
        borrowed();
        refuses(ILoanBook.LoanBook_NotModule.selector, address(this));
        loans.enter(LOAN, LoanState.Auction, Breach.None);
    }

    function test_WhenTheAuctionCalls() external {
        borrowed();
        pass(5);
        vm.prank(address(auction));
        loans.enter(LOAN, LoanState.Active, Breach.Income);

        vm.assertTrue(loan().breach == Breach.Income);
        vm.assertEq(block.timestamp, loan().since);
    }
}

contract LoanBook_sellPledge_Test is Lending {
    function test_RevertWhen_TheCallerIsNotTheAuction() external {
        borrowed();
        refuses(ILoanBook.LoanBook_NotModule.selector, address(this));
        loans.sellPledge(LOAN, 1, vm.addr(BUYER), address(0), false);
    }

    function test_RevertGiven_TheLoanIsOver() external {
        borrowed();
        repay(PRINCIPAL);
        address buyer = vm.addr(BUYER);
        bytes4 reason = ILoanBook.LoanBook_WrongState.selector;
        vm.expectRevert(abi.encodeWithSelector(reason, LOAN, LoanState.Repaid));
        vm.prank(address(auction));
        loans.sellPledge(LOAN, 1, buyer, address(0), false);
    }

    function test_WhenTheAuctionCalls() external {
        borrowed();
        address buyer = vm.addr(BUYER);
        vm.prank(address(auction));
        loans.sellPledge(LOAN, 1, buyer, address(0), false);

        isIn(LoanState.Settled);
        vm.assertEq(buyer, records.ownerOf(TOKEN));
        vm.assertEq(1, creditOf(LENDER));
    }
}

contract LoanBook_forfeitPledge_Test is Lending {
    function test_RevertWhen_TheCallerIsNotTheAuction() external {
        borrowed();
        refuses(ILoanBook.LoanBook_NotModule.selector, address(this));
        loans.forfeitPledge(LOAN, address(this));
    }

    function test_WhenTheAuctionCalls() external {
        borrowed();
        address lender = vm.addr(LENDER);
        vm.prank(address(auction));
        loans.forfeitPledge(LOAN, lender);

        isIn(LoanState.Foreclosed);
        vm.assertEq(lender, records.ownerOf(TOKEN));
        vm.assertEq(0, creditOf(LENDER));
    }
}
