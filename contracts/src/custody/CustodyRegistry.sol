// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IAuthority} from "../consent/IAuthority.sol";
import {IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Actor, Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Roles} from "../identity/Roles.sol";
import {IQuorum} from "../records/IQuorum.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {Evidence} from "./Evidence.sol";
import {CustodySet, ICustodyRegistry} from "./ICustodyRegistry.sol";

/// @title See {ICustodyRegistry}
contract CustodyRegistry is Evidence, IQuorum, IntentGuard {
    uint256 private constant MAX_CUSTODIANS = 16;
    bytes32 private constant DEFINE_SET = keccak256(
        "DefineSet(bytes32 set,address[] custodians,address gateway,uint8 k,uint8 kEmergency,"
        "uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant ASSIGN =
        keccak256("Assign(uint128 record,bytes32 set,uint256 nonce,uint64 deadline)");
    bytes32 private constant BUMP =
        keccak256("Bump(uint128 record,bytes32 unit,uint256 nonce,uint64 deadline)");
    bytes32 private constant ERASE_UNIT =
        keccak256("EraseUnit(uint128 record,bytes32 unit,uint256 nonce,uint64 deadline)");

    struct Unit {
        uint8 bump;
        uint64 erasedAt;
    }

    IRecordRegistry private immutable RECORDS;
    mapping(bytes32 set => CustodySet) private _sets;
    mapping(uint128 record => bytes32 set) private _assigned;
    mapping(uint128 record => mapping(bytes32 unit => Unit)) private _units;

    constructor(
        IOrganizations organizations,
        IRecordRegistry records,
        IAuthority authority,
        IConsentRegistry consents
    ) IntentGuard("CustodyRegistry") Evidence(organizations, authority, consents) {
        RECORDS = records;
    }

    /* SETS */

    /// @inheritdoc ICustodyRegistry
    function defineSet(
        bytes32 set,
        address[] calldata custodians,
        address gateway,
        uint8 k,
        uint8 kEmergency,
        Actor calldata by
    ) external {
        Intent calldata intent = by.intent;
        bytes32 list = keccak256(abi.encodePacked(custodians));
        address signer = _accept(
            intent,
            keccak256(
                abi.encode(
                    DEFINE_SET, set, list, gateway, k, kEmergency, intent.nonce, intent.deadline
                )
            )
        );
        if (ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == address(0)) {
            revert CustodyRegistry_NotMember(signer);
        }
        if (_sets[set].k != 0) revert CustodyRegistry_AlreadyExists(set);
        _check(custodians, gateway, k, kEmergency);

        _sets[set] = CustodySet(custodians, gateway, k, kEmergency);
        emit SetDefined(set, custodians, gateway, k, kEmergency);
    }

    function _check(address[] calldata custodians, address gateway, uint8 k, uint8 kEmergency)
        private
        view
    {
        uint256 n = custodians.length;
        if (k == 0 || k > n || n > MAX_CUSTODIANS) revert CustodyRegistry_BadThreshold(k, n);
        if (kEmergency == 0 || kEmergency > k) revert CustodyRegistry_BadThreshold(kEmergency, k);
        uint64 at = uint64(block.timestamp);
        if (!ORGANIZATIONS.hasRole(gateway, Roles.GATEWAY, at)) {
            revert CustodyRegistry_NotGateway(gateway);
        }
        for (uint256 i; i < n; ++i) {
            if (!ORGANIZATIONS.hasRole(custodians[i], Roles.CUSTODIAN, at)) {
                revert CustodyRegistry_NotCustodian(custodians[i]);
            }
            for (uint256 j; j < i; ++j) {
                if (custodians[i] == custodians[j]) {
                    revert CustodyRegistry_SameHolder(custodians[i]);
                }
            }
        }
    }

    /// @inheritdoc ICustodyRegistry
    function assign(uint128 record, bytes32 set, Actor calldata by) external {
        Intent calldata intent = by.intent;
        address signer = _accept(
            intent, keccak256(abi.encode(ASSIGN, record, set, intent.nonce, intent.deadline))
        );
        if (signer != AUTHORITY.controllerOf(record)) {
            _checkSource(record, signer);
            if (_assigned[record] != 0) revert CustodyRegistry_AlreadyAssigned(record);
        }
        if (_sets[set].k == 0) revert CustodyRegistry_UnknownSet(set);

        _assigned[record] = set;
        emit SetAssigned(record, set);
    }

    function _checkSource(uint128 record, address signer) private view {
        address source = ORGANIZATIONS.actingFor(signer, KeyUse.Attest, Roles.SOURCE);
        if (source == address(0) || RECORDS.sourceOf(record) != source) {
            revert CustodyRegistry_NotSource(record, signer);
        }
    }

    /* UNITS */

    /// @inheritdoc ICustodyRegistry
    function bump(uint128 record, bytes32 unit, Actor calldata by) external {
        Intent calldata intent = by.intent;
        address signer = _accept(
            intent, keccak256(abi.encode(BUMP, record, unit, intent.nonce, intent.deadline))
        );
        if (signer != AUTHORITY.controllerOf(record)) _checkSource(record, signer);
        Unit storage known = _units[record][unit];
        if (known.erasedAt != 0 || AUTHORITY.erasedAt(record) != 0) {
            revert CustodyRegistry_Erased(record, unit);
        }
        if (known.bump == type(uint8).max) revert CustodyRegistry_BumpsSpent(record, unit);

        emit UnitBumped(record, unit, ++known.bump);
    }

    /// @inheritdoc ICustodyRegistry
    function eraseUnit(uint128 record, bytes32 unit, Intent calldata by) external {
        address signer =
            _verify(by, keccak256(abi.encode(ERASE_UNIT, record, unit, by.nonce, by.deadline)));
        if (signer != AUTHORITY.controllerOf(record)) {
            revert CustodyRegistry_NotController(record, signer);
        }
        Unit storage known = _units[record][unit];
        if (known.erasedAt != 0) revert CustodyRegistry_Erased(record, unit);

        known.erasedAt = uint64(block.timestamp);
        emit UnitErased(record, unit, known.erasedAt);
    }

    /* QUORUM */

    /// @inheritdoc IQuorum
    function verify(uint256 tokenId, bytes32 digest, bytes[] calldata signatures)
        external
        view
        returns (bool)
    {
        if (tokenId >> 136 != 0 || signatures.length > MAX_CUSTODIANS) return false;
        CustodySet storage set = _sets[_assigned[uint128(tokenId >> 8)]];
        uint256 seen;
        uint256 count;
        for (uint256 i; i < signatures.length; ++i) {
            (address signer,,) = ECDSA.tryRecoverCalldata(digest, signatures[i]);
            uint256 bit =
                _bitOf(set, ORGANIZATIONS.actingFor(signer, KeyUse.Custody, Roles.CUSTODIAN));
            if (seen & bit == 0 && bit != 0) ++count;
            seen |= bit;
        }
        return set.k != 0 && count >= set.k;
    }

    /// One bit for each place in the set, none for who is not in it.
    function _bitOf(CustodySet storage set, address org) private view returns (uint256) {
        uint256 n = set.custodians.length;
        for (uint256 i; i < n; ++i) {
            if (set.custodians[i] == org) return 1 << i;
        }
        return 0;
    }

    /* VIEWS */

    /// @inheritdoc ICustodyRegistry
    function setOf(uint128 record) external view returns (bytes32 id, CustodySet memory set) {
        id = _assigned[record];
        set = _sets[id];
    }

    /// @inheritdoc ICustodyRegistry
    function setById(bytes32 set) external view returns (CustodySet memory) {
        return _sets[set];
    }

    /// @inheritdoc ICustodyRegistry
    function unitState(uint128 record, bytes32 unit)
        public
        view
        override
        returns (uint8 bumps, uint64 erasedAt)
    {
        Unit storage known = _units[record][unit];
        return (known.bump, known.erasedAt);
    }
}
