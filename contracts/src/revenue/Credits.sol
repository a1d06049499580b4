// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IOrganizations} from "../identity/IOrganizations.sol";
import {Accounts} from "./Accounts.sol";
import {IRevenueRouter} from "./IRevenueRouter.sol";

/// @title The part of RevenueRouter that holds the money: escrow, reserves of modules, credits
/// @dev What it holds is what is escrowed, the reserves and the credits together, and what somebody
/// sent without being asked.
abstract contract Credits is IRevenueRouter, IntentGuard, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    bytes32 private constant WITHDRAW =
        keccak256("Withdraw(address to,uint256 amount,uint256 nonce,uint64 deadline)");

    IERC20 private immutable TOKEN;
    IOrganizations internal immutable ORGANIZATIONS;
    address internal immutable EXCHANGE;
    address internal immutable LENDING;

    uint256 private _escrowed;
    mapping(address account => uint256) private _credits;
    mapping(address module => uint256) private _reserves;

    modifier onlyModule() {
        _checkModule();
        _;
    }

    modifier onlyExchange() {
        if (msg.sender != EXCHANGE) revert RevenueRouter_NotModule(msg.sender);
        _;
    }

    modifier onlyLending() {
        if (msg.sender != LENDING) revert RevenueRouter_NotModule(msg.sender);
        _;
    }

    constructor(IERC20 token, IOrganizations organizations, address exchange, address lending) {
        TOKEN = token;
        ORGANIZATIONS = organizations;
        EXCHANGE = exchange;
        LENDING = lending;
    }

    function _checkModule() private view {
        if (msg.sender == EXCHANGE || msg.sender == LENDING) return;
        if (!ORGANIZATIONS.isAdopted(msg.sender)) revert RevenueRouter_NotModule(msg.sender);
    }

    /* TAKE AND CREDIT */

    /// @inheritdoc IRevenueRouter
    function take(address payer, uint256 amount) external onlyModule nonReentrant {
        _reserves[msg.sender] += amount;
        _pull(payer, amount);
    }

    /// @inheritdoc IRevenueRouter
    function credit(address to, uint256 amount) external onlyModule nonReentrant {
        _spend(amount);
        _credit(to, amount);
    }

    /// @inheritdoc IRevenueRouter
    function pass(address payer, address to, uint256 amount) external onlyModule nonReentrant {
        _credit(to, amount);
        _pull(payer, amount);
    }

    /// Takes units out of the reserve of the calling module.
    function _spend(uint256 amount) internal {
        uint256 reserve = _reserves[msg.sender];
        if (amount > reserve) revert RevenueRouter_ReserveTooLow(msg.sender, amount);
        _reserves[msg.sender] = reserve - amount;
    }

    function _credit(address to, uint256 amount) internal {
        if (amount == 0) return;
        _credits[to] += amount;
        emit Credited(to, amount);
    }

    /* ESCROW */

    /// Pulls what is paid in advance.
    function _escrow(address payer, uint256 amount) internal {
        _escrowed += amount;
        _pull(payer, amount);
    }

    /// Takes units out of escrow, because they are earned or given back.
    function _unescrow(uint256 amount) internal {
        _escrowed -= amount;
    }

    /// A token that takes a fee on its way, or moves nothing, is refused.
    function _pull(address payer, uint256 amount) internal {
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(payer, address(this), amount);
        uint256 got = TOKEN.balanceOf(address(this)) - before;
        if (got != amount) revert RevenueRouter_ShortTransfer(amount, got);
    }

    /* WITHDRAW */

    /// @inheritdoc IRevenueRouter
    function withdraw(address to, uint256 amount, Intent calldata by) external nonReentrant {
        address signer =
            _accept(by, keccak256(abi.encode(WITHDRAW, to, amount, by.nonce, by.deadline)));
        address account = Accounts.accountOf(ORGANIZATIONS, signer);
        if (account == address(0)) revert RevenueRouter_KeyRetired(signer);
        if (amount > _credits[account]) revert RevenueRouter_CreditTooLow(account, amount);

        _pay(account, to, amount);
    }

    /// @inheritdoc IRevenueRouter
    function withdrawFor(address account) external nonReentrant {
        if (account.code.length != 0) revert RevenueRouter_NotPayable(account);

        _pay(account, account, _credits[account]);
    }

    function _pay(address account, address to, uint256 amount) private {
        _credits[account] -= amount;
        emit Withdrawn(account, to, amount);
        TOKEN.safeTransfer(to, amount);
    }

    /// @inheritdoc IRevenueRouter
    function permitPayer(
        address payer,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        try IERC20Permit(address(TOKEN)).permit(payer, address(this), value, deadline, v, r, s) {}
            catch {}
    }

    /* VIEWS */

    /// @inheritdoc IRevenueRouter
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IRevenueRouter
    function reserveOf(address module) external view returns (uint256) {
        return _reserves[module];
    }

    /// @inheritdoc IRevenueRouter
    function escrowed() external view returns (uint256) {
        return _escrowed;
    }
}
