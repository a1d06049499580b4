// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../src/consent/Authority.sol";
import {IAuthority} from "../src/consent/IAuthority.sol";
import {IConsentRegistry} from "../src/consent/IConsentRegistry.sol";
import {ILicensingPolicy} from "../src/consent/ILicensingPolicy.sol";
import {CustodyRegistry} from "../src/custody/CustodyRegistry.sol";
import {Action, ActionKind, IOrganizations} from "../src/identity/IOrganizations.sol";
import {Organizations} from "../src/identity/Organizations.sol";
import {IRecordRegistry} from "../src/records/IRecordRegistry.sol";
import {DeployerControls, EverybodyActs, Setting} from "./Setting.sol";

/// @title Thresholds: none can be zero, and none higher than those who are there
contract Thresholds_Symbolic is Setting {
    address private _everybody = address(new EverybodyActs());
    Authority private _authority = new Authority(ILicensingPolicy(address(0)));
    CustodyRegistry private _custody = new CustodyRegistry(
        IOrganizations(_everybody),
        IRecordRegistry(_everybody),
        IAuthority(address(new DeployerControls())),
        IConsentRegistry(address(0))
    );
    Organizations private _organizations = new Organizations(_two(), 1);

    constructor() {
        vm.warp(NOW);
        _authority.enroll(RECORD, address(this), own());
    }

    function check_ASetCanBeMet(address[3] memory keepers, uint8 k, uint8 emergency) external {
        address[] memory list = _list(keepers);
        bool areApart =
            keepers[0] != keepers[1] && keepers[1] != keepers[2] && keepers[2] != keepers[0];
        bool isGood = areApart && k != 0 && k <= 3 && emergency != 0 && emergency <= k;

        try _custody.defineSet("set", list, address(2), k, emergency, actor(own())) {
            assert(isGood);
        } catch {
            assert(!isGood);
        }
    }

    function check_GuardiansCanBeMet(address[3] memory guardians, uint8 threshold) external {
        bool isGood = threshold != 0 && threshold <= 3 && guardians[0] != address(0)
            && guardians[0] < guardians[1] && guardians[1] < guardians[2];

        try _authority.setGuardians(RECORD, _list(guardians), threshold, own()) {
            assert(isGood);
        } catch {
            assert(!isGood);
        }
    }

    /// For all numbers: two governors can be asked for the word of one or of two.
    function check_TheGovernorsCanBeMet(uint256 threshold) external {
        Action memory action = Action(ActionKind.SetThreshold, address(0), threshold, 0, address(0));

        try _organizations.propose("one", action, own()) {
            assert(threshold == 1 || threshold == 2);
        } catch {
            assert(threshold == 0 || threshold > 2);
        }
    }

    function _two() private view returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (address(this), address(2));
    }

    function _list(address[3] memory keys) private pure returns (address[] memory list) {
        list = new address[](3);
        (list[0], list[1], list[2]) = (keys[0], keys[1], keys[2]);
    }
}
