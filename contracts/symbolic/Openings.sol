// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningLog} from "../src/consent/Openings.sol";
import {Setting} from "./Setting.sol";

/// @title The one word that remembers a clinician's openings, against their list
contract Openings_Symbolic is Setting {
    /// For all six openings in a row, of which one is reviewed or none: the word tells who needs a
    /// second clinician as the list of all six does.
    function check_TheWordSaysWhatTheListSays(uint64[6] memory times, uint64 now_, uint8 reviewed)
        external
        pure
    {
        vm.assume(times[0] != 0 && now_ < 1 << 36);
        OpeningLog log;
        for (uint256 i; i < 6; ++i) {
            vm.assume(times[i] <= (i == 5 ? now_ : times[i + 1]));
            log = log.opened(times[i]);
        }
        for (uint256 i; i < 6; ++i) {
            if (i == reviewed) log = log.reviewed(times[i]);
        }

        uint256 recent;
        bool isOverdue;
        for (uint256 i; i < 6; ++i) {
            if (now_ < times[i] + 1 days) ++recent;
            // Of several in one second any may be the one that is reviewed.
            isOverdue = isOverdue || (i != reviewed && now_ > times[i] + 1 days);
        }
        assert(log.isOverdue(now_) == isOverdue);
        assert(log.needsSecond(now_) == (recent >= 5 || isOverdue));
    }
}
