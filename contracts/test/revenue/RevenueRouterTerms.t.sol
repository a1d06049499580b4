// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IRevenueRouter, Leg, Prepayment, Stream} from "../../src/revenue/IRevenueRouter.sol";
import {Earning} from "./Earning.sol";

contract RevenueRouter_open_Test is Earning {
    function test_RevertWhen_TheCallerIsNotTheExchange() external {
        Leg[] memory legs = only(LABORATORY, 100);
        address[2] memory others = [vm.addr(STRANGER), address(claims)];
        for (uint256 i; i < 2; ++i) {
            refusesModule(others[i]);
            router.open(TOKEN, LICENSE, payer, legs, dayAfter(30), true, true);
        }
    }

    function test_RevertGiven_ThePrepaymentExists() external {
        subscribed();
        refuses(IRevenueRouter.RevenueRouter_PrepaymentExists.selector, TOKEN, LICENSE);
        subscribed();
    }

    function test_RevertWhen_TheEndIsNotAfterNow() external {
        refuses(IRevenueRouter.RevenueRouter_TermOver.selector, TODAY);
        open(LICENSE, LABORATORY, 100, 0);

        vm.warp((TODAY + 1) * DAY);
        refuses(IRevenueRouter.RevenueRouter_TermOver.selector, TODAY + 1);
        open(LICENSE, LABORATORY, 100, 0);
    }

    function test_RevertGiven_ASectionIsClosed() external {
        close(LABORATORY);
        refuses(IRevenueRouter.RevenueRouter_SectionShut.selector, LABORATORY);
        open(LICENSE, both(1, 1), 30, true, true);

        reopen(LABORATORY);
        close(LABORATORY);
        refuses(IRevenueRouter.RevenueRouter_SectionShut.selector, LABORATORY);
        subscribed();
    }

    function test_RevertGiven_TheRecordIsErased() external {
        authority.erase(
            RECORD, signed(PATIENT, address(authority), "Erase(uint128 record", abi.encode(RECORD))
        );
        refuses(IRevenueRouter.RevenueRouter_SectionShut.selector, LABORATORY);
        subscribed();
    }

    function test_RevertWhen_TheRatesAreMoreThanAPrepaymentHolds() external {
        uint48 most = uint48(type(uint40).max);
        refuses(IRevenueRouter.RevenueRouter_RateOverflow.selector, LABORATORY);
        open(LICENSE, both(most, 1), 30, true, true);
    }

    function test_RevertWhen_ThePayerHasNotAllowedEnough() external {
        vm.prank(payer);
        money.approve(address(router), 2_966);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(router), 2_966, 2_967
            )
        );
        subscribed();
    }

    function test_RevertGiven_MoreThan64DaysHaveToBeWalked() external {
        for (uint64 i = 1; i <= 65; ++i) {
            open(i, LABORATORY, 1, i);
        }
        pass(66 days);
        refuses(IRevenueRouter.RevenueRouter_SettleFirst.selector, LABORATORY);
        open(66, LABORATORY, 1, 1);
    }

    function test_GivenTheSectionsAreOpen() external {
        uint256 time = (TODAY + 30) * DAY - START;
        uint256 price = ceiled(100, time);

        vm.expectEmit(address(router));
        emit IRevenueRouter.PrepaymentOpened(TOKEN, LICENSE, payer, dayAfter(30), price);
        vm.assertEq(price, open(LICENSE, both(40, 60), 30, true, true));

        vm.assertEq(2_967, price);
        vm.assertEq(RICH - price, money.balanceOf(payer));
        vm.assertEq(price, router.escrowed());
        vm.assertEq(100, router.rateOf(TOKEN));
        Prepayment memory kept = router.prepaymentOf(TOKEN, LICENSE);
        vm.assertEq(
            abi.encode(Prepayment(payer, uint32(START), dayAfter(30), 100, true)), abi.encode(kept)
        );
        vm.assertEq(
            abi.encode(Stream(0, 60, uint40(START), 0, dayAfter(30))),
            abi.encode(streamOf(LABORATORY))
        );
    }

    function test_WhenTheLicenseIsExclusive() external {
        open(LICENSE, only(LABORATORY, 100), 30, true, false);

        vm.assertEq(0, streamOf(LABORATORY).sharedThroughDay);
        vm.assertTrue(router.prepaymentOf(TOKEN, LICENSE).isRecurring);
    }

    function test_WhenTheLicenseIsForEver() external {
        open(LICENSE, only(LABORATORY, 100), 360, false, true);

        vm.assertEq(type(uint16).max, streamOf(LABORATORY).sharedThroughDay);
        vm.assertFalse(router.prepaymentOf(TOKEN, LICENSE).isRecurring);
    }

    function test_GivenASectionWasClosedAndReopened() external {
        subscribed();
        pass(1 days);
        close(LABORATORY);
        pass(1 days);
        reopen(LABORATORY);
        pass(1 days);

        vm.assertEq(
            abi.encode(Stream(100 * DAY, 0, uint40(block.timestamp), 1, 0)),
            abi.encode(streamOf(LABORATORY))
        );
        open(2, LABORATORY, 7, 10);
        vm.assertEq(
            abi.encode(Stream(100 * DAY, 7, uint40(block.timestamp), 1, dayAfter(10))),
            abi.encode(streamOf(LABORATORY))
        );
        pass(11 days);
        vm.assertEq(0, router.rateOf(TOKEN));
    }
}

