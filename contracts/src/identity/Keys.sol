// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "./IIntentGuard.sol";
import {IntentGuard} from "./IntentGuard.sol";
import {IOrganizations, KeyUse} from "./IOrganizations.sol";
import {Members} from "./Members.sol";

/// @title The part of Organizations that knows whose a key is, for what and when
abstract contract Keys is Members, IntentGuard {
    /// How many of the newest keys to seal to are looked through for one that is valid.
    uint256 private constant MAX_NEWEST = 8;
    bytes32 private constant ADD_KEY = keccak256(
        "AddKey(address org,bytes32 key,uint8 use,bytes32 keyHash,uint64 from,uint64 until,"
        "uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant ACCEPT_KEY = keccak256(
        "AcceptKey(address org,bytes32 key,uint8 use,bytes32 keyHash,uint64 from,"
        "uint64 until,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant RETIRE_KEY = keccak256(
        "RetireKey(address org,bytes32 key,uint8 use,uint64 at,uint256 nonce,uint64 deadline)"
    );

    struct Key {
        address org;
        uint64 from;
        uint64 until;
        bytes32 keyHash;
    }

    mapping(bytes32 key => mapping(KeyUse use => Key)) private _keys;
    mapping(address org => mapping(KeyUse use => bytes32[] keys)) private _sealedTo;

    /// @inheritdoc IOrganizations
    function addKey(
        address org,
        bytes32 key,
        KeyUse use,
        bytes32 keyHash,
        uint64 from,
        uint64 until,
        Intent calldata owner,
        Intent calldata by
    ) external {
        _admin(org, by, _hash(ADD_KEY, org, key, use, keyHash, from, until, by));
        if (_signs(key)) {
            // A key is added once for a use, so that the agreement cannot count again.
            address signer =
                _verify(owner, _hash(ACCEPT_KEY, org, key, use, keyHash, from, until, owner));
            if (_toKey(signer) != key) revert Organizations_KeyUnproven(key, signer);
        }
        _add(org, key, use, keyHash, from, until);
    }

    function _add(address org, bytes32 key, KeyUse use, bytes32 keyHash, uint64 from, uint64 until)
        private
    {
        uint64 start = from < block.timestamp ? uint64(block.timestamp) : from;
        if (start >= until) revert Organizations_BadWindow(start, until);
        if (_isOwnAddress(key) || _keys[key][use].org != address(0)) {
            revert Organizations_KeyTaken(key, use);
        }
        _keys[key][use] = Key(org, start, until, keyHash);
        if (keyHash != 0) _sealedTo[org][use].push(key);
        emit KeyAdded(org, key, use, keyHash, start, until);
    }

    function _hash(
        bytes32 kind,
        address org,
        bytes32 key,
        KeyUse use,
        bytes32 keyHash,
        uint64 from,
        uint64 until,
        Intent calldata by
    ) private pure returns (bytes32) {
        return keccak256(
            abi.encode(kind, org, key, use, keyHash, from, until, by.nonce, by.deadline)
        );
    }

    /// @inheritdoc IOrganizations
    function retireKey(address org, bytes32 key, KeyUse use, uint64 at, Intent calldata by)
        external
    {
        _admin(org, by, keccak256(abi.encode(RETIRE_KEY, org, key, use, at, by.nonce, by.deadline)));
        Key storage known = _keys[key][use];
        if (key == _toKey(org) && known.org != org) {
            (known.org, known.from, known.until) = (org, 0, type(uint64).max);
            _endOwnKey(org, use);
        }
        if (known.org != org) revert Organizations_KeyUnknown(key, use);
        if (at < block.timestamp || at > known.until) {
            revert Organizations_BadWindow(uint64(block.timestamp), at);
        }
        known.until = at;
        emit KeyRetired(org, key, use, at);
    }

    function _admin(address org, Intent calldata by, bytes32 structHash) private {
        address signer = _accept(by, structHash);
        if (!_isKnown(org) || orgOf(_toKey(signer), KeyUse.Admin, uint64(block.timestamp)) != org) {
            revert Organizations_NotAdmin(org, signer);
        }
    }

    /// @inheritdoc IOrganizations
    function orgOf(bytes32 key, KeyUse use, uint64 at) public view returns (address) {
        address own = address(uint160(uint256(key)));
        if (_signs(key) && _isOwnKey(own, use)) return own;
        Key storage known = _keys[key][use];
        return known.from <= at && at < known.until ? known.org : address(0);
    }

    /// @inheritdoc IOrganizations
    function keyHashOf(address org, KeyUse use) external view returns (bytes32) {
        bytes32[] storage keys = _sealedTo[org][use];
        uint256 length = keys.length;
        uint256 oldest = length > MAX_NEWEST ? length - MAX_NEWEST : 0;
        for (uint256 i = length; i > oldest; --i) {
            Key storage known = _keys[keys[i - 1]][use];
            if (known.from <= block.timestamp && block.timestamp < known.until) {
                return known.keyHash;
            }
        }
        return 0;
    }

    /// Nobody else can name an organization's own address as his key, not even before it came.
    function _isOwnAddress(bytes32 key) private view returns (bool) {
        return _signs(key) && _isKnown(address(uint160(uint256(key))));
    }

    /// Whether a key is an address, and not the hash of a key that never signs.
    function _signs(bytes32 key) private pure returns (bool) {
        return uint256(key) >> 160 == 0;
    }

    function _toKey(address signer) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(signer)));
    }
}
