// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {IRevenueRouter} from "../revenue/IRevenueRouter.sol";
import {AuctionMath} from "./AuctionMath.sol";
import {IAppraiser} from "./IAppraiser.sol";
import {Auction, AuctionState, ILoanAuction} from "./ILoanAuction.sol";
import {Breach, ILoanBook, Loan, LoanState, Proceeds} from "./ILoanBook.sol";
import {Triggers} from "./Triggers.sol";

/// @title See {ILoanAuction}
contract LoanAuction is Triggers, IntentGuard {
    using SafeCast for uint256;

    /* CONSTANTS */

    uint256 private constant CREDIT_BID_FROM = 24 hours;
    bytes32 private constant START_AUCTION =
        keccak256("StartAuction(uint96 loanId,uint256[] licenses,uint256 nonce,uint64 deadline)");
    bytes32 private constant BUY = keccak256(
        "Buy(uint96 loanId,uint256 maxPrice,bytes32 fingerprint,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant CREDIT_BID =
        keccak256("CreditBid(uint96 loanId,uint256 maxPrice,uint256 nonce,uint64 deadline)");

    bytes32 private constant FORECLOSE =
        keccak256("Foreclose(uint96 loanId,address to,uint256 nonce,uint64 deadline)");
    bytes32 private constant SET_BUYOUT =
        keccak256("SetBuyout(uint96 loanId,uint256 price,uint256 nonce,uint64 deadline)");
    bytes32 private constant BUY_OUT = keccak256(
        "BuyOut(uint96 loanId,uint256 maxPrice,bytes32 fingerprint,uint256 nonce,uint64 deadline)"
    );

    /* IMMUTABLES */

    IOrganizations private immutable ORGANIZATIONS;

    /* STORAGE */

    mapping(uint96 loanId => Auction) private _auctions;
    mapping(uint96 loanId => uint256 price) private _buyouts;

    /* CONSTRUCTOR */

    constructor(
        IOrganizations organizations,
        IRevenueRouter router,
        IAppraiser appraiser,
        ILoanBook lending
    ) IntentGuard("LoanAuction") Triggers(router, appraiser, lending) {
        ORGANIZATIONS = organizations;
    }

    /* START AND END */

    /// @inheritdoc ILoanAuction
    function startAuction(uint96 loanId, uint256[] calldata licenses, Intent calldata by)
        external
        nonReentrant
    {
        bytes32 list = keccak256(abi.encodePacked(licenses));
        bytes32 hash = keccak256(abi.encode(START_AUCTION, loanId, list, by.nonce, by.deadline));
        // A loan comes to auction once, so that the same intent cannot count again.
        address starter = _verify(by, hash);
        (Loan memory loan, Reading memory reading) = _read(loanId, licenses);
        _checkFailed(loanId, loan, reading);

        uint256 price = AuctionMath.startPrice(reading.value, reading.isFresh, reading.debt);
        _auctions[loanId] = Auction({
            startPrice: price.toUint128(),
            startedAt: uint40(block.timestamp),
            state: AuctionState.Open,
            starter: starter
        });
        emit AuctionStarted(loanId, price, starter);
        LENDING.enter(loanId, LoanState.Auction, Breach.None);
    }

    /// @inheritdoc ILoanAuction
    function close(uint96 loanId) external {
        if (msg.sender != address(LENDING)) revert LoanAuction_NotModule(msg.sender);
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
        // A loan ends once, so that the same intent cannot count again.
        address signer = _verify(by, hash);
        _checkOpen(loanId);
        address buyer = _buyer(signer, loanId, fingerprint);
        _sell({loanId: loanId, buyer: buyer, maxPrice: maxPrice, isCredit: false});
    }

    /// @inheritdoc ILoanAuction
    function creditBid(uint96 loanId, uint256 maxPrice, Intent calldata by) external nonReentrant {
        bytes32 hash = keccak256(abi.encode(CREDIT_BID, loanId, maxPrice, by.nonce, by.deadline));
        address signer = _verify(by, hash);
        _checkOpen(loanId);
        address holder = _holder(signer, loanId);
        if (!ORGANIZATIONS.canAcquire(holder)) revert LoanAuction_CannotAcquire(signer);
        uint256 from = _auctions[loanId].startedAt + CREDIT_BID_FROM;
        if (block.timestamp < from) revert LoanAuction_TooEarly(from);
        _sell({loanId: loanId, buyer: holder, maxPrice: maxPrice, isCredit: true});
    }

    function _sell(uint96 loanId, address buyer, uint256 maxPrice, bool isCredit) private {
        Auction storage auction = _auctions[loanId];
        uint256 price = priceAt(loanId);
        if (price > maxPrice) revert LoanAuction_PriceAbove(maxPrice, price);

        auction.state = AuctionState.Settled;
        _settle(loanId, price, buyer, auction.starter, isCredit);
    }

    function _settle(uint96 loanId, uint256 price, address buyer, address starter, bool isCredit)
        private
        returns (Proceeds memory parts)
    {
        parts = LENDING.sellPledge(loanId, price, buyer, starter, isCredit);
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
        bool isOpen =
            _auctions[loanId].state == AuctionState.Open && block.timestamp < endOf(loanId);
        if (!isOpen) revert LoanAuction_Closed(loanId);
    }

    /* FORECLOSE */

    /// @inheritdoc ILoanAuction
    function foreclose(uint96 loanId, address to, Intent calldata by) external nonReentrant {
        bytes32 hash = keccak256(abi.encode(FORECLOSE, loanId, to, by.nonce, by.deadline));
        address signer = _verify(by, hash);
        if (_auctions[loanId].state != AuctionState.Open) revert LoanAuction_Closed(loanId);
        _holder(signer, loanId);
        if (block.timestamp < endOf(loanId)) revert LoanAuction_TooEarly(endOf(loanId));
        if (!ORGANIZATIONS.canAcquire(to)) revert LoanAuction_CannotAcquire(to);

        _auctions[loanId].state = AuctionState.Closed;
        emit AuctionClosed(loanId);
        LENDING.forfeitPledge(loanId, to);
    }

    /* BUYOUT */

    /// @inheritdoc ILoanAuction
    function setBuyout(uint96 loanId, uint256 price, Intent calldata by) external {
        bytes32 hash = keccak256(abi.encode(SET_BUYOUT, loanId, price, by.nonce, by.deadline));
        address signer = _accept(by, hash);
        _checkLive(loanId);
        if (!_actsFor(signer, LENDING.debtorOf(loanId))) revert LoanAuction_NotBorrower(signer);

        _buyouts[loanId] = price;
        emit BuyoutSet(loanId, price);
    }

    /// @inheritdoc ILoanAuction
    function buyOut(uint96 loanId, uint256 maxPrice, bytes32 fingerprint, Intent calldata by)
        external
        nonReentrant
    {
        bytes32 hash =
            keccak256(abi.encode(BUY_OUT, loanId, maxPrice, fingerprint, by.nonce, by.deadline));
        address signer = _verify(by, hash);
        _checkLive(loanId);
        address buyer = _buyer(signer, loanId, fingerprint);
        uint256 price = _buyouts[loanId];
        if (price > maxPrice) revert LoanAuction_PriceAbove(maxPrice, price);

        if (_auctions[loanId].state == AuctionState.Open) {
            _auctions[loanId].state = AuctionState.Settled;
        }
        Proceeds memory parts = _settle(loanId, price, buyer, address(0), false);
        if (parts.shortfall != 0) {
            revert LoanAuction_NothingOffered(loanId, parts.paid + parts.shortfall);
        }
    }

    function _checkLive(uint96 loanId) private view {
        // A note exists as long as its loan lives.
        if (LENDING.creditorOf(loanId) == address(0)) revert LoanAuction_Closed(loanId);
    }

    /* WHO */

    /// Whom a key buys for, when what he looked at is what there is.
    function _buyer(address signer, uint96 loanId, bytes32 fingerprint)
        private
        view
        returns (address buyer)
    {
        buyer = ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0);
        if (!ORGANIZATIONS.canAcquire(buyer)) revert LoanAuction_CannotAcquire(signer);
        bytes32 found = ROUTER.collateralFingerprint(LENDING.tokenOf(loanId));
        if (found != fingerprint) revert LoanAuction_FingerprintChanged(fingerprint, found);
    }

    function _holder(address signer, uint96 loanId) private view returns (address holder) {
        holder = LENDING.creditorOf(loanId);
        if (!_actsFor(signer, holder)) revert LoanAuction_NotHolder(signer);
    }

    function _actsFor(address signer, address account) private view returns (bool) {
        return signer == account
            || (account != address(0) && ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == account);
    }

    /* VIEWS */

    /// @inheritdoc ILoanAuction
    function priceAt(uint96 loanId) public view returns (uint256) {
        Auction storage auction = _auctions[loanId];
        return AuctionMath.priceUp(auction.startPrice, block.timestamp - auction.startedAt);
    }

    /// @inheritdoc ILoanAuction
    function buyoutOf(uint96 loanId) external view returns (uint256) {
        return _buyouts[loanId];
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
