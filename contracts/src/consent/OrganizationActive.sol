// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations} from "../identity/IOrganizations.sol";
import {ICondition} from "./ICondition.sol";

/// @title The condition that an organization is active
/// @notice The key is the address of the organization, on the right of 32 bytes.
contract OrganizationActive is ICondition {
    IOrganizations private immutable ORGANIZATIONS;

    error OrganizationActive_NotAnOrganization(bytes32 conditionKey);

    constructor(IOrganizations organizations) {
        ORGANIZATIONS = organizations;
    }

    /// @inheritdoc ICondition
    function holds(bytes32 conditionKey) external view returns (bool) {
        if (uint256(conditionKey) > type(uint160).max) {
            revert OrganizationActive_NotAnOrganization(conditionKey);
        }
        return ORGANIZATIONS.isActive(address(uint160(uint256(conditionKey))));
    }
}
