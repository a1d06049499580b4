// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Effect,
    Grant,
    IConsentRegistry,
    Proposal,
    Trigger
} from "../src/consent/IConsentRegistry.sol";
import {Setting} from "./Setting.sol";

/// @title Which windows and purposes a grant may have, and that they are what is kept
contract Windows_Symbolic is Setting {
    uint64 private constant FAR = 24_000 days;
    IConsentRegistry private _consents = newConsents();

    constructor() {
        vm.warp(NOW);
    }

    /// For all windows: a grant is taken exactly when both ends are whole days, in order, the last
    /// ahead and at most ten years and the rounding of both ends away.
    function check_AWindowIsOfWholeDays(uint64 first, uint64 last) external {
        Proposal memory terms = _terms(first, last, 1);
        bool isGood = first < last && first % 1 days == 0 && last % 1 days == 0 && last > NOW
            && last <= NOW + 3_655 days;

        assert(_isTaken(terms) == isGood);
    }

    /// For all windows that are taken, and all times after: it is live within and never without,
    /// and the word that is kept gives back both ends.
    function check_AGrantIsLiveWithinItsWindow(uint24 firstDay, uint24 lastDay, uint64 time)
        external
    {
        (uint64 first, uint64 last) = (uint64(firstDay) * 1 days, uint64(lastDay) * 1 days);
        vm.assume(time >= NOW);
        if (!_isTaken(_terms(first, last, 1))) return;
        Grant memory kept = _consents.grantState("grant");
        vm.warp(time);

        assert(kept.notBefore == first && kept.notAfter == last);
        assert(_consents.isLive("grant") == (first <= time && time < last));
    }

    /// For all purposes: a permit has one or more and never break-glass, and they are what is kept.
    function check_PurposesAreWhatWasProposed(uint16 purposes) external {
        bool isTaken = _isTaken(_terms(uint64(NOW / 1 days) * 1 days, FAR, purposes));
        assert(isTaken == (purposes != 0 && purposes < 1 << 11));
        if (!isTaken) return;
        Grant memory kept = _consents.grantState("grant");

        assert(kept.purposes == purposes && kept.notAfter == FAR);
        assert(kept.record == RECORD && kept.effect == Effect.Permit);
    }

    function _terms(uint64 first, uint64 last, uint16 purposes)
        private
        pure
        returns (Proposal memory terms)
    {
        (terms.grant, terms.record, terms.purposes) = ("grant", RECORD, purposes);
        (terms.notBefore, terms.notAfter) = (first, last);
        (terms.triggers, terms.replaces) = (new Trigger[](0), new bytes32[](0));
    }

    function _isTaken(Proposal memory terms) private returns (bool) {
        try _consents.propose(terms, own()) {
            return true;
        } catch {
            return false;
        }
    }
}
