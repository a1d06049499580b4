// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Signatures} from "../identity/Signatures.sol";
import {IAuthority} from "./IAuthority.sol";

/// @title The account of one record's subject: it says yes to what the present controller signed
/// @dev Cloned (ERC-1167) with the record as immutable argument.
contract SubjectAccount is IERC1271 {
    IAuthority private immutable AUTHORITY;

    constructor(IAuthority authority) {
        AUTHORITY = authority;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        uint128 record = abi.decode(Clones.fetchCloneArgs(address(this)), (uint128));
        bool isValid = Signatures.isValid(AUTHORITY.controllerOf(record), hash, signature);
        return isValid ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
