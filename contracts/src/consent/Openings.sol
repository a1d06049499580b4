// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What is remembered of one clinician's openings, in one word. From the low bits: the five newest
/// openings, newest first, each its time (seconds, 36 bits) above a bit that says reviewed; then of
/// the older ones that wait for a review the oldest time (36 bits) and how many they are (35 bits).
type OpeningLog is uint256;

using Openings for OpeningLog global;

/// @title When a clinician may open alone
/// @dev While more than five openings wait, the oldest of the rest counts until the whole rest is
/// reviewed: that is late at most for who has let six reviews pile up.
library Openings {
    uint64 internal constant DAY = 1 days;
    uint256 private constant ENTRY = 37;
    uint256 private constant KEPT = 5;
    uint256 private constant RING = ENTRY * KEPT;
    uint256 private constant COUNT = RING + 36;
    uint256 private constant ENTRY_MASK = (1 << ENTRY) - 1;
    uint256 private constant RING_MASK = (1 << RING) - 1;
    uint256 private constant TIME_MASK = (1 << 36) - 1;

    /// The log with one opening more.
    function opened(OpeningLog log, uint64 at) internal pure returns (OpeningLog) {
        uint256 word = OpeningLog.unwrap(log);
        (uint256 since, uint256 count) = _rest(word);
        uint256 last = _entry(word, KEPT - 1);
        if (last != 0 && !_isReviewed(last)) {
            if (count == 0) since = last >> 1;
            ++count;
        }
        uint256 ring = (word << ENTRY | uint256(at) << 1) & RING_MASK;
        return _join(ring, since, count);
    }

    /// The log once an opening of that time was reviewed. Each is reviewed once.
    function reviewed(OpeningLog log, uint64 at) internal pure returns (OpeningLog) {
        uint256 word = OpeningLog.unwrap(log);
        for (uint256 i; i < KEPT; ++i) {
            if (_entry(word, i) == uint256(at) << 1) return OpeningLog.wrap(word | 1 << i * ENTRY);
        }
        (uint256 since, uint256 count) = _rest(word);
        --count;
        return _join(word & RING_MASK, count == 0 ? 0 : since, count);
    }

    /// Whether a review is due for more than 24 hours of this clinician's openings.
    function isOverdue(OpeningLog log, uint64 now_) internal pure returns (bool) {
        uint256 word = OpeningLog.unwrap(log);
        (uint256 since, uint256 count) = _rest(word);
        if (count != 0 && now_ > since + DAY) return true;
        for (uint256 i; i < KEPT; ++i) {
            uint256 entry = _entry(word, i);
            if (entry != 0 && !_isReviewed(entry) && now_ > (entry >> 1) + DAY) return true;
        }
        return false;
    }

    /// Whether a second clinician must agree first: a review is overdue, or five openings were
    /// within 24 hours.
    function needsSecond(OpeningLog log, uint64 now_) internal pure returns (bool) {
        uint256 fifth = _entry(OpeningLog.unwrap(log), KEPT - 1);
        bool isSixth = fifth != 0 && now_ < (fifth >> 1) + DAY;
        return isSixth || isOverdue(log, now_);
    }

    function _entry(uint256 word, uint256 i) private pure returns (uint256) {
        return word >> i * ENTRY & ENTRY_MASK;
    }

    function _isReviewed(uint256 entry) private pure returns (bool) {
        return entry & 1 != 0;
    }

    function _rest(uint256 word) private pure returns (uint256 since, uint256 count) {
        return (word >> RING & TIME_MASK, word >> COUNT);
    }

    function _join(uint256 ring, uint256 since, uint256 count) private pure returns (OpeningLog) {
        return OpeningLog.wrap(ring | since << RING | count << COUNT);
    }
}
