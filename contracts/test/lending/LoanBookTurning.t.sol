// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Turning, TurningToken} from "../revenue/TurningToken.sol";
import {Lending} from "./Lending.sol";

contract LoanBook_TurningToken_Test is Lending, Turning {
    constructor() {
        turned(money, organizations, router, TOKEN);
        ripe();
    }

    function _isPaid(bytes memory call, uint256 key) private {
        isPaid(address(loans), call, vm.addr(key));
    }

    function _isSold(bytes memory call, uint256 key) private {
        isPaid(address(auction), call, vm.addr(key));
        vm.assertEq(vm.addr(key), records.ownerOf(TOKEN));
        isIn(LoanState.Settled);
    }

    function test_Borrowing() external {
        LoanOffer memory terms = offer();
        Intent[2] memory both = [onOffer(LENDER, terms), onBorrow(terms)];

        _isPaid(abi.encodeCall(loans.borrow, (terms, both[0], both[1])), LENDER);
        vm.assertEq(PRINCIPAL, debt());
        vm.assertTrue(records.isLocked(TOKEN));
    }

    function test_RepayingAPart() external {
        borrow(offer());

        _isPaid(abi.encodeCall(loans.repay, (LOAN, 100e6, onRepay(PAYER, 100e6))), PAYER);
        vm.assertEq(PRINCIPAL - 100e6, debt());
        isIn(LoanState.Active);
    }

    function test_RepayingAll() external {
        borrow(offer());

        _isPaid(abi.encodeCall(loans.repay, (LOAN, PRINCIPAL, onRepay(PAYER, PRINCIPAL))), PAYER);
        isIn(LoanState.Repaid);
        vm.assertFalse(records.isLocked(TOKEN));
    }

    function test_Refinancing() external {
        borrow(offer());
        LoanOffer memory terms = offer();
        (terms.lender, terms.principal) = (vm.addr(OTHER_LENDER), PRINCIPAL + 100e6);
        Intent[2] memory both = [onOffer(OTHER_LENDER, terms), onRefinance(terms)];

        _isPaid(abi.encodeCall(loans.refinance, (LOAN, terms, both[0], both[1])), OTHER_LENDER);
        vm.assertEq(PRINCIPAL + 100e6, debt());
        vm.assertEq(vm.addr(OTHER_LENDER), loans.creditorOf(LOAN));
    }

    function test_RefinancingBetter() external {
        LoanOffer memory terms = offer();
        terms.termDays = 360;
        borrow(terms);
        pass(2 days);
        terms = offer();
        (terms.lender, terms.aprBps, terms.termDays) = (vm.addr(OTHER_LENDER), 1_080, 366);
        Intent memory by = onBetter(OTHER_LENDER, terms);

        _isPaid(abi.encodeCall(loans.refinanceBetter, (LOAN, terms, by)), OTHER_LENDER);
        vm.assertEq(vm.addr(OTHER_LENDER), loans.creditorOf(LOAN));
    }

    function test_BuyingAtAuction() external {
        borrow(offer());
        auctioned();
        bytes32 seen = fingerprint();
        Intent memory by = onBuy(BUYER, "Buy", RICH, seen);

        _isSold(abi.encodeCall(auction.buy, (LOAN, RICH, seen, by)), BUYER);
    }

    function test_BiddingItsCredit() external {
        borrow(offer());
        auctioned();
        pass(24 hours);
        Intent memory by = onCreditBid(LENDER, RICH);

        _isSold(abi.encodeCall(auction.creditBid, (LOAN, RICH, by)), LENDER);
    }

    function test_BuyingOut() external {
        borrow(offer());
        askBuyout(5_000e6);
        bytes32 seen = fingerprint();
        Intent memory by = onBuy(BUYER, "BuyOut", RICH, seen);

        _isSold(abi.encodeCall(auction.buyOut, (LOAN, RICH, seen, by)), BUYER);
    }

    function test_Foreclosing() external {
        borrow(offer());
        auctioned();
        pass(72 hours);
        Intent memory by = onForeclose(LENDER, BUYER);

        isFree(address(auction), abi.encodeCall(auction.foreclose, (LOAN, vm.addr(BUYER), by)));
        vm.assertEq(vm.addr(BUYER), records.ownerOf(TOKEN));
    }

    /// Whom the token refuses is paid when it takes him again, and nobody else waits for that.
    function test_OfOnePayeeTheTokenRefuses() external {
        borrow(offer());
        turning.refuse(vm.addr(LENDER));
        uint256 before = creditOf(LENDER);
        repay(PRINCIPAL);
        vm.assertEq(before + PRINCIPAL, creditOf(LENDER));
        isIn(LoanState.Repaid);

        refuses(TurningToken.TurningToken_Refused.selector, vm.addr(LENDER));
        router.withdrawFor(vm.addr(LENDER));
        vm.assertEq(before + PRINCIPAL, creditOf(LENDER));
        turning.refuse(address(0));
        router.withdrawFor(vm.addr(LENDER));
        vm.assertEq(RICH + before, money.balanceOf(vm.addr(LENDER)));
    }
}
