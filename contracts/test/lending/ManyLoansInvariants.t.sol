// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base, Selectors} from "../Base.sol";
import {ManyLoansHandler} from "./ManyLoansHandler.sol";

contract ManyLoans_Invariants is Base {
    ManyLoansHandler private _handler = new ManyLoansHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_handler), new bytes4[](14));
        bytes4[] memory chosen = targets[0].selectors;
        (chosen[0], chosen[1]) = (ManyLoansHandler.wait.selector, ManyLoansHandler.settle.selector);
        chosen[2] = ManyLoansHandler.subscribe.selector;
        chosen[3] = ManyLoansHandler.stop.selector;
        chosen[4] = ManyLoansHandler.closeSection.selector;
        chosen[5] = ManyLoansHandler.borrow.selector;
        chosen[6] = ManyLoansHandler.repay.selector;
        chosen[7] = ManyLoansHandler.sellNote.selector;
        chosen[8] = ManyLoansHandler.withdraw.selector;
        (chosen[9], chosen[10]) = (ManyLoansHandler.flag.selector, ManyLoansHandler.cure.selector);
        chosen[11] = ManyLoansHandler.startAuction.selector;
        chosen[12] = ManyLoansHandler.buy.selector;
        chosen[13] = ManyLoansHandler.foreclose.selector;
    }

    /// forge-config: default.invariant.runs = 100
    function invariant_ALoanTouchesNoOtherAndOwesWhatWasLentAndNotPaid() external view {
        _handler.checkLoans();
    }

    /// forge-config: default.invariant.runs = 100
    function invariant_TheRouterHoldsAllCreditsAndLendersHaveWhatTheirLoansPaid() external view {
        _handler.checkMoney();
    }
}
