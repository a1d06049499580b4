// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ActionKind, KeyUse} from "../../src/identity/IOrganizations.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {IRevenueRouter, LastSale, Split} from "../../src/revenue/IRevenueRouter.sol";
import {ISettlementToken} from "../../src/revenue/ISettlementToken.sol";
import {Earning} from "./Earning.sol";

contract RevenueRouter_take_Test is Earning {
    function test_RevertWhen_TheCallerIsNoModule() external {
        refusesModule(payer);
        router.take(payer, 1);
    }

    function test_RevertGiven_TheCallerWasAdoptedLessThanSevenDaysAgo() external {
        decide(act(ActionKind.AdoptModule, vm.addr(STRANGER), 0));
        pass(7 days - 1);
        refusesModule(vm.addr(STRANGER));
        router.take(payer, 1);
    }

    function test_RevertWhen_ThePayerHasNotAllowedIt() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(router), 0, 1
            )
        );
        vm.prank(vm.addr(EXCHANGE));
        router.take(vm.addr(STRANGER), 1);
    }

    function test_WhenTheCallerIsAModule() external {
        take(70);

        vm.assertEq(70, router.reserveOf(vm.addr(EXCHANGE)));
        vm.assertEq(0, router.reserveOf(address(claims)));
        vm.assertEq(70, money.balanceOf(address(router)));
    }

    function test_GivenTheCallerWasAdoptedSevenDaysAgo() external {
        decide(act(ActionKind.AdoptModule, vm.addr(STRANGER), 0));
        pass(7 days);
        vm.prank(vm.addr(STRANGER));
        router.take(payer, 5);

        vm.assertEq(5, router.reserveOf(vm.addr(STRANGER)));
    }
}

contract RevenueRouter_credit_Test is Earning {
    function test_RevertWhen_TheCallerIsNoModule() external {
        refusesModule(vm.addr(STRANGER));
        router.credit(vm.addr(STRANGER), 0);
    }

    function test_RevertWhen_TheReserveIsTooLow() external {
        take(70);
        address exchange = vm.addr(EXCHANGE);
        refuses(IRevenueRouter.RevenueRouter_ReserveTooLow.selector, exchange, 71);
        vm.prank(exchange);
        router.credit(payer, 71);
    }

    function test_RevertGiven_AnotherModuleHasTheReserve() external {
        take(70);
        refuses(IRevenueRouter.RevenueRouter_ReserveTooLow.selector, address(claims), 1);
        vm.prank(address(claims));
        router.credit(payer, 1);
    }

    function test_GivenTheReserveSuffices() external {
        take(70);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Credited(vm.addr(OWNER), 30);
        vm.prank(vm.addr(EXCHANGE));
        router.credit(vm.addr(OWNER), 30);

        vm.assertEq(30, creditOf(OWNER));
        vm.assertEq(40, router.reserveOf(vm.addr(EXCHANGE)));
    }
}

