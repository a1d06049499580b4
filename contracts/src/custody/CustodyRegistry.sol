// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Actor, Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Roles} from "../identity/Roles.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {CustodySet, ICustodyRegistry} from "./ICustodyRegistry.sol";

/// @title See {ICustodyRegistry}
contract CustodyRegistry is ICustodyRegistry, IntentGuard {
    uint256 private constant MAX_CUSTODIANS = 16;
    bytes32 private constant DEFINE_SET = keccak256(
        "DefineSet(bytes32 set,address[] custodians,address gateway,uint8 k,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant ASSIGN =
        keccak256("Assign(uint128 record,bytes32 set,uint256 nonce,uint64 deadline)");

    IOrganizations private immutable ORGANIZATIONS;
    IRecordRegistry private immutable RECORDS;
    mapping(bytes32 set => CustodySet) private _sets;
    mapping(uint128 record => bytes32 set) private _assigned;

    constructor(IOrganizations organizations, IRecordRegistry records)
        IntentGuard("CustodyRegistry")
    {
        ORGANIZATIONS = organizations;
        RECORDS = records;
    }

    /// @inheritdoc ICustodyRegistry
    function defineSet(
        bytes32 set,
        address[] calldata custodians,
        address gateway,
        uint8 k,
        Actor calldata by
    ) external {
        Intent calldata intent = by.intent;
        bytes32 list = keccak256(abi.encodePacked(custodians));
        address signer = _accept(
            intent,
            keccak256(abi.encode(DEFINE_SET, set, list, gateway, k, intent.nonce, intent.deadline))
        );
        if (ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == address(0)) {
            revert CustodyRegistry_NotMember(signer);
        }
        if (_sets[set].k != 0) revert CustodyRegistry_AlreadyExists(set);
        _check(custodians, gateway, k);

        _sets[set] = CustodySet(custodians, gateway, k);
        emit SetDefined(set, custodians, gateway, k);
    }

    function _check(address[] calldata custodians, address gateway, uint8 k) private view {
        uint256 n = custodians.length;
        if (k == 0 || k > n || n > MAX_CUSTODIANS) revert CustodyRegistry_BadThreshold(k, n);
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
        address source = ORGANIZATIONS.actingFor(signer, KeyUse.Attest, Roles.SOURCE);
        if (source == address(0) || RECORDS.sourceOf(record) != source) {
            revert CustodyRegistry_NotSource(record, signer);
        }
        if (_sets[set].k == 0) revert CustodyRegistry_UnknownSet(set);
        if (_assigned[record] != 0) revert CustodyRegistry_AlreadyAssigned(record);

        _assigned[record] = set;
        emit SetAssigned(record, set);
    }

    /// @inheritdoc ICustodyRegistry
    function setOf(uint128 record) external view returns (bytes32 id, CustodySet memory set) {
        id = _assigned[record];
        set = _sets[id];
    }

    /// @inheritdoc ICustodyRegistry
    function setById(bytes32 set) external view returns (CustodySet memory) {
        return _sets[set];
    }
}
