// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor} from "../identity/IIntentGuard.sol";

/// Who keeps the keys of records: any `k` of the custodians together with the gateway.
struct CustodySet {
    address[] custodians;
    address gateway;
    uint8 k;
}

/// @title Which custodians and which gateway keep the keys of a record
interface ICustodyRegistry {
    event SetDefined(bytes32 indexed set, address[] custodians, address gateway, uint8 k);
    event SetAssigned(uint128 indexed record, bytes32 indexed set);

    error CustodyRegistry_NotMember(address signer);
    error CustodyRegistry_NotSource(uint128 record, address signer);
    error CustodyRegistry_AlreadyExists(bytes32 set);
    error CustodyRegistry_AlreadyAssigned(uint128 record);
    error CustodyRegistry_UnknownSet(bytes32 set);
    error CustodyRegistry_BadThreshold(uint256 k, uint256 n);
    error CustodyRegistry_NotCustodian(address org);
    error CustodyRegistry_NotGateway(address org);
    error CustodyRegistry_SameHolder(address org);

    /// Defines a set of 1 to 16 different active custodians; by any active organization.
    function defineSet(
        bytes32 set,
        address[] calldata custodians,
        address gateway,
        uint8 k,
        Actor calldata by
    ) external;

    /// Gives a record its first set; by an attest key of its source.
    function assign(uint128 record, bytes32 set, Actor calldata by) external;

    function setOf(uint128 record) external view returns (bytes32 id, CustodySet memory set);
    function setById(bytes32 set) external view returns (CustodySet memory);
}
