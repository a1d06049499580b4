// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {Breach, LoanState} from "./ILoanBook.sol";

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

/// @title What happens when a loan goes wrong, and how pledges are sold
/// @notice Two readings of a breach open a time to cure it; after that anybody starts the auction, as
/// after the term and 72 hours. The price begins above the debt, halves every 12 hours, and is a
/// straight line between. It has no floor and depends on time only. What is sold is the control of
/// licensing and income under the consent that exists: no patient's right is for sale.
interface ILoanAuction {
    event LoanFlagged(uint96 indexed loanId, LoanState state, Breach breach);
    event LoanCured(uint96 indexed loanId);
    event AuctionStarted(uint96 indexed loanId, uint256 startPrice, address starter);
    event AuctionClosed(uint96 indexed loanId);
    event BuyoutSet(uint96 indexed loanId, uint256 price);

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
    /// Thrown when the auction is over or never was; of a buyout, when the loan is.
    error LoanAuction_Closed(uint96 loan);
    /// Thrown when the price is higher than what the buyer would pay.
    error LoanAuction_PriceAbove(uint256 max, uint256 price);
    /// Thrown when the pledge is another than what the buyer looked at.
    error LoanAuction_FingerprintChanged(bytes32 expected, bytes32 found);
    /// Thrown when who signs acts for no organization that may own.
    error LoanAuction_CannotAcquire(address signer);
    /// Thrown when who signs does not hold the lender's note.
    error LoanAuction_NotHolder(address signer);
    /// Thrown when who signs is not the borrower.
    error LoanAuction_NotBorrower(address signer);
    /// Thrown when the borrower asks no price that pays the debt.
    error LoanAuction_NothingOffered(uint96 loan, uint256 debt);
    /// Thrown when a loan is not in a state for this.
    error LoanAuction_WrongState(uint96 loan, LoanState state);
    /// Thrown when an auction is to start although the breach is gone.
    error LoanAuction_Curable(uint96 loan);
    /// Thrown when a reading does not cure.
    error LoanAuction_NotCured(uint96 loan);
    /// Thrown before something is possible (seconds).
    error LoanAuction_TooEarly(uint256 at);

    /* BREACH AND CURE; BY ANYBODY */

    /// Takes a reading. The second one of the same breach, 6 hours to 14 days after the first when the
    /// value is too low, 7 to 14 days when the income is, opens the time to cure; a healthy one clears
    /// the first. A breach of the value needs one of the last 7 days.
    /// @param licenses to read the value from first; none: the last value counts
    function flag(uint96 loanId, uint256[] calldata licenses) external;

    /// Ends the time to cure: the debt is at most `warnBps` of a fresh value, or the income is back.
    function cure(uint96 loanId, uint256[] calldata licenses) external;

    /* AUCTION */

    /// Starts the auction, once the cure failed (24 hours for the value, 7 days for income) or 72 hours
    /// after the term.
    /// @param by earns half a percent of the price, at most 50 currency units, unless he is the borrower
    function startAuction(uint96 loanId, uint256[] calldata licenses, Intent calldata by) external;

    /// Ends the auction without a sale: the loan was repaid. By LoanBook.
    function close(uint96 loanId) external;

    /// Buys at the present price, which is pulled from the buyer. Never paused.
    /// @param fingerprint of the collateral as the buyer saw it
    /// @param by an acting key of an organization that may own
    function buy(uint96 loanId, uint256 maxPrice, bytes32 fingerprint, Intent calldata by) external;

    /// From 24 hours on: the holder of the lender's note takes the token at the present price, and pays
    /// only what does not come back to it.
    /// @param by an acting key of that holder, who may own
    function creditBid(uint96 loanId, uint256 maxPrice, Intent calldata by) external;

    /// Takes the token when nobody bought it within 72 hours; the debt is written off. Until then, and
    /// until it is called, {ILoanBook-repay} brings the token home.
    /// @param to may own
    /// @param by the holder of the lender's note, or an acting key of it
    function foreclose(uint96 loanId, address to, Intent calldata by) external;

    /* BUYOUT */

    /// Asks a price for a pledged token; zero takes it back. By the borrower.
    function setBuyout(uint96 loanId, uint256 price, Intent calldata by) external;

    /// Buys a pledged token for what the borrower asks, which pays the whole debt; the surplus goes
    /// through the shares to the borrower.
    /// @param fingerprint of the collateral as the buyer saw it
    /// @param by an acting key of an organization that may own
    function buyOut(uint96 loanId, uint256 maxPrice, bytes32 fingerprint, Intent calldata by)
        external;

    /* VIEWS */

    /// The price now (units); once it is over, the last one.
    function priceAt(uint96 loanId) external view returns (uint256);
    function buyoutOf(uint96 loanId) external view returns (uint256);
    function auctionOf(uint96 loanId) external view returns (Auction memory);

    /// Until when somebody can buy (seconds).
    function endOf(uint96 loanId) external view returns (uint256);
}
