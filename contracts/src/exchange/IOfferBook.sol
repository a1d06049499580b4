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

    /// Whether something can be bought or renewed under an offer now, as far as the offer says.
    function isOfferOpen(uint32 offerId) external view returns (bool);

    /// The terms of an offer of a kind under which sections can be bought now, for a use by a licensee.
    /// Reverts, with what is in the way, when they cannot.
    function termsFor(uint32 offerId, Kind kind, uint16 mask, uint8 use, address licensee)
        external
        view
        returns (Offer memory);

    /// The terms of an open offer to sell a token, and its price.
    function saleTermsOf(uint32 offerId) external view returns (Offer memory, uint256 price);

    /// Reverts when the policy of today or the terms of an offer keep a licensee from a use of sections.
    function checkAdmission(uint32 offerId, uint16 mask, uint8 use, address licensee) external view;

    /// What sections pay a day, each `bps` of its price, rounded up.
    function legsOf(uint32 offerId, uint16 mask, uint256 bps) external view returns (Leg[] memory);
}
