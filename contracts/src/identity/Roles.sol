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
}
