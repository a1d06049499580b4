"""A read that several must sign: who answered, and how it stands. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from salus.kernel.ids import Address, GrantId, RecordId, UnitId
from salus.rights.custody import messages as m


class Stand(StrEnum):
    """SIGNED: enough have signed. DECLINED: so many declined that the others are too few."""

    WAITING = "waiting"
    SIGNED = "signed"
    DECLINED = "declined"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class JointRead:
    """A request that waits for `threshold` of the approvers of a rule.

    `answers` are their signatures, empty where one declined. `is_over`: it was used, or the grant
    or the rule that it rests on is there no more.
    """

    id: str
    record: RecordId
    reader: Address
    account: str
    request: m.Request
    threshold: int
    approvers: frozenset[Address]
    answers: Mapping[Address, bytes] = field(repr=False)
    is_over: bool

    @property
    def units(self) -> tuple[UnitId, ...]:
        return tuple(dict.fromkeys(item.unit for item in self.request.items))

    @property
    def grant(self) -> GrantId:
        return GrantId(self.request.basis_id)

    @property
    def cosignatures(self) -> tuple[m.Cosignature, ...]:
        """Of those who are approvers still, in a fixed order."""
        return tuple(
            m.Cosignature(approver, signature)
            for approver, signature in sorted(self.answers.items())
            if signature and approver in self.approvers
        )

    def stand(self, now: datetime) -> Stand:
        if self.is_over or now >= self.request.deadline:
            return Stand.OVER
        if len(self.cosignatures) >= self.threshold:
            return Stand.SIGNED
        against = {each for each in self.approvers if self.answers.get(each) == b""}
        left = len(self.approvers) - len(against)
        return Stand.DECLINED if left < self.threshold else Stand.WAITING
