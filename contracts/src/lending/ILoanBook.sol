// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {ILienHolder} from "../revenue/ILienHolder.sol";

/// What income does to a loan while all is well. `Fruits`: all of it is the lender's yield, there is no
/// interest, and the principal is paid at the end. `Amortize`: interest, then principal. `Sweep`:
/// interest, then a part to the principal, and all of it while the debt is high for the value.
enum LoanMode {
    Fruits,
    Amortize,
    Sweep
}

/// Repaid, Settled and Foreclosed are for ever.
enum LoanState {
    None,
    Active,
    CurePrice,
    CureIncome,
    Auction,
    Repaid,
    Settled,
    Foreclosed
}

/// Of what a first reading told, while the loan is active.
enum Breach {
    None,
    Price,
    Income
}

/// What a lender signs: `OfferLoan(LoanOffer offer,uint256 nonce,uint64 deadline)`.
/// @param lender the organization that pays
/// @param fingerprint of the collateral, see {IRevenueRouter-collateralFingerprint}
/// @param principal at least 100 currency units (units)
/// @param aprBps at most 3,600; 0 in the mode Fruits
/// @param termDays 30 to 1,095
/// @param splitBps what of the net income after interest pays principal, in the mode Sweep
/// @param warnBps, liquidationBps debt in basis points of the value; both 0 for no price trigger
/// @param covenantRatePerDay below this income, the borrower has to cure; 0 for none
/// @param minRatePerDay the least income at which the offer holds
/// @param agreementHash of the text, salted
struct LoanOffer {
    address lender;
    uint256 tokenId;
    bytes32 fingerprint;
    uint96 principal;
    uint16 aprBps;
    uint16 termDays;
    LoanMode mode;
    uint16 splitBps;
    uint16 warnBps;
    uint16 liquidationBps;
    uint56 covenantRatePerDay;
    uint64 minRatePerDay;
    bytes32 agreementHash;
}

/// @param round how often the loan was refinanced; the note of the present lender is
/// `loanId << 8 | round`
/// @param interest in units x basis points x seconds, up to `accruedAt`
/// @param since when the present state began, or the first reading of a breach was
struct Loan {
    address borrower;
    LoanState state;
    LoanMode mode;
    Breach breach;
    uint8 round;
    uint16 splitBps;
    uint16 aprBps;
    uint16 warnBps;
    uint16 liquidationBps;
    uint96 principal;
    uint128 interest;
    uint32 accruedAt;
    uint136 tokenId;
    uint32 due;
    uint32 since;
    uint56 covenantRatePerDay;
}

/// How a price was divided (units). `paid` is the lender's; the parts without `shortfall` sum to the
/// price.
struct Proceeds {
    uint256 bounty;
    uint256 paid;
    uint256 surplus;
    uint256 shortfall;
}

/// @title Loans against the income of a token, and nothing else of the borrower
/// @notice The token stays its owner's, locked while the loan lives; licenses, consent, reading and
/// erasing go on.
/// Income pays the lender first. The borrower owes nothing beyond the token. The lender's note is an
/// ERC-721 token: who holds it is paid.
///
/// Here a loan lives; LoanAuction has what happens when it goes wrong, and how pledges are sold. {repay}
/// works in every state that is not the last.
interface ILoanBook is ILienHolder {
    event LoanOpened(
        uint96 indexed loanId, uint256 indexed tokenId, address borrower, LoanOffer offer
    );
    event LoanPaid(uint96 indexed loanId, uint256 interest, uint256 principal);
    event LoanRefinanced(uint96 indexed loanId, uint8 round, uint256 principal, LoanOffer offer);

    /// @param state Repaid, Settled or Foreclosed
    /// @param receiver of the token
    event LoanEnded(
        uint96 indexed loanId, uint256 indexed tokenId, LoanState state, address receiver
    );

