// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Auction, AuctionState, ILoanAuction} from "../../src/lending/ILoanAuction.sol";
import {Breach, ILoanBook, LoanMode, LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Lending} from "./Lending.sol";

abstract contract Failing is Lending {
    /// With a covenant of three quarters of the income, and no price trigger.
    function covenanted() internal {
        subscribed();
        LoanOffer memory terms = offer();
        (terms.warnBps, terms.liquidationBps) = (0, 0);
        terms.covenantRatePerDay = 15e6;
        borrow(terms);
    }

    function flag() internal {
        auction.flag(LOAN, none());
    }

    function isFlagged(Breach breach, uint256 since) internal view {
        vm.assertEq(uint256(breach), uint256(loan().breach));
        vm.assertEq(since, loan().since);
    }

    function refusesState(LoanState state) internal {
        bytes4 reason = ILoanAuction.LoanAuction_WrongState.selector;
        vm.expectRevert(abi.encodeWithSelector(reason, LOAN, state));
    }
}

contract LoanAuction_flag_Test is Failing {
    function test_RevertGiven_ItIsInCure() external {
        borrowed();
        curing();
        refusesState(LoanState.CurePrice);
        flag();
    }

    function test_RevertGiven_TheLoanIsOver() external {
        borrowed();
        repay(PRINCIPAL);
        bytes4 reason = ILoanBook.LoanBook_WrongState.selector;
        vm.expectRevert(abi.encodeWithSelector(reason, LOAN, LoanState.Repaid));
        flag();
    }

    function test_RevertWhen_TheSecondReadingIsTooEarly() external {
        borrowed();
        close(LABORATORY);
        auction.flag(LOAN, all());
        uint256 first = block.timestamp;
        pass(6 hours - 1);
        refuses(ILoanAuction.LoanAuction_TooEarly.selector, first + 6 hours);
        flag();
    }

    function test_WhenAllIsWell() external {
        borrowed();
        uint256 since = block.timestamp;
        pass(1 hours);
        auction.flag(LOAN, all());

        isFlagged(Breach.None, since);
    }

    function test_WhenTheValueIsStale() external {
        borrowed();
        uint256 since = block.timestamp;
        close(LABORATORY);
        pass(7 days);
        flag();

        isFlagged(Breach.None, since);
    }

    function test_WhenTheValueIsTooLow() external {
        borrowed();
        close(LABORATORY);
        vm.expectEmit(address(auction));
        emit ILoanAuction.LoanFlagged(LOAN, LoanState.Active, Breach.Price);
        auction.flag(LOAN, all());

        isFlagged(Breach.Price, block.timestamp);
    }

    function test_WhenItIsTooLowAgain() external {
        borrowed();
        close(LABORATORY);
        auction.flag(LOAN, all());
        pass(6 hours);
        vm.expectEmit(address(auction));
        emit ILoanAuction.LoanFlagged(LOAN, LoanState.CurePrice, Breach.None);
        flag();

        isIn(LoanState.CurePrice);
        isFlagged(Breach.None, block.timestamp);
    }

    function test_WhenItIsTooLowAgainAfterMoreThanFourteenDays() external {
        borrowed();
        close(LABORATORY);
        auction.flag(LOAN, all());
        pass(14 days + 1);
        auction.flag(LOAN, all());

        isIn(LoanState.Active);
        isFlagged(Breach.Price, block.timestamp);
    }

    function test_WhenTheIncomeIsTooLow() external {
        covenanted();
        fallen();
        flag();

        isFlagged(Breach.Income, block.timestamp);
    }

    function test_WhenTheIncomeIsTooLowAgain() external {
        covenanted();
        fallen();
        flag();
        uint256 first = block.timestamp;
        pass(7 days - 1);
        refuses(ILoanAuction.LoanAuction_TooEarly.selector, first + 7 days);
        flag();
        pass(1);
        flag();

        isIn(LoanState.CureIncome);
    }

    function test_WhenItIsWellAgain() external {
        covenanted();
        fallen();
        flag();
        licensedAgain(12e6);
        pass(1 days);
        flag();

        isFlagged(Breach.None, block.timestamp);
        isIn(LoanState.Active);
    }
}

