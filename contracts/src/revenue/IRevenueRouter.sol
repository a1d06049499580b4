// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {IOwnershipHook} from "../records/IOwnershipHook.sol";

/// What one section of a license pays: units a day.
struct Leg {
    uint136 sectionId;
    uint48 ratePerDay;
}

/// The income of a section: `accrued` in units times {DAY}, of which `ratePerDay` flows since `last`.
/// `sharedThroughDay` is the last day that a license which is not exclusive was ever paid for; 65,535 is
/// for ever.
struct Stream {
    uint128 accrued;
    uint64 ratePerDay;
    uint40 last;
    uint8 generation;
    uint16 sharedThroughDay;
}

/// What a license has paid for: from `start` (seconds) to midnight at the start of `endDay`, days since
/// 1970. `ratePerDay` is the sum over its sections.
struct Prepayment {
    address licensee;
    uint32 start;
    uint16 endDay;
    uint40 ratePerDay;
    bool isRecurring;
}

/// `id` is the module's own number of the claim.
struct Lien {
    address module;
    uint96 id;
}

struct LastSale {
    uint128 price;
    uint40 at;
}

/// What of a payment is credited to whom.
struct Part {
    address to;
    uint256 amount;
}

/// How one amount of income was divided; the parts sum to the amount.
struct Split {
    uint256 subject;
    uint256 source;
    uint256 host;
    uint256 platform;
    uint256 lender;
    uint256 owner;
}

/// @title All money of Salus: prepaid income, what everybody is owed, and claims on income
/// @notice Money is integer units of one settlement token. Licensees prepay; a section earns by the
/// second; {settle} divides what was earned and credits it. Credits leave by {withdraw} only, so a payee
/// who cannot be paid stops nobody.
///
/// The exchange opens, moves and stops prepayments; the lending places liens; these two and the adopted
/// modules take, credit and book. Nothing else moves money, and no function takes from anybody who did
/// not call a module or sign for it.
interface IRevenueRouter is IOwnershipHook {
    event PrepaymentOpened(
        uint256 indexed token,
        uint256 indexed license,
        address licensee,
        uint16 endDay,
        uint256 price
    );

    /// @param paid what was added, `refunded` what was given back (units)
    event PrepaymentMoved(
        uint256 indexed token,
        uint256 indexed license,
        uint16 endDay,
        uint256 paid,
        uint256 refunded
    );
    event PrepaymentStopped(uint256 indexed token, uint256 indexed license, uint256 refund);
    event IncomeEarned(uint256 indexed token, uint256 amount);
    event Routed(uint256 indexed token, Split split);
    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    event LienSet(uint256 indexed token, address indexed module, uint96 id);
    event LienCleared(uint256 indexed token);
    event TermsRaised(uint256 indexed token, uint32 seq);

    error RevenueRouter_NotModule(address account);
    error RevenueRouter_SettleFirst(uint256 section);
    error RevenueRouter_LienExists(uint256 token);
    error RevenueRouter_NoLien(uint256 token);
    error RevenueRouter_RateOverflow(uint256 section);
    error RevenueRouter_ShortTransfer(uint256 expected, uint256 got);
    error RevenueRouter_CreditTooLow(address account, uint256 asked);
    error RevenueRouter_ReserveTooLow(address module, uint256 asked);
    error RevenueRouter_UnknownPrepayment(uint256 token, uint256 license);
    error RevenueRouter_PrepaymentExists(uint256 token, uint256 license);
    error RevenueRouter_SectionShut(uint256 section);
    error RevenueRouter_TermOver(uint16 day);
    error RevenueRouter_WrongRate(uint256 given, uint256 kept);
    error RevenueRouter_UnknownToken(uint256 token);
    error RevenueRouter_KeyRetired(address signer);
    error RevenueRouter_NotPayable(address account);

    /* PREPAYMENTS; BY THE EXCHANGE */

    /// Pulls the price of a term from `payer` and starts the income of its sections: the price is
    /// `ceil(sum of rates * (end - now) / DAY)`. Who pays is the licensee.
    /// @param token that of the offer, under which the prepayment is found; sections may have become
    /// tokens of their own
    /// @param legs at most 15, of different sections of the token's record
    /// @param endDay the term ends at its beginning
    /// @param isRecurring false for a license for ever
    /// @param isShared false for an exclusive license
    function open(
        uint256 token,
        uint256 license,
        address payer,
        Leg[] calldata legs,
        uint16 endDay,
        bool isRecurring,
        bool isShared
    ) external returns (uint256 price);

