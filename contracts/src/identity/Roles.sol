// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Bits of an organization's roles; a new capability adds bits at the end.
library Roles {
    uint160 internal constant SOURCE = 1 << 0;
    uint160 internal constant CUSTODIAN = 1 << 1;
    uint160 internal constant GATEWAY = 1 << 2;
    uint160 internal constant READER = 1 << 3;
    uint160 internal constant HOSPITAL = 1 << 4;
    uint160 internal constant REGISTRAR = 1 << 5;
    /// Its clinicians may break the glass.
    uint160 internal constant EMERGENCY = 1 << 6;
    /// Its privacy officer reviews what was opened in an emergency.
    uint160 internal constant PRIVACY = 1 << 7;
    /// Its ethics board approves what needs that.
    uint160 internal constant ETHICS = 1 << 8;
    uint160 internal constant LICENSEE = 1 << 9;
    uint160 internal constant LENDER = 1 << 10;
    uint160 internal constant BANK = 1 << 11;
}
