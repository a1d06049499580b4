// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ActionKind, KeyUse} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {ISettlementToken} from "../../src/revenue/ISettlementToken.sol";
import {SettlementToken} from "../../src/revenue/SettlementToken.sol";
import {Base, Selectors} from "../Base.sol";
import {Consortium} from "../Consortium.sol";

/// @title A token that the platform issues, and a holder of 1,000 units
abstract contract Holding is Consortium {
    uint256 internal constant PLATFORM = 0xe2;
    uint256 internal constant HOLDER = 0xe3;
    SettlementToken internal money;

    constructor() {
        address target =
            vm.deployCode("SettlementToken.sol:SettlementToken", abi.encode(organizations));
        named(target, "SettlementToken");
        money = SettlementToken(target);
        admit(PLATFORM, 0);
    }

    function platformed() internal {
        decide(act(ActionKind.SetPlatform, vm.addr(PLATFORM), 0));
        money.issue(vm.addr(HOLDER), 1_000, onIssue(PLATFORM, vm.addr(HOLDER), 1_000));
    }

    function setBlocked(uint256 key, bool isBlocked) internal {
        money.setBlocked(vm.addr(key), isBlocked, onBlocked(PLATFORM, vm.addr(key), isBlocked));
    }

    function onIssue(uint256 key, address to, uint256 amount) internal returns (Intent memory) {
        return
            signed(key, address(money), "Issue(address to,uint256 amount", abi.encode(to, amount));
    }

    function onRedeem(uint256 key, uint256 amount) internal returns (Intent memory) {
        return signed(key, address(money), "Redeem(uint256 amount", abi.encode(amount));
    }

    function onBlocked(uint256 key, address who, bool isBlocked) internal returns (Intent memory) {
        return signed(
            key,
            address(money),
            "SetBlocked(address account,bool blocked",
            abi.encode(who, isBlocked)
        );
    }

    function refuses(bytes4 reason, address who) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, who));
    }

    function refusesLess(uint256 key, uint256 has, uint256 needs) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, vm.addr(key), has, needs
            )
        );
    }

    function balanceOf(uint256 key) internal view returns (uint256) {
        return money.balanceOf(vm.addr(key));
    }
}

contract SettlementToken_issue_Test is Holding {
    function test_RevertWhen_TheSignerIsNoActingKeyOfThePlatform() external {
        platformed();
        Intent memory by = onIssue(HOSPITAL, vm.addr(HOLDER), 1);
        refuses(ISettlementToken.SettlementToken_NotIssuer.selector, by.signer);
        money.issue(vm.addr(HOLDER), 1, by);
    }

    function test_RevertGiven_ThereIsNoPlatform() external {
        Intent memory by = onIssue(STRANGER, vm.addr(HOLDER), 1);
        refuses(ISettlementToken.SettlementToken_NotIssuer.selector, by.signer);
        money.issue(vm.addr(HOLDER), 1, by);
    }

    function test_RevertGiven_TheAccountIsBlocked() external {
        platformed();
        setBlocked(HOLDER, true);
        Intent memory by = onIssue(PLATFORM, vm.addr(HOLDER), 1);
        refuses(ISettlementToken.SettlementToken_Blocked.selector, vm.addr(HOLDER));
        money.issue(vm.addr(HOLDER), 1, by);
    }

    function test_RevertWhen_TheUnitsWouldNotFit() external {
        platformed();
        uint256 left = type(uint248).max - 1_000;
        Intent memory one = onIssue(PLATFORM, vm.addr(HOLDER), left + 1);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        money.issue(vm.addr(HOLDER), left + 1, one);
        Intent memory all = onIssue(PLATFORM, vm.addr(HOLDER), 1 << 248);
        vm.expectRevert(
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 248, 1 << 248)
        );
        money.issue(vm.addr(HOLDER), 1 << 248, all);
        money.issue(vm.addr(HOLDER), left, onIssue(PLATFORM, vm.addr(HOLDER), left));

        vm.assertEq(type(uint248).max, balanceOf(HOLDER));
    }

    function test_WhenThePlatformSigns() external {
        platformed();
        Intent memory by = onIssue(PLATFORM, vm.addr(STRANGER), 70);
        vm.expectEmit(address(money));
        emit ISettlementToken.Issued(vm.addr(STRANGER), 70);
        money.issue(vm.addr(STRANGER), 70, by);

        vm.assertEq(70, balanceOf(STRANGER));
        vm.assertEq(1_070, money.totalSupply());
        vm.assertEq(6, money.decimals());
    }

    function test_WhenAnActingKeyOfThePlatformSigns() external {
        platformed();
        addKey(PLATFORM, 0x77, KeyUse.Act, START, FOREVER);
        money.issue(vm.addr(STRANGER), 70, onIssue(0x77, vm.addr(STRANGER), 70));

        vm.assertEq(70, balanceOf(STRANGER));
    }
}