contract RevenueRouter_book_Test is Earning {
    function _book(uint256 token, uint256 amount, address to) private {
        vm.prank(vm.addr(EXCHANGE));
        router.book(token, amount, to);
    }

    function test_RevertWhen_TheCallerIsNoModule() external {
        refusesModule(vm.addr(STRANGER));
        router.book(TOKEN, 0, address(0));
    }

    function test_RevertWhen_TheReserveIsTooLow() external {
        refuses(IRevenueRouter.RevenueRouter_ReserveTooLow.selector, vm.addr(EXCHANGE), 1);
        _book(TOKEN, 1, address(0));
    }

    function test_RevertGiven_TheRecordIsUnknown() external {
        take(100);
        refuses(IRevenueRouter.RevenueRouter_UnknownToken.selector, 7 << 8);
        _book(7 << 8, 100, address(0));
        refuses(IRevenueRouter.RevenueRouter_UnknownToken.selector, 7 << 8);
        _book(7 << 8, 100, vm.addr(OWNER));
    }

    function test_WhenNobodyIsNamed() external {
        owned();
        take(1_009);
        _book(TOKEN, 1_009, address(0));

        vm.assertEq(100, router.creditOf(account));
        vm.assertEq(100, creditOf(HOSPITAL));
        vm.assertEq(25, creditOf(PLATFORM));
        vm.assertEq(784, creditOf(OWNER));
        vm.assertEq(0, router.lastSaleOf(TOKEN).price);
    }

    function test_WhenNobodyIsNamedAndTheTokenIsPledged() external {
        pledged(10, 500);
        take(1_000);
        _book(TOKEN, 1_000, address(0));

        vm.assertEq(510, creditOf(LENDER));
        vm.assertEq(100 + 265, router.creditOf(account));
    }

    function test_WhenSomebodyIsNamed() external {
        take(1_000);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Routed(TOKEN, Split(100, 100, 0, 25, 0, 775));
        _book(TOKEN, 1_000, vm.addr(OWNER));

        vm.assertEq(775, creditOf(OWNER));
        vm.assertEq(100, router.creditOf(account));
        LastSale memory sale = router.lastSaleOf(TOKEN);
        vm.assertEq(1_000, sale.price);
        vm.assertEq(START, sale.at);
    }

    function test_WhenAnotherModuleNamesSomebody() external {
        vm.prank(address(claims));
        router.take(payer, 1_000);
        vm.prank(address(claims));
        router.book(TOKEN, 1_000, vm.addr(OWNER));

        vm.assertEq(775, creditOf(OWNER));
        vm.assertEq(0, router.lastSaleOf(TOKEN).price);
    }
}

contract RevenueRouter_withdraw_Test is Earning {
    address private immutable TO = vm.addr(STRANGER);

    constructor() {
        take(1_000);
        vm.prank(vm.addr(EXCHANGE));
        router.book(TOKEN, 1_000, vm.addr(OWNER));
    }

    function test_RevertWhen_TheCreditIsTooLow() external {
        Intent memory by = onWithdraw(OWNER, TO, 776);
        refuses(IRevenueRouter.RevenueRouter_CreditTooLow.selector, vm.addr(OWNER), 776);
        router.withdraw(TO, 776, by);
    }

    function test_RevertWhen_TheIntentIsOfOtherTerms() external {
        Intent memory by = onWithdraw(OWNER, TO, 775);
        refuses(IIntentGuard.IntentGuard_BadSignature.selector, vm.addr(OWNER));
        router.withdraw(payer, 775, by);
    }

    function test_RevertWhen_TheSignerIsARetiredKeyOfAnOrganization() external {
        retireKey(HOSPITAL, HOSPITAL, KeyUse.Act, uint64(block.timestamp));
        Intent memory by = onWithdraw(HOSPITAL, TO, 100);
        refuses(IRevenueRouter.RevenueRouter_KeyRetired.selector, vm.addr(HOSPITAL));
        router.withdraw(TO, 100, by);
    }

    function test_RevertGiven_TheReceiverIsBlocked() external {
        money.setBlocked(TO, true, onBlocked(PLATFORM, TO, true));
        Intent memory by = onWithdraw(OWNER, TO, 775);
        refuses(ISettlementToken.SettlementToken_Blocked.selector, TO);
        router.withdraw(TO, 775, by);
    }

    function test_WhenTheAccountSigns() external {
        Intent memory by = onWithdraw(OWNER, TO, 700);
        vm.expectEmit(address(router));
        emit IRevenueRouter.Withdrawn(vm.addr(OWNER), TO, 700);
        router.withdraw(TO, 700, by);

        vm.assertEq(700, money.balanceOf(TO));
        vm.assertEq(75, creditOf(OWNER));
    }

    function test_RevertWhen_TheIntentWasUsed() external {
        Intent memory by = onWithdraw(OWNER, TO, 100);
        router.withdraw(TO, 100, by);
        refuses(IIntentGuard.IntentGuard_NonceUsed.selector, by.signer, by.nonce);
        router.withdraw(TO, 100, by);
    }

    function test_WhenAnActingKeyOfTheOrganizationSigns() external {
        addKey(HOSPITAL, 0x77, KeyUse.Act, START, FOREVER);
        router.withdraw(TO, 100, onWithdraw(0x77, TO, 100));

        vm.assertEq(0, creditOf(HOSPITAL));
        vm.assertEq(100, money.balanceOf(TO));
    }

    function test_WhenTheAccountOfASubjectSigns() external {
        Intent memory by = onWithdraw(PATIENT, TO, 100);
        by.signer = account;
        router.withdraw(TO, 100, by);

        vm.assertEq(100, money.balanceOf(TO));
        vm.assertEq(0, router.creditOf(account));
    }

    function onBlocked(uint256 key, address who, bool isBlocked) private returns (Intent memory) {
        return signed(
            key,
            address(money),
            "SetBlocked(address account,bool blocked",
            abi.encode(who, isBlocked)
        );
    }
}

