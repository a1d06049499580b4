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
        Held memory held = _held[id];
        if (held.state == LicenseState.None || licensee == address(0)) return Reason.Holder;
        Prepayment memory paid = ROUTER.prepaymentOf(held.tokenId, id);
        address holder = held.isBelow ? _children[id].holder : paid.licensee;
        if (holder != licensee) return Reason.Holder;
        if (!_hasSection(held, code)) return Reason.Section;
        if (!_isCurrent(id, held, code)) return Reason.Generation;
        if (held.use != use) return Reason.Use;
        if (!ORGANIZATIONS.isLicensee(licensee)) return Reason.Accreditation;
        if (!_isLive(held, paid.endDay)) return Reason.Time;
        if (version > held.versionMax) return Reason.Version;
        bool isCarried = !held.isBelow || _isCarried(_children[id].parent, code);
        return isCarried ? Reason.None : Reason.Ancestors;
    }

    /// Whether a license and all above it give a section now; there are at most four.
    function _isCarried(uint256 id, uint8 code) internal view returns (bool) {
        for (; id != 0; id = _children[id].parent) {
            Held memory held = _held[id];
            Prepayment memory paid = ROUTER.prepaymentOf(held.tokenId, id);
            address holder = held.isBelow ? _children[id].holder : paid.licensee;
            bool isGiven = _hasSection(held, code) && _isCurrent(id, held, code)
                && ORGANIZATIONS.isLicensee(holder) && _isLive(held, paid.endDay);
            if (!isGiven) return false;
        }
        return true;
    }

    /// Whether a license above one has ended, or its time is over.
    function _isOrphaned(uint256 id) internal view returns (bool) {
        for (id = _children[id].parent; id != 0; id = _children[id].parent) {
            Held memory held = _held[id];
            if (!_isLive(held, ROUTER.prepaymentOf(held.tokenId, id).endDay)) return true;
        }
        return false;
    }

    function _hasSection(Held memory held, uint8 code) private pure returns (bool) {
        return code < 16 && held.mask & (1 << code) != 0;
    }

    /// The section was not closed since the license was sold.
    function _isCurrent(uint256 id, Held memory held, uint8 code) private view returns (bool) {
        (uint8 generation, bool isOpen) = POLICY.sectionGate(Terms.sectionOf(held.tokenId, code));
        return isOpen && generation == _generation(_generationsOf(id, held), code);
    }

    function _isLive(Held memory held, uint16 endDay) private view returns (bool) {
        bool isInTime = held.kind == Kind.Perpetual || block.timestamp < endDay * DAY;
        return held.state == LicenseState.Live && isInTime;
    }

    /* VIEWS */

    /// @inheritdoc ILicenseBook
    function licenseOf(uint256 id) external view returns (License memory) {
        Held memory held = _held[id];
        return _shown(held, _generationsOf(id, held));
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
        if (_held[id].state != LicenseState.Live) revert ERC721NonexistentToken(id);
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
        return ROUTER.prepaymentOf(_held[id].tokenId, id).licensee;
    }
}
