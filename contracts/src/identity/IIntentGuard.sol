// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A signature over one verb with all its arguments (EIP-712): who sends it does not matter.
struct Intent {
    address signer;
    uint256 nonce;
    uint64 deadline;
    bytes signature;
}

/// Opens a one-time key's leaf of a published epoch; `path` is empty when the signer is a
/// registered key of a named organization.
struct Membership {
    bytes32 role;
    uint64 epoch;
    bytes32 salt;
    bytes32 attributes;
    bytes32[] path;
}

struct Actor {
    Intent intent;
    Membership membership;
}

/// @title What every contract that takes intents has in common
/// @dev Typed data of a verb: its name capitalized, its arguments in their order without those of
/// type Intent and Actor, then `uint256 nonce,uint64 deadline`.
interface IIntentGuard {
    event NoncesCancelled(address indexed signer, uint248 word, uint256 mask);

    error IntentGuard_Expired(uint64 deadline);
    error IntentGuard_NonceUsed(address signer, uint256 nonce);
    error IntentGuard_BadSignature(address signer);

    /// Makes unordered nonces of the sender unusable.
    /// @param word the nonce divided by 256
    /// @param mask one bit for each nonce of the word
    function cancelNonces(uint248 word, uint256 mask) external;

    function isNonceUsed(address signer, uint256 nonce) external view returns (bool);
}
