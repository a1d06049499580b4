// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Proceeds} from "./ILoanBook.sol";

/// @title Prices of auctions, and how they are divided
library AuctionMath {
    uint256 internal constant HALF_LIFE = 12 hours;
    uint256 internal constant LENGTH = 72 hours;
    uint256 internal constant BOUNTY_BPS = 50;
    /// 50 currency units of six decimals.
    uint256 internal constant MAX_BOUNTY = 50e6;

    /// The higher of one and a half values and 1.2 debts, rounded up; three debts when the value is
    /// stale.
    function startPrice(uint256 value, bool isFresh, uint256 debt) internal pure returns (uint256) {
        if (!isFresh) return 3 * debt;
        return Math.max(Math.ceilDiv(value * 3, 2), Math.ceilDiv(debt * 6, 5));
    }

    /// The price after `elapsed` seconds, rounded up: half after each half-life, a line between. It stays
    /// after the end.
    function priceUp(uint256 start, uint256 elapsed) internal pure returns (uint256) {
        elapsed = Math.min(elapsed, LENGTH);
        uint256 high = Math.ceilDiv(start, 1 << (elapsed / HALF_LIFE));
        return high - high * (elapsed % HALF_LIFE) / (2 * HALF_LIFE);
    }

    /// Bounty, then the lender, then the borrower.
    function divided(uint256 price, uint256 debt, bool hasBounty)
        internal
        pure
        returns (Proceeds memory parts)
    {
        if (hasBounty) parts.bounty = Math.min(price * BOUNTY_BPS / 10_000, MAX_BOUNTY);
        uint256 rest = price - parts.bounty;
        parts.paid = Math.min(rest, debt);
        parts.surplus = rest - parts.paid;
        parts.shortfall = debt - parts.paid;
    }
}
