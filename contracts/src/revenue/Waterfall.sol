// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IOwnershipHook} from "../records/IOwnershipHook.sol";
import {IRecordRegistry, Payees} from "../records/IRecordRegistry.sol";
import {Credits} from "./Credits.sol";
import {ILienHolder} from "./ILienHolder.sol";
import {IRevenueRouter, LastSale, Lien, Split} from "./IRevenueRouter.sol";
import {RevenueMath} from "./RevenueMath.sol";
import {Streams} from "./Streams.sol";

/// @title The part of RevenueRouter that divides income, and knows who has a claim on it
abstract contract Waterfall is Streams, Credits {
    using SafeCast for uint256;

    IRecordRegistry internal immutable RECORDS;

    constructor(IRecordRegistry records) {
        RECORDS = records;
    }

    /* SETTLE */

    /// @inheritdoc IRevenueRouter
    function settle(uint256 token) external nonReentrant returns (uint256 amount) {
        return _settle(token);
    }

    /// @inheritdoc IOwnershipHook
    function beforeOwnerChange(uint256 tokenId) external nonReentrant {
        _settle(tokenId);
    }

    function _settle(uint256 token) internal returns (uint256 amount) {
        amount = _earn(token, RECORDS.sectionsOf(token));
        if (amount == 0) return 0;

        _unescrow(amount);
        emit IncomeEarned(token, amount);
        _routeIncome(token, amount);
    }

    /* BOOK */

    /// @inheritdoc IRevenueRouter
    function book(uint256 token, uint256 amount, address to) external onlyModule nonReentrant {
        _spend(amount);
        if (to == address(0)) return _routeIncome(token, amount);

        _routeTo(token, amount, to);
        if (msg.sender == EXCHANGE) {
            Facts storage facts = _facts[token];
            (facts.price, facts.soldAt) = (amount.toUint72(), uint32(block.timestamp));
        }
    }

    /* TERMS */

    /// @inheritdoc IRevenueRouter
    function raiseTerms(uint256 token) external onlyExchange {
        uint32 seq = ++_facts[token].termsSeq;
        emit TermsRaised(token, seq);
    }

    function _lift(uint256 token) internal {
        Facts storage facts = _facts[token];
        (facts.lien, facts.isPledged) = (0, false);
        emit LienCleared(token);
    }

    /* DIVIDE */

    /// Divides the price of a token; what the shares leave is `to`'s.
    function _routeTo(uint256 token, uint256 amount, address to) internal {
        Split memory split = _divide(token, amount);
        _credit(to, split.owner);
        emit Routed(token, split);
    }

    /// Divides income; what the shares leave is the claim's as far as it takes it, then who earns now.
    function _routeIncome(uint256 token, uint256 amount) private {
        Split memory split = _divide(token, amount);
        Facts memory facts = _facts[token];
        if (!facts.isPledged) {
            _credit(RECORDS.ownerOf(token), split.owner);
        } else {
            _routeClaim(token, facts.lien, split);
        }
        emit Routed(token, split);
    }

    /// The loan may end in this call, and is asked before whose note it is.
    function _routeClaim(uint256 token, uint96 id, Split memory split) private {
        ILienHolder holder = ILienHolder(LENDING);
        address creditor = holder.creditorOf(id);
        (uint256 interest, uint256 principal, bool isClosed) = holder.applyIncome(id, split.owner);
        split.lender = interest + principal;
        split.owner -= split.lender;
        _credit(creditor, split.lender);
        if (split.owner != 0) _credit(holder.debtorOf(id), split.owner);
        if (isClosed) _lift(token);
    }

    /// Credits the shares of subject, source, host and platform. Where nobody is one, the share stays
    /// in the rest.
    function _divide(uint256 token, uint256 amount) private returns (Split memory split) {
        Payees memory payees = RECORDS.payeesOf(uint128(token >> 8));
        if (payees.subject == address(0)) revert RevenueRouter_UnknownToken(token);
        address platform = ORGANIZATIONS.platform();
        split = RevenueMath.legs(
            amount,
            payees.subjectBps,
            payees.sourceBps,
            payees.host != address(0) ? payees.hostBps : 0,
            platform != address(0) ? RevenueMath.PLATFORM_BPS : 0
        );
        _credit(payees.subject, split.subject);
        _credit(payees.source, split.source);
        _credit(payees.host, split.host);
        _credit(platform, split.platform);
    }

    /* VIEWS */

    /// @inheritdoc IRevenueRouter
    function pendingOf(uint256 token) external view returns (uint256 amount) {
        (amount,) = _sumOf(token);
    }

    /// @inheritdoc IRevenueRouter
    function rateOf(uint256 token) external view returns (uint256 rate) {
        (, rate) = _sumOf(token);
    }

    function _sumOf(uint256 token) private view returns (uint256, uint256) {
        uint16 mask = _busyOf(token, RECORDS.sectionsOf(token));
        return mask == 0 ? (0, 0) : _sumIn(token, mask, _gatesOf(token));
    }

    /// What sections of a token have earned, in whole units of each, and their rate.
    function _sumIn(uint256 token, uint16 mask, Gates memory gates)
        internal
        view
        returns (uint256 amount, uint256 rate)
    {
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 == 0) continue;
            Flow memory flow = _whole(_sectionOf(token, code), _gate(gates, code));
            amount += flow.accrued / RevenueMath.DAY;
            rate += flow.ratePerDay;
        }
    }

    /// @inheritdoc IRevenueRouter
    function lienOf(uint256 token) external view returns (Lien memory) {
        Facts memory facts = _facts[token];
        return facts.isPledged ? Lien(LENDING, facts.lien) : Lien(address(0), 0);
    }

    /// @inheritdoc IRevenueRouter
    function lastSaleOf(uint256 token) external view returns (LastSale memory) {
        return LastSale(_facts[token].price, _facts[token].soldAt);
    }

    function _termsSeqOf(uint256 token) internal view returns (uint32) {
        return _facts[token].termsSeq;
    }
}
