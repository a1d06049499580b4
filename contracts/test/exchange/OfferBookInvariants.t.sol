// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {Base, Selectors} from "../Base.sol";
import {Selling} from "./Selling.sol";

/// Patient and thief post and close offers; keeps what each offer was posted as, and until when.
contract OfferHandler is Selling {
    uint256 private constant MOST = 40;

    mapping(uint32 id => bytes) private _terms;
    mapping(uint32 id => bytes) private _prices;
    mapping(uint32 id => uint64) private _until;
    uint32 private _count;

    function wait(uint32 time) external {
        pass(bound(time, 1, 2 * DAY));
    }

    /// @param wrong 0 and 1: what the policy, and the bounds of terms, do not let
    function post(uint8 kind, uint16 mask, uint32 time, uint8 wrong) external {
        if (_count == MOST) return;
        Offer memory offer = offerOf(Kind(kind % 4));
        if (kind % 4 != 0) {
            mask &= SECTIONS;
            offer.mask = mask == 0 ? SOCIAL : mask;
        }
        offer.until = uint32(block.timestamp + bound(time, 1, 9 * DAY));
        if (wrong % 8 == 0) offer.duo = 1 << 6;
        if (wrong % 8 == 1) offer.sublicenseDepth = 4;
        try this.postFor(offer) returns (uint32 id) {
            vm.assertTrue(wrong % 8 > 1);
            vm.assertEq(++_count, id);
            _terms[id] = abi.encode(offer);
            _prices[id] = abi.encode(pricesOf(offer));
            _until[id] = offer.until;
        } catch {
            vm.assertTrue(wrong % 8 < 2);
        }
    }

    function postFor(Offer memory offer) external returns (uint32) {
        return posted(offer);
    }

    function closeOne(uint8 which, bool isThief) external {
        if (_count == 0) return;
        uint32 id = 1 + which % _count;
        bool isOpen = block.timestamp < _until[id];
        try this.closeFor(isThief ? RIVAL : PATIENT, id) {
            vm.assertTrue(isOpen && !isThief);
            _until[id] = uint64(block.timestamp);
        } catch {
            vm.assertTrue(!isOpen || isThief);
        }
    }

    function closeFor(uint256 key, uint32 id) external {
        offers.closeOffer(id, onClosing(key, id));
    }

    function closeAll(bool isThief) external {
        try this.closeAllFor(isThief ? RIVAL : PATIENT) {
            vm.assertFalse(isThief);
            for (uint32 id = 1; id <= _count; ++id) {
                if (block.timestamp < _until[id]) _until[id] = uint64(block.timestamp);
            }
        } catch {
            vm.assertTrue(isThief);
        }
    }

    function closeAllFor(uint256 key) external {
        offers.closeAllOffers(TOKEN, onClosingAll(key, TOKEN));
    }

    /// What was posted stays as it was, but that it may end earlier.
    function check() external view {
        for (uint32 id = 1; id <= _count; ++id) {
            Offer memory offer = offers.offerOf(id);
            Offer memory expected = abi.decode(_terms[id], (Offer));
            bool isOpen = block.timestamp < _until[id];
            vm.assertEq(isOpen, offers.isOfferOpen(id));
            vm.assertTrue(offer.until <= expected.until);
            offer.until = expected.until;

            vm.assertEq(abi.encode(expected), abi.encode(offer));
            vm.assertEq(_prices[id], abi.encode(offers.pricesOf(id)));
        }
    }
}

contract OfferBook_Invariants is Base {
    OfferHandler internal handler = new OfferHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), new bytes4[](4));
        targets[0].selectors[0] = OfferHandler.wait.selector;
        targets[0].selectors[1] = OfferHandler.post.selector;
        targets[0].selectors[2] = OfferHandler.closeOne.selector;
        targets[0].selectors[3] = OfferHandler.closeAll.selector;
    }

    function invariant_AnOfferStaysAsItWasPosted() external view {
        handler.check();
    }
}