contract SettlementToken_redeem_Test is Holding {
    constructor() {
        platformed();
    }

    function test_RevertWhen_TheHolderHasLess() external {
        Intent memory by = onRedeem(HOLDER, 1_001);
        refusesLess(HOLDER, 1_000, 1_001);
        money.redeem(1_001, by);
    }

    function test_RevertWhen_TheSignerIsARetiredKeyOfAnOrganization() external {
        retireKey(HOSPITAL, HOSPITAL, KeyUse.Act, uint64(block.timestamp));
        Intent memory by = onRedeem(HOSPITAL, 0);
        refuses(ISettlementToken.SettlementToken_KeyRetired.selector, by.signer);
        money.redeem(0, by);
    }

    function test_RevertGiven_TheHolderIsBlocked() external {
        setBlocked(HOLDER, true);
        Intent memory by = onRedeem(HOLDER, 1);
        refuses(ISettlementToken.SettlementToken_Blocked.selector, by.signer);
        money.redeem(1, by);
    }

    function test_WhenTheHolderSigns() external {
        Intent memory by = onRedeem(HOLDER, 400);
        vm.expectEmit(address(money));
        emit ISettlementToken.Redeemed(vm.addr(HOLDER), 400);
        money.redeem(400, by);

        vm.assertEq(600, balanceOf(HOLDER));
        vm.assertEq(600, money.totalSupply());
    }

    function test_WhenAnActingKeyOfTheOrganizationSigns() external {
        money.issue(vm.addr(HOSPITAL), 50, onIssue(PLATFORM, vm.addr(HOSPITAL), 50));
        addKey(HOSPITAL, 0x77, KeyUse.Act, START, FOREVER);
        money.redeem(50, onRedeem(0x77, 50));

        vm.assertEq(0, balanceOf(HOSPITAL));
    }
}

contract SettlementToken_setBlocked_Test is Holding {
    constructor() {
        platformed();
    }

    function test_RevertWhen_TheSignerIsNoActingKeyOfThePlatform() external {
        Intent memory by = onBlocked(HOLDER, vm.addr(HOLDER), false);
        refuses(ISettlementToken.SettlementToken_NotIssuer.selector, by.signer);
        money.setBlocked(vm.addr(HOLDER), false, by);
    }

    function test_WhenThePlatformBlocksAnAccount() external {
        address holder = vm.addr(HOLDER);
        Intent memory by = onBlocked(PLATFORM, holder, true);
        vm.expectEmit(address(money));
        emit ISettlementToken.BlockedSet(holder, true);
        money.setBlocked(holder, true, by);

        vm.assertTrue(money.isBlocked(holder));
        refuses(ISettlementToken.SettlementToken_Blocked.selector, holder);
        vm.prank(holder);
        money.transfer(vm.addr(STRANGER), 1);
        refuses(ISettlementToken.SettlementToken_Blocked.selector, holder);
        vm.prank(vm.addr(STRANGER));
        money.transfer(holder, 0);
    }

    function test_WhenThePlatformLetsItAgain() external {
        setBlocked(HOLDER, true);
        setBlocked(HOLDER, false);
        vm.prank(vm.addr(HOLDER));
        money.transfer(vm.addr(STRANGER), 1);

        vm.assertEq(1, balanceOf(STRANGER));
    }
}

