// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {KeysUnchanged} from "../../src/consent/KeysUnchanged.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Base} from "../Base.sol";
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
        vm.expectRevert(abi.encodeWithSelector(KeysUnchanged.KeysUnchanged_NotAToken.selector, key));
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

/// Moves the token of a record between its subject and a buyer, and changes its keys.
contract KeysHandler is Owning {
    KeysUnchanged private _condition;
    uint24 private _epoch;
    uint24 private _asked;
    bool private _isPending;
    bool private _isSelling;

    constructor() {
        _condition = new KeysUnchanged(records);
    }

    function give() external {
        if (_isPending || _isSelling) return;
        bool isSubjects = records.ownerOf(TOKEN) == OWNER;
        address to = isSubjects ? vm.addr(BUYER) : OWNER;
        Intent memory by = onTransfer(isSubjects ? PATIENT : BUYER, TOKEN, to);
        records.transfer(TOKEN, to, isSubjects ? ofSubject(by) : by);
        (_isPending, _asked) = (true, _asked + 1);
    }

    function rotate() external {
        if (_isPending || _isSelling) return;
        rotated();
        (_isPending, _asked) = (true, _asked + 1);
    }

    function renew() external {
        if (!_isPending) return;
        renewed(TOKEN, keccak256(abi.encode(_asked)));
        (_isPending, _epoch) = (false, _asked);
    }

    function sell() external {
        if (_isPending || _isSelling || records.ownerOf(TOKEN) != OWNER) return;
        selling(TOKEN);
        (_isSelling, _asked) = (true, _asked + 1);
    }

    function endSale(bool isCompleted) external {
        if (!_isSelling) return;
        _isSelling = false;
        if (isCompleted) {
            sold(TOKEN, keccak256(abi.encode(_asked)));
            _epoch = _asked;
        } else {
            vm.prank(EXCHANGER);
            records.abortRekey(TOKEN);
        }
    }

    function check() external view {
        for (uint24 epoch; epoch <= _asked; ++epoch) {
            bool holds = _condition.holds(bytes32(TOKEN << 24 | epoch));
            vm.assertEq(epoch == _epoch && !_isPending, holds);
        }
    }
}

contract KeysUnchanged_Invariants is Base {
    KeysHandler private _handler = new KeysHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// forge-config: default.invariant.runs = 200
    function invariant_ItHoldsInOneEpochUntilTheTokenMoves() external view {
        _handler.check();
    }
}
