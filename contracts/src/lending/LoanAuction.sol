// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {IRevenueRouter} from "../revenue/IRevenueRouter.sol";
import {AuctionMath} from "./AuctionMath.sol";
import {Auction, AuctionState, ILoanAuction} from "./ILoanAuction.sol";
import {ILoanBook, Proceeds} from "./ILoanBook.sol";

/// @title See {ILoanAuction}
contract LoanAuction is ILoanAuction, IntentGuard, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /* CONSTANTS */

    uint256 private constant CREDIT_BID_FROM = 24 hours;
    bytes32 private constant BUY = keccak256(
        "Buy(uint96 loanId,uint256 maxPrice,bytes32 fingerprint,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant CREDIT_BID =
        keccak256("CreditBid(uint96 loanId,uint256 maxPrice,uint256 nonce,uint64 deadline)");

    /* IMMUTABLES */

    IOrganizations private immutable ORGANIZATIONS;
    IRevenueRouter private immutable ROUTER;
    ILoanBook private immutable LENDING;

    /* STORAGE */

    mapping(uint96 loanId => Auction) private _auctions;

    /* CONSTRUCTOR */

    constructor(IOrganizations organizations, IRevenueRouter router, ILoanBook lending)
        IntentGuard("LoanAuction")
    {
        ORGANIZATIONS = organizations;
        ROUTER = router;
        LENDING = lending;
    }

    /* START AND END */

    modifier onlyLending() {
        if (msg.sender != address(LENDING)) revert LoanAuction_NotModule(msg.sender);
        _;
    }

    /// @inheritdoc ILoanAuction
    function open(uint96 loanId, uint256 startPrice, address starter) external onlyLending {
        _auctions[loanId] = Auction({
            startPrice: startPrice.toUint128(),
            startedAt: uint40(block.timestamp),
            state: AuctionState.Open,
            starter: starter
        });
        emit AuctionStarted(loanId, startPrice, starter);
    }

    /// @inheritdoc ILoanAuction
    function close(uint96 loanId) external onlyLending {
        _auctions[loanId].state = AuctionState.Closed;
        emit AuctionClosed(loanId);
    }

    /* BUY */

    /// @inheritdoc ILoanAuction
    function buy(uint96 loanId, uint256 maxPrice, bytes32 fingerprint, Intent calldata by)
        external
        nonReentrant
    {
        bytes32 hash = keccak256(
            abi.encode(BUY, loanId, maxPrice, fingerprint, by.nonce, by.deadline)
        );
        // A loan is sold once, so that the same intent cannot count again.
        address signer = _verify(by, hash);
        _checkOpen(loanId);
        address buyer = ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0);
        if (!ORGANIZATIONS.canAcquire(buyer)) revert LoanAuction_CannotAcquire(signer);
        bytes32 found = ROUTER.collateralFingerprint(LENDING.tokenOf(loanId));
        if (found != fingerprint) revert LoanAuction_FingerprintChanged(fingerprint, found);
        _settle({loanId: loanId, buyer: buyer, maxPrice: maxPrice, isCredit: false});
    }

    /// @inheritdoc ILoanAuction
    function creditBid(uint96 loanId, uint256 maxPrice, Intent calldata by) external nonReentrant {
        bytes32 hash =
            keccak256(abi.encode(CREDIT_BID, loanId, maxPrice, by.nonce, by.deadline));
        address signer = _verify(by, hash);
        _checkOpen(loanId);
        address holder = LENDING.creditorOf(loanId);
        if (signer != holder && ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) != holder) {
            revert LoanAuction_NotHolder(signer);
        }
        if (!ORGANIZATIONS.canAcquire(holder)) revert LoanAuction_CannotAcquire(signer);
        uint256 from = _auctions[loanId].startedAt + CREDIT_BID_FROM;
        if (block.timestamp < from) revert LoanAuction_TooEarly(from);
        _settle({loanId: loanId, buyer: holder, maxPrice: maxPrice, isCredit: true});
    }

    function _settle(uint96 loanId, address buyer, uint256 maxPrice, bool isCredit) private {
        uint256 price = priceAt(loanId);
        if (price > maxPrice) revert LoanAuction_PriceAbove(maxPrice, price);

        _auctions[loanId].state = AuctionState.Settled;
        Proceeds memory parts = LENDING.settleAuction({
            loanId: loanId,
            price: price,
            buyer: buyer,
            starter: _auctions[loanId].starter,
            isCredit: isCredit
        });
        emit AuctionSettled({
            loanId: loanId,
            buyer: buyer,
            price: price,
            paid: parts.paid,
            surplus: parts.surplus,
            shortfall: parts.shortfall
        });
    }

    function _checkOpen(uint96 loanId) private view {
        bool isOpen = _auctions[loanId].state == AuctionState.Open && block.timestamp < endOf(loanId);
        if (!isOpen) revert LoanAuction_Closed(loanId);
    }

    /* VIEWS */

    /// @inheritdoc ILoanAuction
    function priceAt(uint96 loanId) public view returns (uint256) {
        Auction storage auction = _auctions[loanId];
        return AuctionMath.priceUp(auction.startPrice, block.timestamp - auction.startedAt);
    }

    /// @inheritdoc ILoanAuction
    function auctionOf(uint96 loanId) external view returns (Auction memory) {
        return _auctions[loanId];
    }

    /// @inheritdoc ILoanAuction
    function endOf(uint96 loanId) public view returns (uint256) {
        return _auctions[loanId].startedAt + AuctionMath.LENGTH;
    }
}
