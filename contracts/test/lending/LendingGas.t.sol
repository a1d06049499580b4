// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Lending} from "./Lending.sol";

/// What whole transactions cost when nothing is warm: all before is in the constructor. In a *first*
/// one, nobody had dealings before: each signs with the first number of a word, the lender was never
/// paid and has no other loan. In a *later* one all of that happened before, as usual.
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

    /// A day of income is divided, so that everybody has a credit.
    function _paid() internal {
        pass(1 days);
        router.settle(TOKEN);
    }

    /// On a section that is a token of its own.
    function _lentBefore() internal {
        bytes memory members = abi.encode(RECORD, uint16(1 << 1));
        Intent memory by =
            signed(PATIENT, address(records), "Detach(uint128 recordId,uint16 mask", members);
        by.signer = account;
        records.detach(RECORD, 1 << 1, by);
        LoanOffer memory terms = offer();
        (terms.tokenId, terms.fingerprint) = (SOCIAL, router.collateralFingerprint(SOCIAL));
        (terms.warnBps, terms.liquidationBps) = (0, 0);
        borrow(terms);
    }
}

contract LendingGas_FirstBorrow_Test is Measured {
    constructor() {
        ripe();
        drawing();
        prepared = _borrowing();
    }

    function test_BorrowingFirstIsMeasured() external {
        uint256 gas = _spent(address(loans));
        vm.snapshotValue("LoanBook", "borrow, first", gas);

        vm.assertTrue(records.isLocked(TOKEN));
    }
}

contract LendingGas_Borrow_Test is Measured {
    constructor() {
        ripe();
        _lentBefore();
        _paid();
        drawingOn(address(loans), vm.addr(LENDER));
        drawingOn(address(loans), account);
        prepared = _borrowing();
    }

    function test_BorrowingIsMeasured() external {
        uint256 gas = _spent(address(loans));
        vm.snapshotValue("LoanBook", "borrow, later", gas);

        vm.assertTrue(records.isLocked(TOKEN));
        vm.assertTrue(gas <= 330_000);
    }
}

contract LendingGas_FirstRepay_Test is Measured {
    constructor() {
        borrowed();
        pass(1 days);
        drawing();
        prepared = abi.encodeCall(loans.repay, (LOAN, RICH, onRepay(PAYER, RICH)));
    }

    function test_RepayingAllFirstIsMeasured() external {
        uint256 gas = _spent(address(loans));
        vm.snapshotValue("LoanBook", "repay all, first", gas);

        isIn(LoanState.Repaid);
    }
}

contract LendingGas_Repay_Test is Measured {
    constructor() {
        borrowed();
        _paid();
        pass(1 days);
        drawingOn(address(loans), vm.addr(PAYER));
        prepared = abi.encodeCall(loans.repay, (LOAN, RICH, onRepay(PAYER, RICH)));
    }

    function test_RepayingAllIsMeasured() external {
        uint256 gas = _spent(address(loans));
        vm.snapshotValue("LoanBook", "repay all, later", gas);

        isIn(LoanState.Repaid);
        vm.assertTrue(gas <= 190_000);
    }
}

contract LendingGas_Start_Test is Measured {
    constructor() {
        borrowed();
        curing();
        pass(24 hours);
        drawing();
        Intent memory by = onStart(KEEPER, none());
        prepared = abi.encodeCall(auction.startAuction, (LOAN, none(), by));
    }

    function test_StartingAnAuctionIsMeasured() external {
        uint256 gas = _spent(address(auction));
        vm.snapshotValue("LoanAuction", "start an auction", gas);

        isIn(LoanState.Auction);
        vm.assertTrue(gas <= 150_000);
    }
}

/// An auction that runs for so long that the price does not pay the debt.
abstract contract Buying is Measured {
    function _buying() internal {
        auctioned();
        pass(30 hours);
        drawing();
        bytes32 seen = fingerprint();
        Intent memory by = onBuy(BUYER, "Buy", RICH, seen);
        prepared = abi.encodeCall(auction.buy, (LOAN, RICH, seen, by));
    }
}

contract LendingGas_FirstBuy_Test is Buying {
    constructor() {
        borrowed();
        _buying();
    }

    function test_BuyingFirstIsMeasured() external {
        uint256 gas = _spent(address(auction));
        vm.snapshotValue("LoanAuction", "buy, first", gas);

        isIn(LoanState.Settled);
    }
}

contract LendingGas_Buy_Test is Buying {
    constructor() {
        borrowed();
        _paid();
        _buying();
    }

    function test_BuyingIsMeasured() external {
        uint256 gas = _spent(address(auction));
        vm.snapshotValue("LoanAuction", "buy, later", gas);

        isIn(LoanState.Settled);
        vm.assertTrue(gas <= 230_000);
    }
}
