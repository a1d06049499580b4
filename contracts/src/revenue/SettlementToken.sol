// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Accounts} from "./Accounts.sol";
import {ISettlementToken} from "./ISettlementToken.sol";

/// @title See {ISettlementToken}
/// @dev `permit` is written out, because that of OpenZeppelin and the intents would each name the
/// domain.
contract SettlementToken is ISettlementToken, IntentGuard, ERC20, Nonces {
    using SafeCast for uint256;

    bytes32 private constant ISSUE =
        keccak256("Issue(address to,uint256 amount,uint256 nonce,uint64 deadline)");
    bytes32 private constant REDEEM =
        keccak256("Redeem(uint256 amount,uint256 nonce,uint64 deadline)");
    bytes32 private constant SET_BLOCKED =
        keccak256("SetBlocked(address account,bool blocked,uint256 nonce,uint64 deadline)");
    bytes32 private constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    /// One word, so that a transfer need not look elsewhere whether somebody is blocked.
    struct Account {
        uint248 balance;
        bool isBlocked;
    }

    IOrganizations private immutable ORGANIZATIONS;
    /// In place of those of {ERC20}, which are never used.
    mapping(address account => Account) private _accounts;
    uint248 private _supply;

    constructor(IOrganizations organizations)
        IntentGuard("SettlementToken")
        ERC20("Salus Settlement Token", "SST")
    {
        ORGANIZATIONS = organizations;
    }

    /* ISSUE AND REDEEM */

    /// @inheritdoc ISettlementToken
    function issue(address to, uint256 amount, Intent calldata by) external {
        _issuer(by, keccak256(abi.encode(ISSUE, to, amount, by.nonce, by.deadline)));

        _mint(to, amount);
        emit Issued(to, amount);
    }

    /// @inheritdoc ISettlementToken
    function redeem(uint256 amount, Intent calldata by) external {
        address signer = _accept(by, keccak256(abi.encode(REDEEM, amount, by.nonce, by.deadline)));
        address holder = Accounts.accountOf(ORGANIZATIONS, signer);
        if (holder == address(0)) revert SettlementToken_KeyRetired(signer);

        _burn(holder, amount);
        emit Redeemed(holder, amount);
    }

    /* BLOCK */

    /// @inheritdoc ISettlementToken
    function setBlocked(address account, bool blocked, Intent calldata by) external {
        _issuer(by, keccak256(abi.encode(SET_BLOCKED, account, blocked, by.nonce, by.deadline)));

        _accounts[account].isBlocked = blocked;
        emit BlockedSet(account, blocked);
    }

    function _issuer(Intent calldata by, bytes32 structHash) private {
        address signer = _accept(by, structHash);
        address issuer = ORGANIZATIONS.platform();
        if (issuer == address(0) || ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) != issuer) {
            revert SettlementToken_NotIssuer(signer);
        }
    }

    /* PERMIT */

    /// @inheritdoc IERC20Permit
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (block.timestamp > deadline) revert SettlementToken_PermitExpired(deadline);
        bytes32 structHash =
            keccak256(abi.encode(PERMIT, owner, spender, value, _useNonce(owner), deadline));
        address signer = ECDSA.recover(_hashTypedDataV4(structHash), v, r, s);
        if (signer != owner) revert SettlementToken_BadPermit(signer);

        _approve(owner, spender, value);
    }

    /* VIEWS */

    /// @inheritdoc ISettlementToken
    function isBlocked(address account) external view returns (bool) {
        return _accounts[account].isBlocked;
    }

    /// @inheritdoc IERC20Permit
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) public view override(IERC20, ERC20) returns (uint256) {
        return _accounts[account].balance;
    }

    /// @inheritdoc IERC20
    function totalSupply() public view override(IERC20, ERC20) returns (uint256) {
        return _supply;
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /* MOVE */

    /// As that of {ERC20}, but for who is blocked. No balance is above the supply, which is checked.
    function _update(address from, address to, uint256 amount) internal override {
        if (_accounts[from].isBlocked) revert SettlementToken_Blocked(from);
        if (_accounts[to].isBlocked) revert SettlementToken_Blocked(to);
        if (from == address(0)) _supply += amount.toUint248();
        else _take(from, amount);
        if (to == address(0)) _supply -= uint248(amount);
        else _accounts[to].balance += uint248(amount);
        emit Transfer(from, to, amount);
    }

    function _take(address from, uint256 amount) private {
        uint248 balance = _accounts[from].balance;
        if (balance < amount) revert ERC20InsufficientBalance(from, balance, amount);
        _accounts[from].balance = balance - uint248(amount);
    }
}
