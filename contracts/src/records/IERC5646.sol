// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-5646: a hash of everything that a token stands for now
interface IERC5646 {
    function getStateFingerprint(uint256 tokenId) external view returns (bytes32);
}
