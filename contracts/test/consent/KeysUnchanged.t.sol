// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {KeysUnchanged} from "../../src/consent/KeysUnchanged.sol";
import {Owning} from "../records/Owning.sol";

contract KeysUnchanged_holds_Test is Owning {
    KeysUnchanged private _condition;

    constructor() {
        _condition = new KeysUnchanged(records);
    }

    function _holds(uint256 token, uint24 epoch) private view returns (bool) {
        return _condition.holds(_key(token, epoch));
    }

    function _key(uint256 token, uint24 epoch) private pure returns (bytes32) {
        return bytes32(token << 24 | epoch);
    }

    function test_RevertWhen_TheKeyIsNoToken() external {
        bytes32 key = _key(TOKEN, 0) | bytes32(uint256(1 << 160));
        vm.expectRevert(
            abi.encodeWithSelector(KeysUnchanged.KeysUnchanged_NotAToken.selector, key)
        );
        _condition.holds(key);
    }

    function test_RevertWhen_ThereIsNoSuchRecord() external {
        uint256 token = uint256(RECORD + 1) << 8;
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, token)
        );
        _condition.holds(_key(token, 0));
    }

    function test_GivenTheKeysAreOfThatEpoch() external view {
        vm.assertTrue(_holds(TOKEN, 0));
        vm.assertFalse(_holds(TOKEN, 1));
    }

    function test_GivenTheSectionIsDetached() external {
        vm.assertFalse(_holds(LAB, 0));
        detached(LABORATORY);

        vm.assertTrue(_holds(LAB, 0));
        vm.assertTrue(_holds(TOKEN, 0));
    }

    function test_GivenTheSectionIsRecombined() external {
        detached(LABORATORY);
        attached(LABORATORY);

        vm.assertFalse(_holds(LAB, 0));
        vm.assertFalse(_holds(TOKEN, 0));
    }

    function test_GivenTheTokenIsGivenAway() external {
        given(TOKEN, vm.addr(BUYER));
        vm.assertFalse(_holds(TOKEN, 0));
        renewed(TOKEN, "new");

        vm.assertFalse(_holds(TOKEN, 0));
        vm.assertTrue(_holds(TOKEN, 1));
    }

    function test_GivenTheTokenIsBeingSold() external {
        selling(TOKEN);

        vm.assertTrue(_holds(TOKEN, 0));
    }

    function test_GivenTheTokenIsSold() external {
        selling(TOKEN);
        sold(TOKEN, "new");

        vm.assertFalse(_holds(TOKEN, 0));
        vm.assertTrue(_holds(TOKEN, 1));
    }

    function test_GivenTheTokenIsPledged() external {
        pledged(TOKEN);

        vm.assertTrue(_holds(TOKEN, 0));
    }
}
