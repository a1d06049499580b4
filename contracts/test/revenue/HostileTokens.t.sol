// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {IRevenueRouter} from "../../src/revenue/IRevenueRouter.sol";
import {Earning} from "./Earning.sol";
import {HostileToken, Malice, SilentToken} from "./HostileTokens.sol";

contract HostileTokens_Test is Earning {
    HostileToken private _token = new HostileToken();

    constructor() {
        _use(address(_token));
        _token.give(payer, RICH);
        vm.prank(payer);
        _token.approve(address(router), RICH);
    }

    function _use(address token) private {
        router = IRevenueRouter(_made("RevenueRouter", _arguments(token)));
    }

    function _refusesShort(uint256 expected, uint256 got) private {
        refuses(IRevenueRouter.RevenueRouter_ShortTransfer.selector, expected, got);
    }

    function test_ATokenThatTakesAFeeIsRefused() external {
        _token.turn(Malice.TakesAFee);
        _refusesShort(100, 99);
        take(100);
        _refusesShort(2_967, 2_966);
        subscribed();
    }

    function test_ATokenThatMovesNothingIsRefused() external {
        _token.turn(Malice.MovesNothing);
        _refusesShort(100, 0);
        take(100);
    }

    function test_ATokenThatSaysFalseIsRefused() external {
        take(100);
        vm.prank(vm.addr(EXCHANGE));
        router.credit(payer, 100);
        _token.turn(Malice.SaysFalse);

        refuses(SafeERC20.SafeERC20FailedOperation.selector, address(_token));
        take(100);
        refuses(SafeERC20.SafeERC20FailedOperation.selector, address(_token));
        router.withdrawFor(payer);
        vm.assertEq(100, creditOf(PAYER));
    }

    function test_ATokenThatAnswersNothingWorks() external {
        SilentToken silent = new SilentToken();
        _use(address(silent));
        silent.give(payer, 100);
        take(100);
        vm.prank(vm.addr(EXCHANGE));
        router.credit(payer, 60);
        router.withdrawFor(payer);

        vm.assertEq(60, silent.balanceOf(payer));
        vm.assertEq(40, silent.balanceOf(address(router)));
    }

    function test_ATokenThatCallsBackIsRefusedByEveryMoneyVerb() external {
        subscribed();
        Intent memory by = onWithdraw(PAYER, payer, 0);
        bytes[7] memory calls = [
            abi.encodeCall(router.settle, (TOKEN)),
            abi.encodeCall(router.accrue, (LABORATORY)),
            abi.encodeCall(router.beforeOwnerChange, (TOKEN)),
            abi.encodeCall(router.withdraw, (payer, 0, by)),
            abi.encodeCall(router.withdrawFor, (payer)),
            abi.encodeCall(router.permitPayer, (payer, 1, 1, 27, 0, 0)),
            abi.encodeCall(router.settle, (TOKEN | 7))
        ];
        for (uint256 i; i < calls.length; ++i) {
            _token.callBack(address(router), calls[i]);
            take(10);
            _isStopped();
            _token.callBack(address(router), calls[i]);
            open(10 + i, LABORATORY, 100, 30);
            _isStopped();
            _token.callBack(address(router), calls[i]);
            vm.prank(vm.addr(EXCHANGE));
            router.credit(payer, 10);
            router.withdrawFor(payer);
            _isStopped();
        }
    }

    function _isStopped() private view {
        vm.assertTrue(_token.isRefused());
        vm.assertEq(
            bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            bytes32(_token.reason())
        );
    }

    function test_AModuleThatIsTheTokenCannotCallBackEither() external {
        _use(address(_token));
        bytes memory arguments = abi.encode(
            address(_token), organizations, policies, records, address(_token), address(claims)
        );
        router = IRevenueRouter(_made("RevenueRouter", arguments));
        vm.prank(payer);
        _token.approve(address(router), RICH);
        bytes[3] memory calls = [
            abi.encodeCall(router.take, (payer, 1)),
            abi.encodeCall(router.credit, (payer, 1)),
            abi.encodeCall(router.book, (TOKEN, 1, payer))
        ];
        for (uint256 i; i < calls.length; ++i) {
            _token.callBack(address(router), calls[i]);
            vm.prank(address(_token));
            router.take(payer, 10);
            _isStopped();
        }
    }
}
