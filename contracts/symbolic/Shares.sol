// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations} from "../src/identity/IOrganizations.sol";
import {IQuorum} from "../src/records/IQuorum.sol";
import {Record, Registration} from "../src/records/IRecordRegistry.sol";
import {RecordRegistry} from "../src/records/RecordRegistry.sol";
import {EverybodyActs, Setting} from "./Setting.sol";

/// @title Which shares of income a record may be registered with
contract Shares_Symbolic is Setting {
    RecordRegistry private _records =
        new RecordRegistry(IOrganizations(address(new EverybodyActs())), IQuorum(address(0)));

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
