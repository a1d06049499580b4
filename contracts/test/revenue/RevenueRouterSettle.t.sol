// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Payee, Version} from "../../src/records/IRecordRegistry.sol";
import {IRevenueRouter, Split} from "../../src/revenue/IRevenueRouter.sol";
import {Earning} from "./Earning.sol";

/// A section on which a license ends on each of so many days.
abstract contract Walking is Earning {
    function crowded(uint64 days_) internal {
        for (uint64 i = 1; i <= days_; ++i) {
            open(100 + i, LABORATORY, 10, i);
        }
        pass((days_ + 1) * 1 days);
    }
}

contract RevenueRouter_settle_Test is Walking {
    function test_GivenNothingWasEarned() external {
        open(LICENSE, LABORATORY, 1, 30);
        pass(DAY - 1);

        vm.assertEq(0, router.settle(TOKEN));
        vm.assertEq(0, router.creditOf(account));
        pass(1);
        vm.assertEq(1, router.settle(TOKEN));
    }

    function test_RevertGiven_MoreThan64DaysHaveToBeWalked() external {
        crowded(65);
        refuses(IRevenueRouter.RevenueRouter_SettleFirst.selector, LABORATORY);
        router.settle(TOKEN);
        refuses(IRevenueRouter.RevenueRouter_SettleFirst.selector, LABORATORY);
        router.pendingOf(TOKEN);
        refuses(IRevenueRouter.RevenueRouter_SettleFirst.selector, LABORATORY);
        router.rateOf(TOKEN);
    }

    function test_GivenTheSubjectOwnsTheRecord() external {
        uint256 price = open(LICENSE, both(333, 100), 30, true, true);
        pass(10 days + 12 hours);

        vm.assertEq(3_496 + 1_050, router.pendingOf(TOKEN));
        vm.expectEmit(address(router));
        emit IRevenueRouter.IncomeEarned(TOKEN, 4_546);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(account, 454);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(vm.addr(HOSPITAL), 454);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(vm.addr(PLATFORM), 113);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(account, 3_525);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Routed(TOKEN, Split(454, 454, 0, 113, 0, 3_525));
        vm.assertEq(4_546, router.settle(TOKEN));

        vm.assertEq(price - 4_546, router.escrowed());
        vm.assertEq(DAY / 2, streamOf(SOCIAL).accrued);
        vm.assertEq(0, streamOf(LABORATORY).accrued);
    }

    function test_GivenSomebodyElseOwnsTheRecord() external {
        owned();
        subscribed();
        pass(10 days);
        router.settle(TOKEN);

        vm.assertEq(100, router.creditOf(account));
        vm.assertEq(775, creditOf(OWNER));
    }

    function test_GivenThereIsNoPlatform() external {
        Unplatformed other = new Unplatformed();
        vm.assertEq(800, other.ownersPart());
    }

    function test_GivenThereIsAHost() external {
        Hosted other = new Hosted();
        (uint256 host, uint256 owner) = other.parts();

        vm.assertEq(20, host);
        vm.assertEq(855, owner);
    }

    function test_GivenASectionIsDetached() external {
        open(LICENSE, both(100, 1_000), 30, true, true);
        pass(1 days);
        divided();
        vm.assertEq(27, creditOf(PLATFORM));
        pass(1 days);

        vm.assertEq(1_000, router.settle(TOKEN | 7));
        vm.assertEq(100, router.settle(TOKEN));
        vm.assertEq(100, router.rateOf(TOKEN));
        vm.assertEq(1_000, router.rateOf(TOKEN | 7));
        vm.assertEq(0, router.settle(TOKEN | 1));
    }

    function test_GivenTheRecordIsPledged() external {
        pledged(10, 5_000);
        subscribed();
        pass(10 days);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Routed(TOKEN, Split(100, 100, 0, 25, 775, 0));
        router.settle(TOKEN);

        vm.assertEq(775, creditOf(LENDER));
        vm.assertEq(100, router.creditOf(account));
        vm.assertEq(5_000 - 765, claims.claimOf(CLAIM).debt);
        vm.assertEq(address(claims), router.lienOf(TOKEN).module);
    }

    function test_GivenTheIncomeEndsTheClaim() external {
        pledged(10, 500);
        subscribed();
        pass(10 days);
        vm.expectEmit(address(router));
        emit IRevenueRouter.LienCleared(TOKEN);
        router.settle(TOKEN);

        vm.assertEq(510, creditOf(LENDER));
        vm.assertEq(100 + 265, router.creditOf(account));
        vm.assertEq(address(0), router.lienOf(TOKEN).module);
        pass(10 days);
        router.settle(TOKEN);
        vm.assertEq(510, creditOf(LENDER));
    }

    function test_GivenTheOwnerChanged() external {
        open(LICENSE, LABORATORY, 86_400, 30);
        pass(1_000);
        owned();
        pass(2_000);
        router.settle(TOKEN);

        vm.assertEq(100 + 775 + 200, router.creditOf(account));
        vm.assertEq(1_550, creditOf(OWNER));
    }

    function test_GivenALicenseEnded() external {
        open(1, LABORATORY, 86_400, 2);
        open(2, LABORATORY, 86_400, 3);
        uint256 first = (TODAY + 2) * DAY - START;
        pass(300 days);

        vm.assertEq(first + first + DAY, router.settle(TOKEN));
        vm.assertEq(0, router.escrowed());
    }

    function test_GivenTwoLicensesEndOnOneDay() external {
        open(1, LABORATORY, 86_400, 2);
        open(2, LABORATORY, 86_400, 2);
        pass(300 days);

        vm.assertEq(0, router.rateOf(TOKEN));
        vm.assertEq(2 * ((TODAY + 2) * DAY - START), router.settle(TOKEN));
        vm.assertEq(0, router.escrowed());
    }

    /// Days are kept in words of 256: the word behind that of today holds the next end, or none does.
    function test_GivenTheNextLicenseEndsFarAway() external {
        open(1, LABORATORY, 86_400, 2);
        open(2, LABORATORY, 86_400, 600);
        pass(3 days);

        vm.assertEq((TODAY + 2) * DAY - START + 3 days, router.settle(TOKEN));
        pass(400 days);
        vm.assertEq(400 days, router.settle(TOKEN));
        pass(300 days);
        vm.assertEq((TODAY + 600) * DAY - START - 403 days, router.settle(TOKEN));
        vm.assertEq(0, router.escrowed());
    }

    function test_GivenASectionWasClosed() external {
        open(LICENSE, LABORATORY, 86_400, 30);
        pass(777);
        close(LABORATORY);
        pass(10 days);
        vm.assertEq(0, router.rateOf(TOKEN));

        vm.assertEq(777, router.settle(TOKEN));
        pass(10 days);
        vm.assertEq(0, router.settle(TOKEN));
    }
}

