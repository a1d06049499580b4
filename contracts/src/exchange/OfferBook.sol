// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicensingPolicy} from "../consent/ILicensingPolicy.sol";
import {IOrganizations} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {ILienHolder} from "../revenue/ILienHolder.sol";
import {IRevenueRouter, Lien} from "../revenue/IRevenueRouter.sol";
import {ILicenseBook} from "./ILicenseBook.sol";
import {IOfferBook, Kind, Offer} from "./IOfferBook.sol";
import {Parties} from "./Parties.sol";
import {Quotes} from "./Quotes.sol";
import {Terms} from "./Terms.sol";

/// @title See {IOfferBook}
contract OfferBook is Quotes, IntentGuard {
    uint16 private constant MAX_DAYS = 1_095;
    uint8 private constant MAX_DEPTH = 3;

    string private constant OFFER_TYPE = "Offer(uint136 tokenId,uint16 mask,uint8 kind,uint8 flags,"
        "uint16 uses,uint16 regions,uint8 sublicenseDepth,uint16 minDays,uint16 maxDays,"
        "uint16 sublicenseBps,uint64 duo,address seller,uint32 until,bytes32 agreementHash)";
    // Not constants, which would be put together and hashed again at each call.
    bytes32 private immutable OFFER = keccak256(bytes(OFFER_TYPE));
    bytes32 private immutable POST_OFFER = keccak256(
        bytes.concat(
            "PostOffer(Offer offer,uint48[] prices,uint256 nonce,uint64 deadline)",
            bytes(OFFER_TYPE)
        )
    );
    bytes32 private immutable APPROVE_OFFER = keccak256(
        bytes.concat(
            "ApproveOffer(Offer offer,uint48[] prices,uint256 nonce,uint64 deadline)",
            bytes(OFFER_TYPE)
        )
    );
    bytes32 private constant CLOSE_OFFER =
        keccak256("CloseOffer(uint32 offerId,uint256 nonce,uint64 deadline)");
    bytes32 private constant CLOSE_ALL_OFFERS =
        keccak256("CloseAllOffers(uint256 tokenId,uint256 nonce,uint64 deadline)");

    IRevenueRouter private immutable ROUTER;
    ILicenseBook private immutable LICENSES;

    uint32 private _count;
    mapping(uint32 offerId => bytes32 hash) private _agreements;

    constructor(
        IOrganizations organizations,
        ILicensingPolicy policy,
        IRecordRegistry records,
        IRevenueRouter router,
        ILicenseBook licenses
    ) IntentGuard("OfferBook") Parties(organizations) Quotes(policy, records) {
        ROUTER = router;
        LICENSES = licenses;
    }

    /* POST OFFER */

    /// @inheritdoc IOfferBook
    function postOffer(
        Offer calldata offer,
        uint48[] calldata prices,
        Intent calldata approval,
        Intent calldata by
    ) external returns (uint32 id) {
        bytes32 offered = keccak256(abi.encode(OFFER, offer));
        bytes32 priced = keccak256(abi.encodePacked(prices));
        address signer =
            _accept(by, keccak256(abi.encode(POST_OFFER, offered, priced, by.nonce, by.deadline)));
        _checkPledge(
            offer.tokenId,
            approval,
            keccak256(abi.encode(APPROVE_OFFER, offered, priced, approval.nonce, approval.deadline))
        );
        if (ORGANIZATIONS.isOpeningPaused()) revert ILicenseBook.LicenseBook_OpeningPaused();
        address seller = RECORDS.ownerOf(offer.tokenId);
        if (seller != offer.seller || !_actsFor(signer, seller)) {
            revert ILicenseBook.LicenseBook_NotOwner(offer.tokenId, signer);
        }
        Kept memory kept = _keptOf(offer);
        _checkOffered(kept, prices.length);

        id = ++_count;
        kept.firstPrices = uint144(_packed(prices, 0, FIRST_PRICES));
        (_offers[id], _sellers[id], _agreements[id]) = (kept, seller, offer.agreementHash);
        _keepPrices(id, prices);
        emit OfferPosted(id, offer.tokenId, offer, prices);
        LICENSES.raiseTerms(offer.tokenId);
    }

    function _checkOffered(Kept memory offer, uint256 prices) private view {
        bool isSale = offer.kind == Kind.Sale;
        if (offer.until <= block.timestamp) revert ILicenseBook.LicenseBook_Expired(offer.until);
        _checkLicensable(offer.mask);
        if (isSale != (offer.mask == 0)) {
            revert ILicenseBook.LicenseBook_MaskNotOffered(offer.mask);
        }
        uint256 expected = isSale ? 1 : Terms.count(offer.mask);
        if (prices != expected) revert ILicenseBook.LicenseBook_BadPrices(prices, expected);
        if (offer.kind == Kind.Exclusive || offer.kind == Kind.Subscription) {
            if (offer.minDays == 0) revert ILicenseBook.LicenseBook_TermOutOfRange(0);
            if (offer.minDays > offer.maxDays || offer.maxDays > MAX_DAYS) {
                revert ILicenseBook.LicenseBook_TermOutOfRange(offer.maxDays);
            }
        }
        if (offer.sublicenseDepth > MAX_DEPTH || offer.sublicenseBps > BPS) {
            revert ILicenseBook.LicenseBook_BadSublicense(
                offer.sublicenseDepth, offer.sublicenseBps
            );
        }
        _checkSections(offer.tokenId, offer.mask);
        _checkPolicy(offer);
    }

    function _keptOf(Offer calldata offer) private pure returns (Kept memory) {
        return Kept({
            tokenId: offer.tokenId,
            mask: offer.mask,
            kind: offer.kind,
            flags: offer.flags,
            uses: offer.uses,
            regions: offer.regions,
            sublicenseDepth: offer.sublicenseDepth,
            minDays: offer.minDays,
            maxDays: offer.maxDays,
            sublicenseBps: offer.sublicenseBps,
            duo: offer.duo,
            until: offer.until,
            firstPrices: 0
        });
    }

    /// The lowest that is never licensed is told.
    function _checkLicensable(uint16 mask) private pure {
        uint16 never = mask & ~Terms.LICENSABLE;
        if (never != 0) revert ILicenseBook.LicenseBook_NotLicensable(never & 1 != 0 ? 0 : 14);
    }

    /// A new offer on a pledged token binds who lent on it.
    function _checkPledge(uint256 tokenId, Intent calldata approval, bytes32 structHash) private {
        Lien memory lien = ROUTER.lienOf(tokenId);
        if (lien.module == address(0)) return;
        if (approval.deadline == 0) revert ILicenseBook.LicenseBook_ApprovalMissing(tokenId);
        address signer = _accept(approval, structHash);
        if (!_actsFor(signer, ILienHolder(lien.module).creditorOf(lien.id))) {
            revert ILicenseBook.LicenseBook_ApprovalMissing(tokenId);
        }
    }

    function _keepPrices(uint32 id, uint48[] calldata prices) private {
        uint256 word;
        for (uint256 from = FIRST_PRICES; from < prices.length; from += PRICES_PER_WORD) {
            _prices[id][word++] = _packed(prices, from, PRICES_PER_WORD);
        }
    }

    /// The prices from one on, at most so many, in a word.
    function _packed(uint48[] calldata prices, uint256 from, uint256 most)
        private
        pure
        returns (uint256 word)
    {
        for (uint256 i; i < most && from + i < prices.length; ++i) {
            word |= uint256(prices[from + i]) << i * PRICE_BITS;
        }
    }

    /* CLOSE OFFERS */

    /// @inheritdoc IOfferBook
    function closeOffer(uint32 offerId, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(CLOSE_OFFER, offerId, by.nonce, by.deadline)));
        Kept storage offer = _offers[offerId];
        if (!_isOpen(offerId)) revert ILicenseBook.LicenseBook_OfferClosed(offerId);
        if (offer.kind != Kind.Sale || !_actsFor(signer, _sellers[offerId])) {
            _checkBeneficiary(offer.tokenId, signer);
        }

        offer.until = uint32(block.timestamp);
        emit OfferClosed(offerId);
        LICENSES.raiseTerms(offer.tokenId);
    }

    /// @inheritdoc IOfferBook
    function closeAllOffers(uint256 tokenId, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(CLOSE_ALL_OFFERS, tokenId, by.nonce, by.deadline)));
        _checkBeneficiary(tokenId, signer);

        _closedThrough[tokenId] = _count;
        emit AllOffersClosed(tokenId, _count);
        LICENSES.raiseTerms(tokenId);
    }

    /// Offers on a section that was recombined are the record's owner's to close.
    function _checkBeneficiary(uint256 tokenId, address signer) private view {
        uint256 present = uint8(tokenId) == 0 ? tokenId : RECORDS.controllerOf(tokenId);
        if (!_actsFor(signer, RECORDS.ownerOf(present))) {
            revert ILicenseBook.LicenseBook_NotOwner(tokenId, signer);
        }
    }

    /* VIEWS */

    /// @inheritdoc IOfferBook
    function offerOf(uint32 offerId) external view returns (Offer memory) {
        Kept memory kept = _offers[offerId];
        return _shown(kept, _sellers[offerId], _agreements[offerId]);
    }

    /// @inheritdoc IOfferBook
    function tokenOf(uint32 offerId) external view returns (uint256) {
        return _offers[offerId].tokenId;
    }

    /// @inheritdoc IOfferBook
    function sellerOf(uint32 offerId) external view returns (uint256 tokenId, address seller) {
        return (_offers[offerId].tokenId, _sellers[offerId]);
    }

    /// @inheritdoc IOfferBook
    function pricesOf(uint32 offerId) external view returns (uint48[] memory prices) {
        Kept storage offer = _offers[offerId];
        if (offer.until == 0) return prices;
        prices = new uint48[](offer.kind == Kind.Sale ? 1 : Terms.count(offer.mask));
        for (uint256 i; i < prices.length; ++i) {
            prices[i] = uint48(_priceAt(offerId, offer.firstPrices, i));
        }
    }

    /// @inheritdoc IOfferBook
    function isOfferOpen(uint32 offerId) external view returns (bool) {
        return _isOpen(offerId);
    }

    /* INTERNAL */

    function _shown(Kept memory kept, address seller, bytes32 agreementHash)
        private
        pure
        returns (Offer memory)
    {
        return Offer({
            tokenId: kept.tokenId,
            mask: kept.mask,
            kind: kept.kind,
            flags: kept.flags,
            uses: kept.uses,
            regions: kept.regions,
            sublicenseDepth: kept.sublicenseDepth,
            minDays: kept.minDays,
            maxDays: kept.maxDays,
            sublicenseBps: kept.sublicenseBps,
            duo: kept.duo,
            seller: seller,
            until: kept.until,
            agreementHash: agreementHash
        });
    }
}
