"""Governors of one consortium decide from homes of their own, each with its own key."""

from collections.abc import Iterator

import pytest

from tests.journeys.stage import answer
from tests.support.governed import FIRST, SECOND, Homes, governed


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    with governed(tmp_path_factory.mktemp("governed")) as made:
        yield made


def test_a_newcomer_is_admitted_by_two_homes_and_known_in_a_third(homes: Homes) -> None:
    address = homes.says(SECOND, "newcomer", "thrift", "--roles", "lender")["address"]
    assert "governing/not-admitted" == homes.refuses(SECOND, "join", "thrift")
    asked = homes.says(FIRST, "propose", "admit", address, "--roles", "lender,licensee")
    (waiting,) = homes.says(SECOND, "list")

    assert ([FIRST], 1, 2, "open") == (
        asked["agreed"],
        asked["counted"],
        asked["needed"],
        asked["state"],
    )
    assert asked["proposal"] == waiting["proposal"]
    assert "identity/already-approved" == homes.refuses(FIRST, "approve", asked["proposal"])
    done = homes.says(SECOND, "approve", asked["proposal"])
    assert ([FIRST, SECOND], "done") == (done["agreed"], done["state"])
    assert [] == homes.says(FIRST, "list")
    assert ["licensee", "lender"] == homes.member("gateway", address)["roles"]
    assert homes.says(SECOND, "join", "thrift")["new"]
    assert not homes.says(SECOND, "join", "thrift")["new"]
    assert "identity/proposal-expired" == homes.refuses(SECOND, "approve", asked["proposal"])
    assert "identity/already-admitted" == homes.refuses(
        FIRST, "propose", "admit", address, "--roles", "lender"
    )


def test_a_word_can_be_taken_back_until_it_is_decided(homes: Homes) -> None:
    asked = homes.says(FIRST, "propose", "suspend", "c5")["proposal"]
    assert "identity/not-approved" == homes.refuses(SECOND, "withdraw", asked)
    back = homes.says(FIRST, "withdraw", asked[:10])
    alone = homes.says(SECOND, "approve", asked)

    assert ([], 0, "open") == (back["agreed"], back["counted"], back["state"])
    assert ([SECOND], 1, "open") == (alone["agreed"], alone["counted"], alone["state"])
    assert "done" == homes.says(FIRST, "approve", asked)["state"]
    assert "suspended" == homes.member(SECOND, "c5")["state"]
    assert "done" == homes.decided("reinstate", "c5")
    assert "active" == homes.member(FIRST, "c5")["state"]


def test_who_does_not_govern_decides_nothing(homes: Homes) -> None:
    assert "governing/governor-unnamed" == homes.refuses("c1", "propose", "suspend", "c2")
    assert "identity/not-governor" == homes.refuses("c1", "propose", "suspend", "c2", "--as", "c1")
    assert "identity/unknown-party" == homes.refuses(
        "c1", "propose", "suspend", "c2", "--as", FIRST
    )
    assert "governing/no-such-proposal" == homes.refuses(FIRST, "approve", "0xabcdef")
    assert "identity/unknown" == homes.refuses(FIRST, "propose", "suspend", "0x" + "ab" * 20)


def test_roles_attributes_and_governors_change(homes: Homes) -> None:
    assert "done" == homes.decided("set-roles", "c4", "--roles", "custodian,licensee")
    attested = ("--regions", "eu", "--non-profit", "--ethics-until", "2031-01-01")
    assert "done" == homes.decided("set-attributes", "c4", *attested)
    found = homes.member(SECOND, "c4")
    assert (["custodian", "licensee"], ["EU"], True) == (
        found["roles"],
        found["regions"],
        found["non_profit"],
    )
    assert found["ethics_until"].startswith("2031-01-02")
    assert "identity/bad-threshold" == homes.refuses(
        FIRST, "propose", "set-threshold", "--threshold", "3"
    )
    assert "done" == homes.decided("add-governor", "c4")
    assert homes.member(FIRST, "c4")["governs"]
    assert "done" == homes.decided("set-threshold", "--threshold", "3")
    asked = homes.says("c4", "propose", "pause-opening", "--days", "3")
    assert 3 == asked["needed"]
    homes.says(FIRST, "approve", asked["proposal"])
    assert "open" == homes.says(FIRST, "list")[0]["state"]
    assert "done" == homes.says(SECOND, "approve", asked["proposal"])["state"]
    back = homes.says(FIRST, "propose", "set-threshold", "--threshold", "2")["proposal"]
    homes.says(SECOND, "approve", back)
    assert "done" == homes.says("c4", "approve", back)["state"]
    assert "done" == homes.decided("drop-governor", "c4")


def test_what_is_decided_without_an_organization_and_what_needs_one(homes: Homes) -> None:
    key, module = "0x" + "5e" * 32, "0x" + "0d" * 20
    assert "done" == homes.decided("adopt-module", module)
    assert "done" == homes.decided("link", FIRST, "--other", SECOND)
    assert "done" == homes.decided("set-platform", SECOND)
    assert "done" == homes.decided("set-validator", FIRST, "--key", key, "--power", "10")
    done = homes.says("c1", "list", "--all")

    assert {"link", "set-platform", "adopt-module", "set-validator"} <= {
        each["action"] for each in done
    }
    assert all(each["state"] == "done" for each in done)
    for words in (("admit", FIRST), ("link", FIRST), ("pause-opening",), ("set-validator", FIRST)):
        assert "governing/action-unclear" == homes.refuses(FIRST, "propose", *words)
    assert "governing/unknown-action" == homes.refuses(FIRST, "propose", "praise", FIRST)
    assert "governing/unknown-role" == homes.refuses(
        FIRST, "propose", "set-roles", "c1", "--roles", "king"
    )


def test_a_decision_that_the_ledger_refuses_is_not_approved(homes: Homes) -> None:
    """A pause soon after another one; the approval that would carry it out fails with it."""
    asked = homes.says(FIRST, "propose", "pause-opening", "--days", "1")["proposal"]

    assert "identity/too-soon" == homes.refuses(SECOND, "approve", asked)
    assert [FIRST] == homes.says(FIRST, "list")[0]["agreed"]


def test_the_index_of_each_home_says_what_the_ledger_says(homes: Homes) -> None:
    """The last one: all that was decided is replayed."""
    for home in (FIRST, SECOND, "c1"):
        assert {"differences": []} == answer(homes.folder / home, "index", "rebuild")
    said = [
        [(each["proposal"], each["action"], each["value"], each["done_at"]) for each in found]
        for found in (homes.says(home, "list", "--all") for home in (FIRST, SECOND, "c1"))
    ]
    assert said[0] == said[1] == said[2]
