// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-4907: the user of a token beside its owner
interface IERC4907 {
    event UpdateUser(uint256 indexed tokenId, address indexed user, uint64 expires);

    /// @param expires from this second on there is no user
    function setUser(uint256 tokenId, address user, uint64 expires) external;

    /// Zero when there is none or his time is over.
    function userOf(uint256 tokenId) external view returns (address);
    function userExpires(uint256 tokenId) external view returns (uint256);
}
