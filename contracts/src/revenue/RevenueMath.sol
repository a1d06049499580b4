// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Split} from "./IRevenueRouter.sol";

/// @title Amounts and midnights
/// @notice Money is units, times are seconds since 1970, rates are units a day. Each division says its
/// direction. The twin in Python is `salus.rights.revenue.model.amounts`.
library RevenueMath {
    uint256 internal constant DAY = 86_400;
    uint256 internal constant BPS = 10_000;
    uint256 internal constant PLATFORM_BPS = 250;

    /// The first midnight, UTC, that is not before `at`.
    function ceilDay(uint256 at) internal pure returns (uint256) {
        return Math.ceilDiv(at, DAY) * DAY;
    }

    /// What a term costs, rounded up; nothing when it is over before it starts.
    function price(uint256 ratePerDay, uint256 start, uint256 end) internal pure returns (uint256) {
        return end > start ? Math.ceilDiv(ratePerDay * (end - start), DAY) : 0;
    }

    /// What comes back when a term stops, rounded down; nothing when it is over.
    function refund(uint256 ratePerDay, uint256 end, uint256 stop) internal pure returns (uint256) {
        return end > stop ? ratePerDay * (end - stop) / DAY : 0;
    }

    /// A share of an amount, rounded down.
    function shareOf(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return amount * bps / BPS;
    }

    /// Divides an amount; what is left of it and of the rounding is the owner's. They sum to the amount.
    /// @dev Shares of more than {BPS} together revert.
    function legs(
        uint256 amount,
        uint256 subjectBps,
        uint256 sourceBps,
        uint256 hostBps,
        uint256 platformBps
    ) internal pure returns (Split memory split) {
        split.subject = shareOf(amount, subjectBps);
        split.source = shareOf(amount, sourceBps);
        split.host = shareOf(amount, hostBps);
        split.platform = shareOf(amount, platformBps);
        split.owner = amount - split.subject - split.source - split.host - split.platform;
    }
}
