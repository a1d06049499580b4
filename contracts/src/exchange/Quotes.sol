// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicensingPolicy, Policy} from "../consent/ILicensingPolicy.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {Leg} from "../revenue/IRevenueRouter.sol";
import {ILicenseBook} from "./ILicenseBook.sol";
import {IOfferBook, Kind, Quote, Request} from "./IOfferBook.sol";
import {Parties} from "./Parties.sol";
import {Terms} from "./Terms.sol";

/// @title The part of OfferBook that tells what can be bought, and for how much
abstract contract Quotes is IOfferBook, Parties {
    uint256 internal constant PRICES_PER_WORD = 5;
    uint256 internal constant FIRST_PRICES = 3;
    uint256 internal constant PRICE_BITS = 48;
    uint256 internal constant BPS = 10_000;

    /// Two words: an {Offer} but for its seller and its agreement, which nobody looks at who takes a
    /// license, and the prices of the first three of its sections.
    struct Kept {
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
        uint32 until;
        uint144 firstPrices;
    }

    ILicensingPolicy private immutable POLICY;
    IRecordRegistry internal immutable RECORDS;

    mapping(uint32 offerId => Kept) internal _offers;
    mapping(uint32 offerId => address) internal _sellers;
    /// The prices of further sections.
    mapping(uint32 offerId => mapping(uint256 word => uint256)) internal _prices;
    /// The last offer of a token that was closed with all of its offers.
    mapping(uint256 tokenId => uint32 offerId) internal _closedThrough;

    constructor(ILicensingPolicy policy, IRecordRegistry records) {
        POLICY = policy;
        RECORDS = records;
    }

    /* QUOTES */

    /// @inheritdoc IOfferBook
    function quote(Request calldata request) external view returns (Quote memory) {
        Kept memory offer = _openOffer(request.offerId, request.kind);
        uint16 mask = request.mask;
        bool isPart = mask != 0 && mask & ~offer.mask == 0;
        if (!isPart || (offer.flags & Terms.WHOLE != 0 && mask != offer.mask)) {
            revert ILicenseBook.LicenseBook_MaskNotOffered(mask);
        }
        uint16 used = _checkSections(offer.tokenId, mask);
        Quote memory answer = _quote(offer, request);
        answer.used = used;
        bool isPerpetual = offer.kind == Kind.Perpetual;
        if (isPerpetual ? request.termDays != 0 : !_isTerm(offer, request.termDays)) {
            revert ILicenseBook.LicenseBook_TermOutOfRange(request.termDays);
        }
        return answer;
    }

    /// @inheritdoc IOfferBook
    function quoteRenewal(Request calldata request) external view returns (Quote memory answer) {
        Kept memory offer = _openOffer(request.offerId);
        if (request.kind == Kind.Perpetual || !_isTerm(offer, request.termDays)) {
            revert ILicenseBook.LicenseBook_TermOutOfRange(request.termDays);
        }
        if (!ORGANIZATIONS.isLicensee(request.licensee)) {
            revert ILicenseBook.LicenseBook_NotAccredited(request.licensee);
        }
        answer = _quote(offer, request);
        answer.used = type(uint16).max;
    }

    /// @inheritdoc IOfferBook
    function quoteBelow(Request calldata request) external view returns (Quote memory) {
        return _quote(_offers[request.offerId], request);
    }

    /// The policy, as it is now, lets this use be sold under the offer, and the offer admits the
    /// licensee.
    function _quote(Kept memory offer, Request calldata request)
        private
        view
        returns (Quote memory answer)
    {
        uint8 use = request.use;
        if (use > 15 || offer.uses & (1 << use) == 0) {
            revert ILicenseBook.LicenseBook_OutsideUses(use);
        }
        Policy memory policy;
        (policy, answer.generations, answer.open) = POLICY.termsOf(Terms.recordOf(offer.tokenId));
        _checkFits(offer, request.mask, uint16(1 << use), policy);
        _checkLicensee(offer, use, request.licensee);
        answer.tokenId = offer.tokenId;
        answer.legs = _legs(request.offerId, offer, request.mask, request.isBelow);
    }

    function _checkLicensee(Kept memory offer, uint8 use, address licensee) private view {
        bool isAsked = Terms.asksAttributes(offer.duo, offer.regions);
        bytes32 attributes = isAsked ? ORGANIZATIONS.attributesOf(licensee) : bytes32(0);
        uint8 term = Terms.unmet(offer.duo, use, attributes);
        if (term != 0) revert ILicenseBook.LicenseBook_OutsideDuo(term);
        if (!Terms.isWithin(offer.regions, attributes)) {
            revert ILicenseBook.LicenseBook_OutsideRegions(licensee);
        }
        term = Terms.unmetOrigins(offer.duo, use);
        if (term != 0) revert ILicenseBook.LicenseBook_OutsideDuo(term);
    }

    function _legs(uint32 offerId, Kept memory offer, uint16 mask, bool isBelow)
        private
        view
        returns (Leg[] memory legs)
    {
        legs = new Leg[](Terms.count(mask));
        uint256 bps = isBelow ? offer.sublicenseBps : BPS;
        uint256 index;
        uint256 found;
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (offer.mask >> code & 1 == 0) continue;
            if (mask >> code & 1 != 0) {
                uint256 rate = (_priceAt(offerId, offer.firstPrices, index) * bps + BPS - 1) / BPS;
                legs[found++] = Leg(Terms.sectionOf(offer.tokenId, code), uint48(rate));
            }
            ++index;
        }
    }

    function _isTerm(Kept memory offer, uint16 termDays) private pure returns (bool) {
        return offer.minDays <= termDays && termDays <= offer.maxDays;
    }

    /// @inheritdoc IOfferBook
    function saleTermsOf(uint32 offerId)
        external
        view
        returns (uint256 tokenId, address seller, uint256 price)
    {
        Kept memory offer = _openOffer(offerId, Kind.Sale);
        (tokenId, seller) = (offer.tokenId, _sellers[offerId]);
        if (RECORDS.ownerOf(tokenId) != seller) {
            revert ILicenseBook.LicenseBook_OfferClosed(offerId);
        }
        _checkPolicy(offer);
        price = _priceAt(offerId, offer.firstPrices, 0);
    }

    /// @inheritdoc IOfferBook
    function legsOf(uint32 offerId, uint16 mask, bool isBelow)
        external
        view
        returns (Leg[] memory)
    {
        return _legs(offerId, _offers[offerId], mask, isBelow);
    }

    /* INTERNAL */

    /// The terms of an offer under which something can be bought now.
    function _openOffer(uint32 offerId) private view returns (Kept memory) {
        if (!_isOpen(offerId)) revert ILicenseBook.LicenseBook_OfferClosed(offerId);
        return _offers[offerId];
    }

    function _openOffer(uint32 offerId, Kind kind) private view returns (Kept memory offer) {
        offer = _openOffer(offerId);
        if (offer.kind != kind) revert ILicenseBook.LicenseBook_WrongKind(offerId, offer.kind);
    }

    function _isOpen(uint32 offerId) internal view returns (bool) {
        Kept storage offer = _offers[offerId];
        return offer.until > block.timestamp && offerId > _closedThrough[offer.tokenId];
    }

    /// Units, or units a day, of one section: the `index`th of the offer's mask.
    function _priceAt(uint32 offerId, uint256 firstPrices, uint256 index)
        internal
        view
        returns (uint256)
    {
        if (index < FIRST_PRICES) return uint48(firstPrices >> index * PRICE_BITS);
        index -= FIRST_PRICES;
        uint256 word = _prices[offerId][index / PRICES_PER_WORD];
        return uint48(word >> index % PRICES_PER_WORD * PRICE_BITS);
    }

    /// The token still controls all of these sections, and no new keys are asked for.
    /// @return used the sections of its record that ever had an exclusive user
    function _checkSections(uint256 tokenId, uint16 mask) internal view returns (uint16) {
        (uint16 sections, uint16 used, bool isRekeying) = RECORDS.licensingOf(tokenId);
        if (mask & ~sections != 0) revert ILicenseBook.LicenseBook_MaskNotOffered(mask);
        if (isRekeying) revert ILicenseBook.LicenseBook_RekeyPending(tokenId);
        return used;
    }

    /// All that is offered can be licensed under the policy of today.
    function _checkPolicy(Kept memory offer) internal view {
        Policy memory policy;
        (policy.mask, policy.duo, policy.uses, policy.regions,) =
            POLICY.policy(Terms.recordOf(offer.tokenId));
        _checkFits(offer, offer.mask, offer.uses, policy);
    }

    function _checkFits(Kept memory offer, uint16 mask, uint16 uses, Policy memory policy)
        private
        pure
    {
        bool fits = Terms.fits(mask, uses, policy)
            && Terms.admits(offer.kind, offer.duo, offer.regions, policy);
        if (!fits) revert ILicenseBook.LicenseBook_OutsidePolicy(Terms.recordOf(offer.tokenId));
    }
}
