// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {IRevenueRouter} from "../revenue/IRevenueRouter.sol";
import {AuctionMath} from "./AuctionMath.sol";
import {Borrowing} from "./Borrowing.sol";
import {DebtMath} from "./DebtMath.sol";
import {IAppraiser} from "./IAppraiser.sol";
import {ILoanAuction} from "./ILoanAuction.sol";
import {ILoanBook, Loan, LoanState, Proceeds} from "./ILoanBook.sol";
import {Loans} from "./Loans.sol";
import {Triggers} from "./Triggers.sol";

/// @title See {ILoanBook}
contract LoanBook is Borrowing, Triggers {
    /* CONSTANTS */

    bytes32 private constant REPAY =
        keccak256("Repay(uint96 loanId,uint256 amount,uint256 nonce,uint64 deadline)");
    bytes32 private constant FORECLOSE =
        keccak256("Foreclose(uint96 loanId,address to,uint256 nonce,uint64 deadline)");
    bytes32 private constant SET_BUYOUT =
        keccak256("SetBuyout(uint96 loanId,uint256 price,uint256 nonce,uint64 deadline)");
    bytes32 private constant BUY_OUT = keccak256(
        "BuyOut(uint96 loanId,uint256 maxPrice,bytes32 fingerprint,uint256 nonce,uint64 deadline)"
    );

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
        Loan storage loan = _settled(loanId);
        // What it had earned has repaid it, and nothing is left to pay.
        if (!_isLive(loan.state)) return 0;
        _accrue(loan);
        address creditor = creditorOf(loanId);
        paid = Math.min(amount, _debt(loan));

        _pay(loanId, paid, DebtMath.BPS);
        if (_debt(loan) == 0) {
            _end(loanId, LoanState.Repaid);
            emit LoanRepaid(loanId, loan.tokenId, loan.borrower);
            _release(loan, loan.borrower);
        }
        ROUTER.take(payer, paid);
        ROUTER.credit(creditor, paid);
    }

    /* AUCTION */

    /// @inheritdoc ILoanBook
    function settleAuction(
        uint96 loanId,
        uint256 price,
        address buyer,
        address starter,
        bool isCredit
    ) external nonReentrant returns (Proceeds memory parts) {
        if (msg.sender != address(AUCTION)) revert LoanBook_NotModule(msg.sender);
        Loan storage loan = _settledLive(loanId);
        parts = AuctionMath.divided(price, _debt(loan), starter != loan.borrower);
        address creditor = creditorOf(loanId);

        _pay(loanId, parts.paid, DebtMath.BPS);
        _end(loanId, LoanState.Settled);
        emit LoanSettled(loanId, loan.tokenId, buyer);
        _release(loan, buyer);
        uint256 pulled = isCredit ? price - parts.paid : price;
        if (pulled != 0) ROUTER.take(buyer, pulled);
        if (parts.bounty != 0) ROUTER.credit(starter, parts.bounty);
        if (!isCredit) ROUTER.credit(creditor, parts.paid);
        _bookSurplus(loan, parts.surplus);
    }

    /// @inheritdoc ILoanBook
    function foreclose(uint96 loanId, address to, Intent calldata by) external nonReentrant {
        // A loan ends once, so that the same intent cannot count again.
        address signer = _verify(
            by, keccak256(abi.encode(FORECLOSE, loanId, to, by.nonce, by.deadline))
        );
        Loan storage loan = _settledLive(loanId);
        if (loan.state != LoanState.Auction) revert LoanBook_WrongState(loanId, loan.state);
        if (!_actsFor(signer, creditorOf(loanId))) revert LoanBook_NotHolder(signer);
        uint256 from = AUCTION.endOf(loanId);
        if (block.timestamp < from) revert LoanBook_TooEarly(from);
        if (!ORGANIZATIONS.canAcquire(to)) revert LoanBook_CannotAcquire(to);

        _end(loanId, LoanState.Foreclosed);
        emit LoanForeclosed(loanId, loan.tokenId, to);
        _release(loan, to);
    }

    /* BUYOUT */

    /// @inheritdoc ILoanBook
    function setBuyout(uint96 loanId, uint256 price, Intent calldata by) external {
        address signer = _accept(
            by, keccak256(abi.encode(SET_BUYOUT, loanId, price, by.nonce, by.deadline))
        );
        Loan storage loan = _loans[loanId];
        if (!_isLive(loan.state)) revert LoanBook_WrongState(loanId, loan.state);
        if (!_actsFor(signer, loan.borrower)) revert LoanBook_NotOwner(signer);

        _buyouts[loanId] = price;
        emit BuyoutSet(loanId, price);
    }

    /// @inheritdoc ILoanBook
    function buyOut(uint96 loanId, uint256 maxPrice, bytes32 fingerprint, Intent calldata by)
        external
        nonReentrant
    {
        address buyer = _buyer(loanId, maxPrice, fingerprint, by);
        Loan storage loan = _settledLive(loanId);
        (uint256 price, uint256 debt) = (_buyouts[loanId], _debt(loan));
        if (price < debt || price == 0) revert LoanBook_NoBuyout(loanId, price, debt);
        if (price > maxPrice) revert LoanBook_PriceAbove(maxPrice, price);
        bytes32 found = ROUTER.collateralFingerprint(loan.tokenId);
        if (found != fingerprint) revert LoanBook_FingerprintChanged(fingerprint, found);
        address creditor = creditorOf(loanId);

        _pay(loanId, debt, DebtMath.BPS);
        _end(loanId, LoanState.Repaid);
        emit LoanRepaid(loanId, loan.tokenId, buyer);
        _release(loan, buyer);
        ROUTER.take(buyer, price);
        ROUTER.credit(creditor, debt);
        _bookSurplus(loan, price - debt);
    }

    function _buyer(uint96 loanId, uint256 maxPrice, bytes32 fingerprint, Intent calldata by)
        private
        view
        returns (address buyer)
    {
        bytes32 hash = keccak256(
            abi.encode(BUY_OUT, loanId, maxPrice, fingerprint, by.nonce, by.deadline)
        );
        // A loan ends once, so that the same intent cannot count again.
        address signer = _verify(by, hash);
        buyer = ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0);
        if (!ORGANIZATIONS.canAcquire(buyer)) revert LoanBook_CannotAcquire(signer);
    }

    /* INTERNAL */

    /// Lifts the lien and gives the pledge out of escrow.
    function _release(Loan storage loan, address to) private {
        ROUTER.clearLien(loan.tokenId);
        RECORDS.release(loan.tokenId, to);
    }

    function _bookSurplus(Loan storage loan, uint256 surplus) private {
        if (surplus != 0) ROUTER.book(loan.tokenId, surplus, loan.borrower);
    }
}
