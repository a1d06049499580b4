// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {IntentGuard} from "../../src/identity/IntentGuard.sol";
import {Base} from "../Base.sol";
import {Signing} from "../Signing.sol";

/// A contract with two verbs of one shape.
contract Guarded is IntentGuard {
    bytes32 private constant SEAL = keccak256("Seal(bytes32 word,uint256 nonce,uint64 deadline)");
    bytes32 private constant OPEN = keccak256("Open(bytes32 word,uint256 nonce,uint64 deadline)");

    uint256 public accepted;

    constructor() IntentGuard("Guarded") {}

    function seal(bytes32 word, Intent calldata by) external {
        _accept(by, keccak256(abi.encode(SEAL, word, by.nonce, by.deadline)));
        ++accepted;
    }

    function open(bytes32 word, Intent calldata by) external {
        _accept(by, keccak256(abi.encode(OPEN, word, by.nonce, by.deadline)));
        ++accepted;
    }
}

/// Says yes to whoever knows its word.
contract Wallet is IERC1271 {
    bytes private _word;

    constructor(bytes memory word) {
        _word = word;
    }

    function isValidSignature(bytes32, bytes calldata word) external view returns (bytes4) {
        return keccak256(word) == keccak256(_word) ? this.isValidSignature.selector : bytes4(0);
    }
}

abstract contract GuardedTest is Signing {
    uint256 internal constant KEY = 0xf1;
    uint256 internal constant CURVE_ORDER =
        0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    bytes32 internal constant WORD = "word";

    Guarded internal guarded = new Guarded();
    Guarded internal twin = new Guarded();

    constructor() {
        named(address(guarded), "Guarded");
        named(address(twin), "Guarded");
    }

    function onSeal() internal returns (Intent memory) {
        return signed(KEY, address(guarded), "Seal(bytes32 word", abi.encode(WORD));
    }

    function refusesAsBad(address signer) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, signer)
        );
    }

    function refusesAsUsed(Intent memory by) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_NonceUsed.selector, by.signer, by.nonce)
        );
    }
}

contract IntentGuard_accept_Test is GuardedTest {
    function test_RevertWhen_TheDeadlineHasPassed() external {
        Intent memory by = onSeal();
        vm.warp(by.deadline + 1);

        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_Expired.selector, by.deadline)
        );
        guarded.seal(WORD, by);
    }

    function test_RevertGiven_TheNonceIsUsed() external {
        Intent memory by = onSeal();
        guarded.seal(WORD, by);

        refusesAsUsed(by);
        guarded.seal(WORD, by);
    }

    function test_RevertWhen_AnArgumentDiffers() external {
        Intent memory by = onSeal();

        refusesAsBad(by.signer);
        guarded.seal("other", by);
    }

    function test_RevertWhen_TheVerbDiffers() external {
        Intent memory by = onSeal();

        refusesAsBad(by.signer);
        guarded.open(WORD, by);
    }

    function test_RevertWhen_TheContractDiffers() external {
        Intent memory by = onSeal();

        refusesAsBad(by.signer);
        twin.seal(WORD, by);
    }

    function test_RevertWhen_TheChainDiffers() external {
        Intent memory by = onSeal();
        vm.chainId(block.chainid + 1);

        refusesAsBad(by.signer);
        guarded.seal(WORD, by);
    }

    function test_RevertWhen_TheNonceDiffers() external {
        Intent memory by = onSeal();
        by.nonce += 1;

        refusesAsBad(by.signer);
        guarded.seal(WORD, by);
    }

    function test_RevertWhen_AnotherKeySigned() external {
        Intent memory by = onSeal();
        by.signer = vm.addr(KEY + 1);

        refusesAsBad(by.signer);
        guarded.seal(WORD, by);
    }

    function test_RevertWhen_TheSignatureIsMalleable() external {
        Intent memory by = onSeal();
        bytes memory low = by.signature;
        (bytes32 r, bytes32 s) = (bytes32(0), bytes32(0));
        assembly {
            r := mload(add(low, 32))
            s := mload(add(low, 64))
        }
        uint8 v = low[64] == bytes1(uint8(27)) ? 28 : 27;
        by.signature = abi.encodePacked(r, CURVE_ORDER - uint256(s), v);

        refusesAsBad(by.signer);
        guarded.seal(WORD, by);
    }

    function test_RevertWhen_AContractRefusesTheSignature() external {
        Intent memory by = onSeal();
        by.signer = address(new Wallet("yes"));

        refusesAsBad(by.signer);
        guarded.seal(WORD, by);
    }

    function test_WhenAContractTakesTheSignature() external {
        Intent memory by = onSeal();
        (by.signer, by.signature) = (address(new Wallet("yes")), "yes");

        guarded.seal(WORD, by);

        vm.assertEq(1, guarded.accepted());
    }

    /// Of EIP-7702: the key commands the account, and could take the code away.
    function test_GivenTheAccountOfAKeyHasCode() external {
        Intent memory by = onSeal();
        vm.etch(by.signer, address(new Wallet("yes")).code);

        guarded.seal(WORD, by);

        vm.assertEq(1, guarded.accepted());
    }

    function test_RevertWhen_TheSenderIsAnother() external {
        Intent memory by = onSeal();
        by.signature = "";

        refusesAsBad(by.signer);
        guarded.seal(WORD, by);
    }

    function test_WhenTheSenderIsTheSigner() external {
        Intent memory by = onSeal();
        by.signature = "";

        vm.prank(by.signer);
        guarded.seal(WORD, by);

        vm.assertEq(1, guarded.accepted());
    }

    function test_WhenTheSignatureIsGood() external {
        Intent memory by = onSeal();

        vm.prank(address(0xdead));
        guarded.seal(WORD, by);

        vm.assertEq(1, guarded.accepted());
        vm.assertTrue(guarded.isNonceUsed(by.signer, by.nonce));
    }

    /// Nonces come in any order, and using one uses no other.
    function testFuzz_NoncesAreIndependent(uint256 first, uint256 second) external {
        vm.assume(first != second);
        Intent memory by = onSeal();
        by.nonce = first;
        by.signature = "";

        vm.prank(by.signer);
        guarded.seal(WORD, by);

        vm.assertTrue(guarded.isNonceUsed(by.signer, first));
        vm.assertFalse(guarded.isNonceUsed(by.signer, second));
        vm.assertFalse(guarded.isNonceUsed(address(this), first));
    }

    /// No word but the signed one is accepted.
    function testFuzz_RevertWhen_TheWordIsNotTheSigned(bytes32 word) external {
        vm.assume(word != WORD);
        Intent memory by = onSeal();

        refusesAsBad(by.signer);
        guarded.seal(word, by);
    }
}

