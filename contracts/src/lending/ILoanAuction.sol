// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";

enum AuctionState {
    None,
    Open,
    Closed,
    Settled
}

/// The sale of one pledge; all of it is fixed when it starts. A loan comes to auction once at most, so
/// its number is the number of the loan.
/// @param starter earns the bounty
struct Auction {
    uint128 startPrice;
    uint40 startedAt;
    AuctionState state;
    address starter;
}

/// @title Dutch auctions of pledged tokens
/// @notice The price begins above the debt, halves every 12 hours, and is a straight line between. It
/// has no floor and depends on time only. What is sold is the control of licensing and income under
/// the consent that exists: no patient's right is for sale.
interface ILoanAuction {
    event AuctionStarted(uint96 indexed loanId, uint256 startPrice, address starter);
    event AuctionClosed(uint96 indexed loanId);

    /// @param paid what the lender received, `surplus` what went through the shares to the borrower,
    /// `shortfall` what the lender lost (units)
    event AuctionSettled(
        uint96 indexed loanId,
        address indexed buyer,
        uint256 price,
        uint256 paid,
        uint256 surplus,
        uint256 shortfall
    );

    /// Thrown to everybody but LoanBook.
    error LoanAuction_NotModule(address caller);
    /// Thrown when it is over or never was.
    error LoanAuction_Closed(uint96 loanId);
    /// Thrown when the price is higher than what the buyer would pay.
    error LoanAuction_PriceAbove(uint256 max, uint256 price);
    /// Thrown when the pledge is another than what the buyer looked at.
    error LoanAuction_FingerprintChanged(bytes32 expected, bytes32 found);
    /// Thrown when who signs acts for no organization that may own.
    error LoanAuction_CannotAcquire(address signer);
    /// Thrown when who signs does not hold the lender's note.
    error LoanAuction_NotHolder(address signer);
    /// Thrown before a credit bid is possible.
    error LoanAuction_TooEarly(uint256 at);

    /* START AND END; BY LOANBOOK */

    function open(uint96 loanId, uint256 startPrice, address starter) external;

    /// Without a sale: the loan was repaid, or the token went to the lender.
    function close(uint96 loanId) external;

    /* BUY */

    /// Buys at the present price, which is pulled from the buyer. Never paused.
    /// @param fingerprint of the collateral as the buyer saw it
    /// @param by an acting key of an organization that may own
    function buy(uint96 loanId, uint256 maxPrice, bytes32 fingerprint, Intent calldata by) external;

    /// From 24 hours on: the holder of the lender's note takes the token at the present price, and pays
    /// only what does not come back to it.
    /// @param by an acting key of that holder, who may own
    function creditBid(uint96 loanId, uint256 maxPrice, Intent calldata by) external;

    /* VIEWS */

    /// The price now (units); once it is over, the last one.
    function priceAt(uint96 loanId) external view returns (uint256);
    function auctionOf(uint96 loanId) external view returns (Auction memory);

    /// Until when somebody can buy (seconds).
    function endOf(uint96 loanId) external view returns (uint256);
}
