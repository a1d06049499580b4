// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IIntentGuard} from "../src/identity/IIntentGuard.sol";
import {IERC4907} from "../src/records/IERC4907.sol";
import {IERC5192} from "../src/records/IERC5192.sol";
import {IERC5646} from "../src/records/IERC5646.sol";
import {IRecordRegistry} from "../src/records/IRecordRegistry.sol";

/// @title All that RecordRegistry can do, for tests that deploy it from its artifact
interface IRecords is
    IRecordRegistry,
    IERC721Metadata,
    IERC2981,
    IERC4907,
    IERC5192,
    IERC5646,
    IIntentGuard
{
    function setUser(uint256 sectionId, address user, uint64 expires)
        external
        override(IRecordRegistry, IERC4907);
    function ownerOf(uint256 tokenId)
        external
        view
        override(IRecordRegistry, IERC721)
        returns (address);
}
