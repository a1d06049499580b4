"""What a lender does: value a record, offer to lend on it, and look after its loans."""

from datetime import timedelta

from salus.kernel.clock import moment
from salus.kernel.documents import text
from salus.kernel.ids import NOBODY, Digest, RecordId, record_text
from salus.platform.work import Node
from salus.rights.identity.model import Party
from salus.rights.records.service import find_record
from salus.rights.revenue.currency import parse_amount
from salus.services.lending import service
from salus.services.lending.appraising import read_value
from salus.services.lending.model import LoanOffer as Terms
from salus.services.lending.model import Mode, limit
from salus.services.lending.reading import loans, standing, to_now
from salus.services.lending.words import parse_mode, parse_percent
from salus.surfaces.sdk.values import Loan, LoanOffer, Value

_UNKNOWN = Digest(bytes(32))
_USUAL = 7_500
"""The trigger for which a value says how much may be lent, in parts of ten thousand."""


class Lender:
    """An organization that lends; it signs and pays with its own key."""

    def __init__(self, node: Node, party: Party) -> None:
        self._node, self._party = node, party

    def value(self, record: str) -> Value:
        """Read the value of a record from its licenses; it holds for seven days.

        Raises UnknownRecord.
        """
        found = read_value(self._node, self._token(record))
        value = found.appraisal.value
        return Value(
            record=record_text(RecordId(found.token >> 8)),
            value=value,
            limit=limit(_USUAL, value),
            read_at=moment(found.appraisal.at),
        )

    def offer(
        self,
        record: str,
        principal: str,
        *,
        apr: str = "12",
        days: int = 365,
        mode: str = "amortize",
        split: str = "50",
        warn: str = "60",
        liquidate: str = "75",
        lasting: timedelta = timedelta(days=7),
    ) -> LoanOffer:
        """Sign an offer to lend on a record as it is now, and let its principal be pulled.

        `principal` in currency units; `apr`, `split`, `warn` and `liquidate` in percent, the last
        two 0 for no trigger. `split` counts in the mode `sweep` only. Raises CannotLend,
        TermsOutOfBounds, ValueStale, OverLtv and MoneyMissing.
        """
        chosen, trigger = parse_mode(mode), parse_percent(liquidate, "liquidate")
        wished = Terms(
            lender=NOBODY,
            token=self._token(record),
            fingerprint=_UNKNOWN,
            principal=parse_amount(principal),
            agreement_hash=_UNKNOWN,
            apr_bps=0 if chosen is Mode.FRUITS else parse_percent(apr, "apr"),
            term_days=days,
            mode=chosen,
            split_bps=parse_percent(split, "split") if chosen is Mode.SWEEP else 0,
            warn_bps=parse_percent(warn, "warn") if trigger else 0,
            liquidation_bps=trigger,
        )
        until = self._node.clock.now() + lasting
        made = service.offer(self._node, wished, until=until, lender=self._party)
        return LoanOffer(
            record_text(made.record), made.principal, moment(made.deadline), text(made)
        )

    def loans(self) -> list[Loan]:
        """The loans whose notes this lender holds, the oldest first."""
        to_now(self._node)
        with self._node.reading() as session:
            known = [each for each in loans(session) if each.holder == self._party.address]
        return [self._loan(each.number) for each in known]

    def _loan(self, number: int) -> Loan:
        found = standing(self._node, number)
        return Loan(
            number=number,
            record=record_text(RecordId(found.loan.token >> 8)),
            state=found.loan.state.name.lower(),
            owed=found.debt,
            due=moment(found.loan.due),
        )

    def _token(self, record: str) -> int:
        with self._node.reading() as session:
            return find_record(session, record) << 8
