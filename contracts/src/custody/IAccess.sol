// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Why a license opens nothing; what is asked first comes first.
enum Reason {
    None,
    Holder,
    Section,
    Generation,
    Use,
    Accreditation,
    Time,
    Version,
    Ancestors
}

/// @title What custodians ask before they release a key on the ground of a license
/// @notice They ask at one final block. No event and no transaction opens anything.
interface IAccess {
    /// Whether a license opens a version of a section for a use now, and if not, why. An unknown license
    /// has another holder.
    /// @param licensee who asks, and has to hold the license
    /// @param code of the section, 1 to 15
    /// @param use the number of one use, 0 to 15
    function checkAccess(uint256 id, address licensee, uint8 code, uint32 version, uint8 use)
        external
        view
        returns (bool isOpen, Reason reason);
}