/// A consortium that named no platform yet earns as well.
contract Unplatformed is Earning {
    constructor() {
        router = IRevenueRouter(_made("RevenueRouter", _without()));
    }

    /// Of 1,000 units; governors cannot take a platform back, so the organizations are others.
    function ownersPart() external returns (uint256) {
        vm.prank(payer);
        money.approve(address(router), 1_000);
        take(1_000);
        uint256 before = creditOf(OWNER);
        vm.prank(vm.addr(EXCHANGE));
        router.book(TOKEN, 1_000, vm.addr(OWNER));
        return creditOf(OWNER) - before;
    }

    function platform() external pure returns (address) {
        return address(0);
    }

    function _without() private view returns (bytes memory) {
        return
            abi.encode(money, address(this), policies, records, vm.addr(EXCHANGE), address(claims));
    }
}

contract Hosted is Earning {
    /// Of 1,000 units of a record whose host has 200 basis points and whose source has none.
    function parts() external returns (uint256 host, uint256 owner) {
        uint256 token = _hosted(RECORD + 1) << 8;
        take(1_000);
        vm.prank(vm.addr(EXCHANGE));
        router.book(token, 1_000, vm.addr(OWNER));
        return (creditOf(GATEWAY), creditOf(OWNER));
    }
}

contract RevenueRouter_accrue_Test is Walking {
    function test_GivenMoreThan64DaysHaveToBeWalked() external {
        crowded(130);
        router.accrue(LABORATORY);

        vm.assertEq((TODAY + 128) * DAY, streamOf(LABORATORY).last);
        vm.assertEq(20, streamOf(LABORATORY).ratePerDay);
    }

    function test_GivenTheRestIsAtMost64Days() external {
        uint256 earned;
        crowded(130);
        for (uint256 i = 1; i <= 130; ++i) {
            earned += 10 * ((TODAY + i) * DAY - START);
        }
        router.accrue(LABORATORY);
        refuses(IRevenueRouter.RevenueRouter_SettleFirst.selector, LABORATORY);
        router.settle(TOKEN);
        router.accrue(LABORATORY);

        vm.assertEq(earned / DAY, router.pendingOf(TOKEN));
        vm.assertEq(earned / DAY, router.settle(TOKEN));
    }
}

