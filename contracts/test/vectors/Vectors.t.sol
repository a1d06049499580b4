// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AppraisalMath, Incomes} from "../../src/lending/AppraisalMath.sol";
import {AuctionMath} from "../../src/lending/AuctionMath.sol";
import {DebtMath} from "../../src/lending/DebtMath.sol";
import {Proceeds} from "../../src/lending/ILoanBook.sol";
import {Split} from "../../src/revenue/IRevenueRouter.sol";
import {RevenueMath} from "../../src/revenue/RevenueMath.sol";
import {Base} from "../Base.sol";

/// The cheatcodes of forge that read files.
interface Files {
    function readFile(string calldata path) external view returns (string memory);
    function parseJsonUintArray(string calldata json, string calldata key)
        external
        pure
        returns (uint256[] memory);
}

/// What the models in Python answer, case by case; `make vectors` writes the files. One unit of
/// difference fails.
contract Vectors_Test is Base {
    using AppraisalMath for Incomes;

    string private _json;

    function test_Terms() external {
        _open("terms");
        uint256[] memory rates = _column("rate");
        uint256[] memory starts = _column("start");
        uint256[] memory ends = _column("end");
        uint256[] memory stops = _column("stop");
        uint256[] memory days_ = _column("ceilDay");
        uint256[] memory prices = _column("price");
        uint256[] memory refunds = _column("refund");
        for (uint256 i; i < rates.length; ++i) {
            vm.assertEq(days_[i], RevenueMath.ceilDay(starts[i]));
            vm.assertEq(prices[i], RevenueMath.price(rates[i], starts[i], ends[i]));
            vm.assertEq(refunds[i], RevenueMath.refund(rates[i], ends[i], stops[i]));
        }
    }

    function test_Legs() external {
        _open("legs");
        uint256[] memory amounts = _column("amount");
        uint256[][4] memory bps = [
            _column("subjectBps"), _column("sourceBps"), _column("hostBps"), _column("platformBps")
        ];
        uint256[][5] memory parts = [
            _column("subject"),
            _column("source"),
            _column("host"),
            _column("platform"),
            _column("rest")
        ];
        for (uint256 i; i < amounts.length; ++i) {
            Split memory split =
                RevenueMath.legs(amounts[i], bps[0][i], bps[1][i], bps[2][i], bps[3][i]);
            vm.assertEq(parts[0][i], split.subject);
            vm.assertEq(parts[1][i], split.source);
            vm.assertEq(parts[2][i], split.host);
            vm.assertEq(parts[3][i], split.platform);
            vm.assertEq(parts[4][i], split.owner);
        }
    }

    function test_Totals() external {
        _open("totals");
        uint256[][8] memory incomes;
        for (uint256 j; j < 8; ++j) {
            incomes[j] = _column(_numbered("income", j));
        }
        uint256[] memory totals = _column("total");
        for (uint256 i; i < totals.length; ++i) {
            Incomes memory all;
            for (uint256 j; j < 8; ++j) {
                all.add(incomes[j][i]);
            }
            vm.assertEq(totals[i], all.cappedTotal());
        }
    }

    function test_Appraisals() external {
        _open("appraisals");
        uint256[][6] memory rates;
        uint256[][6] memory starts;
        uint256[][6] memory ends;
        for (uint256 j; j < 6; ++j) {
            rates[j] = _column(_numbered("rate", j));
            starts[j] = _column(_numbered("start", j));
            ends[j] = _column(_numbered("end", j));
        }
        uint256[] memory nows = _column("now");
        uint256[] memory flows = _column("rateOf");
        uint256[] memory raws = _column("raw");
        for (uint256 i; i < raws.length; ++i) {
            Incomes memory month;
            Incomes memory quarter;
            Incomes memory prepaid;
            for (uint256 j; j < 6; ++j) {
                (uint256 rate, uint256 start, uint256 end) = (rates[j][i], starts[j][i], ends[j][i]);
                uint256 at = nows[i];
                month.add(rate * AppraisalMath.overlap(start, end, at - 30 days, at));
                quarter.add(rate * AppraisalMath.overlap(start, end, at - 90 days, at));
                bool isLive = start + 14 days <= at && at < end;
                prepaid.add(isLive ? rate * 30 days : 0);
            }
            uint256 found = AppraisalMath.rawDown(
                month.cappedTotal(), quarter.cappedTotal(), prepaid.cappedTotal(), flows[i]
            );
            vm.assertEq(raws[i], found);
        }
    }

    function test_Rises() external {
        _open("appraisals");
        uint256[] memory values = _column("value");
        uint256[] memory elapsed = _column("elapsed");
        uint256[] memory risen = _column("risen");
        for (uint256 i; i < values.length; ++i) {
            vm.assertEq(risen[i], AppraisalMath.risenDown(values[i], elapsed[i]));
        }
    }

    function test_Debts() external {
        _open("debts");
        uint256[] memory principals = _column("principal");
        uint256[] memory interests = _column("interest");
        uint256[] memory amounts = _column("amount");
        uint256[] memory bps = _column("splitBps");
        uint256[][5] memory parts = [
            _column("debt"),
            _column("forInterest"),
            _column("forPrincipal"),
            _column("left"),
            _column("splitDown")
        ];
        for (uint256 i; i < principals.length; ++i) {
            (uint256 forInterest, uint256 forPrincipal, uint256 left) =
                DebtMath.applied(principals[i], interests[i], amounts[i]);
            vm.assertEq(parts[0][i], DebtMath.debtUp(principals[i], interests[i]));
            vm.assertEq(parts[1][i], forInterest);
            vm.assertEq(parts[2][i], forPrincipal);
            vm.assertEq(parts[3][i], left);
            vm.assertEq(parts[4][i], DebtMath.splitDown(interests[i], amounts[i], bps[i]));
        }
    }

    function test_Auctions() external {
        _open("auctions");
        uint256[] memory values = _column("value");
        uint256[] memory debts = _column("debt");
        uint256[][3] memory given = [_column("isFresh"), _column("elapsed"), _column("hasBounty")];
        uint256[][2] memory prices = [_column("startPrice"), _column("price")];
        uint256[][4] memory parts =
            [_column("bounty"), _column("paid"), _column("surplus"), _column("shortfall")];
        for (uint256 i; i < values.length; ++i) {
            uint256 start = AuctionMath.startPrice(values[i], given[0][i] == 1, debts[i]);
            uint256 price = AuctionMath.priceUp(start, given[1][i]);
            Proceeds memory found = AuctionMath.divided(price, debts[i], given[2][i] == 1);
            vm.assertEq(prices[0][i], start);
            vm.assertEq(prices[1][i], price);
            vm.assertEq(parts[0][i], found.bounty);
            vm.assertEq(parts[1][i], found.paid);
            vm.assertEq(parts[2][i], found.surplus);
            vm.assertEq(parts[3][i], found.shortfall);
        }
    }

    function _open(string memory name) private {
        _json = Files(address(vm)).readFile(string.concat("test/vectors/", name, ".json"));
    }

    function _column(string memory name) private view returns (uint256[] memory) {
        return Files(address(vm)).parseJsonUintArray(_json, string.concat(".", name));
    }

    function _numbered(string memory name, uint256 number) private pure returns (string memory) {
        return string(abi.encodePacked(name, bytes1(uint8(48 + number))));
    }
}
