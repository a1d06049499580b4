"""What forms about readers and sections offer, and grants found by the ids in their paths."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from salus.kernel.encoding import from_hex
from salus.kernel.ids import GrantId
from salus.platform.web.portal import PageMissing, Visit
from salus.rights.consent import service
from salus.rights.consent.pages.mine import Mine
from salus.rights.consent.service import Granted
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS


def members(visit: Visit) -> list[tuple[str, str]]:
    """Who may be allowed to read: value and shown name."""
    known = of_home(visit.home).members()
    return [(each.name, each.name) for each in known if each.roles & Roles.READER]


def held_sections(records: Sequence[Mine]) -> list[tuple[int, str]]:
    """Code and name of the sections that any of the records has."""
    held = {name for each in records for name in each.summary.sections}
    return [(code, name) for code, name in SECTIONS.items() if name in held]


def section_words(records: Sequence[Mine]) -> list[tuple[str, str]]:
    """The same as a form offers them."""
    return [(name, section_name(code)) for code, name in held_sections(records)]


def found_grant(session: Session, of: Mine, text: str) -> Granted:
    """A grant or denial of a record. Raises PageMissing, also for one of another record."""
    try:
        wanted = GrantId(from_hex(text, 32))
    except ValueError:
        raise PageMissing from None
    for each in service.grants(session, of.record):
        if each.id == wanted:
            return each
    raise PageMissing
