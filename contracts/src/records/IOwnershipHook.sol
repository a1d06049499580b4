// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Told before somebody else begins to earn
/// @notice Called by RecordRegistry, and implemented where the money is.
interface IOwnershipHook {
    /// Settles what a token has earned to whoever earns now. Called before the owner, the shares, the
    /// host or the sections of a token change.
    /// @dev Reverts when more drop days have to be walked than one call walks.
    function beforeOwnerChange(uint256 tokenId) external;
}
