// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningLog} from "../src/consent/Openings.sol";
import {Setting} from "./Setting.sol";

/// @title The one word that remembers a clinician's openings, against their list
contract Openings_Symbolic is Setting {
    /// For all six openings in a row that wait for a review: the oldest is what is overdue, and the
    /// fifth from the last is what asks for a second clinician.
    function check_NoneOfSixIsForgotten(uint32[6] memory times, uint32 now_) external pure {
        vm.assume(times[0] != 0);
        OpeningLog log;
        for (uint256 i; i < 6; ++i) {
            vm.assume(times[i] <= (i == 5 ? now_ : times[i + 1]));
            log = log.opened(times[i]);
        }
        bool isOverdue = now_ > uint256(times[0]) + 1 days;

        assert(log.isOverdue(now_) == isOverdue);
        assert(log.needsSecond(now_) == (isOverdue || now_ < uint256(times[1]) + 1 days));
    }

    /// For all three openings of which one is reviewed: the others are what is overdue.
    function check_AReviewIsOfItsOpening(uint32[3] memory times, uint32 now_, uint8 reviewed)
        external
        pure
    {
        vm.assume(times[0] != 0 && times[0] < times[1] && times[1] < times[2] && reviewed < 3);
        OpeningLog log;
        bool isOverdue;
        for (uint256 i; i < 3; ++i) {
            log = log.opened(times[i]);
            isOverdue = isOverdue || (i != reviewed && now_ > uint256(times[i]) + 1 days);
        }
        for (uint256 i; i < 3; ++i) {
            if (i == reviewed) log = log.reviewed(times[i]);
        }

        assert(log.isOverdue(now_) == isOverdue);
    }
}
