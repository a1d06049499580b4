// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {KeyUse} from "../identity/IOrganizations.sol";
import {Roles} from "../identity/Roles.sol";
import {DebtMath} from "./DebtMath.sol";
import {Breach, ILoanBook, LoanMode, LoanOffer, LoanState} from "./ILoanBook.sol";
import {Loans} from "./Loans.sol";

/// @title The part of LoanBook in which lenders come: loans, and other loans in their place
abstract contract Borrowing is Loans {
    /* CONSTANTS */

    /// 100 currency units of six decimals.
    uint256 private constant MIN_PRINCIPAL = 100e6;
    uint256 private constant MAX_PRINCIPAL = type(uint80).max;
    uint256 private constant MAX_APR_BPS = 3_600;
    uint256 private constant MIN_TERM = 30;
    uint256 private constant MAX_TERM = 1_095;
    uint256 private constant MIN_TRIGGER = 5_000;
    uint256 private constant MAX_TRIGGER = 9_000;
    uint256 private constant MIN_GAP = 1_000;
    uint256 private constant MAX_LTV = 4_000;
    uint256 private constant MARGIN = 2_000;
    uint256 private constant BETTER_AFTER = 2 days;

    string private constant OFFER_TYPE = "LoanOffer(address lender,uint256 tokenId,"
        "bytes32 fingerprint,uint96 principal,uint16 aprBps,uint16 termDays,uint8 mode,"
        "uint16 splitBps,uint16 warnBps,uint16 liquidationBps,uint56 covenantRatePerDay,"
        "uint64 minRatePerDay,bytes32 agreementHash)";
    // Not constants, which would be put together and hashed again at each call.
    bytes32 private immutable OFFER = keccak256(bytes(OFFER_TYPE));
    bytes32 private immutable OFFER_LOAN = keccak256(
        bytes.concat("OfferLoan(LoanOffer offer,uint256 nonce,uint64 deadline)", bytes(OFFER_TYPE))
    );
    bytes32 private immutable BORROW = keccak256(
        bytes.concat("Borrow(LoanOffer offer,uint256 nonce,uint64 deadline)", bytes(OFFER_TYPE))
    );
    bytes32 private immutable REFINANCE = keccak256(
        bytes.concat(
            "Refinance(uint96 loanId,LoanOffer offer,uint256 nonce,uint64 deadline)",
            bytes(OFFER_TYPE)
        )
    );
    bytes32 private immutable REFINANCE_BETTER = keccak256(
        bytes.concat(
            "RefinanceBetter(uint96 loanId,LoanOffer offer,uint256 nonce,uint64 deadline)",
            bytes(OFFER_TYPE)
        )
    );

    /* BORROW */

    /// @inheritdoc ILoanBook
    function borrow(LoanOffer calldata offer, Intent calldata lender, Intent calldata by)
        external
        nonReentrant
        returns (uint96 loanId)
    {
        bytes32 inner = _hash(offer);
        address signer = _accept(by, keccak256(abi.encode(BORROW, inner, by.nonce, by.deadline)));
        _acceptOffer(offer, inner, lender);
        address owner = RECORDS.ownerOf(offer.tokenId);
        if (!_actsFor(signer, owner)) revert LoanBook_NotOwner(signer);
        _checkOffer(offer);

        loanId = ++_lastLoan;
        _write(loanId, 0, offer.principal, offer);
        emit LoanOpened(loanId, offer.tokenId, owner, offer);

        RECORDS.pledge(offer.tokenId); // before money moves, so that nothing happens to it in between
        ROUTER.lend(offer.tokenId, loanId, offer.lender, owner, offer.principal);
    }

    /* REFINANCE */

    /// @inheritdoc ILoanBook
    function refinance(
        uint96 loanId,
        LoanOffer calldata offer,
        Intent calldata lender,
        Intent calldata by
    ) external nonReentrant {
        bytes32 inner = _hash(offer);
        address signer =
            _accept(by, keccak256(abi.encode(REFINANCE, loanId, inner, by.nonce, by.deadline)));
        _acceptOffer(offer, inner, lender);
        address borrower = _borrowerOf(_loans[loanId]);
        if (!_actsFor(signer, borrower)) revert LoanBook_NotOwner(signer);
        Kept storage loan = _refinanced(loanId, offer);
        uint256 debt = _debt(loan);
        address creditor = _replace(loanId, offer, offer.principal);

        ROUTER.take(offer.lender, offer.principal);
        if (debt > offer.principal) ROUTER.take(signer, debt - offer.principal);
        ROUTER.credit(creditor, debt);
        if (debt < offer.principal) ROUTER.credit(borrower, offer.principal - debt);
    }

    /// @inheritdoc ILoanBook
    function refinanceBetter(uint96 loanId, LoanOffer calldata offer, Intent calldata by)
        external
        nonReentrant
    {
        bytes32 kind = REFINANCE_BETTER;
        bytes32 hash = keccak256(abi.encode(kind, loanId, _hash(offer), by.nonce, by.deadline));
        _checkLender(offer, _accept(by, hash));
        Kept storage loan = _refinanced(loanId, offer);
        if (loan.state != LoanState.Active) revert LoanBook_WrongState(loanId, loan.state);
        _checkBetter(loanId, loan, offer);
        uint256 debt = _debt(loan);
        address creditor = _replace(loanId, offer, uint96(debt));

        ROUTER.pass(offer.lender, creditor, debt);
    }

    /// A loan that can have another lender now, with what its income has paid.
    function _refinanced(uint96 loanId, LoanOffer calldata offer)
        private
        returns (Kept storage loan)
    {
        loan = _settledLive(loanId);
        if (loan.state == LoanState.Auction) revert LoanBook_WrongState(loanId, loan.state);
        if (offer.tokenId != loan.tokenId) revert LoanBook_TermsOutOfBounds("tokenId");
        if (loan.round == type(uint8).max) revert LoanBook_TermsOutOfBounds("round");
        _checkOffer(offer);
    }

    /// @return creditor who held the note
    function _replace(uint96 loanId, LoanOffer calldata offer, uint96 principal)
        private
        returns (address creditor)
    {
        Kept storage loan = _loans[loanId];
        creditor = creditorOf(loanId);
        _burn(_noteOf(loanId, loan));
        uint8 round = loan.round + 1;
        _write(loanId, round, principal, offer);
        emit LoanRefinanced(loanId, round, principal, offer);
    }

    function _checkBetter(uint96 loanId, Kept storage loan, LoanOffer calldata offer) private view {
        if (loan.breach != Breach.None) revert LoanBook_WrongState(loanId, loan.state);
        uint256 from = loan.since + BETTER_AFTER;
        if (block.timestamp < from) revert LoanBook_TooEarly(from);
        _better("mode", offer.mode == loan.mode);
        _better("aprBps", uint256(offer.aprBps) * 10 <= uint256(loan.aprBps) * 9);
        _better("termDays", _dueOf(offer) >= loan.due);
        _better("principal", offer.principal >= _debt(loan));
        _better("splitBps", offer.splitBps <= loan.splitBps);
        _better("covenantRatePerDay", offer.covenantRatePerDay <= loan.covenantRatePerDay);
        _better("warnBps", _isNoTighter(offer.warnBps, loan.warnBps));
        _better("liquidationBps", _isNoTighter(offer.liquidationBps, loan.liquidationBps));
        _better("agreementHash", offer.agreementHash == _agreements[loanId]);
    }

    function _better(bytes32 field, bool isGood) private pure {
        if (!isGood) revert LoanBook_NotBetter(field);
    }

    /// A trigger of zero is none at all.
    function _isNoTighter(uint16 given, uint16 known) private pure returns (bool) {
        return given == 0 || (known != 0 && given >= known);
    }

    /* OFFERS */

    function _hash(LoanOffer calldata offer) private view returns (bytes32) {
        return keccak256(abi.encode(OFFER, offer));
    }

    function _acceptOffer(LoanOffer calldata offer, bytes32 inner, Intent calldata lender) private {
        bytes32 hash = keccak256(abi.encode(OFFER_LOAN, inner, lender.nonce, lender.deadline));
        _checkLender(offer, _accept(lender, hash));
    }

    function _checkLender(LoanOffer calldata offer, address signer) private view {
        address lender = ORGANIZATIONS.actingFor(signer, KeyUse.Act, Roles.LENDER);
        if (lender == address(0) || lender != offer.lender) revert LoanBook_CannotLend(signer);
    }

    function _checkOffer(LoanOffer calldata offer) private view {
        if (ORGANIZATIONS.isOpeningPaused()) revert LoanBook_OpeningPaused();
        _checkBounds(offer);
        (bytes32 found, uint256 rate) = ROUTER.collateralOf(offer.tokenId);
        if (found != offer.fingerprint) {
            revert LoanBook_FingerprintChanged(offer.fingerprint, found);
        }
        if (rate < offer.minRatePerDay) {
            revert LoanBook_IncomeTooLow(rate, offer.minRatePerDay);
        }
        if (offer.liquidationBps != 0) _checkLtv(offer);
    }

    function _checkLtv(LoanOffer calldata offer) private view {
        (uint256 value,, bool isFresh) = APPRAISER.valueOf(offer.tokenId);
        if (!isFresh) revert LoanBook_ValueStale(offer.tokenId);
        uint256 bps = Math.min(MAX_LTV, offer.liquidationBps - MARGIN);
        uint256 limit = value * bps / DebtMath.BPS;
        if (offer.principal > limit) revert LoanBook_OverLtv(offer.principal, limit);
    }

    function _checkBounds(LoanOffer calldata offer) private pure {
        _within("principal", offer.principal, MIN_PRINCIPAL, MAX_PRINCIPAL);
        _within("aprBps", offer.aprBps, 0, offer.mode == LoanMode.Fruits ? 0 : MAX_APR_BPS);
        _within("termDays", offer.termDays, MIN_TERM, MAX_TERM);
        _within("splitBps", offer.splitBps, 0, DebtMath.BPS);
        if (offer.warnBps == 0 && offer.liquidationBps == 0) return;
        _within("warnBps", offer.warnBps, MIN_TRIGGER, MAX_TRIGGER);
        _within("liquidationBps", offer.liquidationBps, offer.warnBps + MIN_GAP, MAX_TRIGGER);
    }

    function _within(bytes32 field, uint256 given, uint256 least, uint256 most) private pure {
        if (given < least || given > most) revert LoanBook_TermsOutOfBounds(field);
    }

    /* INTERNAL */

    /// The terms of an offer become those of the loan, from now on.
    function _write(uint96 loanId, uint8 round, uint96 principal, LoanOffer calldata offer)
        private
    {
        _loans[loanId] = Kept({
            party: address(0),
            state: LoanState.Active,
            mode: offer.mode,
            breach: Breach.None,
            round: round,
            splitBps: offer.splitBps,
            aprBps: offer.aprBps,
            warnBps: offer.warnBps,
            liquidationBps: offer.liquidationBps,
            principal: principal,
            interest: 0,
            accruedAt: uint32(block.timestamp),
            tokenId: uint136(offer.tokenId),
            due: _dueOf(offer),
            since: uint32(block.timestamp),
            covenantRatePerDay: offer.covenantRatePerDay
        });
        if (_agreements[loanId] != offer.agreementHash) _agreements[loanId] = offer.agreementHash;
        _mint(offer.lender, uint256(loanId) << 8 | round);
    }

    function _dueOf(LoanOffer calldata offer) private view returns (uint32) {
        return uint32(block.timestamp + uint256(offer.termDays) * 1 days);
    }
}
