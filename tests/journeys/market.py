"""A record that is sold and pledged over the real commands, and the clock of all of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from salus.kernel.clock import ManualClock, SystemClock, seconds
from tests.journeys.stage import (
    ALLERGY,
    CATEGORY,
    PERSON,
    answer,
    bundle,
    copy,
    observation,
    record_of,
    run,
    written,
)

SECTIONS = "demographics-and-social,allergies,laboratory,genomics"
LABS = ("lab1", "lab2", "lab3")
"""Research groups beside those of a new home: four licensees at least make a value."""
BUYERS = ("acme", "institute", "research", "bank", "thrift", *LABS)
PAYERS = ("research", "institute", *LABS)
RATE = 4  # currency units a day, of each payer
RICH = "100000"
NOON = (12, 0, 0, 0)
_LOINC = "http://loinc.org"
_ETHICS = timedelta(days=700)


@dataclass(slots=True)
class Market:
    """A home with a record that may be licensed, and everybody's money in it."""

    home: Path
    clock: ManualClock
    record: str
    folder: Path

    def says(self, *words: str | Path) -> Any:
        """What a command that succeeds answers."""
        return answer(self.home, *words)

    def refuses(self, *words: str | Path) -> str:
        """The capability and the name of the error with which a command ends."""
        said = run(self.home, *words, "--json")
        assert said.status == 1, said.out + said.err
        kind: str = said.json()["error"]["type"]
        return kind.removeprefix("/problems/")

    def wait(self, **time: float) -> None:
        """Later, to the second; the next command does what is due by then."""
        self.clock.move(timedelta(**time))

    @property
    def now(self) -> int:
        return seconds(self.clock.now())

    def offer(self, what: str, *words: str) -> str:
        """The number of an offer; `what` continues the handle of the record."""
        return str(self.says("offer", self.record + what, *words)["offer"])

    def buy(self, verb: str, offer: str, section: str, *words: str, by: str) -> str:
        """The license that somebody bought."""
        bought = self.says(verb, offer, "--sections", section, *words, "--as", by)
        return str(bought["license"])

    def subscribe(self, offer: str, by: str, *, days: int = 90, section: str = "laboratory") -> str:
        words = ("--days", str(days), "--use", "academic")
        return self.buy("subscribe", offer, section, *words, by=by)

    def opened(self, section: str, reader: str, *words: str, form: str = "ndjson") -> bytes:
        """What a reader finds in a section."""
        place = self.folder / f"{reader}-{section}.{form}"
        self.says("open", self.record, *self._opening(section, reader, place, form), *words)
        return place.read_bytes()

    def refused(self, section: str, reader: str, *words: str) -> str:
        """Why a reader opens nothing."""
        place = self.folder / "nothing"
        return self.refuses(
            "open", self.record, *self._opening(section, reader, place, "ndjson"), *words
        )

    @staticmethod
    def _opening(section: str, reader: str, place: Path, form: str) -> tuple[str | Path, ...]:
        return ("--section", section, "--as", reader, "-o", place, "--format", form)

    def share(self, section: str, reader: str) -> str:
        """A grant of the patient for a year."""
        until = (self.clock.now() + timedelta(days=365)).date().isoformat()
        words = ("--sections", section, "--to", reader, "--until", until, "--purpose", "TREAT")
        return str(self.says("grant", self.record, *words)["grant"])

    def owed(self, name: str) -> int:
        """Units that may be taken out; the patient's are those of this record."""
        return int(self._balance(name)["owed"])

    def held(self, name: str) -> int:
        return int(self._balance(name)["held"])

    def _balance(self, name: str) -> Any:
        who = ("--record", self.record) if name == "patient" else ("--as", name)
        return self.says("balance", *who)

    def income(self) -> Any:
        (found,) = self.says("income", self.record)
        return found

    def rate(self, section: str) -> int:
        """Units a day of a section."""
        rates = {each["section"]: each["rate_per_day"] for each in self.income()["sections"]}
        return int(rates[section])

    def owners(self) -> dict[str, str]:
        """Who owns the record, by its name `record`, and each divided section."""
        (found,) = self.says("records")
        owners: dict[str, str] = found["owners"]
        return owners

    def lend(self, principal: str, *words: str, by: str = "bank") -> Path:
        """The file of an offer that a lender signed."""
        place = self.folder / f"{by}.json"
        words = ("--principal", principal, *words, "--as", by, "-o", str(place))
        self.says("lend", "offer", self.record, *words)
        return place

    def borrow(self, principal: str, *words: str) -> str:
        """The number of a loan of the bank."""
        offer = self.lend(principal, *words)
        return str(self.says("borrow", self.record, "--offer", offer)["loan"])

    def loan(self) -> Any:
        (found,) = self.says("loans")
        return found

    def later(self, text: str) -> None:
        """A new version by the source, with another laboratory value."""
        self.says("import", written(self.folder, "later.json", chart(text)))

    def block(self, name: str) -> None:
        """The platform blocks an account in the settlement token."""
        assert self.says("money", "block", name)["blocked"]

    def replays(self) -> bool:
        """Whether the index is what the ledger says."""
        return bool(self.says("index", "rebuild") == {"differences": []})


