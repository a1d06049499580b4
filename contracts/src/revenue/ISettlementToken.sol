// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Intent} from "../identity/IIntentGuard.sol";

/// @title The money of a consortium: claims on deposits that an issuer keeps
/// @notice Six decimals. Anything with this interface serves, a regulated stablecoin as well; the one
/// that Salus brings is issued by the platform against deposits and can block an account, as such
/// tokens can.
interface ISettlementToken is IERC20, IERC20Permit {
    event Issued(address indexed to, uint256 amount);
    event Redeemed(address indexed from, uint256 amount);
    event BlockedSet(address indexed account, bool isBlocked);

    error SettlementToken_NotIssuer(address signer);
    error SettlementToken_Blocked(address account);
    error SettlementToken_KeyRetired(address signer);
    error SettlementToken_PermitExpired(uint256 deadline);
    error SettlementToken_BadPermit(address signer);

    /// Issues units against a deposit; by an acting key of the platform.
    function issue(address to, uint256 amount, Intent calldata by) external;

    /// Gives units back, for which the issuer pays the deposit out; by their holder, or by an acting
    /// key of the organization that is the holder. Nobody can take the units of somebody else.
    function redeem(uint256 amount, Intent calldata by) external;

    /// Stops an account from sending and receiving, or lets it again; by an acting key of the platform.
    function setBlocked(address account, bool blocked, Intent calldata by) external;

    function isBlocked(address account) external view returns (bool);
}
