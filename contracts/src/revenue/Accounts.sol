// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";

/// @title Whose money a signer speaks for
library Accounts {
    /// The organization whose acting key the signer is, else the signer itself. Zero for the address
    /// of an organization that is no acting key of its own any more.
    function accountOf(IOrganizations organizations, address signer)
        internal
        view
        returns (address account)
    {
        bytes32 key = bytes32(uint256(uint160(signer)));
        account = organizations.orgOf(key, KeyUse.Act, uint64(block.timestamp));
        if (account == address(0) && !organizations.isActive(signer)) account = signer;
    }
}
