// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {ActionKind, KeyUse} from "../../src/identity/IOrganizations.sol";
import {ILoanBook, Loan, LoanMode, LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {IRecordRegistry} from "../../src/records/IRecordRegistry.sol";
import {IRevenueRouter, Lien} from "../../src/revenue/IRevenueRouter.sol";
import {Lending} from "./Lending.sol";

contract LoanBook_borrow_Test is Lending {
    function _refuses(LoanOffer memory terms, bytes memory reason) private {
        Intent[2] memory both = [onOffer(LENDER, terms), onBorrow(terms)];
        vm.expectRevert(reason);
        loans.borrow(terms, both[0], both[1]);
    }

    function _outOfBounds(bytes32 field) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILoanBook.LoanBook_TermsOutOfBounds.selector, field);
    }

    function test_RevertGiven_OpeningIsPaused() external {
        ripe();
        pauseOpening();
        _refuses(offer(), abi.encodeWithSelector(ILoanBook.LoanBook_OpeningPaused.selector));
    }

    function test_RevertWhen_TheLenderMayNotLend() external {
        ripe();
        LoanOffer memory terms = offer();
        terms.lender = vm.addr(BUYER);
        Intent[2] memory both = [onOffer(BUYER, terms), onBorrow(terms)];
        refuses(ILoanBook.LoanBook_CannotLend.selector, vm.addr(BUYER));
        loans.borrow(terms, both[0], both[1]);
    }

    function test_RevertWhen_TheOfferIsOfAnotherLender() external {
        ripe();
        LoanOffer memory terms = offer();
        Intent[2] memory both = [onOffer(OTHER_LENDER, terms), onBorrow(terms)];
        refuses(ILoanBook.LoanBook_CannotLend.selector, vm.addr(OTHER_LENDER));
        loans.borrow(terms, both[0], both[1]);
    }

    function test_RevertGiven_TheLenderIsSuspended() external {
        ripe();
        decide(act(ActionKind.Suspend, vm.addr(LENDER), 0));
        _refuses(
            offer(), abi.encodeWithSelector(ILoanBook.LoanBook_CannotLend.selector, vm.addr(LENDER))
        );
    }

    function test_RevertWhen_TheSignerDoesNotOwnTheToken() external {
        ripe();
        LoanOffer memory terms = offer();
        Intent memory lender = onOffer(LENDER, terms);
        Intent memory by = onBorrow(terms);
        by.signer = vm.addr(PATIENT);
        refuses(ILoanBook.LoanBook_NotOwner.selector, by.signer);
        loans.borrow(terms, lender, by);
    }

    function test_RevertWhen_AFieldIsOutOfItsBounds() external {
        ripe();
        LoanOffer memory terms = offer();
        terms.principal = 100e6 - 1;
        _refuses(terms, _outOfBounds("principal"));
        terms.principal = uint96(1) << 80;
        _refuses(terms, _outOfBounds("principal"));
        (terms.principal, terms.aprBps) = (PRINCIPAL, 3_601);
        _refuses(terms, _outOfBounds("aprBps"));
        (terms.mode, terms.aprBps) = (LoanMode.Fruits, 1);
        _refuses(terms, _outOfBounds("aprBps"));
        (terms.aprBps, terms.termDays) = (0, 29);
        _refuses(terms, _outOfBounds("termDays"));
        terms.termDays = 1_096;
        _refuses(terms, _outOfBounds("termDays"));
        (terms.termDays, terms.splitBps) = (30, 10_001);
        _refuses(terms, _outOfBounds("splitBps"));
        (terms.splitBps, terms.warnBps) = (10_000, 4_999);
        _refuses(terms, _outOfBounds("warnBps"));
        (terms.warnBps, terms.liquidationBps) = (6_501, 7_500);
        _refuses(terms, _outOfBounds("liquidationBps"));
        (terms.warnBps, terms.liquidationBps) = (8_000, 9_001);
        _refuses(terms, _outOfBounds("liquidationBps"));
    }

    function test_RevertGiven_TheCollateralChanged() external {
        ripe();
        LoanOffer memory terms = offer();
        vm.prank(vm.addr(EXCHANGE));
        router.raiseTerms(TOKEN);
        bytes4 reason = ILoanBook.LoanBook_FingerprintChanged.selector;
        _refuses(terms, abi.encodeWithSelector(reason, terms.fingerprint, fingerprint()));
    }

    function test_RevertGiven_LessIncomeFlows() external {
        ripe();
        LoanOffer memory terms = offer();
        terms.minRatePerDay = 5 * RATE + 1;
        bytes4 reason = ILoanBook.LoanBook_IncomeTooLow.selector;
        _refuses(terms, abi.encodeWithSelector(reason, 5 * RATE, 5 * RATE + 1));
    }

    function test_RevertGiven_TheValueIsStale() external {
        ripe();
        pass(7 days);
        _refuses(offer(), abi.encodeWithSelector(ILoanBook.LoanBook_ValueStale.selector, TOKEN));
    }

    function test_RevertWhen_ThePrincipalIsTooHigh() external {
        ripe();
        LoanOffer memory terms = offer();
        terms.principal = uint96(VALUE * 4 / 10 + 1);
        bytes4 reason = ILoanBook.LoanBook_OverLtv.selector;
        _refuses(terms, abi.encodeWithSelector(reason, terms.principal, VALUE * 4 / 10));
    }

    function test_RevertWhen_TheOfferIsUsedTwice() external {
        ripe();
        LoanOffer memory terms = offer();
        Intent memory lender = onOffer(LENDER, terms);
        loans.borrow(terms, lender, onBorrow(terms));
        repay(PRINCIPAL);
        Intent memory by = onBorrow(terms);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIntentGuard.IntentGuard_NonceUsed.selector, vm.addr(LENDER), lender.nonce
            )
        );
        loans.borrow(terms, lender, by);
    }

    function test_RevertGiven_TheLenderCancelledTheOffer() external {
        ripe();
        LoanOffer memory terms = offer();
        Intent memory lender = onOffer(LENDER, terms);
        Intent memory by = onBorrow(terms);
        vm.prank(vm.addr(LENDER));
        loans.cancelNonces(uint248(lender.nonce >> 8), 1 << (lender.nonce & 0xff));
        vm.expectRevert(
            abi.encodeWithSelector(
                IIntentGuard.IntentGuard_NonceUsed.selector, vm.addr(LENDER), lender.nonce
            )
        );
        loans.borrow(terms, lender, by);
    }

    function test_RevertGiven_TheTokenIsPledged() external {
        borrowed();
        LoanOffer memory terms = offer();
        terms.principal = 100e6;
        _refuses(
            terms, abi.encodeWithSelector(IRecordRegistry.RecordRegistry_Locked.selector, TOKEN)
        );
    }

    function test_WhenLenderAndOwnerAgree() external {
        ripe();
        LoanOffer memory terms = offer();
        Intent[2] memory both = [onOffer(LENDER, terms), onBorrow(terms)];
        vm.expectEmit(address(loans));
        emit ILoanBook.LoanOpened(LOAN, TOKEN, account, terms);
        loans.borrow(terms, both[0], both[1]);

        uint256 earned = 110 days * 5 * uint256(RATE) / DAY;
        vm.assertEq(PRINCIPAL + netOf(earned) + earned / 10, router.creditOf(account));
        vm.assertEq(RICH - PRINCIPAL, money.balanceOf(vm.addr(LENDER)));
        vm.assertEq(account, records.ownerOf(TOKEN));
        vm.assertEq(address(loans), records.tokenStateOf(TOKEN).locker);
        vm.assertEq(vm.addr(LENDER), loans.ownerOf(loans.noteOf(LOAN)));
        Lien memory lien = router.lienOf(TOKEN);
        vm.assertEq(address(loans), lien.module);
        vm.assertEq(LOAN, lien.id);
        vm.assertEq(bytes32("agreement"), loans.agreementHashOf(LOAN));
        _isWhatWasOffered(terms);
    }

    function _isWhatWasOffered(LoanOffer memory terms) private view {
        Loan memory kept = loan();
        vm.assertEq(account, kept.borrower);
        isIn(LoanState.Active);
        vm.assertEq(terms.principal, kept.principal);
        vm.assertEq(terms.aprBps, kept.aprBps);
        vm.assertEq(terms.splitBps, kept.splitBps);
        vm.assertEq(terms.warnBps, kept.warnBps);
        vm.assertEq(terms.liquidationBps, kept.liquidationBps);
        vm.assertEq(block.timestamp + 365 days, kept.due);
        vm.assertEq(PRINCIPAL, loans.debtOf(TOKEN));
        vm.assertEq(LOAN, loans.loanIdOf(TOKEN));
        vm.assertEq(TOKEN, loans.tokenOf(LOAN));
    }

    function test_WhenThereIsNoPriceTrigger() external {
        subscribed();
        LoanOffer memory terms = offer();
        (terms.warnBps, terms.liquidationBps) = (0, 0);
        terms.principal = uint96(RICH);
        borrow(terms);

        vm.assertEq(RICH, debt());
    }

    function test_WhenTheLenderSignsWithAnActingKey() external {
        ripe();
        addKey(LENDER, STRANGER, KeyUse.Act, 0, FOREVER);
        LoanOffer memory terms = offer();
        loans.borrow(terms, onOffer(STRANGER, terms), onBorrow(terms));

        vm.assertEq(vm.addr(LENDER), loans.ownerOf(loans.noteOf(LOAN)));
        vm.assertEq(RICH - PRINCIPAL, money.balanceOf(vm.addr(LENDER)));
    }
}
