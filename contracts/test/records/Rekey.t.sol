// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Actor} from "../../src/identity/IIntentGuard.sol";
import {IERC5192} from "../../src/records/IERC5192.sol";
import {IRecordRegistry, Record, Rekey, Version} from "../../src/records/IRecordRegistry.sol";
import {Keeping} from "../custody/Keeping.sol";

/// A record with one version, kept by three of five custodians, whose keys are to be changed.
abstract contract Rekeying is Keeping {
    uint256 internal constant TOKEN = uint256(RECORD) << 8;
    string private constant REKEY = "Rekey(uint256 tokenId,uint24 epoch,bytes32 oldRoot,"
        "bytes32 newRoot,address receiver,bytes32 receiverKeyHash,bytes32 sealedKeyHash,"
        "uint64 deadline)";

    constructor() {
        registered(RECORD);
        defined(SET, 5, 3);
        custody.assign(RECORD, SET, onAssignment(HOSPITAL, RECORD, SET));
        advance(Version(RECORD, 1, 0, "one", 6, 0));
    }

    function advance(Version memory version) internal {
        Version[] memory list = new Version[](1);
        list[0] = version;
        records.advance(list, onVersions(HOSPITAL, list));
    }

    function refusesVersion(uint24 given, uint24 current) internal {
        Version[] memory list = new Version[](1);
        list[0] = Version(RECORD, 2, records.recordOf(RECORD).root, "two", 6, given);
        refusesVersions(list, given, current);
    }

    function refusesVersions(Version[] memory list, uint24 given, uint24 current) internal {
        Actor memory by = onVersions(HOSPITAL, list);

        refusesEpoch(given, current);
        records.advance(list, by);
    }

    function refusesEpoch(uint24 given, uint24 current) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_StaleEpoch.selector, given, current
            )
        );
    }

    function onRotation(uint256 key) internal returns (Actor memory) {
        return onRotation(key, TOKEN);
    }

    function onRotation(uint256 key, uint256 token) internal returns (Actor memory) {
        return actor(signed(key, address(records), "Rotate(uint256 tokenId", abi.encode(token)));
    }

    function rotated() internal {
        records.rotate(TOKEN, onRotation(HOSPITAL));
    }

    function rekeyOf(bytes32 newRoot) internal view returns (Rekey memory) {
        Record memory kept = records.recordOf(RECORD);
        uint64 deadline = uint64(block.timestamp) + 1 days;
        return
            Rekey(TOKEN, kept.keyEpoch + 1, kept.root, newRoot, kept.subject, 0, "keys", deadline);
    }

    function signedBy(Rekey memory rekey, uint256 n)
        internal
        view
        returns (bytes[] memory signatures)
    {
        bytes32 inner = keccak256(bytes.concat(keccak256(bytes(REKEY)), abi.encode(rekey)));
        bytes32 digest = keccak256(bytes.concat("\x19\x01", domainOf(address(records)), inner));
        signatures = new bytes[](n);
        for (uint256 i; i < n; ++i) {
            signatures[i] = signatureOf(CUSTODIAN + i, digest);
        }
    }

    function completed(bytes32 newRoot) internal {
        Rekey memory rekey = rekeyOf(newRoot);
        records.completeRekey(rekey, signedBy(rekey, 3));
    }
}

contract RecordRegistry_rotate_Test is Rekeying {
    function _refuses(uint256 key) private {
        Actor memory by = onRotation(key);

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NotSource.selector, vm.addr(key))
        );
        records.rotate(TOKEN, by);
    }

    function test_RevertWhen_TheRecordIsUnknown() external {
        Actor memory by =
            actor(signed(HOSPITAL, address(records), "Rotate(uint256 tokenId", abi.encode(7 << 8)));

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_UnknownRecord.selector, 7)
        );
        records.rotate(7 << 8, by);
    }

    function test_RevertWhen_NeitherSourceNorSubjectSigns() external {
        _refuses(CLINIC);
        _refuses(CUSTODIAN);
        _refuses(PATIENT);
    }

    function test_RevertWhen_AnotherSourceSigns() external {
        _refuses(OTHER_HOSPITAL);
    }

    function test_RevertGiven_AChangeIsPending() external {
        rotated();
        Actor memory by = onRotation(HOSPITAL);

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_RekeyPending.selector, TOKEN)
        );
        records.rotate(TOKEN, by);
    }

    function test_RevertWhen_TheSectionIsNoToken() external {
        Actor memory by = onRotation(HOSPITAL, TOKEN | 1);

        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, TOKEN | 1)
        );
        records.rotate(TOKEN | 1, by);
    }

    function test_WhenTheSourceAsks() external {
        Actor memory by = onRotation(HOSPITAL);
        address owner = records.ownerOf(TOKEN);

        vm.expectEmit(address(records));
        emit IRecordRegistry.RekeyRequested(TOKEN, 1, owner, 0);
        vm.expectEmit(address(records));
        emit IERC5192.Locked(TOKEN);
        records.rotate(TOKEN, by);

        vm.assertEq(1, records.recordOf(RECORD).pendingEpoch);
        vm.assertEq(0, records.keyEpochOf(TOKEN));
        vm.assertEq(bytes32("one"), records.recordOf(RECORD).root);
    }

    function test_WhenTheSubjectAsks() external {
        Actor memory by = onRotation(PATIENT);
        by.intent.signer = records.subjectOf(RECORD);
        records.rotate(TOKEN, by);

        vm.assertEq(1, records.recordOf(RECORD).pendingEpoch);
    }

    function test_GivenItIsPending() external {
        rotated();
        refusesVersion(2, 0);
        advance(Version(RECORD, 2, "one", "two", 6, 0));
        advance(Version(RECORD, 3, "two", "three", 6, 1));

        vm.assertEq(bytes32("three"), records.recordOf(RECORD).root);
        vm.assertEq(1, records.recordOf(RECORD).pendingEpoch);
        vm.assertEq(0, records.recordOf(RECORD).keyEpoch);
    }
}

