// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {Registration, Version} from "../../src/records/IRecordRegistry.sol";
import {IRevenueRouter, Leg, Stream} from "../../src/revenue/IRevenueRouter.sol";
import {SettlementToken} from "../../src/revenue/SettlementToken.sol";
import {Consortium} from "../Consortium.sol";
import {Claims} from "./Claims.sol";

/// @title A record with six sections, its router and its settlement token, a payer with money; the
/// exchange is an address, the lending a contract with claims
abstract contract Earning is Consortium {
    uint256 internal constant PLATFORM = 0xe2;
    uint256 internal constant PAYER = 0xe3;
    uint256 internal constant OTHER_PAYER = 0xe4;
    uint256 internal constant OWNER = 0xe5;
    uint256 internal constant LENDER = 0xe6;
    uint256 internal constant RICH = 1e15;

    uint256 internal constant TOKEN = uint256(RECORD) << 8;
    uint136 internal constant SOCIAL = uint136(RECORD) << 8 | 1;
    uint136 internal constant LABORATORY = uint136(RECORD) << 8 | 7;
    uint16 internal constant SECTIONS = 0x1196;
    uint64 internal constant TODAY = START / DAY;
    uint256 internal constant LICENSE = 1;
    uint96 internal constant CLAIM = 5;

    SettlementToken internal money;
    IRevenueRouter internal router;
    Claims internal claims;
    address internal account;
    address internal payer = vm.addr(PAYER);

    constructor() {
        money = SettlementToken(_made("SettlementToken", abi.encode(organizations)));
        router = IRevenueRouter(_made("RevenueRouter", _arguments(address(money))));
        claims.use(router);
        admit(PLATFORM, 0);
        decide(act(ActionKind.SetPlatform, vm.addr(PLATFORM), 0));
        admit(LENDER, Roles.LENDER);
        registered(RECORD);
        account = authority.accountOf(RECORD);
        Version[] memory versions = new Version[](1);
        versions[0] = Version(RECORD, 1, 0, "one", SECTIONS, 0);
        records.advance(versions, onVersions(HOSPITAL, versions));
        _enrich(PAYER);
        _enrich(OTHER_PAYER);
    }

    /// The router comes after the five contracts of the consortium and the token.
    function modules()
        internal
        virtual
        override
        returns (address hook, address exchange, address lending)
    {
        claims = new Claims();
        hook = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 6);
        return (hook, vm.addr(EXCHANGE), address(claims));
    }

    function _made(string memory name, bytes memory arguments) internal returns (address target) {
        target = vm.deployCode(string.concat(name, ".sol:", name), arguments);
        named(target, name);
    }

    function _arguments(address token) internal view returns (bytes memory) {
        return
            abi.encode(token, organizations, policies, records, vm.addr(EXCHANGE), address(claims));
    }

    function _enrich(uint256 key) internal {
        issue(vm.addr(key), RICH);
        vm.prank(vm.addr(key));
        money.approve(address(router), type(uint256).max);
    }

    /* GIVEN */

    function issue(address to, uint256 amount) internal {
        money.issue(to, amount, onIssue(PLATFORM, to, amount));
    }

    /// The record belongs to somebody who is not its subject.
    function owned() internal {
        Intent memory by = signed(
            PATIENT,
            address(records),
            "Transfer(uint256 tokenId,address to",
            abi.encode(TOKEN, vm.addr(OWNER))
        );
        by.signer = account;
        records.transfer(TOKEN, vm.addr(OWNER), by);
    }

    /// Another record, whose host is the gateway with 200 basis points and whose source has none.
    function _hosted(uint128 record) internal returns (uint256) {
        authority.enroll(record, vm.addr(PATIENT), onEnroll(PATIENT, record, vm.addr(PATIENT)));
        Registration memory terms = registrationOf(record);
        (terms.host, terms.hostBps, terms.sourceBps) = (vm.addr(GATEWAY), 200, 0);
        Intent memory accepted = onAcceptance(PATIENT, terms);
        records.register(terms, accepted, actor(onRegistration(HOSPITAL, terms)));
        return record;
    }

    /// Laboratory is a token of its own.
    function divided() internal {
        uint16 mask = 1 << 7;
        Intent memory by = signed(
            PATIENT,
            address(records),
            "Detach(uint128 recordId,uint16 mask",
            abi.encode(RECORD, mask)
        );
        by.signer = account;
        records.detach(RECORD, mask, by);
    }

    /// The laboratory is subscribed for 100 units a day until 30 days from today.
    function subscribed() internal returns (uint256) {
        return open(LICENSE, LABORATORY, 100, 30);
    }

    function open(uint256 license, uint136 sectionId, uint48 rate, uint64 days_)
        internal
        returns (uint256)
    {
        return open(license, only(sectionId, rate), days_, true, true);
    }

    function open(uint256 license, Leg[] memory legs, uint64 days_, bool isRecurring, bool isShared)
        internal
        returns (uint256)
    {
        uint16 end = dayAfter(days_);
        vm.prank(vm.addr(EXCHANGE));
        return router.open(TOKEN, license, payer, legs, end, isRecurring, isShared);
    }

    function move(uint256 license, Leg[] memory legs, uint16 endDay)
        internal
        returns (uint256 paid, uint256 refunded)
    {
        vm.prank(vm.addr(EXCHANGE));
        return router.move(TOKEN, license, payer, legs, endDay);
    }

    function stop(uint256 license, Leg[] memory legs, uint8 generation) internal returns (uint256) {
        uint8[] memory generations = new uint8[](legs.length);
        for (uint256 i; i < legs.length; ++i) {
            generations[i] = generation;
        }
        vm.prank(vm.addr(EXCHANGE));
        return router.stop(TOKEN, license, legs, generations);
    }

    function take(uint256 amount) internal {
        vm.prank(vm.addr(EXCHANGE));
        router.take(payer, amount);
    }

    function pledged(uint256 interest, uint256 debt) internal {
        claims.put(CLAIM, Claims.Claim(vm.addr(LENDER), account, interest, debt));
        claims.place(TOKEN, CLAIM);
    }

    function close(uint136 sectionId) internal {
        policies.close(sectionId, onSection("Close", sectionId));
    }

    function reopen(uint136 sectionId) internal {
        policies.reopen(sectionId, onSection("Reopen", sectionId));
    }

    function pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }

    /* WHAT IS */

    function only(uint136 sectionId, uint48 rate) internal pure returns (Leg[] memory legs) {
        legs = new Leg[](1);
        legs[0] = Leg(sectionId, rate);
    }

    function both(uint48 social, uint48 laboratory) internal pure returns (Leg[] memory legs) {
        legs = new Leg[](2);
        (legs[0], legs[1]) = (Leg(SOCIAL, social), Leg(LABORATORY, laboratory));
    }

    /// Days counted from today, whatever the time is.
    function dayAfter(uint64 days_) internal view returns (uint16) {
        return uint16(block.timestamp / DAY + days_);
    }

    /// The price and the refund written out again, in seconds that are left.
    function ceiled(uint256 rate, uint256 time) internal pure returns (uint256) {
        return (rate * time + DAY - 1) / DAY;
    }

    function floored(uint256 rate, uint256 time) internal pure returns (uint256) {
        return rate * time / DAY;
    }

    function creditOf(uint256 key) internal view returns (uint256) {
        return router.creditOf(vm.addr(key));
    }

    function streamOf(uint136 sectionId) internal view returns (Stream memory) {
        return router.streamOf(sectionId);
    }

    /* INTENTS */

    function onIssue(uint256 key, address to, uint256 amount) internal returns (Intent memory) {
        return
            signed(key, address(money), "Issue(address to,uint256 amount", abi.encode(to, amount));
    }

    function onWithdraw(uint256 key, address to, uint256 amount) internal returns (Intent memory) {
        return
            signed(
                key, address(router), "Withdraw(address to,uint256 amount", abi.encode(to, amount)
            );
    }

    function onSection(string memory verb, uint136 sectionId) internal returns (Intent memory) {
        return signed(
            PATIENT,
            address(policies),
            string.concat(verb, "(uint136 sectionId"),
            abi.encode(sectionId)
        );
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

    function refuses(bytes4 reason, address who, uint256 amount) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, who, amount));
    }

    /// As a stranger, and as the lending.
    function refusesModule(address who) internal {
        refuses(IRevenueRouter.RevenueRouter_NotModule.selector, who);
        vm.prank(who);
    }
}
