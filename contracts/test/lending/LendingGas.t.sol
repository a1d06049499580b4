// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Lending} from "./Lending.sol";

/// What whole transactions cost when nothing is warm: all before is in the constructor. Lender, owner
/// and payers have had dealings before, as usual.
abstract contract Measured is Lending {
    bytes internal prepared;

    function _spent(address target) internal returns (uint256 gas) {
        bytes memory call = prepared;
        gas = gasleft();
        (bool isDone,) = target.call(call);
        gas = wholeOf(gas - gasleft(), call);
        vm.assertTrue(isDone);
    }

    function _borrowing() internal returns (bytes memory) {
        LoanOffer memory terms = offer();
        return abi.encodeCall(loans.borrow, (terms, onOffer(LENDER, terms), onBorrow(terms)));
    }
}

contract LendingGas_Borrow_Test is Measured {
    constructor() {
        borrowed();
        repay(PRINCIPAL);
        prepared = _borrowing();
    }

    function test_BorrowingIsMeasured() external {
        uint256 gas = _spent(address(loans));
        vm.snapshotValue("LoanBook", "borrow", gas);

        vm.assertEq(address(loans), records.ownerOf(TOKEN));
    }
}

contract LendingGas_Repay_Test is Measured {
    constructor() {
        borrowed();
        pass(1 days);
        prepared = abi.encodeCall(loans.repay, (LOAN, RICH, onRepay(PAYER, RICH)));
    }

    function test_RepayingAllIsMeasured() external {
        uint256 gas = _spent(address(loans));
        vm.snapshotValue("LoanBook", "repay all", gas);

        isIn(LoanState.Repaid);
    }
}

contract LendingGas_Start_Test is Measured {
    constructor() {
        borrowed();
        curing();
        pass(24 hours);
        Intent memory by = onStart(KEEPER, none());
        prepared = abi.encodeCall(auction.startAuction, (LOAN, none(), by));
    }

    function test_StartingAnAuctionIsMeasured() external {
        uint256 gas = _spent(address(auction));
        vm.snapshotValue("LoanAuction", "start an auction", gas);

        isIn(LoanState.Auction);
    }
}

contract LendingGas_Buy_Test is Measured {
    constructor() {
        borrowed();
        auctioned();
        pass(30 hours);
        bytes32 seen = fingerprint();
        Intent memory by = onBuy(BUYER, "Buy", RICH, seen);
        prepared = abi.encodeCall(auction.buy, (LOAN, RICH, seen, by));
    }

    function test_BuyingIsMeasured() external {
        uint256 gas = _spent(address(auction));
        vm.snapshotValue("LoanAuction", "buy", gas);

        isIn(LoanState.Settled);
    }
}
