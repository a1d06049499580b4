"""The people around a patient as pages name them: helpers, parties, and the patient himself."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from salus.kernel.ids import Address
from salus.platform.i18n import translate
from salus.platform.web.portal import Visit
from salus.rights.consent.authority.codes import address_in, code_of
from salus.rights.consent.authority.keys import guardian_names
from salus.rights.consent.authority.naming import helper_names
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.identity.keyring import of_home

LONGEST_NAME = 64


def namer(visit: Visit, session: Session) -> Callable[[Address], str]:
    """A name for an address: the patient's own word, one known in this home, or its code."""
    own, invited = helper_names(session, visit.account), guardian_names(session)
    members = {each.address: each.name for each in of_home(visit.home).members()}
    me = Wallet(visit.root).guardian().address

    def name(address: Address) -> str:
        if address == me:
            return translate("You")
        known = own.get(address) or invited.get(address) or members.get(address)
        return known or code_of(address)

    return name


def typed_code(visit: Visit, field: str) -> Address | None:
    """The address behind a code in a field; None with a fault for anything else."""
    text = visit.form.text(field, longest=80)
    found = address_in(text) if text else None
    if text and found is None:
        said = translate("This code is mistyped. It has 36 letters and digits.")
        visit.form.faults.setdefault(field, said)
    return found
