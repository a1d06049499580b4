// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ILicensingPolicy} from "../consent/ILicensingPolicy.sol";
import {IOrganizations} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IERC5192} from "../records/IERC5192.sol";
import {IRecordRegistry, Rekey} from "../records/IRecordRegistry.sol";
import {IRevenueRouter} from "../revenue/IRevenueRouter.sol";
import {IERC5643} from "./IERC5643.sol";
import {ILicenseBook, Sale, SaleState} from "./ILicenseBook.sol";
import {IOfferBook} from "./IOfferBook.sol";
import {Licenses} from "./Licenses.sol";
import {Parties} from "./Parties.sol";
import {Renewals} from "./Renewals.sol";

/// @title See {ILicenseBook}
contract LicenseBook is Renewals {
    uint40 private constant REKEY_TIME = 72 hours;
    bytes32 private constant BUY = keccak256(
        "Buy(uint32 offerId,address receiver,uint256 maxPrice,bytes32 fingerprint,"
        "uint256 nonce,uint64 deadline)"
    );

    mapping(uint256 id => Sale) private _sales;

    constructor(
        IOrganizations organizations,
        ILicensingPolicy policy,
        IRecordRegistry records,
        IRevenueRouter router,
        IOfferBook offers
    ) IntentGuard("LicenseBook") Parties(organizations) Licenses(policy, records, router, offers) {}

    /* TERMS */

    /// @inheritdoc ILicenseBook
    function raiseTerms(uint256 tokenId) external {
        if (msg.sender != address(OFFERS)) revert LicenseBook_NotOfferBook(msg.sender);
        ROUTER.raiseTerms(tokenId);
    }

    /* BUY */

    /// @inheritdoc ILicenseBook
    function buy(
        uint32 offerId,
        address receiver,
        uint256 maxPrice,
        bytes32 fingerprint,
        Intent calldata by
    ) external nonReentrant returns (uint256 id) {
        address signer = _verify(
            by,
            keccak256(
                abi.encode(BUY, offerId, receiver, maxPrice, fingerprint, by.nonce, by.deadline)
            )
        );
        address buyer = _openingFor(signer, 0);
        id = _idOf(by);
        if (_sales[id].state != SaleState.None) revert LicenseBook_AlreadyExists(id);
        (uint256 tokenId, address seller, uint256 price) = OFFERS.saleTermsOf(offerId);
        _checkSale(tokenId, seller, receiver, fingerprint);
        if (price > maxPrice) revert LicenseBook_PriceAbove(maxPrice, price);

        uint40 deadline = uint40(block.timestamp) + REKEY_TIME;
        _sales[id] = Sale(offerId, buyer, uint48(price), SaleState.Open);
        emit SaleOpened(id, tokenId, buyer, receiver, offerId, price, deadline);
        RECORDS.beginRekey(tokenId, receiver, deadline);
        ROUTER.take(buyer, price);
    }

    /// What is sold is what the buyer saw.
    function _checkSale(uint256 tokenId, address seller, address receiver, bytes32 fingerprint)
        private
        view
    {
        if (!ORGANIZATIONS.canAcquire(receiver) || receiver == seller) {
            revert LicenseBook_CannotAcquire(receiver);
        }
        bytes32 found = ROUTER.collateralFingerprint(tokenId);
        if (found != fingerprint) revert LicenseBook_FingerprintChanged(fingerprint, found);
    }

    /* COMPLETE AND ABORT */

    /// @inheritdoc ILicenseBook
    function completeSale(uint256 id, Rekey calldata rekey, bytes[] calldata signatures)
        external
        nonReentrant
    {
        (Sale memory sale, uint256 tokenId, address seller) = _openSale(id);
        if (rekey.tokenId != tokenId) revert LicenseBook_WrongToken(rekey.tokenId, tokenId);

        _sales[id].state = SaleState.Completed;
        emit SaleCompleted(id, tokenId);
        RECORDS.completeSale(rekey, signatures);
        ROUTER.book(tokenId, sale.price, seller);
    }

    /// @inheritdoc ILicenseBook
    function abortSale(uint256 id) external nonReentrant {
        (Sale memory sale, uint256 tokenId,) = _openSale(id);
        uint40 deadline = RECORDS.tokenStateOf(tokenId).rekeyDeadline;
        if (block.timestamp <= deadline) revert LicenseBook_TooEarly(deadline + 1);

        _sales[id].state = SaleState.Aborted;
        emit SaleAborted(id, tokenId);
        RECORDS.abortRekey(tokenId);
        ROUTER.credit(sale.buyer, sale.price);
    }

    function _openSale(uint256 id)
        private
        view
        returns (Sale memory sale, uint256 tokenId, address seller)
    {
        sale = _sales[id];
        if (sale.state != SaleState.Open) revert LicenseBook_SaleClosed(id);
        (tokenId, seller) = OFFERS.sellerOf(sale.offerId);
    }

    /* VIEWS */

    /// @inheritdoc ILicenseBook
    function saleOf(uint256 id) external view returns (Sale memory) {
        return _sales[id];
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IERC721).interfaceId
            || id == type(IERC5192).interfaceId || id == type(IERC5643).interfaceId;
    }
}
