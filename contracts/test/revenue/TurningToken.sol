// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IOrganizations} from "../../src/identity/IOrganizations.sol";
import {IRevenueRouter} from "../../src/revenue/IRevenueRouter.sol";
import {SettlementToken} from "../../src/revenue/SettlementToken.sol";
import {Base} from "../Base.sol";

/// In which way a token turned on those who pay with it.
enum Turn {
    None,
    TakesAFee,
    MovesNothing,
    SaysFalse,
    Refuses,
    CallsBack
}

/// @title The settlement token, until it turns
contract TurningToken is SettlementToken {
    error TurningToken_Refused(address account);

    Turn private _turn;
    address private _refused;
    address[] private _targets;
    bytes[] private _calls;
    /// How many of the calls back were let through, and how many were made.
    uint256 public done;
    uint256 public made;

    constructor(IOrganizations organizations) SettlementToken(organizations) {}

    function turn(Turn to) external {
        _turn = to;
    }

    /// For one account it does not work any more.
    function refuse(address account) external {
        (_turn, _refused) = (Turn.Refuses, account);
    }

    /// It calls back, and answers nothing.
    function callBack(address[] memory targets, bytes[] memory calls) external {
        (_turn, done, made) = (Turn.CallsBack, 0, 0);
        (_targets, _calls) = (targets, calls);
    }

    function transfer(address to, uint256 amount) public override(ERC20, IERC20) returns (bool) {
        return _moved(msg.sender, to) && super.transfer(to, amount) && _isAnswered();
    }

    function transferFrom(address from, address to, uint256 amount)
        public
        override(ERC20, IERC20)
        returns (bool)
    {
        if (_turn == Turn.MovesNothing) return true;
        if (!_moved(from, to)) return false;
        super.transferFrom(from, to, amount);
        if (_turn == Turn.TakesAFee) _burn(to, 1);
        return _isAnswered();
    }

    function _moved(address from, address to) private view returns (bool) {
        bool isRefused = from == _refused || to == _refused;
        if (_turn == Turn.Refuses && isRefused) revert TurningToken_Refused(_refused);
        return _turn != Turn.SaysFalse;
    }

    function _isAnswered() private returns (bool) {
        if (_turn != Turn.CallsBack) return true;
        for (uint256 i; i < _calls.length; ++i) {
            (bool isDone,) = _targets[i].call(_calls[i]);
            if (isDone) ++done;
            ++made;
        }
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}

/// @title Verbs of modules with a settlement token that turned
abstract contract Turning is Base {
    TurningToken internal turning;
    IRevenueRouter private _router;
    uint256 private _token;

    /// The token in whose place it stays keeps its balances.
    function turned(
        SettlementToken money,
        IOrganizations organizations,
        IRevenueRouter router,
        uint256 token
    ) internal {
        vm.etch(address(money), address(new TurningToken(organizations)).code);
        (turning, _router, _token) = (TurningToken(address(money)), router, token);
    }

    /// A verb for which somebody pays is refused whole however the token turned, so that the same intent
    /// still counts after; and it ends whole with a token that calls back and answers nothing.
    function isPaid(address target, bytes memory call, address payer) internal {
        uint256 price = _price(target, call);
        vm.assertTrue(price != 0);
        bytes4 short = IRevenueRouter.RevenueRouter_ShortTransfer.selector;
        turning.turn(Turn.TakesAFee);
        _isRefused(target, call, abi.encodeWithSelector(short, price, price - 1));
        turning.turn(Turn.SaysFalse);
        bytes4 failed = SafeERC20.SafeERC20FailedOperation.selector;
        _isRefused(target, call, abi.encodeWithSelector(failed, turning));
        turning.refuse(payer);
        bytes4 refused = TurningToken.TurningToken_Refused.selector;
        _isRefused(target, call, abi.encodeWithSelector(refused, payer));

        uint256 before = turning.balanceOf(payer);
        isDone(target, call);
        vm.assertEq(before - price, turning.balanceOf(payer));
        // To settle, to withdraw and the verb itself are tried at each transfer.
        vm.assertTrue(turning.made() >= 3);
        vm.assertEq(0, turning.done());
    }

    /// A verb for which nobody pays asks nothing of the token.
    function isFree(address target, bytes memory call) internal {
        isDone(target, call);
        vm.assertEq(0, turning.made());
    }

    function isDone(address target, bytes memory call) internal {
        address[] memory targets = new address[](3);
        bytes[] memory calls = new bytes[](3);
        (targets[0], targets[1], targets[2]) = (address(_router), address(_router), target);
        calls[0] = abi.encodeCall(_router.settle, (_token));
        calls[1] = abi.encodeCall(_router.withdrawFor, (vm.addr(1)));
        calls[2] = call;
        turning.callBack(targets, calls);
        (bool isDone_,) = target.call(call);
        vm.assertTrue(isDone_);
    }

    /// What a verb pulls first, as it says when nothing is moved.
    function _price(address target, bytes memory call) private returns (uint256 price) {
        turning.turn(Turn.MovesNothing);
        (bool isDone_, bytes memory answer) = target.call(call);
        vm.assertFalse(isDone_);
        (bytes4 reason, bytes memory rest) = (bytes4(answer), new bytes(64));
        vm.assertEq(68, answer.length);
        for (uint256 i; i < 64; ++i) {
            rest[i] = answer[4 + i];
        }
        uint256 got;
        (price, got) = abi.decode(rest, (uint256, uint256));
        vm.assertEq(bytes32(IRevenueRouter.RevenueRouter_ShortTransfer.selector), bytes32(reason));
        vm.assertEq(0, got);
    }

    function _isRefused(address target, bytes memory call, bytes memory reason) private {
        (bool isDone_, bytes memory answer) = target.call(call);
        vm.assertFalse(isDone_);
        vm.assertEq(reason, answer);
    }
}
