// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a token is worth to a lender, in units of the settlement token.
/// @param at when it was read last (seconds); zero when it never was
/// @param peak the value before the last fall, which happened at `fellAt`
/// @param setHash the hash of the licenses it was read from
struct Appraisal {
    uint128 value;
    uint40 at;
    uint128 peak;
    uint40 fellAt;
    bytes32 setHash;
}

/// @title What the income of a token is worth
/// @notice Twelve months of the least of four incomes: that of the last 30 days, a third of that of
/// the last 90 days, what is prepaid for 30 days, and what flows to the token for 30 days. Only
/// recurring licenses of accredited licensees count that are linked neither to the owner nor to the
/// subject, each from its fifteenth day on, and no licensee is more than a quarter of the whole: so it
/// takes four.
///
/// A value rises by 2 % a day at most and falls at once. It is no price: no money moves by it alone.
interface IAppraiser {
    /// @param raw what the income is worth, before the limits of sale price and rise
    /// @param licenses from which it was read, the prepayments under the token
    event Appraised(uint256 indexed token, uint256 value, uint256 raw, uint256[] licenses);

    /// Thrown when the license at `index` does not come after the one before, in the order of its
    /// licensee and then of its id, or is not prepaid.
    error Appraiser_NotSorted(uint256 index);
    /// Thrown when more than 32 licenses are named.
    error Appraiser_TooMany(uint256 licenses);
    /// Thrown when another set of licenses than the last one gives a lower value: who leaves licenses
    /// out changes nothing.
    error Appraiser_WeakerSet(uint256 raw, uint256 value);

    /// Reads the value of a token from at most 32 licenses; by anybody. A lower value counts for the
    /// same licenses only. Within 24 hours of a fall, another set may restore up to what was before; a
    /// first value, and one after zero, may be answered without a limit.
    function poke(uint256 token, uint256[] calldata licenses) external returns (uint256 value);

    /// The last value, when it was read, and whether that was within 7 days.
    function valueOf(uint256 token) external view returns (uint256 value, uint40 at, bool isFresh);

    function appraisalOf(uint256 token) external view returns (Appraisal memory);
}
