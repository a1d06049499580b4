// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title The money of a consortium: claims on deposits that an issuer keeps
/// @notice Six decimals. Anything with this interface serves, a regulated stablecoin as well; the one
/// that Salus brings is issued by the platform against deposits and can block an account, as such
/// tokens can.
interface ISettlementToken is IERC20, IERC20Permit {
    event Issued(address indexed to, uint256 amount);
    event Redeemed(address indexed from, uint256 amount);
    event BlockedSet(address indexed account, bool isBlocked);

    error SettlementToken_NotIssuer(address caller);
    error SettlementToken_Blocked(address account);
}