contract RevenueRouter_move_Test is Earning {
    function test_RevertWhen_TheCallerIsNotTheExchange() external {
        subscribed();
        Leg[] memory legs = only(LABORATORY, 100);
        refusesModule(vm.addr(STRANGER));
        router.move(TOKEN, LICENSE, payer, legs, dayAfter(40));
    }

    function test_RevertGiven_ThePrepaymentIsUnknown() external {
        refuses(IRevenueRouter.RevenueRouter_UnknownPrepayment.selector, TOKEN, LICENSE);
        move(LICENSE, only(LABORATORY, 100), dayAfter(40));
    }

    function test_RevertWhen_TheRatesAreNotThoseOfThePrepayment() external {
        subscribed();
        refuses(IRevenueRouter.RevenueRouter_WrongRate.selector, 99, 100);
        move(LICENSE, only(LABORATORY, 99), dayAfter(40));
    }

    function test_RevertWhen_TheNewEndIsNotAfterNow() external {
        subscribed();
        refuses(IRevenueRouter.RevenueRouter_TermOver.selector, TODAY);
        move(LICENSE, only(LABORATORY, 100), uint16(TODAY));

        vm.warp((TODAY + 30) * DAY);
        refuses(IRevenueRouter.RevenueRouter_TermOver.selector, TODAY + 30);
        move(LICENSE, only(LABORATORY, 100), uint16(TODAY + 30));
    }

    function test_RevertGiven_ASectionIsClosed() external {
        subscribed();
        close(LABORATORY);
        refuses(IRevenueRouter.RevenueRouter_SectionShut.selector, LABORATORY);
        move(LICENSE, only(LABORATORY, 100), dayAfter(40));
    }

    function test_WhenTheEndMovesLater() external {
        uint256 price = subscribed();
        pass(5 days);
        uint16 end = uint16(TODAY + 40);

        vm.expectEmit(address(router));
        emit IRevenueRouter.PrepaymentMoved(TOKEN, LICENSE, end, 1_000, 0);
        move(LICENSE, only(LABORATORY, 100), end);

        vm.assertEq(price + 1_000, router.escrowed());
        vm.assertEq(end, streamOf(LABORATORY).sharedThroughDay);
        vm.assertEq(end, router.prepaymentOf(TOKEN, LICENSE).endDay);
        vm.assertEq(START, router.prepaymentOf(TOKEN, LICENSE).start);
        vm.warp(end * DAY - 1);
        vm.assertEq(100, router.rateOf(TOKEN));
        vm.warp(end * DAY);
        vm.assertEq(0, router.rateOf(TOKEN));
        vm.assertEq(price + 999, router.pendingOf(TOKEN));
    }

    function test_WhenTheEndMovesEarlier() external {
        uint256 price = subscribed();
        pass(5 days);
        uint16 end = uint16(TODAY + 10);
        (uint256 paid, uint256 refunded) = move(LICENSE, only(LABORATORY, 100), end);

        vm.assertEq(0, paid);
        vm.assertEq(2_000, refunded);
        vm.assertEq(2_000, creditOf(PAYER));
        vm.assertEq(price - 2_000, router.escrowed());
        vm.assertEq(uint16(TODAY + 30), streamOf(LABORATORY).sharedThroughDay);
        vm.warp(end * DAY);
        vm.assertEq(0, router.rateOf(TOKEN));
    }

    function test_GivenItHasLapsed() external {
        subscribed();
        pass(31 days);
        uint16 end = dayAfter(10);
        uint256 time = end * DAY - block.timestamp;
        (uint256 paid,) = move(LICENSE, only(LABORATORY, 100), end);

        vm.assertEq(ceiled(100, time), paid);
        vm.assertEq(block.timestamp, router.prepaymentOf(TOKEN, LICENSE).start);
        vm.assertEq(100, router.rateOf(TOKEN));
        vm.warp(end * DAY);
        vm.assertEq(0, router.rateOf(TOKEN));
    }

    function test_WhenAnExclusiveOneMoves() external {
        open(LICENSE, only(LABORATORY, 100), 30, true, false);
        move(LICENSE, only(LABORATORY, 100), dayAfter(40));

        vm.assertEq(0, streamOf(LABORATORY).sharedThroughDay);
    }

    function test_GivenTwoLicensesEndOnTheSameDay() external {
        subscribed();
        open(2, LABORATORY, 11, 30);
        move(LICENSE, only(LABORATORY, 100), dayAfter(40));

        pass(30 days);
        vm.assertEq(100, router.rateOf(TOKEN));
        pass(10 days);
        vm.assertEq(0, router.rateOf(TOKEN));
    }
}