contract IntentGuard_cancelNonces_Test is GuardedTest {
    function test_RevertWhen_ACanceledNonceIsPresented() external {
        Intent memory by = onSeal();
        vm.prank(by.signer);
        guarded.cancelNonces(uint248(by.nonce >> 8), 1 << (by.nonce & 0xff));

        refusesAsUsed(by);
        guarded.seal(WORD, by);
    }

    function test_WhenTheSenderCancelsAMask() external {
        vm.expectEmit(address(guarded));
        emit IIntentGuard.NoncesCancelled(address(this), 7, 5);
        guarded.cancelNonces(7, 5);

        vm.assertTrue(guarded.isNonceUsed(address(this), 7 * 256));
        vm.assertFalse(guarded.isNonceUsed(address(this), 7 * 256 + 1));
        vm.assertTrue(guarded.isNonceUsed(address(this), 7 * 256 + 2));
        vm.assertFalse(guarded.isNonceUsed(vm.addr(KEY), 7 * 256));
    }
}

/// Presents eight nonces again and again, and cancels some of them.
contract GuardHandler is GuardedTest {
    mapping(uint256 nonce => uint256) public timesAccepted;
    mapping(uint256 nonce => bool) public isCanceled;

    function present(uint256 nonce) external {
        nonce %= 8;
        Intent memory by = Intent(vm.addr(KEY), nonce, type(uint64).max, "");
        by.signature =
            signature(KEY, address(guarded), "Seal(bytes32 word", "", abi.encode(WORD), by);
        bool wasCanceled = isCanceled[nonce];
        try guarded.seal(WORD, by) {
            ++timesAccepted[nonce];
            vm.assertFalse(wasCanceled);
        } catch {
            vm.assertTrue(wasCanceled || timesAccepted[nonce] == 1);
        }
    }

    function cancel(uint256 nonce) external {
        nonce %= 8;
        vm.prank(vm.addr(KEY));
        guarded.cancelNonces(0, 1 << nonce);
        isCanceled[nonce] = true;
    }

    function isUsed(uint256 nonce) external view returns (bool) {
        return guarded.isNonceUsed(vm.addr(KEY), nonce);
    }
}

contract IntentGuard_Invariants is Base {
    GuardHandler private _handler = new GuardHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_EachIntentCountsOnce() external view {
        for (uint256 nonce; nonce < 8; ++nonce) {
            uint256 times = _handler.timesAccepted(nonce);

            vm.assertTrue(times <= 1);
            vm.assertEq(times == 1 || _handler.isCanceled(nonce), _handler.isUsed(nonce));
        }
    }
}
