"""Hand a grant to its reader, and receive it in the reader's own home."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from salus.kernel.documents import canonical_bytes
from salus.kernel.ids import Address, Digest, record_text
from salus.platform.work import Node
from salus.rights.consent.gathering import Opening, document
from salus.rights.consent.handing.errors import BadGrantFile, NotForThisHome, NotThisNetwork
from salus.rights.consent.handing.model import GrantedUnit, GrantFile, names_its_units
from salus.rights.consent.ledger import CONSENT
from salus.rights.consent.service import Granted, find_grant
from salus.rights.consent.tables import GrantTerms
from salus.rights.identity.ledger import Views
from salus.rights.records.foreign import keep_foreign_units
from salus.rights.records.model import Place
from salus.rights.records.service import KnownUnit, all_units


def hand(node: Node, session: Session, granted: Granted) -> GrantFile:
    """A grant as its reader needs it."""
    named = set(granted.terms.clause.units)
    units = [unit for unit in all_units(session, granted.terms.record) if unit.id in named]
    return GrantFile(
        chain=node.ledger.chain_id,
        registry=node.contracts[CONSENT].address,
        grant=granted.id,
        salt=granted.salt,
        terms=granted.terms,
        units=tuple(
            GrantedUnit(each.id, each.place.section, each.place.kind, each.salt) for each in units
        ),
    )


def receive(node: Node, file: GrantFile, *, residents: Collection[Address]) -> Granted:
    """Keep a grant that came as a file, once it is what the ledger has.

    `residents`: those who live in this home. The same file twice is one. Raises NotThisNetwork,
    NotForThisHome and BadGrantFile; nothing is kept then.
    """
    if (file.chain, file.registry) != (node.ledger.chain_id, node.contracts[CONSENT].address):
        raise NotThisNetwork
    if not set(file.terms.clause.readers) & set(residents):
        raise NotForThisHome
    if not names_its_units(file) or not _is_on_ledger(node, file):
        raise BadGrantFile
    node.follow()
    with node.sessions() as session, session.begin():
        keep_foreign_units(session, file.terms.record, map(_known, file.units))
        session.merge(
            GrantTerms(
                grant=file.grant,
                record=record_text(file.terms.record),
                salt=file.salt,
                terms=canonical_bytes(file.terms),
            )
        )
        session.flush()
        return find_grant(session, file.grant.hex())


def _is_on_ledger(node: Node, file: GrantFile) -> bool:
    opening = Opening(file.terms, Digest(file.salt))
    return document(Views(node), file.grant, opening, 0, at=node.ledger.final()).is_committed


def _known(unit: GrantedUnit) -> KnownUnit:
    return KnownUnit(unit.id, Place(unit.section, unit.kind), unit.salt, 0)
