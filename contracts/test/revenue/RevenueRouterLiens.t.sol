// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IRevenueRouter, Lien, Part, Split} from "../../src/revenue/IRevenueRouter.sol";
import {Earning} from "./Earning.sol";

abstract contract Passing is Earning {
    function refusesAllowance(uint256 amount) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(router), 0, amount
            )
        );
    }

    function isHeld(uint256 amount) internal view {
        vm.assertEq(amount, money.balanceOf(address(router)));
    }
}

contract RevenueRouter_pass_Test is Passing {
    function test_RevertWhen_TheCallerIsNoModule() external {
        refusesModule(payer);
        router.pass(payer, payer, 1);
    }

    function test_RevertWhen_ThePayerHasNotAllowedIt() external {
        refusesAllowance(1);
        vm.prank(vm.addr(EXCHANGE));
        router.pass(vm.addr(STRANGER), payer, 1);
    }

    function test_WhenTheCallerIsAModule() external {
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(vm.addr(OWNER), 70);
        vm.prank(address(claims));
        router.pass(payer, vm.addr(OWNER), 70);

        vm.assertEq(70, creditOf(OWNER));
        vm.assertEq(0, router.reserveOf(address(claims)));
        isHeld(70);
    }
}

contract RevenueRouter_lend_Test is Passing {
    function _lend(address lender) private {
        vm.prank(address(claims));
        router.lend(TOKEN, CLAIM, lender, vm.addr(OWNER), 70);
    }

    function test_RevertWhen_TheCallerIsNotTheLending() external {
        refusesModule(vm.addr(EXCHANGE));
        router.lend(TOKEN, CLAIM, payer, payer, 0);
    }

    function test_RevertGiven_ThereIsALien() external {
        pledged(1, 1);
        refuses(IRevenueRouter.RevenueRouter_LienExists.selector, TOKEN);
        _lend(payer);
    }

    function test_RevertWhen_TheLenderHasNotAllowedIt() external {
        refusesAllowance(70);
        _lend(vm.addr(STRANGER));
    }

    function test_GivenThereIsNone() external {
        subscribed();
        pass(1 days);
        uint256 held = money.balanceOf(address(router));
        vm.expectEmit(address(router));
        emit IRevenueRouter.IncomeEarned(TOKEN, 100);
        vm.expectEmit(address(router));
        emit IRevenueRouter.LienSet(TOKEN, address(claims), CLAIM);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(vm.addr(OWNER), 70);
        _lend(payer);

        Lien memory lien = router.lienOf(TOKEN);
        vm.assertEq(address(claims), lien.module);
        vm.assertEq(CLAIM, lien.id);
        vm.assertEq(70, creditOf(OWNER));
        isHeld(held + 70);
    }
}

contract RevenueRouter_payOff_Test is Passing {
    function _payOff(address by, Part[] memory parts, uint256 surplus) private {
        vm.prank(address(claims));
        router.payOff(TOKEN, by, parts, surplus, vm.addr(OWNER));
    }

    function _parts() private pure returns (Part[] memory parts) {
        parts = new Part[](3);
        (parts[0], parts[1]) = (Part(vm.addr(LENDER), 70), Part(vm.addr(OTHER_PAYER), 5));
    }

    function test_RevertWhen_TheCallerIsNotTheLending() external {
        refusesModule(vm.addr(EXCHANGE));
        router.payOff(TOKEN, payer, new Part[](0), 0, payer);
    }

    function test_RevertGiven_ThereIsNoLien() external {
        refuses(IRevenueRouter.RevenueRouter_NoLien.selector, TOKEN);
        _payOff(payer, _parts(), 0);
    }

    function test_RevertWhen_ThePayerHasNotAllowedIt() external {
        pledged(1, 1);
        refusesAllowance(75);
        _payOff(vm.addr(STRANGER), _parts(), 0);
    }

    function test_WhenThereAreParts() external {
        pledged(1, 1);
        vm.expectEmit(address(router));
        emit IRevenueRouter.LienCleared(TOKEN);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(vm.addr(LENDER), 70);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(vm.addr(OTHER_PAYER), 5);
        _payOff(payer, _parts(), 0);

        vm.assertEq(address(0), router.lienOf(TOKEN).module);
        vm.assertEq(70, creditOf(LENDER));
        vm.assertEq(5, creditOf(OTHER_PAYER));
        isHeld(75);
    }

    /// A tenth for the subject, one for the source, a fortieth for the platform.
    function test_WhenThereIsASurplus() external {
        pledged(1, 1);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Routed(TOKEN, Split(100, 100, 0, 25, 0, 775));
        _payOff(payer, _parts(), 1_000);

        vm.assertEq(775, creditOf(OWNER));
        vm.assertEq(100, router.creditOf(account));
        isHeld(1_075);
    }

    function test_WhenNothingIsPaid() external {
        pledged(1, 1);
        _payOff(address(0), new Part[](0), 0);

        vm.assertEq(address(0), router.lienOf(TOKEN).module);
        isHeld(0);
    }
}
