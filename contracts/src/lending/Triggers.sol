// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRevenueRouter} from "../revenue/IRevenueRouter.sol";
import {DebtMath} from "./DebtMath.sol";
import {IAppraiser} from "./IAppraiser.sol";
import {ILoanAuction} from "./ILoanAuction.sol";
import {Breach, ILoanBook, Loan, LoanState} from "./ILoanBook.sol";

/// @title The part of LoanAuction in which a loan goes wrong: readings, and the time to cure
abstract contract Triggers is ILoanAuction, ReentrancyGuardTransient {
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

    /* IMMUTABLES */

    IRevenueRouter internal immutable ROUTER;
    IAppraiser private immutable APPRAISER;
    ILoanBook internal immutable LENDING;

    /* CONSTRUCTOR */

    constructor(IRevenueRouter router, IAppraiser appraiser, ILoanBook lending) {
        ROUTER = router;
        APPRAISER = appraiser;
        LENDING = lending;
    }

    /* FLAG */

    /// @inheritdoc ILoanAuction
    function flag(uint96 loanId, uint256[] calldata licenses) external nonReentrant {
        (Loan memory loan, Reading memory reading) = _read(loanId, licenses);
        if (loan.state != LoanState.Active) revert LoanAuction_WrongState(loanId, loan.state);
        Breach found = _breachOf(loan, reading);
        if (loan.breach != Breach.None && _isBreached(loan, reading, loan.breach)) {
            _takeSecond(loanId, loan, found);
        } else if (found != Breach.None || loan.breach != Breach.None) {
            _flag(loanId, LoanState.Active, found);
        }
    }

    /// A reading of a breach that still holds: too late, it is a first one again; in time, it opens the
    /// cure; too early, the quicker of two breaches takes the place of the slower one.
    function _takeSecond(uint96 loanId, Loan memory loan, Breach found) private {
        bool isPrice = loan.breach == Breach.Price;
        uint256 from = loan.since + (isPrice ? PRICE_AGAIN_AFTER : INCOME_AGAIN_AFTER);
        bool isLate = block.timestamp > loan.since + AGAIN_WITHIN;
        if (!isLate && block.timestamp >= from) {
            LoanState state = isPrice ? LoanState.CurePrice : LoanState.CureIncome;
            _flag(loanId, state, Breach.None);
        } else if (isLate || found != loan.breach) {
            _flag(loanId, LoanState.Active, found);
        } else {
            revert LoanAuction_TooEarly(from);
        }
    }

    function _flag(uint96 loanId, LoanState state, Breach breach) private {
        emit LoanFlagged(loanId, state, breach);
        LENDING.enter(loanId, state, breach);
    }

    /* CURE */

    /// @inheritdoc ILoanAuction
    function cure(uint96 loanId, uint256[] calldata licenses) external nonReentrant {
        (Loan memory loan, Reading memory reading) = _read(loanId, licenses);
        if (!_isCuring(loan.state)) revert LoanAuction_WrongState(loanId, loan.state);
        if (!_isCured(loan, reading)) revert LoanAuction_NotCured(loanId);

        emit LoanCured(loanId);
        LENDING.enter(loanId, LoanState.Active, Breach.None);
    }

    function _isCuring(LoanState state) private pure returns (bool) {
        return state == LoanState.CurePrice || state == LoanState.CureIncome;
    }

    function _isCured(Loan memory loan, Reading memory reading) private pure returns (bool) {
        if (loan.state == LoanState.CureIncome) return reading.rate >= loan.covenantRatePerDay;
        return reading.isFresh && reading.debt * DebtMath.BPS <= reading.value * loan.warnBps;
    }

    /* AUCTION */

    /// Whether a loan may come to auction: long after its term, or after a cure that failed.
    function _checkFailed(uint96 loanId, Loan memory loan, Reading memory reading) internal view {
        if (loan.state == LoanState.Auction) revert LoanAuction_WrongState(loanId, loan.state);
        uint256 overdue = loan.due + GRACE + 1;
        if (block.timestamp >= overdue) return;
        if (!_isCuring(loan.state)) revert LoanAuction_TooEarly(overdue);
        bool isPrice = loan.state == LoanState.CurePrice;
        uint256 from = loan.since + (isPrice ? PRICE_CURE : INCOME_CURE);
        if (block.timestamp < from) revert LoanAuction_TooEarly(Math.min(from, overdue));
        if (!_isBreached(loan, reading, isPrice ? Breach.Price : Breach.Income)) {
            revert LoanAuction_Curable(loanId);
        }
    }

    /* READINGS */

    function _read(uint96 loanId, uint256[] calldata licenses)
        internal
        returns (Loan memory loan, Reading memory reading)
    {
        (loan, reading.debt) = LENDING.refresh(loanId);
        uint256 token = loan.tokenId;
        if (licenses.length != 0) APPRAISER.poke(token, licenses);
        (reading.value,, reading.isFresh) = APPRAISER.valueOf(token);
        reading.rate = ROUTER.rateOf(token);
    }

    function _breachOf(Loan memory loan, Reading memory reading) private pure returns (Breach) {
        if (_isBreached(loan, reading, Breach.Price)) return Breach.Price;
        return _isBreached(loan, reading, Breach.Income) ? Breach.Income : Breach.None;
    }

    function _isBreached(Loan memory loan, Reading memory reading, Breach breach)
        private
        pure
        returns (bool)
    {
        if (breach == Breach.Income) return reading.rate < loan.covenantRatePerDay;
        return loan.liquidationBps != 0 && reading.isFresh
            && reading.debt * DebtMath.BPS > reading.value * loan.liquidationBps;
    }
}