contract SettlementToken_permit_Test is Holding {
    constructor() {
        platformed();
    }

    function _permit(uint256 key, uint256 deadline) private {
        bytes32 kind = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes memory members = abi.encode(kind, vm.addr(HOLDER), vm.addr(STRANGER), 50, 0, deadline);
        bytes32 digest =
            keccak256(bytes.concat("\x19\x01", money.DOMAIN_SEPARATOR(), keccak256(members)));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        money.permit(vm.addr(HOLDER), vm.addr(STRANGER), 50, deadline, v, r, s);
    }

    /// Called from outside, because a refusal is expected of the next call.
    function permit(uint256 key, uint256 deadline) external {
        _permit(key, deadline);
    }

    function test_RevertWhen_TheDeadlineIsOver() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlementToken.SettlementToken_PermitExpired.selector, START - 1
            )
        );
        this.permit(HOLDER, START - 1);
    }

    function test_RevertWhen_AnotherSigns() external {
        refuses(ISettlementToken.SettlementToken_BadPermit.selector, vm.addr(STRANGER));
        this.permit(STRANGER, START);
    }

    function test_RevertWhen_ItWasUsed() external {
        _permit(HOLDER, START);
        try this.permit(HOLDER, START) {
            vm.assertTrue(false);
        } catch (bytes memory reason) {
            vm.assertEq(
                bytes32(ISettlementToken.SettlementToken_BadPermit.selector),
                bytes32(bytes4(reason))
            );
        }
    }

    function test_WhenTheOwnerSigns() external {
        _permit(HOLDER, START);
        vm.assertEq(50, money.allowance(vm.addr(HOLDER), vm.addr(STRANGER)));
        vm.assertEq(1, money.nonces(vm.addr(HOLDER)));

        vm.prank(vm.addr(STRANGER));
        money.transferFrom(vm.addr(HOLDER), vm.addr(STRANGER), 50);
        vm.assertEq(50, balanceOf(STRANGER));
    }
}

contract SettlementToken_transfer_Test is Holding {
    constructor() {
        platformed();
    }

    function test_RevertWhen_TheSenderHasLess() external {
        refusesLess(HOLDER, 1_000, 1_001);
        vm.prank(vm.addr(HOLDER));
        money.transfer(vm.addr(STRANGER), 1_001);
    }

    function test_WhenTheSenderHasEnough() external {
        vm.prank(vm.addr(HOLDER));
        money.transfer(vm.addr(STRANGER), 1_000);

        vm.assertEq(0, balanceOf(HOLDER));
        vm.assertEq(1_000, balanceOf(STRANGER));
    }

    function test_WhenTheSenderPaysHimself() external {
        vm.prank(vm.addr(HOLDER));
        money.transfer(vm.addr(HOLDER), 400);

        vm.assertEq(1_000, balanceOf(HOLDER));
        vm.assertEq(1_000, money.totalSupply());
    }
}

/// Three holders, whom the platform pays and blocks, and who pay one another.
contract TokenHandler is Holding {
    uint256 private _issued = 1_000;
    mapping(uint256 key => uint256) private _balances;
    mapping(uint256 key => bool) private _blocked;

    constructor() {
        platformed();
        _balances[HOLDER] = 1_000;
    }

    function _keyOf(uint8 who) private pure returns (uint256) {
        return HOLDER + who % 3;
    }

    function issue(uint8 who, uint64 amount) external {
        uint256 key = _keyOf(who);
        try money.issue(vm.addr(key), amount, onIssue(PLATFORM, vm.addr(key), amount)) {
            vm.assertFalse(_blocked[key]);
            _issued += amount;
            _balances[key] += amount;
        } catch {
            vm.assertTrue(_blocked[key]);
        }
    }

    function redeem(uint8 who, uint64 amount) external {
        uint256 key = _keyOf(who);
        bool isGood = !_blocked[key] && amount <= _balances[key];
        try money.redeem(amount, onRedeem(key, amount)) {
            vm.assertTrue(isGood);
            _issued -= amount;
            _balances[key] -= amount;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function pay(uint8 from, uint8 to, uint64 amount) external {
        (uint256 payer, uint256 payee) = (_keyOf(from), _keyOf(to));
        bool isGood = !_blocked[payer] && !_blocked[payee] && amount <= _balances[payer];
        vm.prank(vm.addr(payer));
        try money.transfer(vm.addr(payee), amount) {
            vm.assertTrue(isGood);
            _balances[payer] -= amount;
            _balances[payee] += amount;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function setBlocked(uint8 who, bool isBlocked) external {
        setBlocked(_keyOf(who), isBlocked);
        _blocked[_keyOf(who)] = isBlocked;
    }

    function check() external view {
        vm.assertEq(_issued, money.totalSupply());
        for (uint256 i; i < 3; ++i) {
            vm.assertEq(_balances[HOLDER + i], balanceOf(HOLDER + i));
        }
    }
}

contract SettlementToken_Invariants is Base {
    TokenHandler private _handler = new TokenHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_handler), new bytes4[](4));
        targets[0].selectors[0] = TokenHandler.issue.selector;
        targets[0].selectors[1] = TokenHandler.redeem.selector;
        targets[0].selectors[2] = TokenHandler.pay.selector;
        targets[0].selectors[3] = bytes4(keccak256("setBlocked(uint8,bool)"));
    }

    function invariant_WhatIsIssuedIsWhatIsHeld() external view {
        _handler.check();
    }
}
