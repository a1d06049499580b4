// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {ILienHolder} from "../revenue/ILienHolder.sol";
import {IRevenueRouter, Lien} from "../revenue/IRevenueRouter.sol";
import {DebtMath} from "./DebtMath.sol";
import {IAppraiser} from "./IAppraiser.sol";
import {Breach, ILoanBook, Loan, LoanMode, LoanState} from "./ILoanBook.sol";
import {ILoanAuction} from "./ILoanAuction.sol";

/// @title The part of LoanBook that keeps loans: what they owe, what income does to them, how they end
abstract contract Loans is ILoanBook, IntentGuard, ERC721, ReentrancyGuardTransient {
    /* TYPES */

    /// Three words: what is shown as {Loan}, whose borrower is the owner of the token while that is
    /// pledged, and whose note it is. What changes with the state is in the first, debt in the second.
    /// @param party holds the note; of a loan that is over, who had borrowed
    struct Kept {
        address party;
        LoanState state;
        LoanMode mode;
        Breach breach;
        uint8 round;
        uint32 since;
        uint16 splitBps;
        uint16 aprBps;
        uint96 principal;
        uint128 interest;
        uint32 accruedAt;
        uint136 tokenId;
        uint32 due;
        uint56 covenantRatePerDay;
        uint16 warnBps;
        uint16 liquidationBps;
    }

    /* IMMUTABLES */

    IOrganizations internal immutable ORGANIZATIONS;
    IRecordRegistry internal immutable RECORDS;
    IRevenueRouter internal immutable ROUTER;
    IAppraiser internal immutable APPRAISER;
    ILoanAuction internal immutable AUCTION;

    /* STORAGE */

    uint96 internal _lastLoan;
    mapping(uint96 loanId => Kept) internal _loans;
    mapping(uint96 loanId => bytes32) internal _agreements;
    mapping(address holder => uint256) private _notes;

    /* CONSTRUCTOR */

    constructor(
        IOrganizations organizations,
        IRecordRegistry records,
        IRevenueRouter router,
        IAppraiser appraiser,
        ILoanAuction auction
    ) IntentGuard("LoanBook") ERC721("Salus Loan", "SALUSLOAN") {
        ORGANIZATIONS = organizations;
        RECORDS = records;
        ROUTER = router;
        APPRAISER = appraiser;
        AUCTION = auction;
    }

    /* INCOME; BY THE ROUTER */

    /// @inheritdoc ILienHolder
    function applyIncome(uint96 id, uint256 available)
        external
        returns (uint256 interest, uint256 principal, bool isClosed)
    {
        if (msg.sender != address(ROUTER)) revert LoanBook_NotModule(msg.sender);
        Kept storage loan = _loans[id];
        if (!_isLive(loan.state)) return (0, 0, false);
        if (loan.mode == LoanMode.Fruits && loan.state == LoanState.Active) {
            emit LoanPaid(id, available, 0);
            return (available, 0, false);
        }
        _accrue(loan);
        (interest, principal) = _pay(id, loan, _budget(loan, available));
        isClosed = _debt(loan) == 0;
        if (!isClosed) return (interest, principal, false);

        address borrower = _borrowerOf(loan);
        _end(id, loan, LoanState.Repaid, borrower, borrower);
        RECORDS.release(loan.tokenId, borrower);
    }

    /// What of income is for the debt.
    function _budget(Kept storage loan, uint256 available) private view returns (uint256) {
        bool isSweep = loan.mode == LoanMode.Sweep && loan.state == LoanState.Active;
        if (!isSweep || _isSwept(loan)) return available;
        return DebtMath.splitDown(loan.interest, available, loan.splitBps);
    }

    /// Whether all of it is: the debt is high for the value, or the value is stale.
    function _isSwept(Kept storage loan) private view returns (bool) {
        if (loan.warnBps == 0) return false;
        (uint256 value,, bool isFresh) = APPRAISER.valueOf(loan.tokenId);
        return !isFresh || _debt(loan) * DebtMath.BPS > value * loan.warnBps;
    }

    /* DEBT */

    /// Brings the interest up to now; there is none in an auction.
    function _accrue(Kept storage loan) internal {
        (loan.interest, loan.accruedAt) = (_interest(loan), uint32(block.timestamp));
    }

    function _interest(Kept storage loan) private view returns (uint128) {
        if (loan.state == LoanState.Auction) return loan.interest;
        // Principal below 2**80, 3,600 basis points and 2**32 seconds: no sum reaches 2**128.
        return uint128(
            DebtMath.accrued({
                interest: loan.interest,
                principal: loan.principal,
                aprBps: loan.aprBps,
                elapsed: block.timestamp - loan.accruedAt
            })
        );
    }

    /// What is owed by the interest as it was last brought up.
    function _debt(Kept storage loan) internal view returns (uint256) {
        return DebtMath.debtUp(loan.principal, loan.interest);
    }

    /// Writes an amount off the debt, at most all of it.
    function _pay(uint96 loanId, Kept storage loan, uint256 amount)
        internal
        returns (uint256 forInterest, uint256 forPrincipal)
    {
        uint256 left;
        (forInterest, forPrincipal, left) = DebtMath.applied(loan.principal, loan.interest, amount);
        loan.interest = uint128(left);
        loan.principal -= uint96(forPrincipal);
        emit LoanPaid(loanId, forInterest, forPrincipal);
    }

    /* STATES */

    function _isLive(LoanState state) internal pure returns (bool) {
        return state != LoanState.None && state < LoanState.Repaid;
    }

    /// Lets what a token has earned pay first; the loan may be repaid by that.
    function _settled(uint96 loanId) internal returns (Kept storage loan) {
        loan = _loans[loanId];
        if (!_isLive(loan.state)) revert LoanBook_WrongState(loanId, loan.state);
        ROUTER.settle(loan.tokenId);
    }

    /// As {_settled}, and refused when that has repaid it.
    function _settledLive(uint96 loanId) internal returns (Kept storage loan) {
        loan = _settled(loanId);
        if (!_isLive(loan.state)) revert LoanBook_WrongState(loanId, loan.state);
        _accrue(loan);
    }

    function _enter(Kept storage loan, LoanState state, Breach breach) internal {
        (loan.state, loan.breach, loan.since) = (state, breach, uint32(block.timestamp));
    }

    /// For ever. The lien and the token are the caller's matter.
    function _end(
        uint96 loanId,
        Kept storage loan,
        LoanState state,
        address borrower,
        address receiver
    ) internal {
        if (loan.state == LoanState.Auction && state == LoanState.Repaid) {
            AUCTION.close(loanId);
        }
        _burn(_noteOf(loanId, loan));
        _enter(loan, state, Breach.None);
        loan.party = borrower;
        (loan.principal, loan.interest, loan.accruedAt) = (0, 0, 0);
        emit LoanEnded(loanId, loan.tokenId, state, receiver);
    }

    /* NOTES */

    /// A number of another round, or of a loan that is over, is no note.
    function _ownerOf(uint256 noteId) internal view override returns (address) {
        Kept storage loan = _loans[uint96(noteId >> 8)];
        bool isNote = noteId >> 104 == 0 && uint8(noteId) == loan.round && _isLive(loan.state);
        return isNote ? loan.party : address(0);
    }

    function balanceOf(address holder) public view override returns (uint256) {
        if (holder == address(0)) revert ERC721InvalidOwner(holder);
        return _notes[holder];
    }

    /// As that of OpenZeppelin, with the holder in the first word of the loan.
    function _update(address to, uint256 noteId, address auth)
        internal
        override
        returns (address from)
    {
        from = _ownerOf(noteId);
        if (auth != address(0)) _checkAuthorized(from, auth, noteId);
        if (from != address(0)) --_notes[from];
        if (to != address(0)) {
            // A burned number never comes back, and needs no clearing.
            if (from != address(0)) _approve(address(0), noteId, address(0), false);
            ++_notes[to];
        }
        _loans[uint96(noteId >> 8)].party = to;
        emit Transfer(from, to, noteId);
    }

    /* WHO */

    function _borrowerOf(Kept storage loan) internal view returns (address) {
        return _isLive(loan.state) ? RECORDS.ownerOf(loan.tokenId) : loan.party;
    }

    /// Whether a key signs for an account: its own, or an acting one of the organization.
    function _actsFor(address signer, address account) internal view returns (bool) {
        return signer == account
            || (account != address(0) && ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == account);
    }

    /* VIEWS */

    /// @inheritdoc ILienHolder
    function creditorOf(uint96 id) public view returns (address) {
        Kept storage loan = _loans[id];
        return _isLive(loan.state) ? loan.party : address(0);
    }

    /// @inheritdoc ILienHolder
    function debtorOf(uint96 id) external view returns (address) {
        return _borrowerOf(_loans[id]);
    }

    /// @inheritdoc ILoanBook
    function debtOf(uint256 tokenId) external view returns (uint256) {
        return loanDebtOf(loanIdOf(tokenId));
    }

    /// @inheritdoc ILoanBook
    function loanDebtOf(uint96 loanId) public view returns (uint256) {
        Kept storage loan = _loans[loanId];
        if (!_isLive(loan.state)) return 0;
        return DebtMath.debtUp(loan.principal, _interest(loan));
    }

    /// @inheritdoc ILoanBook
    function loanIdOf(uint256 tokenId) public view returns (uint96) {
        Lien memory lien = ROUTER.lienOf(tokenId);
        return lien.module == address(this) ? lien.id : 0;
    }

    /// @inheritdoc ILoanBook
    function loanOf(uint96 loanId) external view returns (Loan memory shown) {
        Kept storage loan = _loans[loanId];
        shown = _shown(loan);
        shown.borrower = _borrowerOf(loan);
    }

    /// Without the borrower, for whom the registry is asked.
    function _shown(Kept memory kept) internal pure returns (Loan memory shown) {
        (shown.state, shown.mode, shown.breach) = (kept.state, kept.mode, kept.breach);
        (shown.round, shown.splitBps, shown.aprBps) = (kept.round, kept.splitBps, kept.aprBps);
        (shown.warnBps, shown.liquidationBps) = (kept.warnBps, kept.liquidationBps);
        (shown.principal, shown.interest) = (kept.principal, kept.interest);
        (shown.accruedAt, shown.tokenId) = (kept.accruedAt, kept.tokenId);
        (shown.due, shown.since) = (kept.due, kept.since);
        shown.covenantRatePerDay = kept.covenantRatePerDay;
    }

    /// @inheritdoc ILoanBook
    function tokenOf(uint96 loanId) external view returns (uint256) {
        return _loans[loanId].tokenId;
    }

    /// @inheritdoc ILoanBook
    function noteOf(uint96 loanId) public view returns (uint256) {
        return _noteOf(loanId, _loans[loanId]);
    }

    function _noteOf(uint96 loanId, Kept storage loan) internal view returns (uint256) {
        return uint256(loanId) << 8 | loan.round;
    }

    /// @inheritdoc ILoanBook
    function agreementHashOf(uint96 loanId) external view returns (bytes32) {
        return _agreements[loanId];
    }
}
