// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {KeyUse} from "../../src/identity/IOrganizations.sol";
import {ILoanBook, LoanOffer} from "../../src/lending/ILoanBook.sol";
import {Lending} from "./Lending.sol";

contract LoanBook_transferNote_Test is Lending {
    uint256 private constant NOTE = uint256(LOAN) << 8;
    address private _other = vm.addr(OTHER_LENDER);

    function _by(uint256 key, address to) private returns (Intent memory) {
        string memory verb = "TransferNote(uint256 noteId,address to";
        return signed(key, address(loans), verb, abi.encode(NOTE, to));
    }

    function _refuses(uint256 key) private {
        Intent memory by = _by(key, _other);
        refuses(ILoanBook.LoanBook_NotHolder.selector, vm.addr(key));
        loans.transferNote(NOTE, _other, by);
    }

    function test_RevertWhen_SomebodyElseSigns() external {
        borrowed();
        _refuses(OTHER_LENDER);
    }

    function test_RevertGiven_TheLoanIsOver() external {
        borrowed();
        repay(PRINCIPAL);
        _refuses(LENDER);
    }

    function test_RevertGiven_TheNoteIsThatOfARoundBefore() external {
        borrowed();
        LoanOffer memory terms = offer();
        loans.refinance(LOAN, terms, onOffer(LENDER, terms), onRefinance(terms));
        _refuses(LENDER);
    }

    function test_RevertWhen_ItGoesToNobody() external {
        borrowed();
        Intent memory by = _by(LENDER, address(0));
        refuses(IERC721Errors.ERC721InvalidReceiver.selector, address(0));
        loans.transferNote(NOTE, address(0), by);
    }

    function test_WhenItsHolderSigns() external {
        borrowed();
        loans.transferNote(NOTE, _other, _by(LENDER, _other));
        uint256 before = creditOf(LENDER);
        repay(1_000);

        vm.assertEq(_other, loans.creditorOf(LOAN));
        vm.assertEq(before, creditOf(LENDER));
        vm.assertEq(1_000, creditOf(OTHER_LENDER));
    }

    function test_WhenAnActingKeyOfTheHolderSigns() external {
        borrowed();
        uint256 clerk = 0xc1e4;
        addKey(LENDER, clerk, KeyUse.Act, uint64(block.timestamp), uint64(block.timestamp + DAY));
        loans.transferNote(NOTE, _other, _by(clerk, _other));

        vm.assertEq(_other, loans.creditorOf(LOAN));
    }

    function test_RevertWhen_TheIntentWasUsedBefore() external {
        borrowed();
        Intent memory by = _by(LENDER, _other);
        loans.transferNote(NOTE, _other, by);
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_NonceUsed.selector, by.signer, by.nonce)
        );
        loans.transferNote(NOTE, _other, by);
    }
}
