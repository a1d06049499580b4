// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {ICondition} from "./ICondition.sol";

/// @title The condition that enough guardians of a record agree to something
/// @notice As many as a recovery needs, of those who are guardians now. What somebody agreed to who
/// is a guardian no longer does not count; without guardians nothing is agreed to.
interface IGuardiansAgreed is ICondition {
    event Agreed(uint128 indexed record, bytes32 indexed topic, address guardian);
    event Withdrawn(uint128 indexed record, bytes32 indexed topic, address guardian);

    error GuardiansAgreed_NotGuardian(uint128 record, address signer);
    error GuardiansAgreed_AlreadyApproved(bytes32 id, address signer);
    error GuardiansAgreed_NothingPending(uint128 record);

    /// Agrees.
    /// @param topic such as the id of a grant
    /// @param by a present guardian of the record
    function agree(uint128 record, bytes32 topic, Intent calldata by) external;

    /// Agrees no longer.
    /// @param by who agreed
    function withdraw(uint128 record, bytes32 topic, Intent calldata by) external;

    /// What a grant names as the key of this condition.
    function keyOf(uint128 record, bytes32 topic) external pure returns (bytes32);
}