contract LoanAuction_cure_Test is Failing {
    function test_RevertGiven_ItIsNotInCure() external {
        borrowed();
        refusesState(LoanState.Active);
        auction.cure(LOAN, none());
    }

    function test_RevertWhen_TheDebtIsTooHighForTheValue() external {
        borrowedMost();
        dented();
        auction.flag(LOAN, all());
        pass(6 hours);
        flag();
        repay(debt() - 1_728e6 - 1);
        refuses(ILoanAuction.LoanAuction_NotCured.selector, LOAN);
        auction.cure(LOAN, none());
    }

    function test_RevertGiven_TheValueIsStale() external {
        borrowed();
        curing();
        pass(7 days);
        refuses(ILoanAuction.LoanAuction_NotCured.selector, LOAN);
        auction.cure(LOAN, none());
    }

    function test_RevertGiven_TheIncomeIsNotBack() external {
        covenanted();
        fallen();
        flag();
        pass(7 days);
        flag();
        refuses(ILoanAuction.LoanAuction_NotCured.selector, LOAN);
        auction.cure(LOAN, none());
    }

    function test_WhenTheDebtIsLowEnough() external {
        borrowedMost();
        dented();
        auction.flag(LOAN, all());
        pass(6 hours);
        flag();
        router.settle(TOKEN);
        (uint256 value,,) = appraiser.valueOf(TOKEN);
        repay(debt() - value * 6 / 10);
        vm.expectEmit(address(auction));
        emit ILoanAuction.LoanCured(LOAN);
        auction.cure(LOAN, none());

        isIn(LoanState.Active);
        isFlagged(Breach.None, block.timestamp);
    }

    function test_WhenTheIncomeIsBack() external {
        covenanted();
        fallen();
        flag();
        pass(7 days);
        flag();
        licensedAgain(11e6);
        auction.cure(LOAN, none());

        isIn(LoanState.Active);
    }
}

contract LoanAuction_startAuction_Test is Failing {
    function _start() private {
        auction.startAuction(LOAN, none(), onStart(KEEPER, none()));
    }

    function _refuses(bytes memory reason) private {
        Intent memory by = onStart(KEEPER, none());
        vm.expectRevert(reason);
        auction.startAuction(LOAN, none(), by);
    }

    function _tooEarly(uint256 at) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILoanAuction.LoanAuction_TooEarly.selector, at);
    }

    function test_RevertGiven_AllIsWell() external {
        borrowed();
        _refuses(_tooEarly(block.timestamp + 365 days + 72 hours + 1));
    }

    function test_RevertGiven_TheTimeToCureRuns() external {
        borrowed();
        curing();
        uint256 over = block.timestamp + 24 hours;
        pass(24 hours - 1);
        _refuses(_tooEarly(over));
    }

    function test_RevertGiven_TheTimeToCureIncomeRuns() external {
        covenanted();
        fallen();
        flag();
        pass(7 days);
        flag();
        uint256 over = block.timestamp + 7 days;
        pass(7 days - 1);
        _refuses(_tooEarly(over));
    }

    function test_RevertGiven_TheBreachIsGone() external {
        borrowedMost();
        dented();
        auction.flag(LOAN, all());
        pass(6 hours);
        flag();
        pass(24 hours);
        repay(1_500e6);
        _refuses(abi.encodeWithSelector(ILoanAuction.LoanAuction_Curable.selector, LOAN));
    }

    function test_RevertGiven_ItWasStarted() external {
        borrowed();
        auctioned();
        bytes4 reason = ILoanAuction.LoanAuction_WrongState.selector;
        _refuses(abi.encodeWithSelector(reason, LOAN, LoanState.Auction));
    }

    function test_RevertGiven_TheTermWasOverLessThan72HoursAgo() external {
        borrowed(LoanMode.Fruits);
        pass(365 days + 72 hours);
        _refuses(_tooEarly(block.timestamp + 1));
    }

    function test_GivenTheTermWasOver72HoursAgo() external {
        borrowed(LoanMode.Fruits);
        pass(365 days + 72 hours + 1);
        _start();

        isIn(LoanState.Auction);
        vm.assertEq(3 * uint256(PRINCIPAL), auction.priceAt(LOAN));
    }

    function test_GivenTheCureFailed() external {
        borrowed();
        curing();
        pass(24 hours);
        router.settle(TOKEN);
        uint256 owed = debt();
        uint256 price = (owed * 6 + 4) / 5;
        Intent memory by = onStart(KEEPER, none());
        vm.expectEmit(address(auction));
        emit ILoanAuction.AuctionStarted(LOAN, price, vm.addr(KEEPER));
        auction.startAuction(LOAN, none(), by);

        isIn(LoanState.Auction);
        Auction memory started = auction.auctionOf(LOAN);
        vm.assertEq(price, started.startPrice);
        vm.assertEq(block.timestamp, started.startedAt);
        vm.assertEq(vm.addr(KEEPER), started.starter);
        vm.assertTrue(started.state == AuctionState.Open);
        vm.assertEq(block.timestamp + 72 hours, auction.endOf(LOAN));
        pass(100 days);
        vm.assertEq(owed, debt());
    }

    function test_GivenTheCureOfIncomeFailed() external {
        covenanted();
        fallen();
        flag();
        pass(7 days);
        flag();
        pass(7 days);
        _start();

        isIn(LoanState.Auction);
    }
}
