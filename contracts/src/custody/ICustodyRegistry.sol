// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor, Intent} from "../identity/IIntentGuard.sol";

/// Who keeps the keys of records: any `k` of the custodians together with the gateway, and any
/// `kEmergency` of them for the unit that is read in an emergency.
struct CustodySet {
    address[] custodians;
    address gateway;
    uint8 k;
    uint8 kEmergency;
}

/// What a custodian (`role` 0) or the gateway (`role` 1) signs about one unit that it released: at
/// which block it decided, and when by its own clock (seconds). `basisId` names the grant that was
/// released on, and is zero where something else was the ground.
struct Receipt {
    bytes32 requestDigest;
    bytes32 basisId;
    bytes32 unitId;
    uint32 epoch;
    uint8 role;
    uint8 index;
    uint64 blockNumber;
    bytes32 blockHash;
    uint64 blockTime;
    uint64 ownTime;
    uint64 logSize;
    bytes32 logRoot;
}

/// What a receipt proves against who signed it. The first that applies is the one that counts.
enum Fault {
    None,
    StaleHead,
    WrongBlock,
    RecordErased,
    UnitErased,
    GrantEnded
}

/// @title Who keeps the keys of a record, which of them are still valid, and who broke the rules
/// @notice A key epoch is 256 times the key epoch of the record's token plus the bump of the unit.
interface ICustodyRegistry {
    event SetDefined(
        bytes32 indexed set, address[] custodians, address gateway, uint8 k, uint8 kEmergency
    );
    event SetAssigned(uint128 indexed record, bytes32 indexed set);
    event UnitBumped(uint128 indexed record, bytes32 indexed unit, uint8 bump);
    event UnitErased(uint128 indexed record, bytes32 indexed unit, uint64 at);

    /// @param record whose grant the receipt names; zero when it names none
    event Misbehaved(
        address indexed holder, bytes32 indexed receiptDigest, uint128 indexed record, Fault fault
    );

    error CustodyRegistry_NotMember(address signer);
    error CustodyRegistry_NotSource(uint128 record, address signer);
    error CustodyRegistry_NotController(uint128 record, address signer);
    error CustodyRegistry_NotHolder(address signer);
    error CustodyRegistry_AlreadyExists(bytes32 set);
    error CustodyRegistry_AlreadyAssigned(uint128 record);
    error CustodyRegistry_AlreadyReported(address holder, bytes32 receiptDigest);
    error CustodyRegistry_UnknownSet(bytes32 set);
    error CustodyRegistry_BadThreshold(uint256 k, uint256 n);
    error CustodyRegistry_NotCustodian(address org);
    error CustodyRegistry_NotGateway(address org);
    error CustodyRegistry_SameHolder(address org);
    error CustodyRegistry_Erased(uint128 record, bytes32 unit);
    error CustodyRegistry_BumpsSpent(uint128 record, bytes32 unit);
    error CustodyRegistry_NoFault(bytes32 receiptDigest);

    /* SETS */

    /// Defines a set of 1 to 16 different active custodians; by any active organization.
    /// @param kEmergency at least 1 and at most `k`
    function defineSet(
        bytes32 set,
        address[] calldata custodians,
        address gateway,
        uint8 k,
        uint8 kEmergency,
        Actor calldata by
    ) external;

    /// Gives a record its set.
    /// @param by the controller of the record; for the first set also an attest key of its source
    function assign(uint128 record, bytes32 set, Actor calldata by) external;

    /* UNITS */

    /// Begins the next epoch of a unit: what is sealed from now on has a fresh key, what was sealed
    /// before stays readable. At most 255 times.
    /// @param by an attest key of the source, or the controller of the record
    function bump(uint128 record, bytes32 unit, Actor calldata by) external;

    /// Says for ever that nothing of a unit may be released.
    /// @param by the controller of the record
    function eraseUnit(uint128 record, bytes32 unit, Intent calldata by) external;

    /* EVIDENCE */

    /// Convicts who signed a receipt that is a fault, once for each receipt; by anybody.
    /// @param signature over {receiptDigest}, 65 bytes with a low `s`, by a key that acted in its
    /// role at `ownTime` for the organization that is convicted
    function reportMisbehavior(Receipt calldata receipt, bytes calldata signature) external;

    /// What a receipt proves now, and the record whose grant it names.
    ///
    /// `StaleHead`: decided on a block more than 150 seconds old, the 120 that are allowed and 30
    /// between two clocks. `WrongBlock`: a block that this chain does not have, as far as the EVM
    /// knows hashes: 256 blocks back. `RecordErased`, `UnitErased`, `GrantEnded`: a block of a later
    /// second than the one that erased the record or the unit, or ended the grant. Some chains make
    /// several blocks in one second, so a block of that very second proves nothing.
    function faultOf(Receipt calldata receipt) external view returns (Fault fault, uint128 record);

    /// What a holder was convicted of by a receipt.
    function convictionOf(address holder, bytes32 digest) external view returns (Fault);

    /// What is signed of a receipt: its EIP-712 digest in the domain {`Salus Custody`, `1`, chain,
    /// this contract}, which all messages about keys share.
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32);

    /* VIEWS */

    function setOf(uint128 record) external view returns (bytes32 id, CustodySet memory set);
    function setById(bytes32 set) external view returns (CustodySet memory);

    /// How often a unit was bumped, and when it was erased (seconds), zero when it was not.
    function unitState(uint128 record, bytes32 unit)
        external
        view
        returns (uint8 bumps, uint64 erasedAt);
}
