// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccess, Reason} from "../custody/IAccess.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {Rekey} from "../records/IRecordRegistry.sol";
import {Kind} from "./IOfferBook.sol";

enum LicenseState {
    None,
    Live,
    Ended
}

enum SaleState {
    None,
    Open,
    Completed,
    Aborted
}

/// Why a license ended before its time.
enum End {
    Revoked,
    Closed,
    Orphaned
}

/// What a licensee takes from an offer.
/// @param termDays whole days, of which the last ends at midnight; 0 for a perpetual license
/// @param use the number of one use, 0 to 15
/// @param minVersion the version of the record that there must be
/// @param maxPrice units that it may cost
struct Purchase {
    uint32 offerId;
    uint16 mask;
    uint16 termDays;
    uint8 use;
    uint32 minVersion;
    uint256 maxPrice;
}

/// What the book keeps of a license; who holds it, until when and for how much is with the router.
/// @param versionMax the last version of a perpetual license, else the highest number
/// @param generations of each section when it was sold, eight bits for each code from 1 on
struct License {
    uint32 offerId;
    uint24 versionMax;
    uint120 generations;
    uint16 mask;
    uint8 use;
    Kind kind;
    LicenseState state;
}

/// The sale of a token while its keys are changed for the receiver.
/// @param buyer who paid, and gets the price back if it comes to nothing
struct Sale {
    uint32 offerId;
    address buyer;
    uint48 price;
    SaleState state;
}

/// @title Who bought what of records, and the sale of whole tokens
/// @notice A license is a token that stays with its licensee. Its number is the first half of
/// `keccak256(abi.encode(signer, nonce))`, so who buys knows it beforehand, and nothing is bought twice.
/// @dev `subscribe`, `rent`, `acquire`, `sublicense` and `buy` leave their nonce unused, for the number
/// that they take can be taken once only, and so does `revoke`, which happens once.
interface ILicenseBook is IAccess {
    /// @param end seconds, exclusive; of a perpetual license, when its price is earned
    event LicenseIssued(
        uint256 indexed id,
        uint256 indexed tokenId,
        address indexed licensee,
        uint32 offerId,
        uint256 parent,
        License license,
        uint64 end,
        uint256 price
    );
    event LicenseRenewed(uint256 indexed id, uint64 end, uint256 price);
    event LicenseCanceled(uint256 indexed id, uint64 end, uint256 refund);

    /// @param mask what is left
    event LicensePruned(uint256 indexed id, uint16 mask, uint256 refund);
    event LicenseEnded(uint256 indexed id, End reason, uint256 refund);
    event SaleOpened(
        uint256 indexed id,
        uint256 indexed tokenId,
        address indexed buyer,
        address receiver,
        uint32 offerId,
        uint256 price,
        uint40 deadline
    );
    event SaleCompleted(uint256 indexed id, uint256 indexed tokenId);
    event SaleAborted(uint256 indexed id, uint256 indexed tokenId);

