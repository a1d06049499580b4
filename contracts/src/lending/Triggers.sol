// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {AuctionMath} from "./AuctionMath.sol";
import {DebtMath} from "./DebtMath.sol";
import {Breach, ILoanBook, Loan, LoanState} from "./ILoanBook.sol";
import {Loans} from "./Loans.sol";

/// @title The part of LoanBook in which a loan goes wrong: readings, cure, and the way to the auction
abstract contract Triggers is Loans {
    /* TYPES */

    /// What there is to judge a loan by, after its income was settled.
    struct Reading {
        uint256 value;
        bool isFresh;
        uint256 debt;
        uint256 rate;
    }

    /* CONSTANTS */

    uint256 private constant PRICE_AGAIN_AFTER = 6 hours;
    uint256 private constant INCOME_AGAIN_AFTER = 7 days;
    uint256 private constant AGAIN_WITHIN = 14 days;
    uint256 private constant PRICE_CURE = 24 hours;
    uint256 private constant INCOME_CURE = 7 days;
    uint256 private constant GRACE = 72 hours;
    bytes32 private constant START_AUCTION = keccak256(
        "StartAuction(uint96 loanId,uint256[] licenses,uint256 nonce,uint64 deadline)"
    );

    /* FLAG */

    /// @inheritdoc ILoanBook
    function flag(uint96 loanId, uint256[] calldata licenses) external nonReentrant {
        Loan storage loan = _settledLive(loanId);
        if (loan.state != LoanState.Active) revert LoanBook_WrongState(loanId, loan.state);
        Breach found = _breachOf(loan, _read(loan, licenses));
        uint256 passed = block.timestamp - loan.since;
        if (found == Breach.None) {
            if (loan.breach == Breach.None) return;
            _enter(loan, LoanState.Active);
        } else if (found != loan.breach || passed > AGAIN_WITHIN) {
            (loan.breach, loan.since) = (found, uint32(block.timestamp));
        } else {
            bool isPrice = found == Breach.Price;
            uint256 wait = isPrice ? PRICE_AGAIN_AFTER : INCOME_AGAIN_AFTER;
            if (passed < wait) revert LoanBook_TooEarly(loan.since + wait);
            _enter(loan, isPrice ? LoanState.CurePrice : LoanState.CureIncome);
        }
        emit LoanFlagged(loanId, loan.state, loan.breach);
    }

    /// Of two breaches the one that was read before counts. A value that is stale tells nothing, so it
    /// clears nothing.
    function _breachOf(Loan storage loan, Reading memory found) private view returns (Breach) {
        bool isIncome = found.rate < loan.covenantRatePerDay;
        bool isPrice = loan.liquidationBps != 0 && found.isFresh
            && found.debt * DebtMath.BPS > found.value * loan.liquidationBps;
        bool isUnknown = loan.breach == Breach.Price && !found.isFresh;
        if (isIncome && (loan.breach == Breach.Income || !(isPrice || isUnknown))) {
            return Breach.Income;
        }
        if (isPrice) return Breach.Price;
        if (isUnknown) revert LoanBook_ValueStale(loan.tokenId);
        return Breach.None;
    }

    /* CURE */

    /// @inheritdoc ILoanBook
    function cure(uint96 loanId, uint256[] calldata licenses) external nonReentrant {
        Loan storage loan = _settledLive(loanId);
        if (!_isCuring(loan.state)) revert LoanBook_WrongState(loanId, loan.state);
        if (!_isCured(loan, _read(loan, licenses))) revert LoanBook_NotCured(loanId);

        _enter(loan, LoanState.Active);
        emit LoanCured(loanId);
    }

    function _isCuring(LoanState state) private pure returns (bool) {
        return state == LoanState.CurePrice || state == LoanState.CureIncome;
    }

    function _isCured(Loan storage loan, Reading memory found) private view returns (bool) {
        if (loan.state == LoanState.CureIncome) return found.rate >= loan.covenantRatePerDay;
        if (!found.isFresh) revert LoanBook_ValueStale(loan.tokenId);
        return found.debt * DebtMath.BPS <= found.value * loan.warnBps;
    }

    /* AUCTION */

    /// @inheritdoc ILoanBook
    function startAuction(uint96 loanId, uint256[] calldata licenses, Intent calldata by)
        external
        nonReentrant
    {
        bytes32 list = keccak256(abi.encodePacked(licenses));
        // A loan comes to auction once, so that the same intent cannot count again.
        address starter = _verify(
            by, keccak256(abi.encode(START_AUCTION, loanId, list, by.nonce, by.deadline))
        );
        Loan storage loan = _settledLive(loanId);
        if (loan.state == LoanState.Auction) revert LoanBook_WrongState(loanId, loan.state);
        Reading memory found = _read(loan, licenses);
        if (block.timestamp <= loan.due + GRACE) _checkCureFailed(loanId, loan, found);

        _enter(loan, LoanState.Auction);
        uint256 price = AuctionMath.startPrice(found.value, found.isFresh, found.debt);
        AUCTION.open(loanId, price, starter);
    }

    function _checkCureFailed(uint96 loanId, Loan storage loan, Reading memory found)
        private
        view
    {
        if (!_isCuring(loan.state)) revert LoanBook_TooEarly(loan.due + GRACE + 1);
        uint256 length = loan.state == LoanState.CurePrice ? PRICE_CURE : INCOME_CURE;
        uint256 from = loan.since + length;
        if (block.timestamp < from) revert LoanBook_TooEarly(from);
        if (_isCured(loan, found)) revert LoanBook_Curable(loanId);
    }

    /* INTERNAL */

    function _read(Loan storage loan, uint256[] calldata licenses)
        private
        returns (Reading memory found)
    {
        uint256 token = loan.tokenId;
        if (licenses.length != 0) APPRAISER.poke(token, licenses);
        (found.value,, found.isFresh) = APPRAISER.valueOf(token);
        (found.debt, found.rate) = (_debt(loan), ROUTER.rateOf(token));
    }
}
