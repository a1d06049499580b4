// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-5643: tokens that are subscriptions
interface IERC5643 {
    event SubscriptionUpdate(uint256 indexed tokenId, uint64 expiration);

    /// Adds whole days, given in seconds; by a key of the licensee that sends it, without value.
    function renewSubscription(uint256 tokenId, uint64 duration) external payable;

    /// Ends it as early as its offer lets; by a key of the licensee that sends it, without value.
    function cancelSubscription(uint256 tokenId) external payable;

    /// When it ends (seconds, exclusive).
    function expiresAt(uint256 tokenId) external view returns (uint64);
    function isRenewable(uint256 tokenId) external view returns (bool);
}
