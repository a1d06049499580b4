// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base, Selectors} from "../Base.sol";
import {LendingHandler} from "./LendingHandler.sol";

abstract contract Lives is Base {
    LendingHandler internal handler = new LendingHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), new bytes4[](16));
        bytes4[] memory chosen = targets[0].selectors;
        (chosen[0], chosen[1]) = (LendingHandler.wait.selector, LendingHandler.settle.selector);
        (chosen[2], chosen[3]) = (LendingHandler.subscribe.selector, LendingHandler.stop.selector);
        (chosen[4], chosen[5]) = (LendingHandler.turn.selector, LendingHandler.read.selector);
        (chosen[6], chosen[7]) = (LendingHandler.borrow.selector, LendingHandler.repay.selector);
        chosen[8] = LendingHandler.refinance.selector;
        chosen[9] = LendingHandler.sellNote.selector;
        (chosen[10], chosen[11]) = (LendingHandler.flag.selector, LendingHandler.cure.selector);
        (chosen[12], chosen[13]) =
        (LendingHandler.startAuction.selector, LendingHandler.buy.selector);
        (chosen[14], chosen[15]) =
        (LendingHandler.foreclose.selector, LendingHandler.steal.selector);
    }
}

contract LoanBook_Invariants is Lives {
    /// forge-config: default.invariant.runs = 300
    function invariant_TheBookHasATokenWhileItsLoanLivesAndAnEndStays() external view {
        handler.checkLoans();
    }
}

contract LoanAuction_Invariants is Lives {
    /// forge-config: default.invariant.runs = 250
    function invariant_AnAuctionIsOpenWithItsLoanAndItsPriceOnlyFalls() external view {
        handler.checkAuction();
    }
}

contract Appraiser_Invariants is Lives {
    /// forge-config: default.invariant.runs = 250
    function invariant_AValueIsFreshForSevenDays() external view {
        handler.checkAppraisal();
    }
}
