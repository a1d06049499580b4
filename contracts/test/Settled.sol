// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOwnershipHook} from "../src/records/IOwnershipHook.sol";

/// @title In the place of RevenueRouter where no money is tested: it tells that it was asked
contract Settled is IOwnershipHook {
    event Asked(uint256 tokenId);

    error Settled_Refused();

    bool private _isRefusing;

    function refuse() external {
        _isRefusing = true;
    }

    function beforeOwnerChange(uint256 tokenId) external {
        if (_isRefusing) revert Settled_Refused();
        emit Asked(tokenId);
    }
}
