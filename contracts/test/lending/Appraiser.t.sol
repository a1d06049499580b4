// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Action, ActionKind} from "../../src/identity/IOrganizations.sol";
import {Appraisal, IAppraiser} from "../../src/lending/IAppraiser.sol";
import {Lending} from "./Lending.sol";

contract Appraiser_poke_Test is Lending {
    function _value() private view returns (uint256 value) {
        (value,,) = appraiser.valueOf(TOKEN);
    }

    function _some(uint256 n) private pure returns (uint256[] memory licenses) {
        licenses = new uint256[](n);
        for (uint256 i; i < n; ++i) {
            licenses[i] = i + 1;
        }
    }

    function _weaker(uint256 raw, uint256 value) private {
        refuses(IAppraiser.Appraiser_WeakerSet.selector, raw, value);
    }

    function test_RevertWhen_MoreThan32AreNamed() external {
        uint256[] memory licenses = new uint256[](33);
        refuses(IAppraiser.Appraiser_TooMany.selector, 33);
        appraiser.poke(TOKEN, licenses);
    }

    function test_RevertWhen_TheyAreNotInOrder() external {
        subscribed();
        uint256[] memory licenses = _some(2);
        (licenses[0], licenses[1]) = (2, 1);
        refuses(IAppraiser.Appraiser_NotSorted.selector, 1);
        appraiser.poke(TOKEN, licenses);
    }

    function test_RevertWhen_OneIsNamedTwice() external {
        subscribed();
        uint256[] memory licenses = _some(2);
        licenses[1] = 1;
        refuses(IAppraiser.Appraiser_NotSorted.selector, 1);
        appraiser.poke(TOKEN, licenses);
    }

    function test_RevertWhen_OneOfALicenseeBeforeComesLater() external {
        subscribed();
        licensedAgain(RATE);
        uint256[] memory licenses = _some(3);
        licenses[2] = 6;
        refuses(IAppraiser.Appraiser_NotSorted.selector, 2);
        appraiser.poke(TOKEN, licenses);
    }

    function test_RevertWhen_OneIsNotPrepaid() external {
        subscribed();
        uint256[] memory licenses = _some(1);
        licenses[0] = 77;
        refuses(IAppraiser.Appraiser_NotSorted.selector, 0);
        appraiser.poke(TOKEN, licenses);
    }

    function test_RevertWhen_AnotherSetIsWorthLess() external {
        ripe();
        uint256 raw = VALUE / 5 * 4;
        _weaker(raw, VALUE);
        appraiser.poke(TOKEN, _some(4));
        _weaker(0, VALUE);
        appraiser.poke(TOKEN, none());
    }

    function test_WhenAllHavePaidForAQuarter() external {
        subscribed();
        pass(104 days);
        vm.expectEmit(address(appraiser));
        emit IAppraiser.Appraised(TOKEN, VALUE, VALUE, all());
        appraiser.poke(TOKEN, all());

        (uint256 value, uint40 at, bool isFresh) = appraiser.valueOf(TOKEN);
        vm.assertEq(VALUE, value);
        vm.assertEq(block.timestamp, at);
        vm.assertTrue(isFresh);
        pass(7 days);
        (,, isFresh) = appraiser.valueOf(TOKEN);
        vm.assertFalse(isFresh);
    }

    function test_WhenTheLastQuarterIsNotFull() external {
        subscribed();
        pass(14 days);
        vm.assertEq(0, poke());
        pass(9 days);
        vm.assertEq(VALUE / 10, poke());
    }

    function test_WhenFewerThanFourPay() external {
        ripe();
        stopped(4, RATE);
        stopped(5, RATE);
        vm.assertEq(0, poke());
    }

    function test_WhenOnePaysMostOfIt() external {
        for (uint256 i = 1; i <= 4; ++i) {
            licensed(i, RATE, TERM);
        }
        licensed(5, 40 * RATE, TERM);
        pass(110 days);
        // Four others pay 16 a day, of which the fifth may be a third.
        vm.assertEq(12 * 30 * uint256(4 * 4 * RATE) / 3, poke());
    }

    function test_WhenALicenseeHasTwo() external {
        subscribed();
        licensedAgain(RATE / 4);
        pass(110 days);
        vm.assertEq(VALUE + VALUE / 20, appraiser.poke(TOKEN, _withTheSixth()));
    }

    /// In the order of their licensees.
    function _withTheSixth() private pure returns (uint256[] memory licenses) {
        licenses = _some(6);
        for (uint256 i = 1; i < 6; ++i) {
            licenses[i] = i == 1 ? 6 : i;
        }
    }

    function test_WhenOneIsOnProbationAndAnotherHasEnded() external {
        for (uint256 i = 1; i <= 4; ++i) {
            licensed(i, RATE, TERM);
        }
        licensed(5, RATE, 105);
        pass(100 days);
        licensedAgain(RATE);
        pass(10 days);
        vm.assertEq(VALUE / 5 * 4, appraiser.poke(TOKEN, _withTheSixth()));
    }

    function test_WhenALicenseeIsLinkedToTheOwner() external {
        subscribed();
        Intent memory by = signed(
            PATIENT,
            address(records),
            "Transfer(uint256 tokenId,address to",
            abi.encode(TOKEN, vm.addr(BUYER))
        );
        by.signer = account;
        records.transfer(TOKEN, vm.addr(BUYER), by);
        decide(Action(ActionKind.Link, licensees[0], 0, 0, vm.addr(BUYER)));
        pass(110 days);
        vm.assertEq(VALUE / 5 * 4, poke());
    }

    function test_WhenALicenseeIsSuspended() external {
        ripe();
        decide(act(ActionKind.Suspend, licensees[0], 0));
        vm.assertEq(VALUE / 5 * 4, poke());
    }

    function test_WhenTheSubjectHasClosedTheSection() external {
        ripe();
        close(LABORATORY);
        vm.assertEq(0, poke());
    }

    function test_WhenItFallsForTheSameSet() external {
        ripe();
        dented();
        vm.assertEq(VALUE / 5 * 2, poke());
        Appraisal memory kept = appraiser.appraisalOf(TOKEN);
        // The first reading was two hours ago: what answers it is not limited yet.
        vm.assertEq(type(uint128).max, kept.peak);
    }

    function test_WhenItIsAnsweredWithinADay() external {
        ripe();
        pass(1 days);
        poke();
        stopped(5, RATE / 2);
        uint256 fallen_ = poke();
        vm.assertEq(VALUE, appraiser.appraisalOf(TOKEN).peak);
        vm.assertTrue(fallen_ < VALUE);
        vm.assertEq(VALUE, appraiser.appraisalOf(TOKEN).peak);
        pass(24 hours - 1);
        decide(act(ActionKind.Suspend, licensees[4], 0));
        uint256 deeper = poke();
        decide(act(ActionKind.Reinstate, licensees[4], 0));
        vm.assertTrue(deeper < fallen_);

        vm.assertEq(fallen_, poke());
    }

    function test_WhenItRisesLater() external {
        ripe();
        pass(1 days);
        decide(act(ActionKind.Suspend, licensees[4], 0));
        uint256 low = poke();
        vm.assertEq(VALUE / 5 * 4, low);
        decide(act(ActionKind.Reinstate, licensees[4], 0));
        pass(24 hours);
        uint256 risen = low * 102 / 100;
        vm.assertEq(risen, poke());
        pass(12 hours);
        vm.assertEq(risen * 101 / 100, poke());
    }

    function test_WhenTheTokenWasSoldForLess() external {
        subscribed();
        pass(110 days);
        _sold(1_000e6);

        vm.assertEq(1_500e6, poke());
    }

    function test_WhenTheTokenWasSoldAYearAgo() external {
        _sold(1_000e6);
        pass(365 days - 110 days);
        subscribed();
        pass(110 days);

        vm.assertEq(VALUE, poke());
    }

    function _sold(uint256 price) private {
        vm.startPrank(vm.addr(EXCHANGE));
        router.take(vm.addr(PAYER), price);
        router.book(TOKEN, price, vm.addr(PAYER));
        vm.stopPrank();
    }
}