contract RecordRegistry_completeRekey_Test is Rekeying {
    function _refuses(Rekey memory rekey, bytes memory reason) private {
        bytes[] memory signatures = signedBy(rekey, 5);

        vm.expectRevert(reason);
        records.completeRekey(rekey, signatures);
    }

    function _tooFew() private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_TooFewSignatures.selector, TOKEN);
    }

    function test_RevertWhen_TheTokenIsOfNoRecord() external {
        rotated();
        Rekey memory rekey = rekeyOf("new");
        rekey.tokenId = TOKEN + 1;
        _refuses(
            rekey, abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, TOKEN + 1)
        );
    }

    function test_RevertWhen_ItComesTooLate() external {
        rotated();
        Rekey memory rekey = rekeyOf("new");
        vm.warp(rekey.deadline + 1);
        _refuses(
            rekey,
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_RekeyLate.selector, rekey.deadline
            )
        );
    }

    function _noRekey() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NoRekey.selector, TOKEN);
    }

    function test_RevertGiven_NothingIsPending() external {
        Rekey memory rekey = rekeyOf("new");
        _refuses(rekey, _noRekey());

        rekey.epoch = 0;
        _refuses(rekey, _noRekey());
    }

    function test_RevertWhen_TheEpochIsAnother() external {
        rotated();
        Rekey memory rekey = rekeyOf("new");
        rekey.epoch = 2;
        bytes[] memory signatures = signedBy(rekey, 5);

        refusesEpoch(2, 1);
        records.completeRekey(rekey, signatures);
    }

    function test_RevertGiven_AVersionCameInBetween() external {
        rotated();
        Rekey memory rekey = rekeyOf("new");
        advance(Version(RECORD, 2, "one", "two", 6, 0));
        _refuses(
            rekey,
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_StaleRoot.selector, bytes32("one"), bytes32("two")
            )
        );
    }

    function test_RevertWhen_TheReceiverIsAnother() external {
        rotated();
        address owner = records.ownerOf(TOKEN);
        Rekey memory rekey = rekeyOf("new");
        rekey.receiverKeyHash = "key";
        _refuses(rekey, _noReceiver(owner, owner));
        rekey.receiverKeyHash = 0;
        rekey.receiver = vm.addr(STRANGER);
        _refuses(rekey, _noReceiver(rekey.receiver, owner));
    }

    function _noReceiver(address given, address current) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IRecordRegistry.RecordRegistry_NotReceiver.selector, given, current
            );
    }

    function test_RevertWhen_ACustodianIsMissing() external {
        rotated();
        Rekey memory rekey = rekeyOf("new");
        bytes[] memory signatures = signedBy(rekey, 2);

        vm.expectRevert(_tooFew());
        records.completeRekey(rekey, signatures);
    }

    function test_RevertWhen_TheySignedForAnotherRoot() external {
        rotated();
        Rekey memory rekey = rekeyOf("new");
        bytes[] memory signatures = signedBy(rekey, 5);
        rekey.newRoot = "another";

        vm.expectRevert(_tooFew());
        records.completeRekey(rekey, signatures);
    }

    function test_RevertWhen_ItComesTwice() external {
        rotated();
        Rekey memory rekey = rekeyOf("new");
        bytes[] memory signatures = signedBy(rekey, 3);
        records.completeRekey(rekey, signatures);

        _refuses(rekey, _noRekey());
    }

    function test_WhenEnoughCustodiansSigned() external {
        rotated();
        Rekey memory rekey = rekeyOf("new");
        bytes[] memory signatures = signedBy(rekey, 3);

        vm.expectEmit(address(records));
        emit IRecordRegistry.Rekeyed(TOKEN, 1, "new", "keys");
        vm.expectEmit(address(records));
        emit IERC4906.MetadataUpdate(TOKEN);
        vm.expectEmit(address(records));
        emit IERC5192.Unlocked(TOKEN);
        records.completeRekey(rekey, signatures);

        Record memory kept = records.recordOf(RECORD);
        vm.assertEq(1, records.keyEpochOf(TOKEN));
        vm.assertEq(0, kept.pendingEpoch);
        vm.assertEq(bytes32("new"), kept.root);
        vm.assertEq(1, kept.version);
        refusesVersion(0, 1);
        advance(Version(RECORD, 2, "new", "two", 6, 1));
    }

    /// Epochs only grow, by one at each change.
    function testFuzz_EachChangeIsOneEpoch(uint8 changes) external {
        uint256 count = uint256(changes) % 6;
        for (uint256 i; i < count; ++i) {
            rotated();
            vm.assertEq(i, records.keyEpochOf(TOKEN));
            completed(bytes32(i + 1));
        }

        vm.assertEq(count, records.keyEpochOf(TOKEN));
    }
}
