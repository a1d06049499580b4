// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAccess, Reason} from "../custody/IAccess.sol";
import {IERC5192} from "../records/IERC5192.sol";
import {Prepayment} from "../revenue/IRevenueRouter.sol";
import {ILicenseBook, License, LicenseState} from "./ILicenseBook.sol";
import {Kind} from "./IOfferBook.sol";
import {Licenses} from "./Licenses.sol";
import {Terms} from "./Terms.sol";

/// @title The part of LicenseBook that tells who holds a license and what it opens
abstract contract Holdings is Licenses, IERC721Errors {
    /* ACCESS */

    /// @inheritdoc IAccess
    function checkAccess(uint256 id, address licensee, uint8 code, uint32 version, uint8 use)
        external
        view
        returns (bool isOpen, Reason reason)
    {
        reason = _reason(id, licensee, code, version, use);
        isOpen = reason == Reason.None;
    }

    function _reason(uint256 id, address licensee, uint8 code, uint32 version, uint8 use)
        private
        view
        returns (Reason)
    {
        License memory license = _licenses[id];
        if (license.state == LicenseState.None || licensee == address(0)) return Reason.Holder;
        uint256 tokenId = _tokenOf(license);
        Prepayment memory paid = ROUTER.prepaymentOf(tokenId, id);
        uint256 parent = _children[id].parent;
        if ((parent == 0 ? paid.licensee : _children[id].holder) != licensee) return Reason.Holder;
        if (!_hasSection(license, code)) return Reason.Section;
        if (!_isCurrent(license, tokenId, code)) return Reason.Generation;
        if (license.use != use) return Reason.Use;
        if (!ORGANIZATIONS.isLicensee(licensee)) return Reason.Accreditation;
        if (!_isLive(license, paid.endDay)) return Reason.Time;
        if (version > license.versionMax) return Reason.Version;
        return parent == 0 || _isCarried(parent, code) ? Reason.None : Reason.Ancestors;
    }

    /// Whether a license and all above it give a section now; there are at most four.
    function _isCarried(uint256 id, uint8 code) internal view returns (bool) {
        for (; id != 0; id = _children[id].parent) {
            License memory license = _licenses[id];
            uint256 tokenId = _tokenOf(license);
            bool isGiven = _hasSection(license, code) && _isCurrent(license, tokenId, code)
                && ORGANIZATIONS.isLicensee(_holderOf(id))
                && _isLive(license, ROUTER.prepaymentOf(tokenId, id).endDay);
            if (!isGiven) return false;
        }
        return true;
    }

    /// Whether a license above one has ended, or its time is over.
    function _isOrphaned(uint256 id) internal view returns (bool) {
        for (id = _children[id].parent; id != 0; id = _children[id].parent) {
            License memory license = _licenses[id];
            if (!_isLive(license, ROUTER.prepaymentOf(_tokenOf(license), id).endDay)) return true;
        }
        return false;
    }

    function _hasSection(License memory license, uint8 code) private pure returns (bool) {
        return code < 16 && license.mask & (1 << code) != 0;
    }

    /// The section was not closed since the license was sold.
    function _isCurrent(License memory license, uint256 tokenId, uint8 code)
        internal
        view
        returns (bool)
    {
        (uint8 generation, bool isOpen) = POLICY.sectionGate(Terms.sectionOf(tokenId, code));
        return isOpen && generation == _generation(license, code);
    }

    function _isLive(License memory license, uint16 endDay) internal view returns (bool) {
        bool isInTime = license.kind == Kind.Perpetual || block.timestamp < endDay * DAY;
        return license.state == LicenseState.Live && isInTime;
    }

    /* VIEWS */

    /// @inheritdoc ILicenseBook
    function licenseOf(uint256 id) external view returns (License memory) {
        return _licenses[id];
    }

    /// @inheritdoc ILicenseBook
    function parentOf(uint256 id) external view returns (uint256) {
        return _children[id].parent;
    }

    /* TOKENS THAT STAY */

    /// @inheritdoc IERC721
    function balanceOf(address owner) external view returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(owner);
        return _balances[owner];
    }

    /// @inheritdoc IERC721
    function ownerOf(uint256 id) public view returns (address) {
        if (_licenses[id].state != LicenseState.Live) revert ERC721NonexistentToken(id);
        return _holderOf(id);
    }

    /// @inheritdoc IERC5192
    function locked(uint256 id) external view returns (bool) {
        return ownerOf(id) != address(0);
    }

    /// @inheritdoc IERC721
    function getApproved(uint256 id) external view returns (address) {
        ownerOf(id);
        return address(0);
    }

    /// @inheritdoc IERC721
    function isApprovedForAll(address, address) external pure returns (bool) {
        return false;
    }

    /// Never: a license is its licensee's.
    function transferFrom(address, address, uint256) external pure {
        revert LicenseBook_NonTransferable();
    }

    /// As {transferFrom}.
    function safeTransferFrom(address, address, uint256) external pure {
        revert LicenseBook_NonTransferable();
    }

    /// As {transferFrom}.
    function safeTransferFrom(address, address, uint256, bytes calldata) external pure {
        revert LicenseBook_NonTransferable();
    }

    /// As {transferFrom}.
    function approve(address, uint256) external pure {
        revert LicenseBook_NonTransferable();
    }

    /// As {transferFrom}.
    function setApprovalForAll(address, bool) external pure {
        revert LicenseBook_NonTransferable();
    }

    /* INTERNAL */

    function _holderOf(uint256 id) internal view returns (address) {
        address holder = _children[id].holder;
        if (holder != address(0)) return holder;
        return ROUTER.prepaymentOf(_tokenOf(_licenses[id]), id).licensee;
    }

    /// The token of the offer that a license was sold under.
    function _tokenOf(License memory license) internal view returns (uint256) {
        return OFFERS.tokenOf(license.offerId);
    }
}
