"""The part of the story about money: licensed, earning, pledged, repaid.

The clock of a network is that of the world and cannot be moved, so days become seconds: the price
is high, and what is settled is what the seconds between two commands earned.
"""

from datetime import timedelta
from typing import Any

from salus.kernel.clock import SystemClock
from salus.rights.revenue.currency import shown
from salus.surfaces.consortium.errors import StepFailed
from salus.surfaces.network.story_scene import (
    CLINIC,
    HOSPITAL,
    INSTITUTE,
    LENDER,
    SECTION,
    NetworkScene,
)

DEPOSIT = "20000"
PRICE = 100  # currency units a day
DAYS = 30
PRINCIPAL = 100  # currency units; the least that is lent
_ETHICS = timedelta(days=700)


def market(scene: NetworkScene) -> None:
    _decide(scene)
    _issue(scene)
    _license(scene)
    _lend(scene)
    _earn(scene)
    _repay(scene)


def _decide(scene: NetworkScene) -> None:
    with scene.story.step("The governors decide, each in its own home") as line:
        until = (SystemClock().now() + _ETHICS).date().isoformat()
        attested = ("--regions", "eu", "--non-profit", "--ethics-until", until)
        for words in (("set-platform", LENDER), ("set-attributes", INSTITUTE, *attested)):
            proposal = scene.do(HOSPITAL, "governance", "propose", *words)["proposal"]
            state = scene.do(CLINIC, "governance", "approve", proposal)["state"]
            if state != "done":
                raise StepFailed(name=CLINIC, reason=f"the proposal is {state}")
        line(
            "hospital proposed and clinic approved: lender keeps the deposits and issues the money."
        )
        line(
            "The same for institute: an ethics board watches it until {until}. Block {block}.",
            until=until,
            block=scene.block(CLINIC),
        )


def _issue(scene: NetworkScene) -> None:
    with scene.story.step("Money is issued against deposits that are made up here") as line:
        for name in (INSTITUTE, LENDER):
            scene.do(LENDER, "money", "issue", DEPOSIT, "--to", name, "--as", LENDER)
        line(
            "lender issued {amount} each to institute and to itself, by block {block} of the nodes"
            " of others: it has none, and two of three must tell it the same.",
            amount=DEPOSIT,
            block=scene.block(LENDER),
        )


def _license(scene: NetworkScene) -> None:
    with scene.story.step("The institute licenses the section") as line:
        scene.do(HOSPITAL, "licensing", "set", scene.record, "--sections", SECTION, "--duo", "GRU")
        price = ("--price", f"{SECTION}={PRICE}/day", "--days", "1..365")
        offer = str(scene.do(HOSPITAL, "offer", scene.record, *price)["offer"])
        line(
            "The patient offers {section} for {price} a day. Block {block}.",
            section=SECTION,
            price=shown(PRICE * 1_000_000),
            block=scene.block(HOSPITAL),
        )
        terms = ("--sections", SECTION, "--days", str(DAYS), "--use", "academic")
        bought = scene.do(INSTITUTE, "subscribe", offer, *terms, "--as", INSTITUTE)
        scene.license = bought["license"]
        line(
            "institute found the offer in its own index and subscribed until {end}. Block {block}.",
            end=bought["end"],
            block=scene.block(INSTITUTE),
        )
        words = ("--license", scene.license, "--as", INSTITUTE)
        said = scene.must_open(INSTITUTE, "licensed.ndjson", *words)
        line("institute opened what it pays for: {count} resources.", count=said["resources"])


def _lend(scene: NetworkScene) -> None:
    with scene.story.step("The lender lends on the record") as line:
        paper = scene.paper("loan-offer.json")
        terms = ("--principal", str(PRINCIPAL), "--apr", "12", "--days", "365", "--liquidate", "0")
        scene.do(LENDER, "lend", "offer", scene.record, *terms, "--as", LENDER, "-o", paper)
        made = scene.do(HOSPITAL, "borrow", scene.record, "--offer", paper)
        scene.loan = str(made["loan"])
        line(
            "lender signed an offer of {amount} for 365 days at 12 % a year, and the patient took"
            " it: loan {loan}, block {block}.",
            amount=shown(made["principal"]),
            loan=scene.loan,
            block=scene.block(HOSPITAL),
        )
        line(
            "A value takes four licensees who paid for months; a loan without a trigger needs none."
        )


def _earn(scene: NetworkScene) -> None:
    with scene.story.step("The record earns by the second") as line:
        line("Nobody can move the clock of a network: what is divided is what seconds earned.")
        scene.do(HOSPITAL, "settle", scene.record)
        found = _income(scene)
        divided = found["divided"]
        line(
            "{total} was earned since the license began: {patient} to the patient, {lender} to the"
            " lender first, the rest to hospital and platform. Block {block}.",
            total=shown(sum(divided.values())),
            patient=shown(divided["subject"] + divided["owner"]),
            lender=shown(divided["lender"]),
            block=scene.block(HOSPITAL),
        )


def _repay(scene: NetworkScene) -> None:
    with scene.story.step("The loan is repaid and the record comes home") as line:
        paid = scene.do(HOSPITAL, "withdraw", "--record", scene.record)
        line("The patient took out {amount}.", amount=shown(paid["units"]))
        done = scene.do(HOSPITAL, "repay", scene.loan, "--all")
        if done["left"]:
            raise StepFailed(name=HOSPITAL, reason=f"{done['left']} is still owed")
        line(
            "{amount} was repaid; loan {loan} is over. Block {block}.",
            amount=shown(done["paid"]),
            loan=scene.loan,
            block=scene.block(HOSPITAL),
        )
        (known,) = scene.do(LENDER, "loans")
        line("lender sees it in its own index: {state}.", state=known["state"])


def _income(scene: NetworkScene) -> Any:
    (found,) = scene.do(HOSPITAL, "income", scene.record)
    return found
