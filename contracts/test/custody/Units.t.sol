// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustodyRegistry} from "../../src/custody/ICustodyRegistry.sol";
import {Actor, Intent} from "../../src/identity/IIntentGuard.sol";
import {Keeping} from "./Keeping.sol";

abstract contract UnitKeeping is Keeping {
    constructor() {
        registered(RECORD);
        registered(RECORD + 1);
    }

    function refuses(bytes4 reason, uint256 key) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, RECORD, vm.addr(key)));
    }

    function refusesUnit(bytes4 reason) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, RECORD, UNIT));
    }

    function isState(uint128 record, bytes32 unit, uint8 bumps, uint64 erasedAt) internal view {
        (uint8 found, uint64 at) = custody.unitState(record, unit);

        vm.assertEq(bumps, found);
        vm.assertEq(erasedAt, at);
    }
}

contract CustodyRegistry_bump_Test is UnitKeeping {
    function _by(uint256 key) private returns (Actor memory) {
        return actor(onUnit(key, "Bump", RECORD, UNIT));
    }

    function test_RevertWhen_TheSignerIsNeitherTheSourceNorTheController() external {
        uint256[4] memory strangers = [OTHER_HOSPITAL, CUSTODIAN, CLINIC, STRANGER];
        for (uint256 i; i < 4; ++i) {
            Actor memory by = _by(strangers[i]);

            refuses(ICustodyRegistry.CustodyRegistry_NotSource.selector, strangers[i]);
            custody.bump(RECORD, UNIT, by);
        }
    }

    function test_RevertGiven_TheUnitIsErased() external {
        erased(UNIT);
        Actor memory by = _by(HOSPITAL);

        refusesUnit(ICustodyRegistry.CustodyRegistry_Erased.selector);
        custody.bump(RECORD, UNIT, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erasedRecord();
        Actor memory by = _by(HOSPITAL);

        refusesUnit(ICustodyRegistry.CustodyRegistry_Erased.selector);
        custody.bump(RECORD, UNIT, by);
    }

    function test_RevertGiven_ItWasBumpedAsOftenAsPossible() external {
        for (uint256 i; i < 255; ++i) {
            bumped(HOSPITAL, UNIT);
        }
        Actor memory by = _by(HOSPITAL);

        refusesUnit(ICustodyRegistry.CustodyRegistry_BumpsSpent.selector);
        custody.bump(RECORD, UNIT, by);
        isState(RECORD, UNIT, 255, 0);
    }

    function test_WhenTheSourceBumps() external {
        bumped(HOSPITAL, UNIT);
        Actor memory by = _by(HOSPITAL);

        vm.expectEmit(address(custody));
        emit ICustodyRegistry.UnitBumped(RECORD, UNIT, 2);
        custody.bump(RECORD, UNIT, by);

        isState(RECORD, UNIT, 2, 0);
        isState(RECORD, "other", 0, 0);
        isState(RECORD + 1, UNIT, 0, 0);
    }

    function test_WhenTheControllerBumps() external {
        bumped(PATIENT, UNIT);

        isState(RECORD, UNIT, 1, 0);
    }
}

contract CustodyRegistry_eraseUnit_Test is UnitKeeping {
    function test_RevertWhen_TheSignerIsNotTheController() external {
        uint256[3] memory strangers = [HOSPITAL, CUSTODIAN, STRANGER];
        for (uint256 i; i < 3; ++i) {
            Intent memory by = onUnit(strangers[i], "EraseUnit", RECORD, UNIT);

            refuses(ICustodyRegistry.CustodyRegistry_NotController.selector, strangers[i]);
            custody.eraseUnit(RECORD, UNIT, by);
        }
    }

    function test_RevertGiven_TheUnitIsErased() external {
        erased(UNIT);
        Intent memory by = onUnit(PATIENT, "EraseUnit", RECORD, UNIT);

        refusesUnit(ICustodyRegistry.CustodyRegistry_Erased.selector);
        custody.eraseUnit(RECORD, UNIT, by);
    }

    function test_WhenTheControllerErases() external {
        bumped(HOSPITAL, UNIT);
        Intent memory by = onUnit(PATIENT, "EraseUnit", RECORD, UNIT);
        vm.warp(START + 10);

        vm.expectEmit(address(custody));
        emit ICustodyRegistry.UnitErased(RECORD, UNIT, START + 10);
        custody.eraseUnit(RECORD, UNIT, by);

        isState(RECORD, UNIT, 1, START + 10);
        isState(RECORD, "other", 0, 0);
        isState(RECORD + 1, UNIT, 0, 0);
    }
}
