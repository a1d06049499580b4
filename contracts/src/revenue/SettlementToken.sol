// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
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
    bytes32 private constant ISSUE =
        keccak256("Issue(address to,uint256 amount,uint256 nonce,uint64 deadline)");
    bytes32 private constant REDEEM =
        keccak256("Redeem(uint256 amount,uint256 nonce,uint64 deadline)");
    bytes32 private constant SET_BLOCKED =
        keccak256("SetBlocked(address account,bool blocked,uint256 nonce,uint64 deadline)");
    bytes32 private constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    IOrganizations private immutable ORGANIZATIONS;
    mapping(address account => bool) private _blocked;

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

        _blocked[account] = blocked;
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
        return _blocked[account];
    }

    /// @inheritdoc IERC20Permit
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (_blocked[from]) revert SettlementToken_Blocked(from);
        if (_blocked[to]) revert SettlementToken_Blocked(to);
        super._update(from, to, amount);
    }
}
