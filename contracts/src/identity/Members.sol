// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IOrganizations, KeyUse} from "./IOrganizations.sol";
import {Roles} from "./Roles.sol";

/// @title The part of Organizations that knows who is active and in which roles, and since when
abstract contract Members is IOrganizations {
    using Checkpoints for Checkpoints.Trace208;

    uint200 internal constant ACTIVE = 1 << 199;

    /// One word, since nearly every verb asks for what holds now. What held before is kept apart.
    /// @param since seconds; 0 for who was never admitted
    /// @param present the roles, and whether they count
    /// @param ended has a bit for each use of which the organization's own address is no key by itself
    struct Standing {
        uint48 since;
        uint200 present;
        uint8 ended;
    }

    mapping(address org => Standing) private _standing;
    mapping(address org => Checkpoints.Trace208) private _past;

    /* VIEWS */

    /// @inheritdoc IOrganizations
    function isActive(address org) public view returns (bool) {
        return _presentOf(org) & ACTIVE != 0;
    }

    /// @inheritdoc IOrganizations
    function hasRole(address org, uint160 role, uint64 at) public view returns (bool) {
        Standing memory standing = _standing[org];
        if (uint48(at) >= standing.since) return _includes(standing.present, role);
        return _includes(_past[org].upperLookup(uint48(at)), role);
    }

    /// @inheritdoc IOrganizations
    function isSource(address org) external view returns (bool) {
        return _is(org, Roles.SOURCE);
    }

    /// @inheritdoc IOrganizations
    function isCustodian(address org) external view returns (bool) {
        return _is(org, Roles.CUSTODIAN);
    }

    /// @inheritdoc IOrganizations
    function isHospital(address org) external view returns (bool) {
        return _is(org, Roles.HOSPITAL);
    }

    /// @inheritdoc IOrganizations
    function isLicensee(address org) external view returns (bool) {
        return _is(org, Roles.LICENSEE);
    }

    /// @inheritdoc IOrganizations
    function canLend(address org) external view returns (bool) {
        return _is(org, Roles.LENDER);
    }

    /// @inheritdoc IOrganizations
    function canAcquire(address org) external view returns (bool) {
        return _is(org, Roles.LICENSEE) || _is(org, Roles.LENDER);
    }

    /* INTERNAL */

    function _setStanding(address org, uint200 present) internal {
        Standing memory standing = _standing[org];
        bool isLater = standing.since != 0 && standing.since != block.timestamp;
        if (isLater) _past[org].push(standing.since, standing.present);
        (standing.since, standing.present) = (uint48(block.timestamp), present);
        _standing[org] = standing;
    }

    /// The organization's own address is its key only as far as it is added like another.
    function _endOwnKey(address org, KeyUse use) internal {
        _standing[org].ended |= uint8(1 << uint8(use));
    }

    /// Whether an organization's own address is still its key for a use, without being added.
    function _isOwnKey(address org, KeyUse use) internal view returns (bool) {
        Standing memory standing = _standing[org];
        return standing.since != 0 && standing.ended & 1 << uint8(use) == 0;
    }

    /// Whether an organization was ever admitted.
    function _isKnown(address org) internal view returns (bool) {
        return _standing[org].since != 0;
    }

    function _presentOf(address org) internal view returns (uint200) {
        return _standing[org].present;
    }

    /// Active and with every role that is named.
    function _is(address org, uint160 role) internal view returns (bool) {
        return _includes(_presentOf(org), role);
    }

    function _includes(uint256 standing, uint160 role) private pure returns (bool) {
        uint256 needed = ACTIVE | role;
        return standing & needed == needed;
    }
}
