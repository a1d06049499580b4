// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LicenseState, Purchase, Reason, SaleState} from "../../src/exchange/ILicenseBook.sol";
import {Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Rekey} from "../../src/records/IRecordRegistry.sol";
import {Base, Selectors} from "../Base.sol";
import {Selling} from "./Selling.sol";

/// Patient, owner, two licensees, custodians, a thief and the clock; keeps a model of every license.
contract LicenseHandler is Selling {
    uint256 private constant MOST = 24;

    /// What a license was sold as, and what has become of it since, as the model has it.
    struct Kept {
        uint256 id;
        uint256 key;
        Kind kind;
        uint16 mask;
        uint64 start;
        uint64 end;
        bool isRevoked;
        bool[2] isClosed;
        uint256 paid;
        uint256 parent;
    }

    uint32[4] private _offers;
    uint16[2] private _masks = [SOCIAL, LABORATORY];
    uint136[2] private _ids = [SOCIAL_ID, LABORATORY_ID];
    uint8[2] private _codes = [1, 7];
    Kept[] private _kept;
    uint256[] private _sales;
    bool private _isSuspended;

    constructor() {
        for (uint8 kind; kind < 4; ++kind) {
            Offer memory terms = offerOf(Kind(kind));
            (terms.minDays, terms.sublicenseDepth, terms.sublicenseBps) = (1, 3, 2_000);
            terms.until = type(uint32).max;
            _offers[kind] = posted(terms);
        }
    }

    /* DEEDS */

    function wait(uint32 time) external {
        pass(bound(time, 1, 9 * DAY));
    }

    function buyLicense(uint8 who, uint8 what, uint8 which, uint16 termDays) external {
        if (_kept.length == MOST) return;
        Kind kind = Kind(1 + what % 3);
        uint16 mask = uint16(1 + which % 3);
        mask = (mask & 1 != 0 ? SOCIAL : 0) | (mask & 2 != 0 ? LABORATORY : 0);
        termDays = kind == Kind.Perpetual ? 0 : uint16(bound(termDays, 1, 60));
        Purchase memory purchase = purchaseOf(_offers[uint8(kind)], mask, termDays);
        uint256 key = who % 2 == 0 ? LICENSEE : RIVAL;
        uint256 before = money.balanceOf(vm.addr(key));
        bool isFree = _isFree(kind, mask);
        try this.buyFor(key, kind, purchase) returns (uint256 id) {
            vm.assertTrue(isFree);
            uint256 paid = before - money.balanceOf(vm.addr(key));
            uint64 end = midnightIn(kind == Kind.Perpetual ? 360 : termDays);
            _keep(
                Kept(
                    id,
                    key,
                    kind,
                    mask,
                    uint64(block.timestamp),
                    end,
                    false,
                    [false, false],
                    paid,
                    0
                )
            );
        } catch {
            vm.assertTrue(!isFree || _isSuspended || records.isRekeying(TOKEN));
        }
    }

    function buyFor(uint256 key, Kind kind, Purchase memory purchase) external returns (uint256) {
        if (kind == Kind.Subscription) {
            return licenses.subscribe(purchase, onPurchase(key, "Subscribe", purchase));
        }
        if (kind == Kind.Exclusive) {
            return licenses.rent(purchase, onPurchase(key, "Rent", purchase));
        }
        return licenses.acquire(purchase, onPurchase(key, "Acquire", purchase));
    }

    function giveOn(uint8 which, uint16 termDays) external {
        if (_kept.length == 0 || _kept.length == MOST) return;
        Kept memory above = _kept[which % _kept.length];
        uint256 to = above.key == LICENSEE ? RIVAL : LICENSEE;
        termDays = uint16(bound(termDays, 1, 30));
        uint64 end = midnightIn(termDays);
        try this.giveFor(above, to, termDays) returns (uint256 id) {
            vm.assertTrue(above.kind == Kind.Perpetual || end <= above.end);
            _keep(
                Kept(
                    id,
                    to,
                    Kind.Subscription,
                    above.mask,
                    uint64(block.timestamp),
                    end,
                    false,
                    [false, false],
                    type(uint256).max,
                    above.id
                )
            );
        } catch {}
    }

    function giveFor(Kept memory above, uint256 to, uint16 termDays) external returns (uint256) {
        return sublicensed(above.key, above.id, to, above.mask, termDays);
    }

    function renewOne(uint8 which, uint16 termDays) external {
        if (_kept.length == 0) return;
        Kept storage kept = _kept[which % _kept.length];
        termDays = uint16(bound(termDays, 1, 60));
        uint256 before = money.balanceOf(vm.addr(kept.key));
        try this.renewFor(kept.key, kept.id, termDays) {
            uint64 end = licenses.expiresAt(kept.id);
            uint64 expected =
                block.timestamp < kept.end ? kept.end + termDays * DAY : midnightIn(termDays);
            vm.assertEq(expected, end);
            kept.end = end;
            kept.paid += before - money.balanceOf(vm.addr(kept.key));
        } catch {}
    }

    function renewFor(uint256 key, uint256 id, uint16 termDays) external {
        renew(key, id, termDays);
    }

    function cancelOne(uint8 which) external {
        if (_kept.length == 0) return;
        Kept storage kept = _kept[which % _kept.length];
        uint256 credit = router.creditOf(vm.addr(kept.key));
        try this.cancelFor(kept.key, kept.id) {
            uint64 end = licenses.expiresAt(kept.id);
            vm.assertTrue(block.timestamp < end && end < kept.end);
            kept.end = end;
            _refunded(kept, router.creditOf(vm.addr(kept.key)) - credit);
        } catch {}
    }

    function cancelFor(uint256 key, uint256 id) external {
        cancel(key, id);
    }

    function revokeOne(uint8 which, bool isThief) external {
        if (_kept.length == 0) return;
        Kept storage kept = _kept[which % _kept.length];
        uint256 credit = router.creditOf(vm.addr(kept.key));
        bool isOver = licenses.licenseOf(kept.id).state == LicenseState.Ended;
        try this.revokeFor(isThief ? RIVAL : PATIENT, kept.id) {
            vm.assertFalse(isThief || isOver);
            kept.isRevoked = true;
            _refunded(kept, _more(router.creditOf(vm.addr(kept.key)), credit));
        } catch {
            vm.assertTrue(isThief || isOver);
        }
    }

    function revokeFor(uint256 key, uint256 id) external {
        licenses.revoke(id, onLicense(key, "Revoke", id));
    }

    function closeOne(uint8 which) external {
        uint256 i = which % 2;
        close(_ids[i]);
        for (uint256 each; each < _kept.length; ++each) {
            if (_kept[each].mask & _masks[i] != 0) _kept[each].isClosed[i] = true;
        }
        reopen(_ids[i]);
    }

    function pruneOne(uint8 which) external {
        if (_kept.length == 0) return;
        Kept storage kept = _kept[which % _kept.length];
        uint256 credit = router.creditOf(vm.addr(kept.key));
        try licenses.prune(kept.id) {
            _refunded(kept, _more(router.creditOf(vm.addr(kept.key)), credit));
        } catch {}
    }

    function suspend() external {
        _isSuspended = !_isSuspended;
        ActionKind kind = _isSuspended ? ActionKind.Suspend : ActionKind.Reinstate;
        decide(act(kind, vm.addr(LICENSEE), 0));
        decide(act(kind, vm.addr(RIVAL), 0));
    }

    /* SALES */

    function buyToken() external {
        if (records.isLocked(TOKEN) || _isSuspended || records.ownerOf(TOKEN) != subject) return;
        bytes32 fingerprint = router.collateralFingerprint(TOKEN);
        address receiver = vm.addr(LENDER);
        Intent memory by = signed(
            LICENSEE,
            address(licenses),
            "Buy(uint32 offerId,address receiver,uint256 maxPrice,bytes32 fingerprint",
            abi.encode(_offers[0], receiver, 9_000, fingerprint)
        );
        _sales.push(licenses.buy(_offers[0], receiver, 9_000, fingerprint, by));
    }

    function completeToken(uint8 which, uint8 count) external {
        if (_sales.length == 0) return;
        uint256 id = _sales[which % _sales.length];
        Rekey memory rekey = rekeyOf("new");
        rekey.epoch = records.tokenStateOf(TOKEN).pendingEpoch;
        rekey.receiver = vm.addr(LENDER);
        count = uint8(bound(count, 0, 5));
        try licenses.completeSale(id, rekey, signedBy(rekey, count)) {
            vm.assertTrue(count >= 3);
            vm.assertEq(vm.addr(LENDER), records.ownerOf(TOKEN));
        } catch {}
    }

    function abortToken(uint8 which) external {
        if (_sales.length == 0) return;
        uint256 credit = router.creditOf(vm.addr(LICENSEE));
        try licenses.abortSale(_sales[which % _sales.length]) {
            vm.assertEq(credit + 9_000, router.creditOf(vm.addr(LICENSEE)));
        } catch {}
    }

    /* THE MODEL */

    function _keep(Kept memory kept) private {
        _kept.push(kept);
    }

    /// What was given back is at most what was paid.
    function _refunded(Kept storage kept, uint256 refund) private {
        vm.assertTrue(refund <= kept.paid);
        kept.paid -= refund;
    }

    function _more(uint256 present, uint256 before) private pure returns (uint256) {
        return present < before ? 0 : present - before;
    }

    function _isFree(Kind kind, uint16 mask) private view returns (bool) {
        for (uint256 i; i < _kept.length; ++i) {
            Kept memory kept = _kept[i];
            if (!_isAlive(kept, mask)) continue;
            if (kind == Kind.Exclusive || kept.kind == Kind.Exclusive) return false;
        }
        return kind != Kind.Exclusive || !_isShared(mask);
    }

    /// A license that opens at least one of the sections now.
    function _isAlive(Kept memory kept, uint16 mask) private view returns (bool) {
        if (_isOver(kept)) return false;
        for (uint256 i; i < 2; ++i) {
            if (mask & kept.mask & _masks[i] != 0 && _isUnclosed(kept, i)) return true;
        }
        return false;
    }

    /// Revoked or lapsed, or below a license that is.
    function _isOver(Kept memory kept) private view returns (bool) {
        if (kept.isRevoked) return true;
        if (kept.kind != Kind.Perpetual && kept.end <= block.timestamp) return true;
        for (uint256 i; kept.parent != 0 && i < _kept.length; ++i) {
            if (_kept[i].id == kept.parent) return _isOver(_kept[i]);
        }
        return false;
    }

    /// An exclusive user stays until his license is pruned.
    function _isUnclosed(Kept memory kept, uint256 i) private view returns (bool) {
        if (!kept.isClosed[i]) return true;
        bool isPruned = licenses.licenseOf(kept.id).mask & _masks[i] == 0
            || licenses.licenseOf(kept.id).state == LicenseState.Ended;
        return kept.kind == Kind.Exclusive && !isPruned;
    }

    function _isShared(uint16 mask) private view returns (bool) {
        for (uint256 i; i < 2; ++i) {
            uint256 through = router.streamOf(_ids[i]).sharedThroughDay * uint256(DAY);
            if (mask & _masks[i] != 0 && through > block.timestamp) return true;
        }
        return false;
    }

    function _find(uint256 id) private view returns (Kept memory) {
        for (uint256 i; i < _kept.length; ++i) {
            if (_kept[i].id == id) return _kept[i];
        }
        revert();
    }

    /// Whether a license and all above it should open a section, as the model has it.
    function _shouldOpen(Kept memory kept, uint256 i) private view returns (bool) {
        bool isInTime = kept.kind == Kind.Perpetual || block.timestamp < kept.end;
        if (_isSuspended || kept.isRevoked || kept.isClosed[i] || !isInTime) return false;
        if (licenses.licenseOf(kept.id).state == LicenseState.Ended) return false;
        return kept.parent == 0 || _shouldOpen(_find(kept.parent), i);
    }

    /* CHECKS */

    /// I10: nothing that has expired, was revoked, closed or orphaned opens a section; all else does.
    function checkAccess() external view {
        for (uint256 each; each < _kept.length; ++each) {
            for (uint256 i; i < 2; ++i) {
                Kept memory kept = _kept[each];
                if (kept.mask & _masks[i] == 0) continue;
                Reason reason = opens(kept.id, kept.key, _codes[i]);
                vm.assertEq(_shouldOpen(kept, i), reason == Reason.None);
            }
        }
    }

    /// I15: who has a section to himself shares it with nobody but whom he gave it on to.
    function checkExclusive() external view {
        for (uint256 i; i < 2; ++i) {
            uint256 alone;
            uint256 others;
            for (uint256 each; each < _kept.length; ++each) {
                Kept memory kept = _kept[each];
                bool isIn = kept.mask & _masks[i] != 0 && kept.parent == 0;
                if (!isIn || opens(kept.id, kept.key, _codes[i]) != Reason.None) continue;
                if (kept.kind == Kind.Exclusive) ++alone;
                else ++others;
            }
            vm.assertTrue(alone == 0 || (alone == 1 && others == 0));
        }
    }

    /// I16: the price of a sale is in reserve while it is open, and only then; at most one is open.
    function checkSales() external view {
        uint256 open;
        for (uint256 i; i < _sales.length; ++i) {
            if (licenses.saleOf(_sales[i]).state == SaleState.Open) ++open;
        }
        vm.assertTrue(open <= 1);
        vm.assertEq(open * 9_000, router.reserveOf(address(licenses)));
        if (open == 1) vm.assertEq(subject, records.ownerOf(TOKEN));
    }
}

contract LicenseBook_Invariants is Base {
    LicenseHandler internal handler = new LicenseHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), new bytes4[](12));
        bytes4[] memory selectors = targets[0].selectors;
        selectors[0] = LicenseHandler.wait.selector;
        selectors[1] = LicenseHandler.buyLicense.selector;
        selectors[2] = LicenseHandler.giveOn.selector;
        selectors[3] = LicenseHandler.renewOne.selector;
        selectors[4] = LicenseHandler.cancelOne.selector;
        selectors[5] = LicenseHandler.revokeOne.selector;
        selectors[6] = LicenseHandler.closeOne.selector;
        selectors[7] = LicenseHandler.pruneOne.selector;
        selectors[8] = LicenseHandler.suspend.selector;
        selectors[9] = LicenseHandler.buyToken.selector;
        selectors[10] = LicenseHandler.completeToken.selector;
        selectors[11] = LicenseHandler.abortToken.selector;
    }

    function invariant_OnlyALicenseThatLivesOpensASection() external view {
        handler.checkAccess();
    }

    function invariant_ExclusiveTermsNeverOverlap() external view {
        handler.checkExclusive();
    }

    function invariant_APriceIsPaidOutOrGivenBack() external view {
        handler.checkSales();
    }
}
