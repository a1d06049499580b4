// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {ILienHolder} from "../revenue/ILienHolder.sol";
import {IRevenueRouter, Lien} from "../revenue/IRevenueRouter.sol";
import {AuctionMath} from "./AuctionMath.sol";
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
    mapping(uint96 loanId => uint256 price) internal _buyouts;

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
        (interest, principal) = _pay(id, available, _principalBps(loan));
        isClosed = _debt(loan) == 0;
        if (!isClosed) return (interest, principal, false);

        _end(id, LoanState.Repaid);
        emit LoanRepaid(id, loan.tokenId, loan.borrower);
        RECORDS.release(loan.tokenId, loan.borrower);
    }

    /// What of the income after interest pays principal.
    function _principalBps(Loan storage loan) private view returns (uint256) {
        bool isSweep = loan.mode == LoanMode.Sweep && loan.state == LoanState.Active;
        if (!isSweep) return DebtMath.BPS;
        if (loan.warnBps == 0) return loan.splitBps;
        (uint256 value,, bool isFresh) = APPRAISER.valueOf(loan.tokenId);
        bool isHigh = _debt(loan) * DebtMath.BPS > value * loan.warnBps;
        return !isFresh || isHigh ? DebtMath.BPS : loan.splitBps;
    }

    /* DEBT */

    /// Brings the interest up to now; it ends with the auction.
    function _accrue(Loan storage loan) internal {
        (loan.interest, loan.accruedAt) = _accrued(loan);
    }

    function _accrued(Loan storage loan) private view returns (uint128 interest, uint32 at) {
        at = uint32(block.timestamp);
        if (loan.state == LoanState.Auction) {
            at = uint32(Math.min(at, loan.since + AuctionMath.LENGTH));
        }
        // Principal below 2**80, 3,600 basis points and 2**32 seconds: no sum reaches 2**128.
        interest = uint128(
            DebtMath.accrued({
                interest: loan.interest,
                principal: loan.principal,
                aprBps: loan.aprBps,
                elapsed: at - loan.accruedAt
            })
        );
    }

    /// What is owed by the interest as it was last brought up.
    function _debt(Loan storage loan) internal view returns (uint256) {
        return DebtMath.debtUp(loan.principal, loan.interest);
    }

    /// Writes an amount off the debt.
    function _pay(uint96 loanId, uint256 amount, uint256 principalBps)
        internal
        returns (uint256 forInterest, uint256 forPrincipal)
    {
        Loan storage loan = _loans[loanId];
        uint256 left;
        (forInterest, forPrincipal, left) = DebtMath.applied({
            principal: loan.principal,
            interest: loan.interest,
            amount: amount,
            principalBps: principalBps
        });
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

    function _enter(Loan storage loan, LoanState state) internal {
        (loan.state, loan.breach, loan.since) = (state, Breach.None, uint32(block.timestamp));
    }

    /// For ever. The lien and the token are the caller's matter.
    function _end(uint96 loanId, LoanState state) internal {
        Loan storage loan = _loans[loanId];
        bool isUnsold = loan.state == LoanState.Auction && state != LoanState.Settled;
        _burn(noteOf(loanId));
        _enter(loan, state);
        (loan.principal, loan.interest) = (0, 0);
        if (isUnsold) AUCTION.close(loanId);
    }

    /* WHO */

    /// Whether a key signs for an account: its own, or an acting one of the organization.
    function _actsFor(address signer, address account) internal view returns (bool) {
        return signer == account || ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == account;
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
        (uint128 interest,) = _accrued(loan);
        return DebtMath.debtUp(loan.principal, interest);
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
        return uint256(loanId) << 8 | _loans[loanId].round;
    }

    /// @inheritdoc ILoanBook
    function buyoutOf(uint96 loanId) external view returns (uint256) {
        return _buyouts[loanId];
    }

    /// @inheritdoc ILoanBook
    function agreementHashOf(uint96 loanId) external view returns (bytes32) {
        return _agreements[loanId];
    }
}
