// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// An event as it stands in the log.
struct Log {
    bytes32[] topics;
    bytes body;
    address emitter;
}

/// What a call cost, and what it gives back for words that became zero.
struct Spent {
    uint64 limit;
    uint64 used;
    uint64 memoryUsed;
    int64 refunded;
    uint64 remaining;
}

/// The cheatcodes of forge that these tests use.
interface Vm {
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function deployCode(string calldata artifact, bytes calldata arguments)
        external
        returns (address);
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function warp(uint256 time) external;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function etch(address target, bytes calldata code) external;
    function chainId(uint256 id) external;
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata reason) external;
    function expectEmit(address emitter) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function lastCallGas() external view returns (Spent memory);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function assertEq(uint256 left, uint256 right) external pure;
    function assertEq(address left, address right) external pure;
    function assertEq(bool left, bool right) external pure;
    function assertEq(bytes32 left, bytes32 right) external pure;
    function assertEq(bytes calldata left, bytes calldata right) external pure;
    function assertTrue(bool claim) external pure;
    function assertFalse(bool claim) external pure;
}

/// Which functions of a handler forge calls.
struct Selectors {
    address target;
    bytes4[] selectors;
}

/// @title What tests and handlers share: the cheatcodes and numbers within bounds
abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function bound(uint256 number, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + number % (most - least + 1);
    }

    /// What a transaction costs whose call has just ended, as its receipt says: with the data, without
    /// what words that became zero give back, at most a fifth of all (EIP-3529).
    /// @param spent by the call
    function wholeOf(uint256 spent, bytes memory call) internal view returns (uint256 gas) {
        int64 refunded = vm.lastCallGas().refunded;
        gas = spent + 21_000;
        for (uint256 i; i < call.length; ++i) {
            gas += call[i] == 0 ? 4 : 16;
        }
        if (refunded <= 0) return gas;
        uint256 back = uint64(refunded);
        gas -= back < gas / 5 ? back : gas / 5;
    }
}
