// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IIntentGuard} from "../../src/identity/IIntentGuard.sol";
import {ILoanBook} from "../../src/lending/ILoanBook.sol";

/// @title All that LoanBook can do, for tests that deploy it from its artifact
interface ILoans is ILoanBook, IERC721Metadata, IIntentGuard {}
