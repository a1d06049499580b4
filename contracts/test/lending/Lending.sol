// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {IAppraiser} from "../../src/lending/IAppraiser.sol";
import {ILoanAuction} from "../../src/lending/ILoanAuction.sol";
import {Loan, LoanMode, LoanOffer, LoanState} from "../../src/lending/ILoanBook.sol";
import {Version} from "../../src/records/IRecordRegistry.sol";
import {IRevenueRouter, Leg} from "../../src/revenue/IRevenueRouter.sol";
import {SettlementToken} from "../../src/revenue/SettlementToken.sol";
import {Consortium} from "../Consortium.sol";
import {ILoans} from "./ILoans.sol";

/// @title A record that five licensees pay for, lenders and buyers with money, and all contracts of
/// money but the exchange, which is an address
abstract contract Lending is Consortium {
    uint256 internal constant PLATFORM = 0xe2;
    uint256 internal constant PAYER = 0xe3;
    uint256 internal constant LENDER = 0xe6;
    uint256 internal constant OTHER_LENDER = 0xe7;
    uint256 internal constant BUYER = 0xe8;
    uint256 internal constant KEEPER = 0xe9;
    uint256 internal constant LICENSEE = 0x1a0;

    uint256 internal constant UNIT = 1e6;
    uint256 internal constant RICH = 1e9 * UNIT;
    uint256 internal constant TOKEN = uint256(RECORD) << 8;
    uint136 internal constant LABORATORY = uint136(RECORD) << 8 | 7;
    uint136 internal constant SOCIAL = uint136(RECORD) << 8 | 1;
    uint16 internal constant SECTIONS = 0x1196;
    /// Of each of the five licensees, for the laboratory.
    uint48 internal constant RATE = 4e6;
    uint16 internal constant TERM = 400;
    uint96 internal constant LOAN = 1;
    uint96 internal constant PRINCIPAL = 2_000e6;
    uint96 internal constant MOST = 2_880e6;
    /// Twelve months of what five licensees pay.
    uint256 internal constant VALUE = 12 * 30 * 5 * 4e6;

    SettlementToken internal money;
    IRevenueRouter internal router;
    IAppraiser internal appraiser;
    ILoanAuction internal auction;
    ILoans internal loans;
    address internal account;
    /// Their addresses, in order.
    address[] internal licensees;

    constructor() {
        money = SettlementToken(_made("SettlementToken", abi.encode(organizations)));
        address ahead = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 3);
        router = IRevenueRouter(_made("RevenueRouter", _forRouter(ahead)));
        appraiser = IAppraiser(_made("Appraiser", abi.encode(organizations, records, router)));
        auction =
            ILoanAuction(_made("LoanAuction", abi.encode(organizations, router, appraiser, ahead)));
        loans = ILoans(
            _made("LoanBook", abi.encode(organizations, records, router, appraiser, auction))
        );
        _people();
        registered(RECORD);
        account = authority.accountOf(RECORD);
        Version[] memory versions = new Version[](1);
        versions[0] = Version(RECORD, 1, 0, "one", SECTIONS, 0);
        records.advance(versions, onVersions(HOSPITAL, versions));
    }

    /// After records, the router is the seventh contract and LoanBook the tenth.
    function modules() internal override returns (address hook, address exchange, address lending) {
        uint256 nonce = vm.getNonce(address(this));
        hook = vm.computeCreateAddress(address(this), nonce + 6);
        lending = vm.computeCreateAddress(address(this), nonce + 9);
        return (hook, vm.addr(EXCHANGE), lending);
    }

    function _made(string memory name, bytes memory arguments) private returns (address target) {
        target = vm.deployCode(string.concat(name, ".sol:", name), arguments);
        named(target, name);
    }

    function _forRouter(address lending) private view returns (bytes memory) {
        return abi.encode(money, organizations, policies, records, vm.addr(EXCHANGE), lending);
    }

    function _people() private {
        admit(PLATFORM, 0);
        decide(act(ActionKind.SetPlatform, vm.addr(PLATFORM), 0));
        admit(LENDER, Roles.LENDER);
        admit(OTHER_LENDER, Roles.LENDER);
        admit(BUYER, Roles.LICENSEE);
        uint256[4] memory keys = [PAYER, LENDER, OTHER_LENDER, BUYER];
        for (uint256 i; i < keys.length; ++i) {
            enrich(vm.addr(keys[i]));
        }
        for (uint256 i; i < 5; ++i) {
            admit(LICENSEE + i, Roles.LICENSEE);
            enrich(vm.addr(LICENSEE + i));
            _insert(vm.addr(LICENSEE + i));
        }
    }

    function _insert(address licensee) private {
        licensees.push(licensee);
        for (uint256 i = licensees.length - 1; i != 0 && licensees[i] < licensees[i - 1]; --i) {
            (licensees[i], licensees[i - 1]) = (licensees[i - 1], licensees[i]);
        }
    }

    function enrich(address who) internal {
        bytes memory members = abi.encode(who, RICH);
        Intent memory by =
            signed(PLATFORM, address(money), "Issue(address to,uint256 amount", members);
        money.issue(who, RICH, by);
        vm.prank(who);
        money.approve(address(router), type(uint256).max);
    }

    /* GIVEN */

    /// The license of a number, of the licensee at that place.
    function licensed(uint256 number, uint48 rate, uint16 days_) internal {
        Leg[] memory legs = new Leg[](1);
        legs[0] = Leg(LABORATORY, rate);
        uint16 end = uint16(block.timestamp / DAY + days_);
        vm.prank(vm.addr(EXCHANGE));
        router.open(TOKEN, number, licensees[number - 1], legs, end, true, true);
    }

    /// A sixth license, of the first licensee.
    function licensedAgain(uint48 rate) internal {
        licensees.push(licensees[0]);
        licensed(6, rate, TERM);
    }

    function subscribed() internal {
        for (uint256 i = 1; i <= 5; ++i) {
            licensed(i, RATE, TERM);
        }
    }

    /// Five licensees have paid for as long as it is looked back, and a bit longer.
    function ripe() internal {
        subscribed();
        pass(110 days);
        poke();
    }

    function poke() internal returns (uint256) {
        return appraiser.poke(TOKEN, all());
    }

    function borrowed() internal {
        ripe();
        borrow(offer());
    }

    function borrowed(LoanMode mode) internal {
        ripe();
        LoanOffer memory terms = offer();
        terms.mode = mode;
        if (mode == LoanMode.Fruits) terms.aprBps = 0;
        borrow(terms);
    }

    /// As much as the value allows.
    function borrowedMost() internal {
        ripe();
        LoanOffer memory terms = offer();
        terms.principal = MOST;
        borrow(terms);
    }

    function borrow(LoanOffer memory terms) internal {
        loans.borrow(terms, onOffer(LENDER, terms), onBorrow(terms));
    }

    /// Only one licensee is left, and one is worth nothing.
    function fallen() internal {
        for (uint256 i = 2; i <= 5; ++i) {
            stopped(i, RATE);
        }
    }

    /// Three licensees are left and a half: it is worth two fifths.
    function dented() internal {
        stopped(4, RATE / 2);
        stopped(5, RATE);
    }

    function stopped(uint256 number, uint48 rate) internal {
        Leg[] memory legs = new Leg[](1);
        legs[0] = Leg(LABORATORY, rate);
        vm.prank(vm.addr(EXCHANGE));
        router.stop(TOKEN, number, legs, new uint8[](1));
    }

    function close(uint136 sectionId) internal {
        policies.close(
            sectionId,
            signed(PATIENT, address(policies), "Close(uint136 sectionId", abi.encode(sectionId))
        );
    }

    /// Two readings of a value that is gone, and the cure is open.
    function curing() internal {
        close(LABORATORY);
        auction.flag(LOAN, all());
        pass(6 hours);
        auction.flag(LOAN, none());
    }

    /// The cure failed, and the auction runs.
    function auctioned() internal {
        curing();
        pass(24 hours);
        auction.startAuction(LOAN, none(), onStart(KEEPER, none()));
    }

    function pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }

    function pauseOpening() internal {
        decide(act(ActionKind.PauseOpening, address(0), 7 days));
    }

    /* WHAT IS */

    function all() internal pure returns (uint256[] memory licenses) {
        licenses = new uint256[](5);
        for (uint256 i; i < 5; ++i) {
            licenses[i] = i + 1;
        }
    }

    function none() internal pure returns (uint256[] memory) {
        return new uint256[](0);
    }

    function fingerprint() internal view returns (bytes32) {
        return router.collateralFingerprint(TOKEN);
    }

    function loan() internal view returns (Loan memory) {
        return loans.loanOf(LOAN);
    }

    function isIn(LoanState state) internal view {
        vm.assertEq(uint256(state), uint256(loan().state));
    }

    function debt() internal view returns (uint256) {
        return loans.loanDebtOf(LOAN);
    }

    function creditOf(uint256 key) internal view returns (uint256) {
        return router.creditOf(vm.addr(key));
    }

    /// The net part of income or a price: without 10 %, 10 % and 2.5 %, each rounded down.
    function netOf(uint256 amount) internal pure returns (uint256) {
        return amount - 2 * (amount / 10) - amount / 40;
    }

    /* INTENTS */

    string internal constant OFFER = "LoanOffer(address lender,uint256 tokenId,"
        "bytes32 fingerprint,uint96 principal,uint16 aprBps,uint16 termDays,uint8 mode,"
        "uint16 splitBps,uint16 warnBps,uint16 liquidationBps,uint56 covenantRatePerDay,"
        "uint64 minRatePerDay,bytes32 agreementHash)";

    function offer() internal view returns (LoanOffer memory terms) {
        (terms.lender, terms.tokenId, terms.fingerprint) = (vm.addr(LENDER), TOKEN, fingerprint());
        (terms.principal, terms.aprBps, terms.termDays) = (PRINCIPAL, 1_200, 365);
        (terms.mode, terms.splitBps) = (LoanMode.Amortize, 5_000);
        (terms.warnBps, terms.liquidationBps) = (6_000, 7_500);
        terms.agreementHash = "agreement";
    }

    function hashOf(LoanOffer memory terms) internal pure returns (bytes memory) {
        return abi.encode(keccak256(bytes.concat(keccak256(bytes(OFFER)), abi.encode(terms))));
    }

    function onOffer(uint256 key, LoanOffer memory terms) internal returns (Intent memory) {
        return signed(key, address(loans), "OfferLoan(LoanOffer offer", OFFER, hashOf(terms));
    }

    function onBorrow(LoanOffer memory terms) internal returns (Intent memory by) {
        by = signed(PATIENT, address(loans), "Borrow(LoanOffer offer", OFFER, hashOf(terms));
        by.signer = account;
    }

    function onRepay(uint256 key, uint256 amount) internal returns (Intent memory) {
        bytes memory members = abi.encode(LOAN, amount);
        return signed(key, address(loans), "Repay(uint96 loanId,uint256 amount", members);
    }

    function repay(uint256 amount) internal returns (uint256) {
        return loans.repay(LOAN, amount, onRepay(PAYER, amount));
    }

    function onRefinance(LoanOffer memory terms) internal returns (Intent memory by) {
        bytes memory members = bytes.concat(abi.encode(LOAN), hashOf(terms));
        by = signed(
            PATIENT, address(loans), "Refinance(uint96 loanId,LoanOffer offer", OFFER, members
        );
        by.signer = account;
    }

    function onBetter(uint256 key, LoanOffer memory terms) internal returns (Intent memory) {
        bytes memory members = bytes.concat(abi.encode(LOAN), hashOf(terms));
        string memory verb = "RefinanceBetter(uint96 loanId,LoanOffer offer";
        return signed(key, address(loans), verb, OFFER, members);
    }

    function onStart(uint256 key, uint256[] memory licenses) internal returns (Intent memory) {
        return signed(
            key,
            address(auction),
            "StartAuction(uint96 loanId,uint256[] licenses",
            abi.encode(LOAN, keccak256(abi.encodePacked(licenses)))
        );
    }

    function onBuy(uint256 key, string memory verb, uint256 price, bytes32 seen)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(auction),
            string.concat(verb, "(uint96 loanId,uint256 maxPrice,bytes32 fingerprint"),
            abi.encode(LOAN, price, seen)
        );
    }

    function buy(uint256 price) internal {
        bytes32 seen = fingerprint();
        auction.buy(LOAN, price, seen, onBuy(BUYER, "Buy", price, seen));
    }

    function onCreditBid(uint256 key, uint256 price) internal returns (Intent memory) {
        return signed(
            key,
            address(auction),
            "CreditBid(uint96 loanId,uint256 maxPrice",
            abi.encode(LOAN, price)
        );
    }

    function onForeclose(uint256 key, uint256 to) internal returns (Intent memory) {
        return signed(
            key,
            address(auction),
            "Foreclose(uint96 loanId,address to",
            abi.encode(LOAN, vm.addr(to))
        );
    }

    function onBuyout(uint256 key, uint256 price) internal returns (Intent memory) {
        return signed(
            key, address(auction), "SetBuyout(uint96 loanId,uint256 price", abi.encode(LOAN, price)
        );
    }

    function askBuyout(uint256 price) internal {
        Intent memory by = onBuyout(PATIENT, price);
        by.signer = account;
        auction.setBuyout(LOAN, price, by);
    }

    /* REFUSALS */

    function refuses(bytes4 reason, uint256 detail) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, detail));
    }

    function refuses(bytes4 reason, uint256 first, uint256 second) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, first, second));
    }

    function refuses(bytes4 reason, address who) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, who));
    }
}
