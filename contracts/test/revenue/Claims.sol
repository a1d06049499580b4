// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILienHolder} from "../../src/revenue/ILienHolder.sol";
import {IRevenueRouter, Part} from "../../src/revenue/IRevenueRouter.sol";

/// @title In the place of LoanBook: claims with a fixed interest due and a debt that income pays
contract Claims is ILienHolder {
    struct Claim {
        address creditor;
        address debtor;
        uint256 interest;
        uint256 debt;
    }

    IRevenueRouter private _router;
    mapping(uint96 id => Claim) private _claims;

    function use(IRevenueRouter router) external {
        _router = router;
    }

    function put(uint96 id, Claim calldata claim) external {
        _claims[id] = claim;
    }

    function claimOf(uint96 id) external view returns (Claim memory) {
        return _claims[id];
    }

    /// Places a claim for which nothing is lent.
    function place(uint256 token, uint96 id) external {
        _router.lend(token, id, address(this), address(this), 0);
    }

    /// Settles, and lifts the claim if that has not ended it.
    function lift(uint256 token) external {
        _router.settle(token);
        if (_router.lienOf(token).module == address(0)) return;
        _router.payOff(token, address(this), new Part[](0), 0, address(0));
    }

    function applyIncome(uint96 id, uint256 available)
        external
        returns (uint256 interest, uint256 principal, bool isClosed)
    {
        Claim storage claim = _claims[id];
        interest = claim.interest < available ? claim.interest : available;
        claim.interest -= interest;
        available -= interest;
        principal = claim.debt < available ? claim.debt : available;
        claim.debt -= principal;
        isClosed = claim.debt == 0 && claim.interest == 0;
        // A note that was paid has no holder any more.
        if (isClosed) claim.creditor = address(0);
    }

    function creditorOf(uint96 id) external view returns (address) {
        return _claims[id].creditor;
    }

    function debtorOf(uint96 id) external view returns (address) {
        return _claims[id].debtor;
    }
}
