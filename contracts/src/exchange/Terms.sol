// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Policy} from "../consent/ILicensingPolicy.sol";
import {Kind} from "./IOfferBook.sol";

/// @title What an offer may say, and whom it admits
/// @notice Bits of `duo` are terms of the Data Use Ontology of GA4GH; those that are not named here are
/// duties in the agreement.
library Terms {
    /// Every section code but 0, which is none, and 14, the emergency summary.
    uint16 internal constant LICENSABLE = 0xbffe;
    uint8 internal constant WHOLE = 1;
    uint16 private constant ANY_REGION = 1;

    /// NRES, HMB, DS, POA, GRU: what permits. Every other term narrows.
    uint64 private constant PERMISSIONS = 1 << 4 | 1 << 6 | 1 << 7 | 1 << 11 | 1 << 42;
    /// Every term of DUO that there is.
    uint64 private constant KNOWN = 0x7c00_3f7d_98d0;
    uint8 private constant NPUNCU = 18;
    uint8 private constant IRB = 21;
    uint8 private constant TS = 25;
    uint8 private constant NPOA = 44;
    uint8 private constant NPO = 45;
    uint8 private constant NCU = 46;

    /// NPUNCU, IRB, NPO: what looks at the attributes of a licensee.
    uint64 private constant OF_LICENSEES = 1 << 18 | 1 << 21 | 1 << 45;

    /// Academic, non-profit, public health, quality, safety, education; in doubt it is commercial.
    uint16 private constant NOT_COMMERCIAL = 0x2163;
    uint8 private constant ANCESTRY = 14;

    /// Where a licensee's attributes hold what, see {IOfferBook}.
    uint256 private constant NON_PROFIT = 1 << 16;
    uint256 private constant ETHICS_SHIFT = 24;

    /// Whether a policy lets sections be licensed for uses.
    function fits(uint16 mask, uint16 uses, Policy memory policy) internal pure returns (bool) {
        return mask & ~policy.mask == 0 && uses != 0 && uses & ~policy.uses == 0;
    }

    /// Whether a policy lets anything be licensed under the terms of an offer.
    function admits(Kind kind, uint64 duo, uint16 regions, Policy memory policy)
        internal
        pure
        returns (bool)
    {
        bool isLasting = kind == Kind.Sale || kind == Kind.Perpetual;
        return _permits(duo, policy.duo)
            && (policy.regions & ANY_REGION != 0 || regions & ~policy.regions == 0) && regions != 0
            && !(isLasting && _has(duo, TS));
    }

    /// One permission, which the policy has, and every narrower term of the policy.
    function _permits(uint64 duo, uint64 policy) private pure returns (bool) {
        uint64 permission = duo & PERMISSIONS;
        bool isOne = permission != 0 && permission & (permission - 1) == 0;
        uint64 missing = policy & KNOWN & ~PERMISSIONS & ~duo;
        return isOne && permission & policy != 0 && missing == 0 && duo & ~KNOWN == 0;
    }

    /// Whether it matters for an offer what a licensee is.
    function asksAttributes(uint64 duo, uint16 regions) internal pure returns (bool) {
        return duo & OF_LICENSEES != 0 || regions & ANY_REGION == 0;
    }

    /// The term of an offer that an organization does not meet with a use; zero when it meets all but
    /// those about regions and ancestry.
    function unmet(uint64 duo, uint8 use, bytes32 attributes) internal view returns (uint8 term) {
        uint256 claims = uint256(attributes);
        bool isCommercial = NOT_COMMERCIAL & (1 << use) == 0;
        if (isCommercial && _has(duo, NCU)) return NCU;
        if (isCommercial && _has(duo, NPUNCU)) return NPUNCU;
        bool isForProfit = claims & NON_PROFIT == 0;
        if (isForProfit && _has(duo, NPO)) return NPO;
        if (isForProfit && _has(duo, NPUNCU)) return NPUNCU;
        if (_has(duo, IRB) && block.timestamp >= uint40(claims >> ETHICS_SHIFT)) return IRB;
    }

    /// As {unmet}, of the term about ancestry.
    function unmetOrigins(uint64 duo, uint8 use) internal pure returns (uint8 term) {
        if (_has(duo, NPOA) && use == ANCESTRY) return NPOA;
    }

    /// Whether an organization is in one of the regions.
    function isWithin(uint16 regions, bytes32 attributes) internal pure returns (bool) {
        return regions & (ANY_REGION | uint16(uint256(attributes))) != 0;
    }

    function _has(uint64 duo, uint8 term) private pure returns (bool) {
        return duo & (uint64(1) << term) != 0;
    }

    function sectionOf(uint256 tokenId, uint8 code) internal pure returns (uint136) {
        return uint136((tokenId >> 8) << 8 | code);
    }

    function recordOf(uint256 tokenId) internal pure returns (uint128) {
        return uint128(tokenId >> 8);
    }

    /// How many sections a mask has.
    function count(uint16 mask) internal pure returns (uint256 sections) {
        for (; mask != 0; mask &= mask - 1) {
            ++sections;
        }
    }
}