    /// Moves the end of a term: pulls the price of what is added, or credits what is taken off. One that
    /// has lapsed begins anew now.
    /// @param legs all that are left of the license, each still of the generation it was sold in
    function move(uint256 token, uint256 license, address payer, Leg[] calldata legs, uint16 endDay)
        external
        returns (uint256 paid, uint256 refunded);

    /// Ends the prepayment of some sections this second, or of a closed section in the second in which
    /// it was closed, and credits the licensee `floor(rate * (end - stop) / DAY)` of each stop.
    /// @param generations that of each leg when the license was sold; an older one was closed
    function stop(uint256 token, uint256 license, Leg[] calldata legs, uint8[] calldata generations)
        external
        returns (uint256 refund);

    /// Counts a change of what is offered on a token, so that a lender's offer on what was there before
    /// is void.
    function raiseTerms(uint256 token) external;

    /* MONEY; BY MODULES */

    /// Pulls units from a payer into the reserve of the calling module.
    function take(address payer, uint256 amount) external;

    /// From the calling module's reserve to a credit.
    function credit(address to, uint256 amount) external;

    /// Pulls units from a payer and credits them in one step.
    function pass(address payer, address to, uint256 amount) external;

    /// From the calling module's reserve through the shares of a token; the rest is `to`'s, or of whoever
    /// earns now where `to` is zero. With `to` given by the exchange it is the price of a sale.
    function book(uint256 token, uint256 amount, address to) external;

    /* LIENS; BY THE LENDING */

    /// Settles, gives the income of a token from this second on to a claim, and passes what is lent on:
    /// pulled from the lender, credited to who borrows.
    function lend(uint256 token, uint96 id, address lender, address to, uint256 amount) external;

    /// Lifts a claim whose income was settled in this transaction, and pulls from a payer what is
    /// credited: the parts, and a surplus that goes through the shares of the token to `to`.
    function payOff(
        uint256 token,
        address payer,
        Part[] calldata parts,
        uint256 surplus,
        address to
    ) external;

    /* SETTLE AND WITHDRAW; BY ANYBODY */

    /// Earns what a token's sections have accrued and divides it: floor of the subject, royalty of the
    /// source, fee of the host, fee of the platform, each rounded down; then the claim on it, then the
    /// owner.
    /// @return amount what was divided (units)
    function settle(uint256 token) external returns (uint256 amount);

    /// Walks at most 64 days of one section on which a term ends; for a section that was left alone for
    /// so long that {settle} is refused.
    function accrue(uint256 sectionId) external;

    /// Pays out a credit; by the account it belongs to, or by an acting key of the organization that
    /// is that account.
    function withdraw(address to, uint256 amount, Intent calldata by) external;

    /// Pays an account all it is owed. Not an account that is a contract: the account of a subject has
    /// no way to pass money on, and must say where to.
    function withdrawFor(address account) external;

    /// Passes an EIP-2612 permit for this contract on; one that was used before changes nothing.
    function permitPayer(
        address payer,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /* VIEWS */

    /// Units a day that flow to a token now.
    function rateOf(uint256 token) external view returns (uint256);

    /// Units that {settle} would divide now.
    function pendingOf(uint256 token) external view returns (uint256);
    function creditOf(address account) external view returns (uint256);
    function reserveOf(address module) external view returns (uint256);

    /// Units that were paid in advance and are not earned or given back.
    function escrowed() external view returns (uint256);
    function prepaymentOf(uint256 token, uint256 license) external view returns (Prepayment memory);

    /// The stream of a section as {accrue} would leave it now.
    function streamOf(uint256 sectionId) external view returns (Stream memory);
    function lienOf(uint256 token) external view returns (Lien memory);
    function lastSaleOf(uint256 token) external view returns (LastSale memory);

    /// The hash of all that a lender relies on: owner, sections, detached sections, shares, key epoch,
    /// state of new keys, exclusive users, offers, policy. New data does not change it.
    function collateralFingerprint(uint256 token) external view returns (bytes32);

    /// As {collateralFingerprint} and {rateOf}.
    function collateralOf(uint256 token) external view returns (bytes32 fingerprint, uint256 rate);
}