contract RevenueRouter_stop_Test is Earning {
    function test_RevertWhen_TheCallerIsNotTheExchange() external {
        subscribed();
        Leg[] memory legs = only(LABORATORY, 100);
        refusesModule(vm.addr(STRANGER));
        router.stop(TOKEN, LICENSE, legs, new uint8[](1));
    }

    function test_RevertGiven_ThePrepaymentIsUnknown() external {
        refuses(IRevenueRouter.RevenueRouter_UnknownPrepayment.selector, TOKEN, LICENSE);
        stop(LICENSE, only(LABORATORY, 100), 0);
    }

    function test_RevertWhen_TheRatesAreMoreThanThePrepaymentHas() external {
        subscribed();
        refuses(IRevenueRouter.RevenueRouter_WrongRate.selector, 101, 100);
        stop(LICENSE, only(LABORATORY, 101), 0);
    }

    function test_GivenItRuns() external {
        uint256 price = subscribed();
        pass(5 days + 1);
        uint256 refund = floored(100, (TODAY + 30) * DAY - block.timestamp);

        vm.expectEmit(address(router));
        emit IRevenueRouter.PrepaymentStopped(TOKEN, LICENSE, refund);
        vm.assertEq(refund, stop(LICENSE, only(LABORATORY, 100), 0));

        vm.assertEq(refund, creditOf(PAYER));
        vm.assertEq(price - refund, router.escrowed());
        vm.assertEq(0, router.rateOf(TOKEN));
        vm.assertEq(500, router.pendingOf(TOKEN));
        vm.assertEq(payer, router.prepaymentOf(TOKEN, LICENSE).licensee);
        vm.assertEq(0, router.prepaymentOf(TOKEN, LICENSE).ratePerDay);
        pass(60 days);
        vm.assertEq(500, router.pendingOf(TOKEN));
    }

    function test_WhenOneSectionOfTwoIsStopped() external {
        open(LICENSE, both(40, 60), 30, true, true);
        stop(LICENSE, only(SOCIAL, 40), 0);

        vm.assertEq(60, router.rateOf(TOKEN));
        vm.assertEq(60, router.prepaymentOf(TOKEN, LICENSE).ratePerDay);
    }

    function test_GivenTheSectionWasClosed() external {
        subscribed();
        pass(5 days);
        close(LABORATORY);
        uint256 refund = floored(100, (TODAY + 30) * DAY - block.timestamp);
        pass(3 days);

        vm.assertEq(refund, stop(LICENSE, only(LABORATORY, 100), 0));
        vm.assertEq(500, router.pendingOf(TOKEN));
    }

    function test_GivenTheSectionWasClosedAndReopened() external {
        subscribed();
        pass(5 days);
        close(LABORATORY);
        uint256 refund = floored(100, (TODAY + 30) * DAY - block.timestamp);
        reopen(LABORATORY);
        open(2, LABORATORY, 7, 25);
        pass(3 days);

        vm.assertEq(refund, stop(LICENSE, only(LABORATORY, 100), 0));
        vm.assertEq(7, router.rateOf(TOKEN));
        pass(25 days);
        vm.assertEq(0, router.rateOf(TOKEN));
    }

    function test_GivenTheTermIsOver() external {
        subscribed();
        pass(31 days);

        vm.assertEq(0, stop(LICENSE, only(LABORATORY, 100), 0));
        vm.assertEq(0, creditOf(PAYER));
    }

    function test_GivenTheTermIsOverAndTheSectionWasClosedBefore() external {
        subscribed();
        pass(5 days);
        close(LABORATORY);
        uint256 refund = floored(100, (TODAY + 30) * DAY - block.timestamp);
        pass(60 days);

        vm.assertEq(refund, stop(LICENSE, only(LABORATORY, 100), 0));
    }
}
