// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRevenueRouter, Part} from "./IRevenueRouter.sol";
import {Waterfall} from "./Waterfall.sol";

/// @title The part of RevenueRouter in which claims on income come and go, with the money for them
abstract contract Liens is Waterfall {
    /// @inheritdoc IRevenueRouter
    function lend(uint256 token, uint96 id, address lender, address to, uint256 amount)
        external
        onlyLending
        nonReentrant
    {
        Facts storage facts = _facts[token];
        if (facts.isPledged) revert RevenueRouter_LienExists(token);
        _settle(token);

        (facts.lien, facts.isPledged) = (id, true);
        emit LienSet(token, msg.sender, id);
        _credit(to, amount);
        _pull(lender, amount);
    }

    /// @inheritdoc IRevenueRouter
    function payOff(
        uint256 token,
        address payer,
        Part[] calldata parts,
        uint256 surplus,
        address to
    ) external onlyLending nonReentrant {
        if (!_facts[token].isPledged) revert RevenueRouter_NoLien(token);
        _lift(token);
        uint256 amount = surplus;
        for (uint256 i; i < parts.length; ++i) {
            amount += parts[i].amount;
            _credit(parts[i].to, parts[i].amount);
        }
        if (surplus != 0) _routeTo(token, surplus, to);
        if (amount != 0) _pull(payer, amount);
    }
}
