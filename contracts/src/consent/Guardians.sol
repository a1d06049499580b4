// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./IAuthority.sol";

/// @title The guardians of records, and what they wish: a part of {Authority}
/// @dev Guardians stand in numbered circles: the present one, and the next once it is set. A circle
/// becomes the present one by time alone, so nobody has to send anything for it.
abstract contract Guardians is IAuthority {
    uint64 internal constant WAIT = 72 hours;
    uint256 private constant MAX_GUARDIANS = 16;

    struct Circle {
        uint64 from;
        uint8 threshold;
        address[] guardians;
    }

    /// `circle` is the number of the guardians whose signatures count. `round` counts the attempts:
    /// what was signed in an earlier one is void.
    struct Recovery {
        address controller;
        uint64 readyAt;
        uint64 circle;
        uint64 round;
        uint8 signatures;
    }

    mapping(uint128 record => mapping(uint64 number => Circle)) internal _circles;
    mapping(uint128 record => Recovery) internal _recoveries;
    mapping(uint128 record => mapping(uint64 round => mapping(address guardian => address))) private
        _wishes;

    /* CIRCLES */

    /// The number of the circle that is in force now.
    function _present(uint128 record) internal view returns (uint64 number) {
        number = _recoveries[record].circle;
        uint64 from = _circles[record][number + 1].from;
        if (from != 0 && from <= block.timestamp) ++number;
    }

    function _isGuardian(uint128 record, uint64 number, address signer)
        internal
        view
        returns (bool)
    {
        address[] storage guardians = _circles[record][number].guardians;
        uint256 count = guardians.length;
        for (uint256 i; i < count; ++i) {
            if (guardians[i] == signer) return true;
        }
        return false;
    }

    function _checkGuardians(address[] calldata guardians, uint8 threshold) internal pure {
        uint256 count = guardians.length;
        if (count > MAX_GUARDIANS) revert Authority_TooMany(count, MAX_GUARDIANS);
        if (threshold > count || (threshold == 0 && count != 0)) {
            revert Authority_BadThreshold(threshold, count);
        }
        address last;
        for (uint256 i; i < count; ++i) {
            if (guardians[i] <= last) revert Authority_SameSigner(guardians[i]);
            last = guardians[i];
        }
    }

    /// A change of guardians that waits will not take place.
    function _drop(uint128 record, uint64 number, address signer) internal {
        delete _circles[record][number];
        emit GuardiansCancelled(record, signer);
    }

    /* RECOVERY */

    /// The recovery of a record, its circle up to date.
    function _synced(uint128 record) internal returns (Recovery storage recovery) {
        recovery = _recoveries[record];
        uint64 number = _present(record);
        if (number != recovery.circle) {
            recovery.circle = number;
            _end(recovery);
        }
    }

    /// As {_synced}, of a record whose recovery does not run.
    function _resting(uint128 record) internal returns (Recovery storage recovery) {
        recovery = _synced(record);
        if (recovery.readyAt != 0) revert Authority_RecoveryPending(record, recovery.readyAt);
    }

    /// A guardian wishes for a controller. When enough wish for the same, the recovery runs, and a
    /// change of guardians that waits falls: each of those who signed could have objected to it.
    function _wish(uint128 record, Recovery storage recovery, address controller, address signer)
        internal
    {
        mapping(address guardian => address) storage wishes = _wishes[record][recovery.round];
        if (wishes[signer] == controller) revert Authority_SameSigner(signer);
        if (wishes[signer] == address(0)) ++recovery.signatures;
        wishes[signer] = controller;
        if (!_agree(_circles[record][recovery.circle], wishes, controller)) return;

        recovery.controller = controller;
        recovery.readyAt = uint64(block.timestamp) + WAIT;
        uint64 next = recovery.circle + 1;
        if (_circles[record][next].from != 0) _drop(record, next, signer);
    }

    /// Whether enough guardians wish for the same controller.
    function _agree(
        Circle storage circle,
        mapping(address guardian => address) storage wishes,
        address controller
    ) private view returns (bool) {
        uint256 count;
        uint256 all = circle.guardians.length;
        for (uint256 i; i < all; ++i) {
            if (wishes[circle.guardians[i]] == controller) ++count;
        }
        return count >= circle.threshold;
    }

    /// What was signed so far is void.
    function _end(Recovery storage recovery) internal {
        (recovery.controller, recovery.readyAt, recovery.signatures) = (address(0), 0, 0);
        ++recovery.round;
    }

    /* VIEWS */

    /// @inheritdoc IAuthority
    function isRecovering(uint128 record) external view returns (bool) {
        return _recoveries[record].readyAt != 0;
    }

    /// @inheritdoc IAuthority
    function recoveryOf(uint128 record) external view returns (address controller, uint64 readyAt) {
        Recovery storage recovery = _recoveries[record];
        return (recovery.controller, recovery.readyAt);
    }

    /// @inheritdoc IAuthority
    function guardiansOf(uint128 record)
        external
        view
        returns (
            address[] memory guardians,
            uint8 threshold,
            address[] memory next,
            uint8 nextThreshold,
            uint64 from
        )
    {
        uint64 number = _present(record);
        Circle storage present = _circles[record][number];
        Circle storage waiting = _circles[record][number + 1];
        return
            (
                present.guardians,
                present.threshold,
                waiting.guardians,
                waiting.threshold,
                waiting.from
            );
    }
}
