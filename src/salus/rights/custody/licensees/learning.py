"""A licensee learns which units its license opens, in a home that keeps no records."""

from salus.kernel.clock import seconds
from salus.platform.work import Node
from salus.rights.consent.licensing.licenses import KnownLicense
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.licensees.messages import AskUnits, is_opened, units_digest
from salus.rights.custody.peers import Keepers
from salus.rights.identity.model import Party
from salus.rights.records.foreign import keep_foreign_units
from salus.rights.records.model import Place
from salus.rights.records.service import KnownUnit

WAIT = 240  # seconds that the question may be on its way


def learn_units(node: Node, keepers: Keepers, party: Party, license_: KnownLicense) -> None:
    """Keep the ids of the units that a license opens now. Raises NotPermitted."""
    deadline = seconds(node.clock.now()) + WAIT
    digest = units_digest(domain_of(node), license_.id, deadline)
    asked = AskUnits(license_.id, deadline, party.signing.sign(digest))
    told = keepers.gateway.licensed_units(asked)
    if told.record != license_.record or not is_opened(told):
        raise NotPermitted
    units = [KnownUnit(it.id, Place(it.section, it.kind), it.salt, 0) for it in told.units]
    with node.sessions() as session, session.begin():
        keep_foreign_units(session, told.record, units)
