// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IOrganizations} from "../identity/IOrganizations.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {IRevenueRouter, LastSale, Prepayment} from "../revenue/IRevenueRouter.sol";
import {AppraisalMath, Incomes} from "./AppraisalMath.sol";
import {Appraisal, IAppraiser} from "./IAppraiser.sol";

/// @title See {IAppraiser}
contract Appraiser is IAppraiser {
    using AppraisalMath for Incomes;
    using SafeCast for uint256;

    /* TYPES */

    /// The incomes of one licensee, in units a day x seconds, and in units a day.
    struct Income {
        address licensee;
        bool counts;
        uint256 month;
        uint256 quarter;
        uint256 live;
    }

    struct Totals {
        Incomes month;
        Incomes quarter;
        Incomes prepaid;
    }

    /* CONSTANTS */

    uint256 private constant MAX_LICENSES = 32;
    uint256 private constant QUARTER = 90 days;
    uint256 private constant FRESH = 7 days;
    uint256 private constant ANSWER = 24 hours;
    uint256 private constant SALE_COUNTS = 365 days;

    /* IMMUTABLES */

    IOrganizations private immutable ORGANIZATIONS;
    IRecordRegistry private immutable RECORDS;
    IRevenueRouter private immutable ROUTER;

    /* STORAGE */

    mapping(uint256 token => Appraisal) private _appraisals;

    /* CONSTRUCTOR */

    constructor(IOrganizations organizations, IRecordRegistry records, IRevenueRouter router) {
        ORGANIZATIONS = organizations;
        RECORDS = records;
        ROUTER = router;
    }

    /* POKE */

    /// @inheritdoc IAppraiser
    function poke(uint256 token, uint256[] calldata licenses) external returns (uint256 value) {
        if (licenses.length > MAX_LICENSES) revert Appraiser_TooMany(licenses.length);
        uint256 raw = _rawOf(token, licenses);
        Appraisal storage known = _appraisals[token];
        value = Math.min(raw, Math.min(_saleLimit(token), _riseLimit(known)));
        bytes32 setHash = keccak256(abi.encodePacked(licenses));
        if (known.value == 0) {
            // Nobody can fix a low value by naming few licenses first: it may be answered freely.
            (known.peak, known.fellAt) = (type(uint128).max, uint40(block.timestamp));
        } else if (value < known.value) {
            if (setHash != known.setHash) revert Appraiser_WeakerSet(raw, known.value);
            if (!_isAnswering(known)) {
                (known.peak, known.fellAt) = (known.value, uint40(block.timestamp));
            }
        }

        known.value = value.toUint128();
        known.at = uint40(block.timestamp);
        known.setHash = setHash;
        emit Appraised(token, value, raw, licenses);
    }

    /// Whether the time to answer a fall runs.
    function _isAnswering(Appraisal storage known) private view returns (bool) {
        return block.timestamp < known.fellAt + ANSWER;
    }

    function _riseLimit(Appraisal storage known) private view returns (uint256 limit) {
        uint256 value = known.value;
        if (value == 0) return type(uint256).max;
        limit = AppraisalMath.risenDown(value, block.timestamp - known.at);
        if (_isAnswering(known)) limit = Math.max(limit, known.peak);
    }

    function _saleLimit(uint256 token) private view returns (uint256) {
        LastSale memory sale = ROUTER.lastSaleOf(token);
        bool counts = sale.at != 0 && block.timestamp < sale.at + SALE_COUNTS;
        return counts ? uint256(sale.price) * 3 / 2 : type(uint256).max;
    }

    /* INCOME */

    function _rawOf(uint256 token, uint256[] calldata licenses) private view returns (uint256) {
        Totals memory totals;
        Income memory one;
        for (uint256 i; i < licenses.length; ++i) {
            Prepayment memory prepaid = ROUTER.prepaymentOf(token, licenses[i]);
            bool isNext = prepaid.licensee > one.licensee;
            bool isFurther = i != 0 && prepaid.licensee == one.licensee;
            if (!isNext && !(isFurther && licenses[i] > licenses[i - 1])) {
                revert Appraiser_NotSorted(i);
            }
            if (isNext) {
                _close(totals, one);
                one = Income(prepaid.licensee, _counts(token, prepaid.licensee), 0, 0, 0);
            }
            if (one.counts && prepaid.isRecurring) _add(one, prepaid);
        }
        _close(totals, one);
        return AppraisalMath.rawDown(
            totals.month.cappedTotal(),
            totals.quarter.cappedTotal(),
            totals.prepaid.cappedTotal(),
            ROUTER.rateOf(token)
        );
    }

    function _add(Income memory one, Prepayment memory prepaid) private view {
        uint256 end = uint256(prepaid.endDay) * AppraisalMath.DAY;
        one.month += _earned(prepaid, end, AppraisalMath.MONTH);
        one.quarter += _earned(prepaid, end, QUARTER);
        uint256 first = prepaid.start + AppraisalMath.PROBATION;
        if (first <= block.timestamp && block.timestamp < end) one.live += prepaid.ratePerDay;
    }

    function _earned(Prepayment memory prepaid, uint256 end, uint256 window)
        private
        view
        returns (uint256)
    {
        uint256 from = block.timestamp - window;
        return prepaid.ratePerDay * AppraisalMath.overlap(prepaid.start, end, from, block.timestamp);
    }

    function _close(Totals memory totals, Income memory one) private pure {
        totals.month.add(one.month);
        totals.quarter.add(one.quarter);
        totals.prepaid.add(AppraisalMath.MONTH * one.live);
    }

    function _counts(uint256 token, address licensee) private view returns (bool) {
        if (!ORGANIZATIONS.isLicensee(licensee)) return false;
        address owner = RECORDS.ownerOf(token);
        address subject = RECORDS.subjectOf(uint128(token >> 8));
        return licensee != owner && licensee != subject && !ORGANIZATIONS.areLinked(licensee, owner)
            && !ORGANIZATIONS.areLinked(licensee, subject);
    }

    /* VIEWS */

    /// @inheritdoc IAppraiser
    function valueOf(uint256 token) external view returns (uint256 value, uint40 at, bool isFresh) {
        Appraisal storage known = _appraisals[token];
        (value, at) = (known.value, known.at);
        isFresh = at != 0 && block.timestamp < at + FRESH;
    }

    /// @inheritdoc IAppraiser
    function appraisalOf(uint256 token) external view returns (Appraisal memory) {
        return _appraisals[token];
    }
}
