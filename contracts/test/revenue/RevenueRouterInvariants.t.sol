// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Leg} from "../../src/revenue/IRevenueRouter.sol";
import {Base, Selectors} from "../Base.sol";
import {Claims} from "./Claims.sol";
import {Earning} from "./Earning.sol";

/// Two sections are licensed, closed, reopened, settled, pledged, sold and paid out at random. What
/// should come of it is counted by licenses, each by itself, where the router counts by days.
contract RevenueHandler is Earning {
    uint256 private constant MOST = 24;

    /// A time in which a license pays a section; `to` is the end, sooner when it is cut off.
    struct Segment {
        uint136 sectionId;
        uint48 rate;
        uint256 from;
        uint256 to;
    }

    struct Sold {
        uint136 sectionId;
        uint48 rate;
        uint8 generation;
        uint16 endDay;
        uint256 segment;
        bool isStopped;
    }

    Segment[] private _segments;
    Sold[] private _sold;
    mapping(uint136 sectionId => uint256) private _paid;
    mapping(uint136 sectionId => uint8) private _generation;
    mapping(uint136 sectionId => mapping(uint8 generation => uint256)) private _closedAt;
    mapping(address account => uint256) private _credits;
    uint256 private _escrowed;
    uint256 private _reserve;
    uint256 private _donated;
    address private _owner;
    bool private _isPledged;
    Claims.Claim private _claim;

    constructor() {
        _owner = account;
    }

    /* ACTS */

    function wait(uint32 time) external {
        pass(bound(time, 0, 20 days));
    }

    function license(bool social, uint48 rate, uint8 days_) external {
        uint136 sectionId = social ? SOCIAL : LABORATORY;
        if (_sold.length == MOST || _isClosed(sectionId)) return;
        rate = uint48(bound(rate, 0, 1e9));
        uint16 end = dayAfter(uint64(bound(days_, 1, 120)));
        uint256 price = ceiled(rate, end * DAY - block.timestamp);

        vm.prank(vm.addr(EXCHANGE));
        vm.assertEq(
            price,
            router.open(
                TOKEN, _sold.length, payer, only(sectionId, rate), end, true, days_ % 2 == 0
            )
        );
        _escrowed += price;
        _sold.push(Sold(sectionId, rate, _generation[sectionId], end, _segments.length, false));
        _segments.push(Segment(sectionId, rate, block.timestamp, end * DAY));
    }

    function moveEnd(uint8 which, uint8 days_) external {
        if (_sold.length == 0) return;
        Sold storage sold = _sold[which % _sold.length];
        if (sold.isStopped || _isOver(sold)) return;
        uint256 oldEnd = sold.endDay * DAY;
        sold.endDay = dayAfter(uint64(bound(days_, 1, 120)));
        uint256 end = sold.endDay * DAY;
        (uint256 paid, uint256 refunded) =
            move(which % _sold.length, only(sold.sectionId, sold.rate), sold.endDay);

        if (oldEnd <= block.timestamp) {
            vm.assertEq(ceiled(sold.rate, end - block.timestamp), paid);
            sold.segment = _segments.length;
            _segments.push(Segment(sold.sectionId, sold.rate, block.timestamp, end));
        } else {
            vm.assertEq(end > oldEnd ? sold.rate * (end - oldEnd) / DAY : 0, paid);
            vm.assertEq(end < oldEnd ? sold.rate * (oldEnd - end) / DAY : 0, refunded);
            _segments[sold.segment].to = end;
        }
        _escrowed = _escrowed + paid - refunded;
        _credits[payer] += refunded;
    }

    function cut(uint8 which) external {
        if (_sold.length == 0) return;
        Sold storage sold = _sold[which % _sold.length];
        if (sold.isStopped) return;
        uint256 closed = _closedAt[sold.sectionId][sold.generation];
        uint256 at = closed != 0 ? closed : block.timestamp;
        uint256 end = sold.endDay * DAY;
        uint256 refund = end > at ? floored(sold.rate, end - at) : 0;
        Leg[] memory legs = only(sold.sectionId, sold.rate);

        vm.assertEq(refund, stop(which % _sold.length, legs, sold.generation));
        sold.isStopped = true;
        _cutOff(_segments[sold.segment], at);
        _escrowed -= refund;
        _credits[payer] += refund;
    }

    function shut(bool social) external {
        uint136 sectionId = social ? SOCIAL : LABORATORY;
        if (_isClosed(sectionId) || _generation[sectionId] == 200) return;
        close(sectionId);
        _closedAt[sectionId][_generation[sectionId]] = block.timestamp;
        for (uint256 i; i < _segments.length; ++i) {
            if (_segments[i].sectionId == sectionId) _cutOff(_segments[i], block.timestamp);
        }
    }

    function unshut(bool social) external {
        uint136 sectionId = social ? SOCIAL : LABORATORY;
        if (!_isClosed(sectionId)) return;
        reopen(sectionId);
        ++_generation[sectionId];
    }

    function settle() external {
        uint256 amount = _earnedNow();
        vm.assertEq(amount, router.pendingOf(TOKEN));
        vm.assertEq(amount, router.settle(TOKEN));
        _route(amount);
    }

    /// Once: the record is rekeying ever after.
    function give() external {
        if (_isPledged || _owner != account) return;
        _route(_earnedNow());
        owned();
        _owner = vm.addr(OWNER);
    }

    function pledge(uint32 interest, uint64 debt) external {
        if (_isPledged) return;
        _route(_earnedNow());
        _claim = Claims.Claim(vm.addr(LENDER), _owner, interest, bound(debt, 1, 1e11));
        _isPledged = true;
        claims.put(CLAIM, _claim);
        claims.place(TOKEN, CLAIM);
    }

    function lift() external {
        if (!_isPledged) return;
        _route(_earnedNow());
        claims.lift(TOKEN);
        _isPledged = false;
    }

    function sell(uint64 amount, bool isNamed) external {
        amount = uint64(bound(amount, 0, 1e12));
        take(amount);
        vm.prank(vm.addr(EXCHANGE));
        router.book(TOKEN, amount, isNamed ? vm.addr(STRANGER) : address(0));
        if (!isNamed) return _route(amount);
        _credits[vm.addr(STRANGER)] += _divide(amount);
    }

    function reserve(uint64 amount, uint64 back) external {
        amount = uint64(bound(amount, 0, 1e12));
        take(amount);
        back = uint64(bound(back, 0, amount));
        vm.prank(vm.addr(EXCHANGE));
        router.credit(payer, back);
        _reserve += amount - back;
        _credits[payer] += back;
    }

    function payOut(uint8 who, uint64 amount) external {
        uint256[5] memory keys = [PAYER, OWNER, HOSPITAL, PLATFORM, LENDER];
        address from = who % 6 == 5 ? account : vm.addr(keys[who % 6]);
        uint256 part = bound(amount, 0, _credits[from]);
        Intent memory by = onWithdraw(who % 6 == 5 ? PATIENT : keys[who % 6], payer, part);
        by.signer = from;
        router.withdraw(payer, part, by);
        _credits[from] -= part;
    }

    function donate(uint32 amount) external {
        vm.prank(payer);
        money.transfer(address(router), amount);
        _donated += amount;
    }

    /* WHAT SHOULD BE */

    function _isClosed(uint136 sectionId) private view returns (bool) {
        return _closedAt[sectionId][_generation[sectionId]] != 0;
    }

    /// Whether the section was closed since the license was sold.
    function _isOver(Sold storage sold) private view returns (bool) {
        return _closedAt[sold.sectionId][sold.generation] != 0;
    }

    function _cutOff(Segment storage segment, uint256 at) private {
        if (segment.to > at) segment.to = at;
    }

    /// Units times seconds that a section earned in all.
    function _earned(uint136 sectionId) private view returns (uint256 sum) {
        for (uint256 i; i < _segments.length; ++i) {
            Segment storage each = _segments[i];
            if (each.sectionId != sectionId) continue;
            uint256 to = each.to < block.timestamp ? each.to : block.timestamp;
            sum += each.rate * (to - each.from);
        }
    }

    function _earnedNow() private returns (uint256) {
        return _takeFrom(SOCIAL) + _takeFrom(LABORATORY);
    }

    function _takeFrom(uint136 sectionId) private returns (uint256 whole) {
        whole = _earned(sectionId) / DAY - _paid[sectionId];
        _paid[sectionId] += whole;
        _escrowed -= whole;
    }

    function _divide(uint256 amount) private returns (uint256 rest) {
        (uint256 tenth, uint256 fee) = (amount / 10, amount / 40);
        _credits[account] += tenth;
        _credits[vm.addr(HOSPITAL)] += tenth;
        _credits[vm.addr(PLATFORM)] += fee;
        return amount - tenth - tenth - fee;
    }

    function _route(uint256 amount) private {
        uint256 rest = _divide(amount);
        if (_isPledged && amount != 0) {
            uint256 interest = rest < _claim.interest ? rest : _claim.interest;
            uint256 left = rest - interest;
            uint256 principal = left < _claim.debt ? left : _claim.debt;
            (_claim.interest, _claim.debt) = (_claim.interest - interest, _claim.debt - principal);
            _credits[vm.addr(LENDER)] += interest + principal;
            rest = left - principal;
            _isPledged = _claim.interest + _claim.debt != 0;
        }
        _credits[_owner] += rest;
    }

    /* CHECKS */

    /// I1: nothing is in the router that is not somebody's, and nothing is missing.
    function checkBalance() external view {
        address[7] memory accounts = [
            account,
            payer,
            vm.addr(OWNER),
            vm.addr(HOSPITAL),
            vm.addr(PLATFORM),
            vm.addr(LENDER),
            vm.addr(STRANGER)
        ];
        uint256 sum = router.escrowed() + router.reserveOf(vm.addr(EXCHANGE)) + _donated;
        for (uint256 i; i < accounts.length; ++i) {
            sum += router.creditOf(accounts[i]);
        }
        vm.assertEq(sum, money.balanceOf(address(router)));
    }

    /// I2 and I13: what is escrowed covers what was earned and what is still to be earned or returned.
    function checkEscrow() external view {
        uint256 owed;
        for (uint256 i; i < _segments.length; ++i) {
            Segment storage each = _segments[i];
            owed += each.rate * (each.to - each.from);
        }
        owed -= DAY * (_paid[SOCIAL] + _paid[LABORATORY]);
        vm.assertEq(_escrowed, router.escrowed());
        vm.assertTrue(_escrowed * DAY >= owed);
    }

    /// I11: each section has earned what its licenses paid for, to the second.
    function checkStreams() external view {
        uint136[2] memory sections = [SOCIAL, LABORATORY];
        uint256 rate;
        for (uint256 i; i < 2; ++i) {
            uint256 accrued = streamOf(sections[i]).accrued;
            vm.assertEq(_earned(sections[i]) - DAY * _paid[sections[i]], accrued);
        }
        for (uint256 i; i < _segments.length; ++i) {
            if (_segments[i].to > block.timestamp) rate += _segments[i].rate;
        }
        vm.assertEq(rate, router.rateOf(TOKEN));
    }

    /// I11 and I18: everybody has what the shares, the claim and the ownership gave.
    function checkCredits() external view {
        vm.assertEq(_credits[account], router.creditOf(account));
        vm.assertEq(_credits[payer], creditOf(PAYER));
        vm.assertEq(_credits[vm.addr(OWNER)], creditOf(OWNER));
        vm.assertEq(_credits[vm.addr(HOSPITAL)], creditOf(HOSPITAL));
        vm.assertEq(_credits[vm.addr(PLATFORM)], creditOf(PLATFORM));
        vm.assertEq(_credits[vm.addr(LENDER)], creditOf(LENDER));
        vm.assertEq(_credits[vm.addr(STRANGER)], creditOf(STRANGER));
        vm.assertEq(_reserve, router.reserveOf(vm.addr(EXCHANGE)));
        vm.assertEq(_isPledged, router.lienOf(TOKEN).module != address(0));
    }
}