contract RevenueRouter_withdrawFor_Test is Earning {
    constructor() {
        owned();
        take(1_000);
        vm.prank(vm.addr(EXCHANGE));
        router.book(TOKEN, 1_000, address(0));
    }

    function _block(uint256 key) private {
        address who = vm.addr(key);
        Intent memory by = signed(
            PLATFORM,
            address(money),
            "SetBlocked(address account,bool blocked",
            abi.encode(who, true)
        );
        money.setBlocked(who, true, by);
    }

    function test_RevertGiven_TheAccountIsAContract() external {
        refuses(IRevenueRouter.RevenueRouter_NotPayable.selector, account);
        router.withdrawFor(account);
    }

    function test_RevertGiven_TheAccountIsBlocked() external {
        _block(OWNER);
        refuses(ISettlementToken.SettlementToken_Blocked.selector, vm.addr(OWNER));
        router.withdrawFor(vm.addr(OWNER));
        vm.assertEq(775, creditOf(OWNER));
    }

    function test_GivenTheAccountHasACredit() external {
        vm.expectEmit(address(router));
        emit IRevenueRouter.Withdrawn(vm.addr(OWNER), vm.addr(OWNER), 775);
        router.withdrawFor(vm.addr(OWNER));

        vm.assertEq(775, money.balanceOf(vm.addr(OWNER)));
        vm.assertEq(0, creditOf(OWNER));
    }

    function test_GivenAPayeeIsBlocked() external {
        uint256[3] memory payees = [OWNER, HOSPITAL, PLATFORM];
        for (uint256 i; i < 3; ++i) {
            _block(payees[i]);
        }
        subscribed();
        pass(10 days);
        router.settle(TOKEN);
        vm.assertEq(775 + 775, creditOf(OWNER));
        stop(LICENSE, only(LABORATORY, 100), 0);

        router.withdrawFor(payer);
        vm.assertEq(0, creditOf(PAYER));
        vm.assertEq(100 + 100, router.creditOf(account));
    }
}

contract RevenueRouter_permitPayer_Test is Earning {
    uint8 private _v;
    bytes32 private _r;
    bytes32 private _s;

    constructor() {
        bytes32 kind = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes memory members = abi.encode(kind, vm.addr(OWNER), address(router), 50, 0, START + 10);
        bytes32 digest =
            keccak256(bytes.concat("\x19\x01", domainOf(address(money)), keccak256(members)));
        (_v, _r, _s) = vm.sign(OWNER, digest);
    }

    function _allowed() private view returns (uint256) {
        return money.allowance(vm.addr(OWNER), address(router));
    }

    function test_WhenThePermitIsGood() external {
        router.permitPayer(vm.addr(OWNER), 50, START + 10, _v, _r, _s);

        vm.assertEq(50, _allowed());
    }

    function test_WhenSomebodyUsedThePermitBefore() external {
        money.permit(vm.addr(OWNER), address(router), 50, START + 10, _v, _r, _s);
        router.permitPayer(vm.addr(OWNER), 50, START + 10, _v, _r, _s);

        vm.assertEq(50, _allowed());
    }

    function test_WhenThePermitIsForged() external {
        router.permitPayer(vm.addr(OWNER), 51, START + 10, _v, _r, _s);

        vm.assertEq(0, _allowed());
    }
}
