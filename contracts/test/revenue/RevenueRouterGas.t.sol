// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Earning} from "./Earning.sol";

/// What calls cost when nothing is warm: what they run, without what any transaction costs, because
/// they are mostly called by other contracts.
abstract contract Metered is Earning {
    uint256 private constant WARM = 90;

    /// Everybody has been paid before, as in the life of any record but its first day.
    /// @param days_ for which the sections beside the laboratory are licensed
    constructor(uint64 days_) {
        divided();
        for (uint8 code = 1; code < 13; ++code) {
            if (SECTIONS >> code & 1 == 0) continue;
            open(WARM + code, uint136(TOKEN | code), 1_000, code == 7 ? 90 : days_);
        }
        pass(20 days);
        router.settle(TOKEN);
        router.settle(LABORATORY);
    }

    function settled(uint256 token, string memory name) internal returns (uint256) {
        bytes memory call = abi.encodeCall(router.settle, (token));
        return measured(name, address(this), call);
    }

    function measured(string memory name, address sender, bytes memory call)
        internal
        returns (uint256 gas)
    {
        vm.prank(sender);
        gas = gasleft();
        (bool isDone,) = address(router).call(call);
        gas -= gasleft();
        vm.assertTrue(isDone);
        vm.snapshotValue("RevenueRouter", name, gas);
    }
}

contract RevenueRouterGas_Test is Metered(3) {
    function test_SettlingASectionCostsAtMost90000() external {
        pass(1 days);
        vm.assertTrue(settled(LABORATORY, "settle a section") <= 90_000);
    }

    function test_WithdrawingIsMeasured() external {
        measured(
            "withdraw for an account",
            vm.addr(STRANGER),
            abi.encodeCall(router.withdrawFor, (vm.addr(HOSPITAL)))
        );
    }

    function test_OpeningIsMeasured() external {
        bytes memory call = abi.encodeCall(
            router.open, (TOKEN, 1, payer, only(SOCIAL, 1_000), dayAfter(30), true, true)
        );
        measured("open the first license of a section", vm.addr(EXCHANGE), call);
    }
}

contract RevenueRouterGasSections_Test is Metered(90) {
    /// Of these, one word is cold: the stream.
    function test_EachFurtherSectionCostsAtMost10000() external {
        pass(1 days);
        uint256 gas = settled(TOKEN, "settle five sections");
        vm.assertTrue(gas <= 90_000 + 4 * 10_000);
    }
}