contract RevenueRouter_Invariants is Base {
    RevenueHandler private _handler = new RevenueHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_handler), new bytes4[](14));
        bytes4[14] memory acts = [
            RevenueHandler.wait.selector,
            RevenueHandler.license.selector,
            RevenueHandler.moveEnd.selector,
            RevenueHandler.cut.selector,
            RevenueHandler.shut.selector,
            RevenueHandler.unshut.selector,
            RevenueHandler.settle.selector,
            RevenueHandler.give.selector,
            RevenueHandler.pledge.selector,
            RevenueHandler.lift.selector,
            RevenueHandler.sell.selector,
            RevenueHandler.reserve.selector,
            RevenueHandler.payOut.selector,
            RevenueHandler.donate.selector
        ];
        for (uint256 i; i < acts.length; ++i) {
            targets[0].selectors[i] = acts[i];
        }
    }

    function invariant_I1_NothingIsMissingAndNothingIsNobodys() external view {
        _handler.checkBalance();
    }

    function invariant_I2_I13_EscrowCoversWhatIsPromised() external view {
        _handler.checkEscrow();
    }

    function invariant_I11_SectionsEarnToTheSecond() external view {
        _handler.checkStreams();
    }

    function invariant_I11_I18_EverybodyHasTheirShare() external view {
        _handler.checkCredits();
    }
}
