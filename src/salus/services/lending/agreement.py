"""The text of a loan agreement in both languages, and its salted hash.

The ledger has the hash only; who has the salt and the text can show what was agreed.
"""

import json
from dataclasses import dataclass
from importlib.resources import files

from salus.kernel.encoding import TAG, H
from salus.kernel.ids import Digest, RecordId, record_text
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.currency import shown
from salus.services.lending.model import LoanOffer
from salus.services.lending.words import percent


@dataclass(frozen=True, slots=True)
class Agreement:
    """The text in both languages, and the salt of its hash."""

    english: str
    chinese: str
    salt: Digest

    def hash(self) -> Digest:
        """SHA-256(T"salus/loan-agreement/1" || salt 32 || H(English) || H(Chinese))."""
        texts = H(self.english.encode()), H(self.chinese.encode())
        return Digest(H(TAG("salus/loan-agreement/1"), self.salt, *texts))


def agreement_of(offer: LoanOffer, lender: str, salt: Digest) -> Agreement:
    """The agreement of an offer; its own hash is not looked at."""
    return Agreement(_text(offer, lender, "en"), _text(offer, lender, "zh_Hans"), salt)


def _text(offer: LoanOffer, lender: str, language: str) -> str:
    place = files("salus.services.lending") / f"agreement.{language}.json"
    clauses = json.loads(place.read_text(encoding="utf-8"))
    code, terms = offer.token & 0xFF, _terms(offer)
    income = clauses[offer.mode.name.lower()]
    value = clauses["trigger" if offer.liquidation_bps else "no_trigger"]
    covenant = clauses["covenant" if offer.covenant_rate_per_day else "no_covenant"]
    text: str = "\n".join(clauses["text"]).format(
        lender=lender,
        record=record_text(RecordId(offer.token >> 8)),
        part=f" ({SECTIONS[code]})" if code else "",
        income=income.format(**terms),
        value=value.format(**terms),
        covenant=covenant.format(**terms),
        **terms,
    )
    return text


def _terms(offer: LoanOffer) -> dict[str, object]:
    """Numbers as people read them."""
    return {
        "principal": shown(offer.principal),
        "days": offer.term_days,
        "apr": percent(offer.apr_bps),
        "split": percent(offer.split_bps),
        "warn": percent(offer.warn_bps),
        "liquidation": percent(offer.liquidation_bps),
        "least": shown(offer.covenant_rate_per_day),
    }
