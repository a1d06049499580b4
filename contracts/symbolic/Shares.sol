// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRecordRegistry, Record, Registration} from "../src/records/IRecordRegistry.sol";
import {Setting} from "./Setting.sol";

/// @title Which shares of income a record may be registered with
contract Shares_Symbolic is Setting {
    IRecordRegistry private _records = newRecords();

    /// For all shares: they are taken exactly when each is within its bound and so is the sum.
    function check_SharesAreWithinTheirBounds(uint16 source, uint16 host, uint16 subject) external {
        Registration memory terms = Registration(
            RECORD, address(this), address(this), address(this), source, host, subject
        );
        bool isGood = subject >= 500 && source <= 2000 && host <= 500
            && uint256(source) + host + subject <= 4000;

        try _records.register(terms, own(), actor(own())) {
            Record memory kept = _records.recordOf(RECORD);
            assert(isGood);
            assert(kept.sourceBps == source && kept.hostBps == host && kept.subjectBps == subject);
        } catch {
            assert(!isGood);
        }
    }
}
