"""A node in memory with one record of a patient, on which referrals are made."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from salus.kernel.clock import ManualClock
from salus.kernel.ids import Address, Digest, RecordId, new_record_id, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import deploy
from salus.platform.testing import memory_node
from salus.platform.work import Node
from salus.rights.consent.model import end_of
from salus.rights.identity.ledger import Views
from salus.rights.records import tables as t
from salus.rights.records.model import UnitKind
from salus.rights.records.sections import SECTIONS
from salus.services.care import ledger, service
from salus.services.care.letters import Desk, Referral, find_referral, key_of
from salus.services.care.model import Role
from salus.services.care.resources import Organization

PATIENT = "Patient/p1"
REASON = "Please look at a high HbA1c of Quillfeather"
DAY = timedelta(days=1)
GRACE = 14 * DAY
REFERRER = Organization("hospital", Address(secrets.token_bytes(20)))
SPECIALIST = Organization("clinic", Address(secrets.token_bytes(20)))


@dataclass(frozen=True, slots=True)
class Stage:
    node: Node
    clock: ManualClock
    desk: Desk
    record: RecordId = field(default_factory=new_record_id)

    def send(self, **changed: Any) -> Referral:
        asked: dict[str, Any] = {
            "record": self.record,
            "referrer": REFERRER,
            "specialist": SPECIALIST,
            "sections": ["laboratory"],
            "reason": REASON,
            "deadline": end_of(self.clock.now() + 14 * DAY),
            "grace": GRACE,
        }
        return self.found(service.send(self.desk, **asked | changed))

    def found(self, referral: Digest) -> Referral:
        """As the ledger has it now."""
        self.node.follow()
        with self.node.reading() as session:
            return find_referral(self.desk, session, referral.hex())

    def accepted(self) -> Referral:
        sent = self.send()
        service.accept(self.desk, sent)
        return self.found(sent.id)

    def handed_down(self) -> Referral:
        accepted = self.accepted()
        service.hand_down(self.desk, accepted, summary=composition())
        return self.found(accepted.id)

    def closed(self) -> Referral:
        before = self.handed_down()
        service.close(self.desk, before)
        return self.found(before.id)

    def stated(self, referral: Referral) -> ledger.Stated:
        return self._stated(referral)[0]

    def holds(self, referral: Referral) -> bool:
        """What the ledger answers to a grant that depends on the referral."""
        return self._stated(referral)[1]

    def _stated(self, referral: Referral) -> tuple[ledger.Stated, bool]:
        return ledger.stated(Views(self.node), referral.id, at=self.node.ledger.final())

    def tick(self) -> None:
        """One block more, so that views are asked at the present time."""
        stranger = SigningKey.generate()
        call = ledger.accept_referral(self.node, Digest(bytes(32)), by=stranger)
        self.node.ledger.submit([call])
        self.node.follow()

    def key(self, referral: Referral, role: Role) -> SigningKey:
        return key_of(self.desk, referral.id, role)


def new_stage() -> Stage:
    node = memory_node(deploy=lambda chain: deploy(chain, ledger.DEPLOYS))
    assert isinstance(node.clock, ManualClock)
    stage = Stage(node, node.clock, Desk(node, secrets.token_bytes(32)))
    with node.sessions() as session, session.begin():
        _add_record(session, record_text(stage.record))
    return stage


def _add_record(session: Any, record: str) -> None:
    """What the source remembers of a record with a laboratory section."""
    laboratory = next(code for code, name in SECTIONS.items() if name == "laboratory")
    random = secrets.token_bytes
    session.add(t.Subject(record=record, patient=PATIENT, salt=random(32), pseudonym=random(16)))
    session.add(
        t.Unit(
            unit=random(32),
            record=record,
            section=laboratory,
            kind=UnitKind.SECTION,
            salt=random(16),
            objects=1,
        )
    )
    session.add(t.SealedVersion(record=record, number=1, root=random(32), version=b"{}"))


def composition(**changed: Any) -> bytes:
    """A summary of the patient's stay."""
    found = {
        "resourceType": "Composition",
        "id": "s1",
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "18842-5"}]},
        "subject": {"reference": PATIENT},
        "date": "2026-01-20",
        "author": [{"display": "Dr. Example"}],
        "title": "Discharge summary",
        **changed,
    }
    return json.dumps({name: value for name, value in found.items() if value is not None}).encode()
