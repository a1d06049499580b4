// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {ILoanBook, LoanMode, LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Lending} from "./Lending.sol";

contract LoanBook_refinance_Test is Lending {
    function _from(uint256 key) private view returns (LoanOffer memory terms) {
        terms = offer();
        terms.lender = vm.addr(key);
    }

    function _refuses(LoanOffer memory terms, bytes memory reason) private {
        Intent[2] memory both = [onOffer(OTHER_LENDER, terms), onRefinance(terms)];
        vm.expectRevert(reason);
        loans.refinance(LOAN, terms, both[0], both[1]);
    }

    function _refinance(LoanOffer memory terms) private {
        loans.refinance(LOAN, terms, onOffer(OTHER_LENDER, terms), onRefinance(terms));
    }

    function test_RevertGiven_TheLoanIsOver() external {
        borrowed();
        repay(PRINCIPAL);
        bytes4 reason = ILoanBook.LoanBook_WrongState.selector;
        _refuses(_from(OTHER_LENDER), abi.encodeWithSelector(reason, LOAN, LoanState.Repaid));
    }

    function test_RevertGiven_ItIsInAuction() external {
        borrowed();
        auctioned();
        bytes4 reason = ILoanBook.LoanBook_WrongState.selector;
        _refuses(_from(OTHER_LENDER), abi.encodeWithSelector(reason, LOAN, LoanState.Auction));
    }

    function test_RevertWhen_AnotherThanTheBorrowerAsks() external {
        borrowed();
        LoanOffer memory terms = _from(OTHER_LENDER);
        Intent memory lender = onOffer(OTHER_LENDER, terms);
        Intent memory by = onRefinance(terms);
        by.signer = vm.addr(PATIENT);
        refuses(ILoanBook.LoanBook_NotOwner.selector, by.signer);
        loans.refinance(LOAN, terms, lender, by);
    }

    function test_RevertWhen_TheOfferIsForAnotherToken() external {
        borrowed();
        LoanOffer memory terms = _from(OTHER_LENDER);
        terms.tokenId = TOKEN + 7;
        bytes4 reason = ILoanBook.LoanBook_TermsOutOfBounds.selector;
        _refuses(terms, abi.encodeWithSelector(reason, bytes32("tokenId")));
    }

    function test_RevertWhen_ThePrincipalIsTooHigh() external {
        borrowed();
        LoanOffer memory terms = _from(OTHER_LENDER);
        terms.principal = uint96(VALUE * 4 / 10 + 1);
        bytes4 reason = ILoanBook.LoanBook_OverLtv.selector;
        _refuses(terms, abi.encodeWithSelector(reason, terms.principal, VALUE * 4 / 10));
    }

    function test_WhenThePrincipalIsHigher() external {
        borrowed();
        uint256 before = router.creditOf(account);
        LoanOffer memory terms = _from(OTHER_LENDER);
        terms.principal = PRINCIPAL + 500e6;
        Intent[2] memory both = [onOffer(OTHER_LENDER, terms), onRefinance(terms)];
        vm.expectEmit(address(loans));
        emit ILoanBook.LoanRefinanced(LOAN, 1, terms.principal, terms);
        loans.refinance(LOAN, terms, both[0], both[1]);

        vm.assertEq(PRINCIPAL, creditOf(LENDER));
        vm.assertEq(before + 500e6, router.creditOf(account));
        vm.assertEq(RICH - PRINCIPAL - 500e6, money.balanceOf(vm.addr(OTHER_LENDER)));
        vm.assertEq(vm.addr(OTHER_LENDER), loans.creditorOf(LOAN));
        vm.assertEq(uint256(LOAN) << 8 | 1, loans.noteOf(LOAN));
        vm.assertEq(LOAN, router.lienOf(TOKEN).id);
        vm.assertEq(0, loans.balanceOf(vm.addr(LENDER)));
        vm.assertEq(terms.principal, debt());
    }

    function test_WhenThePrincipalIsLower() external {
        borrowed();
        LoanOffer memory terms = _from(OTHER_LENDER);
        terms.principal = PRINCIPAL - 500e6;
        enrich(account);
        _refinance(terms);

        vm.assertEq(PRINCIPAL, creditOf(LENDER));
        vm.assertEq(RICH - 500e6, money.balanceOf(account));
        vm.assertEq(terms.principal, debt());
    }

    function test_GivenItIsInCure() external {
        borrowed();
        pass(1 days);
        auction.flag(LOAN, all());
        isIn(LoanState.Active);
        fallen();
        auction.flag(LOAN, all());
        pass(6 hours);
        auction.flag(LOAN, none());
        isIn(LoanState.CurePrice);
        LoanOffer memory terms = _from(OTHER_LENDER);
        (terms.warnBps, terms.liquidationBps) = (0, 0);
        _refinance(terms);

        isIn(LoanState.Active);
    }

    function test_WhenItIsTheSameLender() external {
        borrowed();
        pass(5 days);
        uint256 before = creditOf(LENDER);
        uint256 owed = debt();
        LoanOffer memory terms = offer();
        poke();
        router.settle(TOKEN);
        uint256 income = creditOf(LENDER) - before;
        loans.refinance(LOAN, terms, onOffer(LENDER, terms), onRefinance(terms));

        vm.assertEq(before + owed, creditOf(LENDER));
        vm.assertTrue(income != 0);
        vm.assertEq(block.timestamp + 365 days, loan().due);
        vm.assertEq(vm.addr(LENDER), loans.creditorOf(LOAN));
    }
}

