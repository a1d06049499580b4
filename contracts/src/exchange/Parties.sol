// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";

/// @title Who acts for whom
abstract contract Parties {
    IOrganizations internal immutable ORGANIZATIONS;

    constructor(IOrganizations organizations) {
        ORGANIZATIONS = organizations;
    }

    /// Whether it is the party itself, or an acting key of the organization that the party is.
    function _actsFor(address signer, address party) internal view returns (bool) {
        return signer == party
            || (party != address(0) && ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == party);
    }
}