    error LicenseBook_OpeningPaused();
    error LicenseBook_NotOwner(uint256 token, address signer);
    error LicenseBook_NotOfferBook(address caller);
    error LicenseBook_NotSubject(uint256 license, address signer);
    error LicenseBook_NotLicensee(uint256 license, address signer);
    error LicenseBook_NotAccredited(address account);
    error LicenseBook_CannotAcquire(address account);
    error LicenseBook_UnknownLicense(uint256 license);
    error LicenseBook_Ended(uint256 license);
    error LicenseBook_OfferClosed(uint32 offer);
    error LicenseBook_WrongKind(uint32 offer, Kind kind);
    error LicenseBook_OutsidePolicy(uint128 record);
    error LicenseBook_OutsideDuo(uint8 term);
    error LicenseBook_OutsideUses(uint8 use);
    error LicenseBook_OutsideRegions(address account);
    error LicenseBook_NotLicensable(uint8 code);
    error LicenseBook_MaskNotOffered(uint16 mask);
    error LicenseBook_BadPrices(uint256 given, uint256 expected);
    error LicenseBook_BadSublicense(uint8 depth, uint16 bps);
    error LicenseBook_TermOutOfRange(uint256 termDays);
    error LicenseBook_Expired(uint64 until);
    error LicenseBook_PriceAbove(uint256 limit, uint256 price);
    error LicenseBook_StaleVersion(uint32 given, uint32 current);
    error LicenseBook_Overlap(uint256 section, uint64 until);
    error LicenseBook_SectionClosed(uint256 section);
    error LicenseBook_RekeyPending(uint256 token);
    error LicenseBook_ApprovalMissing(uint256 token);
    error LicenseBook_AlreadyExists(uint256 id);
    error LicenseBook_NotCancelable(uint256 license);
    error LicenseBook_NothingToPrune(uint256 license);
    error LicenseBook_TooDeep(uint8 depth);
    error LicenseBook_Orphaned(uint256 license);
    error LicenseBook_NonTransferable();
    error LicenseBook_ValueNotAccepted();
    error LicenseBook_SaleClosed(uint256 sale);
    error LicenseBook_WrongToken(uint256 given, uint256 expected);
    error LicenseBook_TooEarly(uint64 at);
    error LicenseBook_FingerprintChanged(bytes32 expected, bytes32 found);

    /* LICENSES; BY AN ACCREDITED LICENSEE, WHO PAYS */

    /// Buys access for many to all versions until a midnight.
    function subscribe(Purchase calldata purchase, Intent calldata by) external returns (uint256 id);

    /// Buys access for one alone, where nobody else has any until after the last midnight paid for.
    function rent(Purchase calldata purchase, Intent calldata by) external returns (uint256 id);

    /// Buys the versions up to the present one for ever; earned in 360 days.
    function acquire(Purchase calldata purchase, Intent calldata by) external returns (uint256 id);

    /// Gives another licensee a subscription below one's own license: of no more sections and no longer,
    /// for the same use. It dies with any license above it. What is given back of its price is the
    /// payer's, who alone renews and cancels it.
    function sublicense(
        uint256 parent,
        address licensee,
        uint16 mask,
        uint16 termDays,
        uint256 maxPrice,
        Intent calldata by
    ) external returns (uint256 id);

    /* RUNNING LICENSES */

    /// Adds days while the offer is open: to the end, or from now if it has lapsed. Not to a perpetual
    /// license. By who pays for it.
    function renew(uint256 id, uint16 termDays, uint256 maxPrice, Intent calldata by) external;

    /// Ends a license at the next midnight, or when its shortest term is over, and credits the rest.
    /// Not a perpetual one. By who pays for it.
    function cancel(uint256 id, Intent calldata by) external;

    /// Ends a license this second and credits the rest; by the subject of its record.
    function revoke(uint256 id, Intent calldata by) external;

    /// Takes out of a license what its subject has closed, and all if one above it has ended; credits
    /// what was not earned until then. By anybody.
    function prune(uint256 id) external;

    /// Counts a change of the offers on a token, for lenders; by the offer book.
    function raiseTerms(uint256 tokenId) external;

    /* SALES */

    /// Pays the price of a token into escrow and asks for its new keys, for a receiver who may acquire
    /// it; by an organization that pays.
    /// @param fingerprint that of the router, of what the buyer has seen
    function buy(
        uint32 offerId,
        address receiver,
        uint256 maxPrice,
        bytes32 fingerprint,
        Intent calldata by
    ) external returns (uint256 id);

    /// Moves the token with its new keys and divides the price; by anybody, within 72 hours.
    function completeSale(uint256 id, Rekey calldata rekey, bytes[] calldata signatures) external;

    /// Frees the token and credits the buyer; by anybody, after 72 hours.
    function abortSale(uint256 id) external;

    /* VIEWS */

    /// Zeros for an unknown license.
    function licenseOf(uint256 id) external view returns (License memory);

    /// The license above one; zero when there is none.
    function parentOf(uint256 id) external view returns (uint256);
    function saleOf(uint256 id) external view returns (Sale memory);
}
