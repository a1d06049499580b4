// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {AuctionState} from "../../src/lending/ILoanAuction.sol";
import {ILoanBook, LoanMode, LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Lien, Leg} from "../../src/revenue/IRevenueRouter.sol";
import {Log} from "../Base.sol";
import {Lending} from "./Lending.sol";

/// One borrower pledges a record and two sections that he divided from it, to two lenders, each as often
/// as they are free. What happens to one may touch neither of the others.
contract ManyLoansHandler is Lending {
    uint136 private constant PROBLEMS = uint136(RECORD) << 8 | 2;
    uint48 private constant LEAST = 1e6;

    uint256[3] private _tokens = [TOKEN, LABORATORY, SOCIAL];
    /// That of each token which earns.
    uint136[3] private _sections = [PROBLEMS, LABORATORY, SOCIAL];
    bool[3] private _isClosed;
    /// The newest loan on each token.
    uint96[3] private _ids;
    uint96 private _last;
    uint256 private _license;
    /// Of each token the licenses that still run.
    uint256[][3] private _licenses;
    mapping(uint256 license => uint48) private _rates;
    mapping(uint96 loanId => uint256) private _lent;
    mapping(uint96 loanId => uint256) private _repaid;
    mapping(uint96 loanId => LoanState) private _ended;
    mapping(address lender => uint256) private _paid;
    mapping(address lender => uint256) private _withdrawn;

    constructor() {
        uint16 mask = 1 << 7 | 1 << 1;
        bytes memory members = abi.encode(RECORD, mask);
        Intent memory by =
            signed(PATIENT, address(records), "Detach(uint128 recordId,uint16 mask", members);
        by.signer = account;
        records.detach(RECORD, mask, by);
        for (uint8 i; i < 3; ++i) {
            _subscribe(i, 20e6);
        }
    }

    /// An act on one token leaves income, loan, lien and auction of the others as they were.
    modifier only(uint8 which) {
        bytes32[3] memory before = _states();
        address[3] memory holders = _holders();
        vm.recordLogs();
        _;
        _note(holders);
        bytes32[3] memory now_ = _states();
        for (uint256 i; i < 3; ++i) {
            if (i != which % 3) vm.assertEq(before[i], now_[i]);
        }
    }

    /* TIME, INCOME AND CONSENT */

    function wait(uint32 time) external {
        pass(bound(time, 1, 8 days));
    }

    function settle(uint8 which) external only(which) {
        uint256 token = _tokens[which % 3];
        uint256 before = router.pendingOf(token);

        vm.assertEq(before, router.settle(token));
    }

    function subscribe(uint8 which, uint48 rate) external only(which) {
        if (_isClosed[which % 3] || _license > 30) return;
        _subscribe(which % 3, uint48(bound(rate, LEAST, 20e6)));
    }

    function stop(uint8 which) external only(which) {
        uint8 i = which % 3;
        if (_licenses[i].length == 0 || _isClosed[i]) return;
        uint256 number = _licenses[i][_licenses[i].length - 1];
        _licenses[i].pop();
        if (router.prepaymentOf(TOKEN, number).ratePerDay == 0) return;
        vm.prank(vm.addr(EXCHANGE));
        router.stop(TOKEN, number, _legs(i, _rates[number]), new uint8[](1));
    }

    function closeSection(uint8 which) external only(which) {
        uint8 i = which % 3;
        if (which % 16 != i || _isClosed[i]) return;
        close(_sections[i]);
        _isClosed[i] = true;
    }

    /* LOANS */

    function borrow(uint8 which, uint8 how, uint96 principal) external only(which) {
        uint8 i = which % 3;
        if (_isLive(i) || records.ownerOf(_tokens[i]) != account) return;
        LoanOffer memory terms = offer();
        uint256 key = how & 1 == 0 ? LENDER : OTHER_LENDER;
        (terms.lender, terms.tokenId) = (vm.addr(key), _tokens[i]);
        terms.fingerprint = router.collateralFingerprint(_tokens[i]);
        terms.principal = uint96(bound(principal, 100e6, 2_000e6));
        (terms.mode, terms.termDays) = (LoanMode(how % 3), 30);
        if (terms.mode == LoanMode.Fruits) terms.aprBps = 0;
        (terms.warnBps, terms.liquidationBps, terms.covenantRatePerDay) = (0, 0, 10e6);
        uint256 before = router.creditOf(account);
        uint256 earned = router.pendingOf(_tokens[i]);
        uint96 id = loans.borrow(terms, onOffer(key, terms), onBorrow(terms));

        vm.assertEq(++_last, id);
        vm.assertTrue(router.creditOf(account) >= before + terms.principal);
        vm.assertTrue(router.creditOf(account) <= before + terms.principal + earned);
        (_ids[i], _lent[id]) = (id, terms.principal);
    }

    function repay(uint8 which, uint64 amount) external only(which) {
        uint8 i = which % 3;
        if (!_isLive(i)) return;
        uint256 owed = loans.loanDebtOf(_ids[i]);
        uint256 part = amount % 4 == 0 ? owed : bound(amount, 0, 500e6);
        bytes memory members = abi.encode(_ids[i], part);
        string memory verb = "Repay(uint96 loanId,uint256 amount";
        uint256 paid = loans.repay(_ids[i], part, signed(PAYER, address(loans), verb, members));

        vm.assertTrue(paid <= part && loans.loanDebtOf(_ids[i]) <= owed - paid);
        vm.assertTrue(part < owed || !_isLive(i));
    }

    function sellNote(uint8 which) external only(which) {
        uint8 i = which % 3;
        if (!_isLive(i)) return;
        address holder = loans.creditorOf(_ids[i]);
        address other = holder == vm.addr(LENDER) ? vm.addr(OTHER_LENDER) : vm.addr(LENDER);
        uint256 note = loans.noteOf(_ids[i]);
        vm.prank(holder);
        loans.transferFrom(holder, other, note);
    }

    function withdraw(bool isOther) external only(3) {
        address lender = vm.addr(isOther ? OTHER_LENDER : LENDER);
        uint256 amount = router.creditOf(lender);
        router.withdrawFor(lender);
        _withdrawn[lender] += amount;
    }

    /* WHAT GOES WRONG */

    function flag(uint8 which) external only(which) {
        try auction.flag(_ids[which % 3], none()) {}
        catch {
            _forget();
        }
    }

    function cure(uint8 which) external only(which) {
        try auction.cure(_ids[which % 3], none()) {}
        catch {
            _forget();
        }
    }

    function startAuction(uint8 which) external only(which) {
        uint96 id = _ids[which % 3];
        string memory verb = "StartAuction(uint96 loanId,uint256[] licenses";
        bytes memory members = abi.encode(id, keccak256(""));
        try auction.startAuction(id, none(), signed(KEEPER, address(auction), verb, members)) {
            vm.assertEq(uint256(LoanState.Auction), uint256(loans.loanOf(id).state));
        } catch {
            _forget();
        }
    }

    function buy(uint8 which) external only(which) {
        uint8 i = which % 3;
        bytes32 seen = router.collateralFingerprint(_tokens[i]);
        string memory verb = "Buy(uint96 loanId,uint256 maxPrice,bytes32 fingerprint";
        bytes memory members = abi.encode(_ids[i], RICH, seen);
        Intent memory by = signed(BUYER, address(auction), verb, members);
        if (_ids[i] == 0 || which % 2 != 0) return;
        bool isOpen = auction.auctionOf(_ids[i]).state == AuctionState.Open
            && block.timestamp < auction.endOf(_ids[i]);
        try auction.buy(_ids[i], RICH, seen, by) {
            vm.assertTrue(isOpen);
            vm.assertEq(vm.addr(BUYER), records.ownerOf(_tokens[i]));
        } catch {
            _forget();
            vm.assertTrue(!isOpen || router.pendingOf(_tokens[i]) != 0);
        }
    }

    /// The lender names the buyer, so that all credit of a lender comes from its loans.
    function foreclose(uint8 which) external only(which) {
        uint96 id = _ids[which % 3];
        address to = vm.addr(BUYER);
        uint256 key = loans.creditorOf(id) == vm.addr(LENDER) ? LENDER : OTHER_LENDER;
        string memory verb = "Foreclose(uint96 loanId,address to";
        Intent memory by = signed(key, address(auction), verb, abi.encode(id, to));
        try auction.foreclose(id, to, by) {
            vm.assertEq(to, records.ownerOf(_tokens[which % 3]));
        } catch {
            _forget();
        }
    }

    /* CHECKS */

    /// Each token is locked, and has its own loan as its lien, exactly while that loan lives; of every
    /// loan, what was lent and not paid is its principal, and an end stays.
    function checkLoans() external view {
        for (uint8 i; i < 3; ++i) {
            bool isLive = _isLive(i);
            vm.assertEq(isLive, records.tokenStateOf(_tokens[i]).locker == address(loans));
            Lien memory lien = router.lienOf(_tokens[i]);
            vm.assertEq(isLive ? _ids[i] : 0, lien.id);
            vm.assertEq(isLive ? _ids[i] : 0, loans.loanIdOf(_tokens[i]));
            vm.assertEq(isLive, loans.loanDebtOf(_ids[i]) != 0);
            if (isLive) vm.assertEq(account, records.ownerOf(_tokens[i]));
            if (isLive) vm.assertEq(_tokens[i], loans.tokenOf(_ids[i]));
        }
        for (uint96 id = 1; id <= _last; ++id) {
            bool isLive = loans.creditorOf(id) != address(0);
            LoanState state = loans.loanOf(id).state;
            if (isLive) vm.assertEq(_lent[id] - _repaid[id], loans.loanOf(id).principal);
            if (state == LoanState.Repaid) vm.assertEq(_lent[id], _repaid[id]);
            if (_ended[id] != LoanState.None) vm.assertEq(uint256(_ended[id]), uint256(state));
            vm.assertEq(!isLive, state >= LoanState.Repaid);
        }
    }

    /// The router holds what is escrowed and the credits of all, and no lender has more or less than what
    /// the loans paid whose notes it held.
    function checkMoney() external view {
        address[8] memory others = [
            account,
            vm.addr(HOSPITAL),
            vm.addr(PLATFORM),
            vm.addr(PAYER),
            vm.addr(LENDER),
            vm.addr(OTHER_LENDER),
            vm.addr(BUYER),
            vm.addr(KEEPER)
        ];
        uint256 sum = router.escrowed();
        for (uint256 i; i < others.length; ++i) {
            sum += router.creditOf(others[i]);
        }
        for (uint256 i; i < 5; ++i) {
            sum += router.creditOf(licensees[i]);
        }
        vm.assertEq(sum, money.balanceOf(address(router)));
        vm.assertEq(0, router.reserveOf(address(loans)));
        for (uint256 i = 4; i < 6; ++i) {
            vm.assertEq(_paid[others[i]], router.creditOf(others[i]) + _withdrawn[others[i]]);
        }
    }

    /* INTERNAL */

    function _subscribe(uint8 i, uint48 rate) private {
        uint256 number = ++_license;
        _licenses[i].push(number);
        _rates[number] = rate;
        uint16 end = uint16(block.timestamp / DAY + 60);
        vm.prank(vm.addr(EXCHANGE));
        router.open(TOKEN, number, licensees[number % 5], _legs(i, rate), end, true, true);
    }

    function _legs(uint8 i, uint48 rate) private view returns (Leg[] memory legs) {
        legs = new Leg[](1);
        legs[0] = Leg(_sections[i], rate);
    }

    function _isLive(uint8 i) private view returns (bool) {
        return loans.creditorOf(_ids[i]) != address(0);
    }

    function _holders() private view returns (address[3] memory holders) {
        for (uint256 i; i < 3; ++i) {
            holders[i] = loans.creditorOf(_ids[i]);
        }
    }

    function _states() private view returns (bytes32[3] memory states) {
        for (uint256 i; i < 3; ++i) {
            (uint256 token, uint96 id) = (_tokens[i], _ids[i]);
            bytes memory loan =
                abi.encode(loans.loanOf(id), loans.loanDebtOf(id), loans.creditorOf(id));
            bytes memory sale = abi.encode(auction.auctionOf(id), auction.buyoutOf(id));
            bytes memory income =
                abi.encode(router.pendingOf(token), router.rateOf(token), router.lienOf(token));
            bytes memory owned = abi.encode(records.ownerOf(token), records.tokenStateOf(token));
            states[i] = keccak256(bytes.concat(loan, sale, income, owned));
        }
    }

    /// What a refused call told is recorded as well.
    function _forget() private {
        vm.getRecordedLogs();
    }

    /// Each payment of a loan is its holder's. Who holds a note changes in no call that pays.
    function _note(address[3] memory holders) private {
        Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != ILoanBook.LoanPaid.selector) continue;
            uint96 id = uint96(uint256(logs[i].topics[1]));
            (uint256 interest, uint256 principal) = abi.decode(logs[i].body, (uint256, uint256));
            _repaid[id] += principal;
            for (uint256 j; j < 3; ++j) {
                if (_ids[j] == id) _paid[holders[j]] += interest + principal;
            }
        }
        for (uint256 i; i < 3; ++i) {
            LoanState state = loans.loanOf(_ids[i]).state;
            if (state >= LoanState.Repaid && _ended[_ids[i]] == LoanState.None) {
                _ended[_ids[i]] = state;
            }
        }
    }
}
