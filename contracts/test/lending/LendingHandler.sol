// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Appraisal} from "../../src/lending/IAppraiser.sol";
import {AuctionState} from "../../src/lending/ILoanAuction.sol";
import {Loan, LoanMode, LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Lien} from "../../src/revenue/IRevenueRouter.sol";
import {Lending} from "./Lending.sol";

/// Borrower, lenders, buyers, keepers, licensees, subject and thief do anything with one record; each
/// call is held against what may change by it.
contract LendingHandler is Lending {
    uint96 private _id;
    uint256 private _license = 5;
    uint256 private _lastPrice;
    bool private _isClosed;
    mapping(uint96 loanId => LoanState) private _ended;

    constructor() {
        ripe();
    }

    /* TIME, INCOME AND CONSENT */

    function wait(uint32 time) external {
        pass(bound(time, 1, 2 days));
    }

    function settle() external {
        (uint256 owed, uint256 before) = (_owed(), router.pendingOf(TOKEN));
        uint256 amount = router.settle(TOKEN);

        vm.assertEq(before, amount);
        vm.assertTrue(_owed() <= owed);
        _note();
    }

    function subscribe(uint48 rate) external {
        if (_isClosed || ++_license > 30) return;
        licensees.push(licensees[_license % 5]);
        licensed(_license, uint48(bound(rate, 1, 8e6)), 200);
    }

    function stop(uint8 which) external {
        uint256 number = bound(which, 1, 5);
        if (router.prepaymentOf(TOKEN, number).ratePerDay != 0 && !_isClosed) {
            stopped(number, RATE);
        }
    }

    /// The subject closes, or opens again, whoever owns and whatever is owed.
    function turn(uint8 which) external {
        if (which % 8 != 0) return;
        string memory verb = _isClosed ? "Reopen" : "Close";
        Intent memory by = signed(
            PATIENT,
            address(policies),
            string.concat(verb, "(uint136 sectionId"),
            abi.encode(LABORATORY)
        );
        if (_isClosed) policies.reopen(LABORATORY, by);
        else policies.close(LABORATORY, by);
        _isClosed = !_isClosed;
    }

    function read(uint8 kept) external {
        Appraisal memory before = appraiser.appraisalOf(TOKEN);
        uint256[] memory licenses = kept % 4 == 0 ? new uint256[](0) : all();
        try appraiser.poke(TOKEN, licenses) returns (uint256 value) {
            uint256 most = before.value + before.value * (block.timestamp - before.at) / 50 days;
            bool isAnswer = block.timestamp < before.fellAt + 24 hours && value <= before.peak;
            vm.assertTrue(before.value == 0 || value <= most || isAnswer);
        } catch {
            vm.assertTrue(before.value != 0);
        }
    }

    /* LOANS */

    function borrow(uint8 mode, uint96 principal, bool hasTrigger) external {
        if (_isLive() || records.ownerOf(TOKEN) != account) return;
        LoanOffer memory terms = offer();
        terms.principal = uint96(bound(principal, 100e6, 4_000e6));
        terms.mode = LoanMode(mode % 3);
        if (terms.mode == LoanMode.Fruits) terms.aprBps = 0;
        if (!hasTrigger) (terms.warnBps, terms.liquidationBps) = (0, 0);
        terms.covenantRatePerDay = 10e6;
        (uint256 value,, bool isFresh) = appraiser.valueOf(TOKEN);
        bool isGood = !hasTrigger || (isFresh && terms.principal <= value * 4 / 10);
        try loans.borrow(terms, onOffer(LENDER, terms), onBorrow(terms)) returns (uint96 id) {
            vm.assertTrue(isGood);
            vm.assertEq(_id + 1, id);
            _id = id;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    /// Always possible while a loan is not over.
    function repay(uint64 amount) external {
        if (!_isLive()) return;
        uint256 owed = _owed();
        uint256 part = amount % 3 == 0 ? owed : bound(amount, 0, 500e6);
        bytes memory members = abi.encode(_id, part);
        Intent memory by =
            signed(PAYER, address(loans), "Repay(uint96 loanId,uint256 amount", members);
        uint256 paid = loans.repay(_id, part, by);

        vm.assertTrue(paid <= part && _owed() <= owed - paid);
        vm.assertTrue(part < owed || !_isLive());
        _note();
    }

    function refinance(uint96 principal) external {
        if (!_isLive()) return;
        LoanOffer memory terms = offer();
        terms.lender = vm.addr(OTHER_LENDER);
        terms.principal = uint96(bound(principal, 2_000e6, 4_000e6));
        (terms.warnBps, terms.liquidationBps) = (0, 0);
        bytes memory members = bytes.concat(abi.encode(_id), hashOf(terms));
        Intent memory by = signed(
            PATIENT, address(loans), "Refinance(uint96 loanId,LoanOffer offer", OFFER, members
        );
        by.signer = account;
        Lien memory lien = router.lienOf(TOKEN);
        try loans.refinance(_id, terms, onOffer(OTHER_LENDER, terms), by) {
            vm.assertEq(lien.id, router.lienOf(TOKEN).id);
            vm.assertEq(terms.principal, _owed());
        } catch {}
        _note();
    }

    function sellNote() external {
        if (!_isLive()) return;
        address holder = loans.creditorOf(_id);
        address other = holder == vm.addr(LENDER) ? vm.addr(OTHER_LENDER) : vm.addr(LENDER);
        uint256 note = loans.noteOf(_id);
        vm.prank(holder);
        loans.transferFrom(holder, other, note);
    }

    /* WHAT GOES WRONG */

    function flag(bool isNew) external {
        if (_id == 0) return;
        try auction.flag(_id, isNew ? all() : none()) {} catch {}
        _note();
    }

    function cure(bool isNew) external {
        if (_id == 0) return;
        try auction.cure(_id, isNew ? all() : none()) {} catch {}
        _note();
    }

    function startAuction() external {
        if (_id == 0) return;
        bytes memory members = abi.encode(_id, keccak256(""));
        string memory verb = "StartAuction(uint96 loanId,uint256[] licenses";
        Intent memory by = signed(KEEPER, address(auction), verb, members);
        try auction.startAuction(_id, none(), by) {
            _lastPrice = auction.priceAt(_id);
            vm.assertTrue(_lastPrice >= _owed());
        } catch {}
        _note();
    }

    function buy(uint8 which) external {
        if (_id == 0 || which % 4 != 0) return;
        bool isOpen = _isRunning();
        uint256 price = auction.priceAt(_id);
        bytes32 seen = fingerprint();
        string memory verb = "Buy(uint96 loanId,uint256 maxPrice,bytes32 fingerprint";
        bytes memory members = abi.encode(_id, price, seen);
        Intent memory by = signed(BUYER, address(auction), verb, members);
        try auction.buy(_id, price, seen, by) {
            vm.assertTrue(isOpen);
            vm.assertEq(vm.addr(BUYER), records.ownerOf(TOKEN));
        } catch {
            vm.assertTrue(!isOpen || router.pendingOf(TOKEN) != 0);
        }
        _note();
    }

    function foreclose(uint8 which) external {
        if (_id == 0 || which % 4 != 0) return;
        address holder = loans.creditorOf(_id);
        uint256 key = holder == vm.addr(LENDER) ? LENDER : OTHER_LENDER;
        bytes memory members = abi.encode(_id, vm.addr(key));
        string memory verb = "Foreclose(uint96 loanId,address to";
        Intent memory by = signed(key, address(auction), verb, members);
        bool isOver = _isLive() && loans.loanOf(_id).state == LoanState.Auction
            && block.timestamp >= auction.endOf(_id);
        try auction.foreclose(_id, vm.addr(key), by) {
            vm.assertTrue(isOver);
        } catch {
            vm.assertTrue(!isOver || router.pendingOf(TOKEN) != 0);
        }
        _note();
    }

    /// Who has no part in it can do nothing that moves the token or the money.
    function steal(uint8 which) external {
        if (_id == 0) return;
        address thief = vm.addr(STRANGER);
        bytes[5] memory calls = [
            abi.encodeCall(loans.forfeitPledge, (_id, thief)),
            abi.encodeCall(loans.sellPledge, (_id, 0, thief, thief, true)),
            abi.encodeCall(loans.enter, (_id, LoanState.Auction, loans.loanOf(_id).breach)),
            abi.encodeCall(loans.applyIncome, (_id, RICH)),
            abi.encodeCall(loans.refresh, (_id))
        ];
        vm.prank(thief);
        (bool isDone,) = address(loans).call(calls[which % 5]);
        vm.assertFalse(isDone);
    }

    /* CHECKS */

    function _isLive() private view returns (bool) {
        return _id != 0 && loans.creditorOf(_id) != address(0);
    }

    function _isRunning() private view returns (bool) {
        return
            auction.auctionOf(_id).state == AuctionState.Open
                && block.timestamp < auction.endOf(_id);
    }

    function _owed() private view returns (uint256) {
        return loans.loanDebtOf(_id);
    }

    function _note() private {
        LoanState state = loans.loanOf(_id).state;
        if (_id != 0 && state >= LoanState.Repaid && _ended[_id] == LoanState.None) {
            _ended[_id] = state;
        }
    }

    /// The book holds the token locked, and a lien, exactly while a loan lives; an end stays.
    function checkLoans() external view {
        bool isLive = _isLive();
        vm.assertEq(isLive, records.tokenStateOf(TOKEN).locker == address(loans));
        Lien memory lien = router.lienOf(TOKEN);
        vm.assertEq(isLive ? address(loans) : address(0), lien.module);
        vm.assertEq(isLive ? _id : 0, lien.id);
        vm.assertEq(isLive, _owed() != 0);
        for (uint96 id = 1; id <= _id; ++id) {
            Loan memory known = loans.loanOf(id);
            if (_ended[id] != LoanState.None) {
                vm.assertEq(uint256(_ended[id]), uint256(known.state));
                vm.assertEq(address(0), loans.creditorOf(id));
                vm.assertEq(0, known.principal + known.interest);
            }
        }
        vm.assertEq(account, records.subjectOf(RECORD));
        vm.assertEq(0, router.reserveOf(address(loans)));
    }

    /// The price falls with time only; an auction is open only while its loan is in auction.
    function checkAuction() external view {
        for (uint96 id = 1; id <= _id; ++id) {
            bool isOpen = auction.auctionOf(id).state == AuctionState.Open;
            vm.assertEq(isOpen, loans.loanOf(id).state == LoanState.Auction);
        }
        if (_isRunning()) vm.assertTrue(auction.priceAt(_id) <= _lastPrice);
    }

    function checkAppraisal() external view {
        Appraisal memory known = appraiser.appraisalOf(TOKEN);
        (uint256 value, uint40 at, bool isFresh) = appraiser.valueOf(TOKEN);
        vm.assertEq(known.value, value);
        vm.assertEq(known.at, at);
        vm.assertEq(isFresh, at != 0 && block.timestamp < uint256(at) + 7 days);
    }
}
