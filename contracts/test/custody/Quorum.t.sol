// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Keeping} from "./Keeping.sol";

contract CustodyRegistry_verify_Test is Keeping {
    uint256 private constant TOKEN = uint256(RECORD) << 8;
    bytes32 private constant DIGEST = "digest";

    constructor() {
        registered(RECORD);
        defined(SET, 5, 3);
        custody.assign(RECORD, SET, onAssignment(HOSPITAL, RECORD, SET));
    }

    function _signed(uint256 n) private pure returns (bytes[] memory signatures) {
        signatures = new bytes[](n);
        for (uint256 i; i < n; ++i) {
            signatures[i] = signatureOf(CUSTODIAN + i, DIGEST);
        }
    }

    function _is(bool expected, bytes[] memory signatures) private view {
        vm.assertEq(expected, custody.verify(TOKEN, DIGEST, signatures));
    }

    function test_WhenAsManyAsNeededSigned() external view {
        _is(true, _signed(3));
        _is(true, _signed(5));
        vm.assertTrue(custody.verify(TOKEN + 7, DIGEST, _signed(3)));
    }

    function test_WhenOneLessSigned() external view {
        _is(false, _signed(2));
        _is(false, _signed(0));
    }

    function test_WhenOneSignedTwice() external view {
        bytes[] memory signatures = _signed(3);
        signatures[2] = signatures[0];

        _is(false, signatures);
    }

    function test_WhenOthersSignedToo() external view {
        bytes[] memory signatures = _signed(5);
        signatures[0] = signatureOf(STRANGER, DIGEST);
        signatures[1] = signatureOf(HOSPITAL, DIGEST);
        _is(true, signatures);
        signatures[2] = "nothing";
        _is(false, signatures);
        signatures[2] = signatureOf(GATEWAY, DIGEST);
        _is(false, signatures);
    }

    function test_WhenACustodianIsSuspended() external {
        decide(act(ActionKind.Suspend, vm.addr(CUSTODIAN), 0));

        _is(false, _signed(3));
        _is(true, _signed(4));
    }

    function test_WhenAnotherDigestWasSigned() external view {
        vm.assertFalse(custody.verify(TOKEN, "other", _signed(5)));
    }

    function test_WhenThereAreMoreSignaturesThanASetHasPlaces() external view {
        bytes[] memory signatures = new bytes[](17);
        for (uint256 i; i < 17; ++i) {
            signatures[i] = signatureOf(CUSTODIAN + i % 5, DIGEST);
        }

        _is(false, signatures);
    }

    function test_GivenTheRecordHasNoSet() external view {
        vm.assertFalse(custody.verify(uint256(RECORD + 1) << 8, DIGEST, _signed(5)));
        vm.assertFalse(custody.verify(uint256(RECORD + 1) << 8, DIGEST, _signed(0)));
    }

    function test_WhenTheTokenIsOfNoRecord() external view {
        vm.assertFalse(custody.verify(TOKEN | 1 << 136, DIGEST, _signed(5)));
    }

    /// Who of the five signed, in any order, and how often.
    function testFuzz_DifferentCustodiansCount(uint256[8] calldata signers) external view {
        bytes[] memory signatures = new bytes[](8);
        uint256 seen;
        uint256 count;
        for (uint256 i; i < 8; ++i) {
            uint256 who = signers[i] % 7;
            signatures[i] = signatureOf(CUSTODIAN + who, DIGEST);
            if (who < 5 && seen & 1 << who == 0) ++count;
            seen |= 1 << who;
        }

        _is(count >= 3, signatures);
    }
}
