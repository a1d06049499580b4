// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-5192: whether a token can be transferred now
interface IERC5192 {
    event Locked(uint256 tokenId);
    event Unlocked(uint256 tokenId);

    /// Reverts when there is no such token.
    function locked(uint256 tokenId) external view returns (bool);
}