def chart(value: str = "12.0 g/dL") -> bytes:
    """A person, an allergy, a laboratory value with a unit, and a variant."""
    return bundle(PERSON, ALLERGY, observation("o1", value), variant())


def variant() -> dict[str, Any]:
    """A change of one base in a gene, as HL7 Genomics Reporting writes it."""
    said = {"48000-4": "17", "69547-8": "C", "69551-0": "T", "48018-6": "BRCA1"}
    components = [{"code": _loinc(code), "valueString": text} for code, text in said.items()]
    place = {"code": _loinc("81254-5"), "valueRange": {"low": {"value": 43045712}}}
    return {
        "resourceType": "Observation",
        "id": "g1",
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "genomics"}]}],
        "code": _loinc("69548-6"),
        "subject": {"reference": "Patient/p1"},
        "component": [*components, place],
    }


def _loinc(code: str) -> dict[str, Any]:
    return {"coding": [{"system": _LOINC, "code": code}]}


# MAKING ONE


def ripe(market: Market) -> None:
    """Five have paid for the laboratory section for as long as a value looks back."""
    offer = market.offer("", "--days", "1..1095", "--price", f"laboratory={RATE}/day")
    for name in PAYERS:
        market.subscribe(offer, name, days=400)
    market.wait(days=110)
    market.says("settle", market.record)
    market.says("appraise", market.record)


def built(founded: Path, folder: Path, *files: Path) -> tuple[Path, str]:
    """A home with more licensees and a second bank, money for all, and a record for license.

    Without files it is that of `chart`.
    """
    home = copy(founded, folder / "home")
    record = record_of(home, *(files or [written(folder, "chart.json", chart())]))
    _join(home)
    for name in BUYERS:
        answer(home, "money", "issue", RICH, "--to", name)
        answer(home, "money", "allow", RICH, "--as", name)
    answer(home, "licensing", "set", record, "--sections", SECTIONS, "--duo", "GRU")
    return home, record


def _join(home: Path) -> None:
    """Governors admit research groups and a bank, which have made their keys in this home."""
    until = (SystemClock().now() + _ETHICS).date().isoformat()
    attested = ("--regions", "eu", "--non-profit", "--ethics-until", until)
    for name in LABS:
        _admit(home, name, "licensee,reader", *attested)
    _admit(home, "thrift", "lender")


def _admit(home: Path, name: str, roles: str, *attested: str) -> None:
    answer(home, "governance", "newcomer", name, "--roles", roles)
    asked = ("propose", "admit", name, "--roles", roles, *attested, "--as", "hospital")
    proposal = answer(home, "governance", *asked)["proposal"]
    assert "done" == answer(home, "governance", "approve", proposal, "--as", "clinic")["state"]
    assert answer(home, "governance", "join", name)["new"]


def noon_after(moment: datetime) -> datetime:
    """The next noon: no midnight is near, so that days are whole where a test counts them."""
    hour, minute, second, micro = NOON
    day = moment + timedelta(days=1)
    return day.replace(hour=hour, minute=minute, second=second, microsecond=micro)
