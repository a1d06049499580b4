// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

enum Malice {
    None,
    TakesAFee,
    MovesNothing,
    SaysFalse,
    CallsBack
}

/// @title A token that does not do what it says, in one of several ways
contract HostileToken is ERC20 {
    Malice private _malice;
    address private _target;
    bytes private _call;
    bool public isRefused;
    bytes4 public reason;

    constructor() ERC20("", "") {}

    function give(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function turn(Malice malice) external {
        _malice = malice;
    }

    function callBack(address target, bytes calldata call) external {
        (_malice, _target, _call) = (Malice.CallsBack, target, call);
        (isRefused, reason) = (false, 0);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (_malice == Malice.SaysFalse) return false;
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (_malice == Malice.SaysFalse) return false;
        if (_malice == Malice.MovesNothing) return true;
        super.transferFrom(from, to, amount);
        if (_malice == Malice.TakesAFee) _burn(to, 1);
        return true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_malice != Malice.CallsBack) return;
        (bool isDone, bytes memory answer) = _target.call(_call);
        (isRefused, reason) = (!isDone, bytes4(answer));
    }
}

/// @title A token of the kind that answers nothing
contract SilentToken {
    mapping(address account => uint256) public balanceOf;

    function give(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