contract RevenueRouter_beforeOwnerChange_Test is Walking {
    function test_RevertGiven_MoreThan64DaysHaveToBeWalked() external {
        crowded(65);
        refuses(IRevenueRouter.RevenueRouter_SettleFirst.selector, LABORATORY);
        router.beforeOwnerChange(TOKEN);
    }

    function test_WhenATokenIsTransferred() external {
        subscribed();
        pass(10 days);
        owned();

        vm.assertEq(875, router.creditOf(account));
        vm.assertEq(0, creditOf(OWNER));
        vm.assertEq(0, router.pendingOf(TOKEN));
    }
}

contract RevenueRouter_raiseTerms_Test is Earning {
    function test_RevertWhen_TheCallerIsNotTheExchange() external {
        refusesModule(address(claims));
        router.raiseTerms(TOKEN);
    }

    function test_WhenTheExchangeCalls() external {
        bytes32 before = router.collateralFingerprint(TOKEN);
        vm.expectEmit(address(router));
        emit IRevenueRouter.TermsRaised(TOKEN, 1);
        vm.prank(vm.addr(EXCHANGE));
        router.raiseTerms(TOKEN);

        vm.assertTrue(before != router.collateralFingerprint(TOKEN));
    }
}

contract RevenueRouter_collateralFingerprint_Test is Earning {
    bytes32 private immutable BEFORE;

    constructor() {
        BEFORE = router.collateralFingerprint(TOKEN);
    }

    function _isSame() private view returns (bool) {
        return BEFORE == router.collateralFingerprint(TOKEN);
    }

    function test_GivenANewVersionCame() external {
        Version[] memory versions = new Version[](1);
        versions[0] = Version(RECORD, 2, "one", "two", SECTIONS, 0);
        records.advance(versions, onVersions(HOSPITAL, versions));

        vm.assertTrue(_isSame());
    }

    function test_GivenThePolicyChanged() external {
        Intent memory by = signed(
            PATIENT,
            address(policies),
            "SetPolicy(uint128 record,uint16 mask,uint64 duo,uint16 uses,uint16 regions",
            abi.encode(RECORD, 2, 0, 1, 1)
        );
        policies.setPolicy(RECORD, 2, 0, 1, 1, by);

        vm.assertFalse(_isSame());
    }

    function test_GivenTheOwnerChanged() external {
        owned();
        vm.assertFalse(_isSame());
    }

    function test_GivenASectionWasDetached() external {
        divided();
        vm.assertFalse(_isSame());
    }

    function test_GivenAShareWasLowered() external {
        Intent memory by = signed(
            HOSPITAL,
            address(records),
            "LowerShare(uint128 recordId,uint8 payee,uint16 bps",
            abi.encode(RECORD, Payee.Source, 900)
        );
        records.lowerShare(RECORD, Payee.Source, 900, by);

        vm.assertFalse(_isSame());
    }

    function test_GivenASectionIsUsedExclusively() external {
        vm.prank(vm.addr(EXCHANGE));
        records.setUser(LABORATORY, payer, START + 1 days);

        vm.assertFalse(_isSame());
    }
}
