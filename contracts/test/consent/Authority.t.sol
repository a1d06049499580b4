// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IAuthority} from "../../src/consent/IAuthority.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Consortium} from "../Consortium.sol";

contract Authority_enroll_Test is Consortium {
    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        Intent memory by = onEnroll(STRANGER, RECORD, vm.addr(PATIENT));

        vm.expectRevert(
            abi.encodeWithSelector(IAuthority.Authority_NotController.selector, RECORD, by.signer)
        );
        authority.enroll(RECORD, vm.addr(PATIENT), by);
    }

    function test_RevertGiven_TheRecordIsEnrolled() external {
        authority.enroll(RECORD, vm.addr(PATIENT), onEnroll(PATIENT, RECORD, vm.addr(PATIENT)));
        Intent memory by = onEnroll(STRANGER, RECORD, vm.addr(STRANGER));

        vm.expectRevert(abi.encodeWithSelector(IAuthority.Authority_AlreadyExists.selector, RECORD));
        authority.enroll(RECORD, vm.addr(STRANGER), by);
    }

    function test_WhenTheControllerSigns() external {
        address controller = vm.addr(PATIENT);
        address foretold = authority.accountOf(RECORD);
        Intent memory by = onEnroll(PATIENT, RECORD, controller);

        vm.expectEmit(address(authority));
        emit IAuthority.Enrolled(RECORD, controller, foretold);
        vm.assertEq(foretold, authority.enroll(RECORD, controller, by));

        vm.assertEq(controller, authority.controllerOf(RECORD));
        vm.assertTrue(foretold.code.length > 0);
    }

    function testFuzz_EachRecordHasAnAccountOfItsOwn(uint128 first, uint128 second) external view {
        vm.assume(first != second);

        vm.assertTrue(authority.accountOf(first) != authority.accountOf(second));
    }
}

/// Says yes to everything.
contract Agreeing is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }
}

contract SubjectAccount_isValidSignature_Test is Consortium {
    bytes32 private constant DIGEST = keccak256("digest");
    IERC1271 private immutable ACCOUNT;

    constructor() {
        ACCOUNT = IERC1271(_enroll(RECORD, PATIENT));
        _enroll(RECORD + 1, STRANGER);
    }

    function _enroll(uint128 record, uint256 key) private returns (address) {
        return authority.enroll(record, vm.addr(key), onEnroll(key, record, vm.addr(key)));
    }

    function _says(IERC1271 account, uint256 key, bytes32 digest) private view returns (bool) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, DIGEST);
        bytes4 said = account.isValidSignature(digest, abi.encodePacked(r, s, v));
        vm.assertTrue(said == IERC1271.isValidSignature.selector || said == 0xffffffff);
        return said == IERC1271.isValidSignature.selector;
    }

    function test_WhenTheControllerSigned() external view {
        vm.assertTrue(_says(ACCOUNT, PATIENT, DIGEST));
    }

    function test_WhenTheControllerOfAnotherRecordSigned() external view {
        vm.assertFalse(_says(ACCOUNT, STRANGER, DIGEST));
    }

    function test_WhenTheDigestDiffers() external view {
        vm.assertFalse(_says(ACCOUNT, PATIENT, "other"));
    }

    function test_WhenTheControllerIsAContractThatSaysYes() external {
        address wallet = address(new Agreeing());
        Intent memory by = Intent(wallet, 1, FOREVER, "any");
        IERC1271 account = IERC1271(authority.enroll(7, wallet, by));

        vm.assertTrue(_says(account, STRANGER, DIGEST));
    }
}
