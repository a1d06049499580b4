// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IOrganizations} from "../identity/IOrganizations.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {IRevenueRouter, Part} from "../revenue/IRevenueRouter.sol";
import {AuctionMath} from "./AuctionMath.sol";
import {Borrowing} from "./Borrowing.sol";
import {IAppraiser} from "./IAppraiser.sol";
import {ILoanAuction} from "./ILoanAuction.sol";
import {Breach, ILoanBook, Loan, LoanState, Proceeds} from "./ILoanBook.sol";
import {Loans} from "./Loans.sol";

/// @title See {ILoanBook}
contract LoanBook is Borrowing {
    /* CONSTANTS */

    bytes32 private constant REPAY =
        keccak256("Repay(uint96 loanId,uint256 amount,uint256 nonce,uint64 deadline)");
    bytes32 private constant TRANSFER_NOTE =
        keccak256("TransferNote(uint256 noteId,address to,uint256 nonce,uint64 deadline)");

    /* CONSTRUCTOR */

    constructor(
        IOrganizations organizations,
        IRecordRegistry records,
        IRevenueRouter router,
        IAppraiser appraiser,
        ILoanAuction auction
    ) Loans(organizations, records, router, appraiser, auction) {}

    /* REPAY */

    /// @inheritdoc ILoanBook
    function repay(uint96 loanId, uint256 amount, Intent calldata by)
        external
        nonReentrant
        returns (uint256 paid)
    {
        address payer = _accept(
            by, keccak256(abi.encode(REPAY, loanId, amount, by.nonce, by.deadline))
        );
        Kept storage loan = _settled(loanId);
        // What it had earned has repaid it, and nothing is left to pay.
        if (!_isLive(loan.state)) return 0;
        _accrue(loan);
        address creditor = creditorOf(loanId);
        paid = Math.min(amount, _debt(loan));

        _pay(loanId, loan, paid);
        if (_debt(loan) != 0) {
            ROUTER.pass(payer, creditor, paid);
            return paid;
        }
        address borrower = _borrowerOf(loan);
        _end(loanId, loan, LoanState.Repaid, borrower, borrower);
        Part[] memory parts = new Part[](1);
        parts[0] = Part(creditor, paid);
        ROUTER.payOff(loan.tokenId, payer, parts, 0, address(0));
        RECORDS.release(loan.tokenId, borrower);
    }

    /* NOTES */

    /// @inheritdoc ILoanBook
    function transferNote(uint256 noteId, address to, Intent calldata by) external {
        bytes32 hash = keccak256(abi.encode(TRANSFER_NOTE, noteId, to, by.nonce, by.deadline));
        address signer = _accept(by, hash);
        address holder = _ownerOf(noteId);
        if (!_actsFor(signer, holder)) revert LoanBook_NotHolder(signer);
        _transfer(holder, to, noteId);
    }

    /* WHAT GOES WRONG */

    modifier onlyAuction() {
        if (msg.sender != address(AUCTION)) revert LoanBook_NotModule(msg.sender);
        _;
    }

    /// @inheritdoc ILoanBook
    function refresh(uint96 loanId)
        external
        onlyAuction
        nonReentrant
        returns (Loan memory loan, uint256 debt)
    {
        Kept storage known = _settledLive(loanId);
        return (_shown(known), _debt(known));
    }

    /// @inheritdoc ILoanBook
    function enter(uint96 loanId, LoanState state, Breach breach) external onlyAuction {
        _enter(_loans[loanId], state, breach);
    }

    /// @inheritdoc ILoanBook
    function sellPledge(uint96 loanId, uint256 price, address buyer, address starter, bool isCredit)
        external
        onlyAuction
        nonReentrant
        returns (Proceeds memory parts)
    {
        Kept storage loan = _settledLive(loanId);
        address borrower = _borrowerOf(loan);
        bool hasBounty = starter != address(0) && starter != borrower;
        parts = AuctionMath.divided(price, _debt(loan), hasBounty);
        Part[] memory due = new Part[](2);
        due[0] = Part(starter, parts.bounty);
        if (!isCredit) due[1] = Part(creditorOf(loanId), parts.paid);

        _pay(loanId, loan, parts.paid);
        _end(loanId, loan, LoanState.Settled, borrower, buyer);
        ROUTER.payOff(loan.tokenId, buyer, due, parts.surplus, borrower);
        RECORDS.release(loan.tokenId, buyer);
    }

    /// @inheritdoc ILoanBook
    function forfeitPledge(uint96 loanId, address to) external onlyAuction nonReentrant {
        Kept storage loan = _settledLive(loanId);
        _end(loanId, loan, LoanState.Foreclosed, _borrowerOf(loan), to);
        ROUTER.payOff(loan.tokenId, address(0), new Part[](0), 0, address(0));
        RECORDS.release(loan.tokenId, to);
    }
}
