// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-5192: tokens that stay with their holder
interface IERC5192 {
    event Locked(uint256 tokenId);
    event Unlocked(uint256 tokenId);

    /// Whether the token cannot be transferred.
    function locked(uint256 tokenId) external view returns (bool);
}
