// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IIntentGuard, Intent} from "./IIntentGuard.sol";
import {Signatures} from "./Signatures.sol";

/// @title See {IIntentGuard}
abstract contract IntentGuard is IIntentGuard, EIP712 {
    mapping(address signer => mapping(uint248 word => uint256 bits)) private _used;

    constructor(string memory name) EIP712(name, "1") {}

    /// @inheritdoc IIntentGuard
    function cancelNonces(uint248 word, uint256 mask) external {
        _used[msg.sender][word] |= mask;
        emit NoncesCancelled(msg.sender, word, mask);
    }

    /// @inheritdoc IIntentGuard
    function isNonceUsed(address signer, uint256 nonce) public view returns (bool) {
        return _used[signer][uint248(nonce >> 8)] & (1 << (nonce & 0xff)) != 0;
    }

    /// Accepts an intent once.
    /// @param structHash the hash of the verb's typed struct, nonce and deadline included
    function _accept(Intent calldata by, bytes32 structHash) internal returns (address signer) {
        signer = _verify(by, structHash);
        _used[signer][uint248(by.nonce >> 8)] |= 1 << (by.nonce & 0xff);
    }

    /// Whose intent it is, for a verb that what it writes makes impossible to repeat: the nonce can
    /// be cancelled and is not used up, which saves its word.
    function _verify(Intent calldata by, bytes32 structHash)
        internal
        view
        returns (address signer)
    {
        signer = by.signer;
        if (block.timestamp > by.deadline) revert IntentGuard_Expired(by.deadline);
        if (isNonceUsed(signer, by.nonce)) revert IntentGuard_NonceUsed(signer, by.nonce);

        bool isSender = by.signature.length == 0 && signer == msg.sender;
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!isSender && !Signatures.isValid(signer, digest, by.signature)) {
            revert IntentGuard_BadSignature(signer);
        }
    }
}
