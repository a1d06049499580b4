// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Whether enough of those who keep a record's keys signed something
/// @notice Asked by contracts that stand below custody, and implemented there.
interface IQuorum {
    /// Whether as many different custodians of the record as its set needs signed a digest. A
    /// signature of anybody else counts for nothing and spoils nothing.
    /// @param tokenId the token of the record or of one of its sections
    /// @param digest what was signed, the EIP-712 digest of the contract that asks
    /// @param signatures 65 bytes each with a low `s`, at most 16
    function verify(uint256 tokenId, bytes32 digest, bytes[] calldata signatures)
        external
        view
        returns (bool);
}
