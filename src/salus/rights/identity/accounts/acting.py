"""For whom somebody of the staff acts: the party of the account, and its organization."""

from dataclasses import dataclass

from salus.kernel.ids import NOBODY, Address
from salus.platform.web.portal import Visit
from salus.rights.identity.keyring import of_home
from salus.rights.identity.ledger import view
from salus.rights.identity.model import KeyUse, Party, as_key


@dataclass(frozen=True, slots=True)
class Acting:
    """A party that lives here; `organization` is the one it acts for, itself if it is one."""

    party: Party
    organization: Address


def acting(visit: Visit) -> Acting:
    """Raises UnknownParty where the party of the account does not live in this home."""
    party = of_home(visit.home).party(visit.who.party)
    at = visit.node.ledger.final().time
    found = Address(
        view(visit.node, "Organizations", "orgOf", as_key(party.address), KeyUse.ACT, at)
    )
    return Acting(party, party.address if found == NOBODY else found)