contract LoanBook_refinanceBetter_Test is Lending {
    function _better() private view returns (LoanOffer memory terms) {
        terms = offer();
        (terms.lender, terms.aprBps, terms.termDays) = (vm.addr(OTHER_LENDER), 1_080, 366);
        terms.principal = PRINCIPAL;
    }

    function _given() private {
        _given(6_000, 7_500);
    }

    function _given(uint16 warnBps, uint16 liquidationBps) private {
        ripe();
        LoanOffer memory terms = offer();
        (terms.termDays, terms.covenantRatePerDay) = (360, 7e6);
        (terms.warnBps, terms.liquidationBps) = (warnBps, liquidationBps);
        borrow(terms);
        pass(2 days);
    }

    function _refuses(LoanOffer memory terms, bytes memory reason) private {
        Intent memory by = onBetter(OTHER_LENDER, terms);
        vm.expectRevert(reason);
        loans.refinanceBetter(LOAN, terms, by);
    }

    function _isWorse(LoanOffer memory terms, bytes32 field) private {
        _refuses(terms, abi.encodeWithSelector(ILoanBook.LoanBook_NotBetter.selector, field));
    }

    function test_RevertWhen_TheSignerMayNotLend() external {
        _given();
        LoanOffer memory terms = _better();
        terms.lender = vm.addr(BUYER);
        Intent memory by = onBetter(BUYER, terms);
        refuses(ILoanBook.LoanBook_CannotLend.selector, vm.addr(BUYER));
        loans.refinanceBetter(LOAN, terms, by);
    }

    function test_RevertGiven_TwoDaysHaveNotPassed() external {
        ripe();
        borrow(offer());
        pass(2 days - 1);
        bytes4 reason = ILoanBook.LoanBook_TooEarly.selector;
        _refuses(_better(), abi.encodeWithSelector(reason, block.timestamp + 1));
    }

    function test_RevertGiven_ItWasFlagged() external {
        _given();
        fallen();
        auction.flag(LOAN, none());
        bytes4 reason = ILoanBook.LoanBook_WrongState.selector;
        _refuses(_better(), abi.encodeWithSelector(reason, LOAN, LoanState.Active));
    }

    function test_RevertGiven_ItIsInCure() external {
        borrowed();
        curing();
        LoanOffer memory terms = _better();
        (terms.warnBps, terms.liquidationBps) = (0, 0);
        bytes4 reason = ILoanBook.LoanBook_WrongState.selector;
        _refuses(terms, abi.encodeWithSelector(reason, LOAN, LoanState.CurePrice));
    }

    function test_RevertWhen_ATermIsWorse() external {
        _given();
        LoanOffer memory terms = _better();
        terms.mode = LoanMode.Sweep;
        _isWorse(terms, "mode");
        (terms.mode, terms.aprBps) = (LoanMode.Amortize, 1_081);
        _isWorse(terms, "aprBps");
        (terms.aprBps, terms.termDays) = (1_080, 357);
        _isWorse(terms, "termDays");
        (terms.termDays, terms.principal) = (358, 100e6);
        _isWorse(terms, "principal");
        (terms.principal, terms.splitBps) = (PRINCIPAL, 5_001);
        _isWorse(terms, "splitBps");
        (terms.splitBps, terms.covenantRatePerDay) = (5_000, 7e6 + 1);
        _isWorse(terms, "covenantRatePerDay");
        (terms.covenantRatePerDay, terms.warnBps) = (7e6, 5_999);
        _isWorse(terms, "warnBps");
        (terms.warnBps, terms.liquidationBps) = (6_000, 7_499);
        _isWorse(terms, "liquidationBps");
        (terms.liquidationBps, terms.agreementHash) = (7_500, "another");
        _isWorse(terms, "agreementHash");
    }

    function test_RevertWhen_ItHasATriggerThatTheLoanHasNot() external {
        _given(0, 0);
        _isWorse(_better(), "warnBps");
    }

    function test_WhenNoTermIsWorse() external {
        _given();
        LoanOffer memory terms = _better();
        router.settle(TOKEN);
        (uint256 owed, uint256 before) = (debt(), creditOf(LENDER));
        loans.refinanceBetter(LOAN, terms, onBetter(OTHER_LENDER, terms));

        vm.assertEq(before + owed, creditOf(LENDER));
        vm.assertEq(RICH - owed, money.balanceOf(vm.addr(OTHER_LENDER)));
        vm.assertEq(owed, loan().principal);
        vm.assertEq(1_080, loan().aprBps);
        vm.assertEq(vm.addr(OTHER_LENDER), loans.creditorOf(LOAN));
    }
}