    /// Thrown to everybody but the contract whose verb it is.
    error LoanBook_NotModule(address caller);
    /// Thrown while opening is paused.
    error LoanBook_OpeningPaused();
    /// Thrown when who signs does not own the token, or is not the borrower.
    error LoanBook_NotOwner(address signer);
    /// Thrown when who signs does not hold the note, or there is no such note any more.
    error LoanBook_NotHolder(address signer);
    /// Thrown when who signed the offer does not act for the lender it names, or that may not lend.
    error LoanBook_CannotLend(address signer);
    /// Thrown when the collateral is another than what was looked at.
    error LoanBook_FingerprintChanged(bytes32 expected, bytes32 found);
    /// Thrown when less income flows than the offer needs.
    error LoanBook_IncomeTooLow(uint256 rate, uint256 least);
    /// Thrown when a field of an offer is out of its bounds, or of another token than the loan's.
    error LoanBook_TermsOutOfBounds(bytes32 field);
    /// Thrown when the value that a price trigger needs is older than 7 days.
    error LoanBook_ValueStale(uint256 token);
    /// Thrown when the principal is too high for the value.
    error LoanBook_OverLtv(uint256 principal, uint256 limit);
    error LoanBook_WrongState(uint96 loan, LoanState state);
    /// Thrown before something is possible (seconds).
    error LoanBook_TooEarly(uint256 at);
    /// Thrown when a better lender is not better in a field.
    error LoanBook_NotBetter(bytes32 field);

    /* BORROW AND REPAY */

    /// Pledges a token and credits the principal, pulled from the lender, to its owner.
    /// @param lender an acting key of the lender signs `OfferLoan(LoanOffer offer,...)`; the offer can be
    /// taken back with {cancelNonces}
    /// @param by the owner of the token, or an acting key of it
    function borrow(LoanOffer calldata offer, Intent calldata lender, Intent calldata by)
        external
        returns (uint96 loanId);

    /// Settles, and pays the debt down by at most `amount`, interest first; by anybody, who pays. At zero
    /// the token goes home and the note is burned. Never paused.
    /// @return paid what was pulled (units)
    function repay(uint96 loanId, uint256 amount, Intent calldata by)
        external
        returns (uint256 paid);

    /* NOTES */

    /// Hands the right to be paid to somebody else; by its holder, or an acting key of it.
    /// @param noteId that of the present round of a loan, see {noteOf}
    function transferNote(uint256 noteId, address to, Intent calldata by) external;

    /* WHAT GOES WRONG; BY LOANAUCTION */

    /// Lets income pay first, and brings the interest up to now.
    /// @return loan as it is then, without its borrower; `debt` what it owes (units)
    function refresh(uint96 loanId) external returns (Loan memory loan, uint256 debt);

    /// A loan that is not over comes to another state, or to a first reading of a breach.
    function enter(uint96 loanId, LoanState state, Breach breach) external;

    /// Moves a sold pledge and divides its price.
    /// @param buyer pays
    /// @param starter earns the bounty; zero for none
    /// @param isCredit the buyer holds the note, and its own part is not pulled
    function sellPledge(uint96 loanId, uint256 price, address buyer, address starter, bool isCredit)
        external
        returns (Proceeds memory);

    /// Gives a pledge that nobody bought to whom the lender names, and writes the debt off.
    function forfeitPledge(uint96 loanId, address to) external;

    /* REFINANCE */

    /// Pays the lender off with another loan under the same number, perhaps of the same lender; the
    /// difference goes to the borrower or comes from who signs for him. By the borrower.
    function refinance(
        uint96 loanId,
        LoanOffer calldata offer,
        Intent calldata lender,
        Intent calldata by
    ) external;

    /// Replaces the lender of an active loan, two days after it began or was cured, at no more than nine
    /// tenths of its interest and with no term worse for the borrower; the new principal is the debt,
    /// which the offer's principal has to cover. By an acting key of the new lender.
    function refinanceBetter(uint96 loanId, LoanOffer calldata offer, Intent calldata by) external;

    /* VIEWS */

    /// What is owed for a token now, before income that was not settled (units).
    function debtOf(uint256 tokenId) external view returns (uint256);
    function loanDebtOf(uint96 loanId) external view returns (uint256);

    /// The loan that a token secures; zero for none.
    function loanIdOf(uint256 tokenId) external view returns (uint96);
    function loanOf(uint96 loanId) external view returns (Loan memory);
    function tokenOf(uint96 loanId) external view returns (uint256);
    function noteOf(uint96 loanId) external view returns (uint256);
    function agreementHashOf(uint96 loanId) external view returns (bytes32);
}
