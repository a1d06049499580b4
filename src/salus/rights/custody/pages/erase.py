"""Erasing for ever: what goes, what the law keeps, what stays on the ledger, and a day to stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from salus.kernel.documents import text
from salus.kernel.ids import record_text
from salus.platform.i18n import translate
from salus.platform.web.portal import (
    Card,
    Download,
    FormInvalid,
    Page,
    PageMissing,
    Pages,
    Redirect,
    Role,
    Visit,
)
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.pages.choosing import held_sections, section_words
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.custody.erasure import holds, wishes
from salus.rights.custody.erasure.model import Erasure, Stage
from salus.rights.custody.erasure.reading import erasure_of, proof_of
from salus.rights.custody.erasure.wishes import Wish
from salus.rights.identity.accounts.errors import WrongSignIn
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.keyring import of_home
from salus.rights.records.naming import section_name
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS

pages = Pages("custody")
CODES = {name: code for code, name in SECTIONS.items()}
_HOURS = int(wishes.WAIT.total_seconds()) // 3600


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure that waits, runs or is done, as a row of the page."""

    number: int
    said: str
    due_at: datetime
    erasure: Erasure | None
    waits_for: Sequence[str] = ()

    @property
    def is_proved(self) -> bool:
        return self.erasure is not None and self.erasure.stage is Stage.PROVED


@pages.get("/erase", Role.PATIENT)
def erase(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
    return Page("custody/erase.html", _choices(visit, records) | {"asked": _asked(visit)})


def _choices(visit: Visit, records: Sequence[Mine]) -> dict[str, object]:
    held = [(name, words) for name, words in section_words(list(records)) if _is_plain(name)]
    return {
        "records": [(each.text, each.summary.patient) for each in records],
        "sections": held,
        "hours": _HOURS,
    }


def _is_plain(name: str) -> bool:
    """The emergency summary is made from the other sections, and goes with the record."""
    return CODES[name] != EMERGENCY_SUMMARY


def _asked(visit: Visit) -> list[Asked]:
    with visit.node.reading() as session:
        found = wishes.wishes(session, visit.account)
    return [_row(visit, each) for each in found]


def _row(visit: Visit, each: Wish) -> Asked:
    erasure = erasure_of(visit.node, each.erasure) if each.erasure else None
    names = [of_home(visit.home).name_of(who) for who in erasure.waits_for] if erasure else []
    said = what([section_name(code) for code in each.sections], record_text(each.record))
    return Asked(each.number, said, each.due_at, erasure, names)


def what(sections: Sequence[str], record: str) -> str:
    """What is erased, in the words that are shown before it is signed."""
    if not sections:
        return translate("The whole record {record}, for ever.", record=record)
    return translate(
        "{sections} of the record {record}, for ever.", sections=", ".join(sections), record=record
    )


@pages.post("/erase", Role.PATIENT, again=erase, signs=True)
def review_or_sign(visit: Visit) -> Answer:
    """First what goes and what stays, in words; then, with the word typed, it is signed."""
    form = visit.form
    with visit.node.reading() as session:
        records = mine(visit, session)
    record = form.choice("record", [each.text for each in records])
    held = [name for _, name in held_sections(records) if _is_plain(name)]
    scope = form.choice("scope", ("record", "sections"))
    names = form.choices("sections", held) if scope == "sections" else []
    form.check()
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    if form.typed("step") != "sign":
        return Page("custody/erase_review.html", _review(visit, of, names))
    if not _is_sure(visit):
        return Page("custody/erase_review.html", _review(visit, of, names), FormInvalid.status)
    made = wishes.wish(
        visit.node, account=visit.account, record=of.record, sections=names, by=of.key
    )
    said = translate("Signed. It begins {at}; until then you can stop it here.", at=_at(made))
    return Redirect(f"{ROOT}/erase", said=said)


def _is_sure(visit: Visit) -> bool:
    """Whether word and password are right; else the faults stand beside the fields."""
    word, form = translate("ERASE"), visit.form
    if form.text("word") != word:
        form.faults.setdefault("word", translate("Please type the word {word}.", word=word))
        return False
    try:
        confirm(visit)
    except (WrongSignIn, FormInvalid):
        return False
    return True


def _at(made: Wish) -> str:
    return made.due_at.strftime("%Y-%m-%d %H:%M UTC")


def _review(visit: Visit, of: Mine, names: Sequence[str]) -> dict[str, object]:
    key = holds.storage_key_of(visit.home)
    with visit.node.reading() as session:
        kept = holds.holds(session, of.record, storage_key=key)
    chosen = names or [name for name in of.summary.sections if _is_plain(name)]
    return {
        "said": what([section_name(CODES[name]) for name in names], of.text),
        "record": of.text,
        "scope": "sections" if names else "record",
        "names": names,
        "goes": [(section_name(CODES[name]), of.summary.sections.get(name, 0)) for name in chosen],
        "kept": kept,
        "hours": _HOURS,
        "word": translate("ERASE"),
    }


@pages.post("/erase/{number}/stop", Role.PATIENT)
def stop(visit: Visit, number: str) -> Answer:
    wishes.stop(visit.node, account=visit.account, number=_number(number))
    return Redirect(f"{ROOT}/erase", said=translate("Stopped. Nothing was erased."))


@pages.get("/erase/{number}/proof", Role.PATIENT)
def proof(visit: Visit, number: str) -> Answer:
    """The promises of all who kept keys that these are gone."""
    known = {each.number: each for each in _asked(visit)}
    found = known.get(_number(number))
    if found is None or found.erasure is None or not found.is_proved:
        raise PageMissing
    made = text(proof_of(visit.node, found.erasure.number)) + b"\n"
    return Download("erasure.json", made, "application/json")


def _number(typed: str) -> int:
    """Raises PageMissing."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise PageMissing
    return int(typed)


@pages.card(Role.PATIENT, order=5)
def soon(visit: Visit) -> Card | None:
    """An erasure that can still be stopped."""
    waiting = [each for each in _asked(visit) if each.erasure is None]
    return Card("custody/erase_soon.html", {"asked": waiting}, urgent=True) if waiting else None
