// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsentRegistry, PolicyKind} from "../../src/consent/IConsentRegistry.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Consenting} from "./Consenting.sol";

abstract contract Governed is Consenting {
    constructor() {
        admit(GOVERNOR, 0);
    }

    function refusesGovernor(uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_NotGovernor.selector, vm.addr(key)
            )
        );
    }
}

contract ConsentRegistry_publishPolicy_Test is Governed {
    bytes32 private constant POLICY = "policy";

    function _publish(PolicyKind kind) private {
        consents.publishPolicy(POLICY, kind, onPolicy(GOVERNOR, POLICY, kind));
    }

    function test_RevertWhen_TheSignerIsNoGovernor() external {
        Intent memory by = onPolicy(CLINIC, POLICY, PolicyKind.Wording);
        refusesGovernor(CLINIC);
        consents.publishPolicy(POLICY, PolicyKind.Wording, by);
    }

    function test_RevertWhen_ItIsForNothing() external {
        Intent memory by = onPolicy(GOVERNOR, POLICY, PolicyKind.None);
        refusesId(IConsentRegistry.ConsentRegistry_UnknownPolicy.selector, POLICY);
        consents.publishPolicy(POLICY, PolicyKind.None, by);
    }

    function test_RevertGiven_ItIsPublished() external {
        _publish(PolicyKind.Wording);
        Intent memory by = onPolicy(GOVERNOR, POLICY, PolicyKind.Profile);
        refusesId(IConsentRegistry.ConsentRegistry_AlreadyExists.selector, POLICY);
        consents.publishPolicy(POLICY, PolicyKind.Profile, by);
    }

    function test_WhenAGovernorSigns() external {
        Intent memory by = onPolicy(GOVERNOR, POLICY, PolicyKind.LegalLimit);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.PolicyPublished(POLICY, PolicyKind.LegalLimit);
        consents.publishPolicy(POLICY, PolicyKind.LegalLimit, by);

        vm.assertTrue(consents.policyKind(POLICY) == PolicyKind.LegalLimit);
    }
}

contract ConsentRegistry_approveCondition_Test is Governed {
    function test_RevertWhen_TheSignerIsNoGovernor() external {
        Intent memory by = onCondition(CLINIC, address(this));
        refusesGovernor(CLINIC);
        consents.approveCondition(address(this), by);
    }

    function test_RevertWhen_ThereIsNoContract() external {
        address nobody = vm.addr(STRANGER);
        Intent memory by = onCondition(GOVERNOR, nobody);
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_ConditionNotApproved.selector, nobody
            )
        );
        consents.approveCondition(nobody, by);
    }

    function test_RevertGiven_ItIsApproved() external {
        consents.approveCondition(address(this), onCondition(GOVERNOR, address(this)));
        Intent memory by = onCondition(GOVERNOR, address(this));
        refusesId(
            IConsentRegistry.ConsentRegistry_AlreadyExists.selector,
            bytes32(uint256(uint160(address(this))))
        );
        consents.approveCondition(address(this), by);
    }

    function test_WhenAGovernorSigns() external {
        Intent memory by = onCondition(GOVERNOR, address(this));

        vm.expectEmit(address(consents));
        emit IConsentRegistry.ConditionApproved(address(this));
        consents.approveCondition(address(this), by);

        vm.assertTrue(consents.isConditionApproved(address(this)));
    }
}
