// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

contract Child {}

/// What the tests of the ledger run. `ledgered.json` is this file compiled by the project's solc
/// with the settings of contracts/foundry.toml.
contract Ledgered {
    struct Intent { address signer; uint256 nonce; uint64 deadline; bytes signature; }
    struct Leaf { bytes32 root; uint64 size; }
    struct Batch { Leaf[] leaves; string note; Leaf[2] ends; address by; }

    /// Named like an error of salus.platform.ledger.errors.
    error Ledgered_StateGone(uint64 block);
    /// Not known to Python.
    error Ledgered_Unforeseen(uint64 at);

    event Anchored(uint64 indexed batch, bytes32 indexed root, uint64 size, address by);
    event Noted(string note, string indexed hashed, Leaf leaf);

    address public immutable owner;
    uint64 public batches;
    mapping(uint64 batch => bytes32 root) private _roots;
    bool transient private _entered;

    constructor(address owner_) {
        if (owner_ == address(0)) revert Ledgered_Unforeseen(0);
        owner = owner_;
    }

    function anchor(bytes32 root, uint64 size) external returns (uint64 batch) {
        require(!_entered, "entered twice in one transaction");
        _entered = true;
        batch = batches++;
        _roots[batch] = root;
        emit Anchored(batch, root, size, msg.sender);
    }

    function note(string calldata text) external {
        emit Noted(text, text, Leaf(keccak256(bytes(text)), uint64(bytes(text).length)));
        emit Noted("again", text, Leaf(0, 0));
    }

    function gone(uint64 at) external {
        batches = 99;
        emit Noted("never", "never", Leaf(0, 0));
        revert Ledgered_StateGone(at);
    }

    function unforeseen() external pure { revert Ledgered_Unforeseen(7); }
    function broken() external pure { assert(false); }
    function said() external pure { revert("in words"); }
    function silent() external pure { revert(); }
    function endless() external { while (true) batches++; }
    function bear() external returns (address) { return address(new Child()); }

    function rootOf(uint64 batch) external view returns (bytes32) { return _roots[batch]; }
    function pair() external view returns (uint64 count, Leaf memory first) {
        return (batches, Leaf(_roots[0], 7));
    }
    function time() external view returns (uint256) { return block.timestamp; }

    function commit(
        Batch calldata batch,
        uint8[] calldata marks,
        int24 shift,
        bool kept,
        Leaf[][] calldata rows,
        bytes calldata body,
        bytes4 kind,
        Intent calldata by
    ) external {}
    function revoke(bytes32 grant, Intent calldata by) external {}
    function settle(uint256 sum) external {}
    function settle(uint256 sum, Intent[] calldata by) external {}
}
