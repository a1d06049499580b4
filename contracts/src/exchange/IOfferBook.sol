// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {Leg} from "../revenue/IRevenueRouter.sol";

/// What is sold. `Sale`: a whole token. `Perpetual`: the versions up to the present one, for ever.
/// `Exclusive`: all versions, for one licensee alone. `Subscription`: all versions, for many.
enum Kind {
    Sale,
    Perpetual,
    Exclusive,
    Subscription
}

/// Terms that never change once they are posted.
/// @param tokenId of a record or of a detached section
/// @param mask a bit for each code of a section that is offered; 0 of a sale, which is of the whole
/// @param flags bit 0: all sections or none
/// @param uses a bit for each use, `regions` for each region, as in {ILicensingPolicy}
/// @param sublicenseDepth how many licenses may hang one on another below a bought one, at most 3
/// @param minDays the shortest term, `maxDays` the longest, from 1 to 1,095, where there are terms
/// @param sublicenseBps what a license below another pays of the price, up to 10,000
/// @param duo bit n means DUO:00000nn; exactly one permission
/// @param seller the owner, or who pledged the token
/// @param until when the offer ends (seconds, exclusive)
/// @param agreementHash salted
struct Offer {
    uint136 tokenId;
    uint16 mask;
    Kind kind;
    uint8 flags;
    uint16 uses;
    uint16 regions;
    uint8 sublicenseDepth;
    uint16 minDays;
    uint16 maxDays;
    uint16 sublicenseBps;
    uint64 duo;
    address seller;
    uint32 until;
    bytes32 agreementHash;
}

/// What is asked of an offer.
/// @param kind what the license is or is to be
/// @param isBelow whether it hangs below another, so that it pays a part of the price
struct Request {
    uint32 offerId;
    Kind kind;
    uint16 mask;
    uint16 termDays;
    uint8 use;
    address licensee;
    bool isBelow;
}

/// What an offer answers: the sections that it is about and what each of them pays a day.
/// @param generations of all sections of the record today, eight bits for each code from 1 on
/// @param open a bit for each code of the record whose gate is open
/// @param used a bit for each code that may have an exclusive user
struct Quote {
    uint136 tokenId;
    uint120 generations;
    uint16 open;
    uint16 used;
    Leg[] legs;
}

/// @title What may be bought of records
/// @notice An offer is a menu: any of its sections at the sum of their prices, in units a day. Offers
/// outlive a change of the owner, who may close them; one to sell the token binds its seller only.
///
/// Of `IOrganizations.attributesOf` the book reads: bits 0 to 15, the regions in which an organization
/// is; bit 16, that it is non-profit; bits 24 to 63, when its ethics approval ends (seconds, exclusive).
/// @dev Its errors are those of the license book, through which most of them reach who buys.
interface IOfferBook {
    event OfferPosted(uint32 indexed id, uint256 indexed tokenId, Offer offer, uint48[] prices);
    event OfferClosed(uint32 indexed id);

    /// @param through the last offer of the token that is closed by this
    event AllOffersClosed(uint256 indexed tokenId, uint32 through);

    /* OFFERS */

    /// Posts an offer that fits the policy of the record's subject; by the owner, or who pledged it.
    /// @param prices units a day of each section of the mask, from the lowest code on; of a sale, the
    /// one price
    /// @param approval by who holds the note of a pledge: `ApproveOffer(Offer offer,uint48[] prices,...)`;
    /// not looked at where there is none
    /// @return id the offers are counted from 1
    function postOffer(
        Offer calldata offer,
        uint48[] calldata prices,
        Intent calldata approval,
        Intent calldata by
    ) external returns (uint32 id);

    /// Ends an offer: nothing is bought or renewed under it, and what was bought goes on. By the owner
    /// or who pledged the token, now.
    function closeOffer(uint32 offerId, Intent calldata by) external;

    /// Ends every offer of a token.
    function closeAllOffers(uint256 tokenId, Intent calldata by) external;

    /* VIEWS */

    /// Zeros for an unknown offer. One that was closed by itself has ended when it was closed.
    function offerOf(uint32 offerId) external view returns (Offer memory);
    function tokenOf(uint32 offerId) external view returns (uint256);
    function pricesOf(uint32 offerId) external view returns (uint48[] memory);

    /// The token of an offer, and who made it.
    function sellerOf(uint32 offerId) external view returns (uint256 tokenId, address seller);

    /// Whether something can be bought or renewed under an offer now, as far as the offer says.
    function isOfferOpen(uint32 offerId) external view returns (bool);

    /// What can be bought now under an offer of that kind; `isBelow` is not looked at. Reverts, with what
    /// is in the way, when it cannot. Whether the sections are open is the caller's to look at.
    function quote(Request calldata request) external view returns (Quote memory);

    /// As {quote}, of a license that is renewed: whether the token still controls its sections does not
    /// matter, but whether the licensee is still accredited does.
    function quoteRenewal(Request calldata request) external view returns (Quote memory);

    /// As {quote}, of a license below another: only whether the policy of today and the offer admit the
    /// licensee matters.
    function quoteBelow(Request calldata request) external view returns (Quote memory);

    /// The token and the seller of an open offer to sell it, and the price.
    function saleTermsOf(uint32 offerId)
        external
        view
        returns (uint256 tokenId, address seller, uint256 price);

    /// What sections pay a day; below another license a part of it, rounded up.
    function legsOf(uint32 offerId, uint16 mask, bool isBelow) external view returns (Leg[] memory);
}
