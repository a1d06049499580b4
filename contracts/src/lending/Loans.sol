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
    /* IMMUTABLES */

    IOrganizations internal immutable ORGANIZATIONS;
    IRecordRegistry internal immutable RECORDS;
    IRevenueRouter internal immutable ROUTER;
    IAppraiser internal immutable APPRAISER;
    ILoanAuction internal immutable AUCTION;

    /* STORAGE */

    uint96 internal _lastLoan;
    mapping(uint96 loanId => Loan) internal _loans;
    mapping(uint96 loanId => bytes32) internal _agreements;

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
        Loan storage loan = _loans[id];
        if (!_isLive(loan.state)) return (0, 0, false);
        if (loan.mode == LoanMode.Fruits && loan.state == LoanState.Active) {
            emit LoanPaid(id, available, 0);
            return (available, 0, false);
        }
        _accrue(loan);
        (interest, principal) = _pay(id, loan, _budget(loan, available));
        isClosed = _debt(loan) == 0;
        if (!isClosed) return (interest, principal, false);

        _end(id, loan, LoanState.Repaid, loan.borrower);
        RECORDS.release(loan.tokenId, loan.borrower);
    }

    /// What of income is for the debt.
    function _budget(Loan storage loan, uint256 available) private view returns (uint256) {
        bool isSweep = loan.mode == LoanMode.Sweep && loan.state == LoanState.Active;
        if (!isSweep || _isSwept(loan)) return available;
        return DebtMath.splitDown(loan.interest, available, loan.splitBps);
    }

    /// Whether all of it is: the debt is high for the value, or the value is stale.
    function _isSwept(Loan storage loan) private view returns (bool) {
        if (loan.warnBps == 0) return false;
        (uint256 value,, bool isFresh) = APPRAISER.valueOf(loan.tokenId);
        return !isFresh || _debt(loan) * DebtMath.BPS > value * loan.warnBps;
    }

    /* DEBT */

    /// Brings the interest up to now; there is none in an auction.
    function _accrue(Loan storage loan) internal {
        (loan.interest, loan.accruedAt) = (_interest(loan), uint32(block.timestamp));
    }

    function _interest(Loan storage loan) private view returns (uint128) {
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
    function _debt(Loan storage loan) internal view returns (uint256) {
        return DebtMath.debtUp(loan.principal, loan.interest);
    }

    /// Writes an amount off the debt, at most all of it.
    function _pay(uint96 loanId, Loan storage loan, uint256 amount)
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
    function _settled(uint96 loanId) internal returns (Loan storage loan) {
        loan = _loans[loanId];
        if (!_isLive(loan.state)) revert LoanBook_WrongState(loanId, loan.state);
        ROUTER.settle(loan.tokenId);
    }

    /// As {_settled}, and refused when that has repaid it.
    function _settledLive(uint96 loanId) internal returns (Loan storage loan) {
        loan = _settled(loanId);
        if (!_isLive(loan.state)) revert LoanBook_WrongState(loanId, loan.state);
        _accrue(loan);
    }

    function _enter(Loan storage loan, LoanState state, Breach breach) internal {
        (loan.state, loan.breach, loan.since) = (state, breach, uint32(block.timestamp));
    }

    /// For ever. The lien and the token are the caller's matter.
    function _end(uint96 loanId, Loan storage loan, LoanState state, address receiver) internal {
        if (loan.state == LoanState.Auction && state == LoanState.Repaid) AUCTION.close(loanId);
        _burn(_noteOf(loanId, loan));
        _enter(loan, state, Breach.None);
        (loan.principal, loan.interest) = (0, 0);
        emit LoanEnded(loanId, loan.tokenId, state, receiver);
    }

    /* WHO */

    /// Whether a key signs for an account: its own, or an acting one of the organization.
    function _actsFor(address signer, address account) internal view returns (bool) {
        return signer == account
            || (account != address(0) && ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == account);
    }

    /* VIEWS */

    /// @inheritdoc ILienHolder
    function creditorOf(uint96 id) public view returns (address) {
        return _ownerOf(noteOf(id));
    }

    /// @inheritdoc ILienHolder
    function debtorOf(uint96 id) external view returns (address) {
        return _loans[id].borrower;
    }

    /// @inheritdoc ILoanBook
    function debtOf(uint256 tokenId) external view returns (uint256) {
        return loanDebtOf(loanIdOf(tokenId));
    }

    /// @inheritdoc ILoanBook
    function loanDebtOf(uint96 loanId) public view returns (uint256) {
        Loan storage loan = _loans[loanId];
        if (!_isLive(loan.state)) return 0;
        return DebtMath.debtUp(loan.principal, _interest(loan));
    }

    /// @inheritdoc ILoanBook
    function loanIdOf(uint256 tokenId) public view returns (uint96) {
        Lien memory lien = ROUTER.lienOf(tokenId);
        return lien.module == address(this) ? lien.id : 0;
    }

    /// @inheritdoc ILoanBook
    function loanOf(uint96 loanId) external view returns (Loan memory) {
        return _loans[loanId];
    }

    /// @inheritdoc ILoanBook
    function tokenOf(uint96 loanId) external view returns (uint256) {
        return _loans[loanId].tokenId;
    }

    /// @inheritdoc ILoanBook
    function noteOf(uint96 loanId) public view returns (uint256) {
        return _noteOf(loanId, _loans[loanId]);
    }

    function _noteOf(uint96 loanId, Loan storage loan) internal view returns (uint256) {
        return uint256(loanId) << 8 | loan.round;
    }

    /// @inheritdoc ILoanBook
    function agreementHashOf(uint96 loanId) external view returns (bytes32) {
        return _agreements[loanId];
    }
}
