// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchors} from "../src/notary/Anchors.sol";
import {IOrganizations} from "../src/identity/IOrganizations.sol";
import {Intent} from "../src/identity/IIntentGuard.sol";
import {EverybodyActs, Setting} from "./Setting.sol";

/// @title Which nonces are used up, and by what
contract Nonces_Symbolic is Setting {
    Anchors private _anchors = new Anchors(IOrganizations(address(new EverybodyActs())));

    constructor() {
        vm.warp(NOW);
    }

    /// For all masks: exactly the nonces of their bits are cancelled, of nobody else.
    function check_CancellingTouchesItsOwnNoncesOnly(
        uint248 word,
        uint256 mask,
        uint256 nonce,
        address who
    ) external {
        _anchors.cancelNonces(word, mask);
        bool isMeant =
            who == address(this) && nonce >> 8 == word && mask & (1 << (nonce & 255)) != 0;

        assert(_anchors.isNonceUsed(who, nonce) == isMeant);
    }

    /// For all intents: one is taken exactly until its deadline and while its nonce is unused, and
    /// then its nonce is the only one more that is used.
    function check_AnIntentCountsOnceUntilItsDeadline(
        uint256 nonce,
        uint64 deadline,
        uint248 word,
        uint256 mask,
        uint256 other
    ) external {
        _anchors.cancelNonces(word, mask);
        bool isUsed = _anchors.isNonceUsed(address(this), nonce);
        bool isOtherUsed = _anchors.isNonceUsed(address(this), other);
        Intent memory by = Intent(address(this), nonce, deadline, "");

        try _anchors.anchor("root", 1, actor(by)) {
            assert(!isUsed && NOW <= deadline);
            assert(_anchors.isNonceUsed(address(this), nonce));
            assert(_anchors.isNonceUsed(address(this), other) == (isOtherUsed || other == nonce));
        } catch {
            assert(isUsed || NOW > deadline);
        }
    }
}
