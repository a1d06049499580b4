"""The people that these commands name, and the keys with which they sign."""

import re
from pathlib import Path

from sqlalchemy.orm import Session

from salus.kernel.encoding import from_hex
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent.authority import keys
from salus.rights.identity.keyring import of_home

_ADDRESS = re.compile("0x[0-9a-f]{40}", re.IGNORECASE)


def address_of(session: Session, home: Path, name: str) -> Address:
    """Of a guardian who was invited, of a party of this home, or an address as it is.

    Raises UnknownParty.
    """
    invited = keys.guardian(session, name)
    if invited is not None:
        return invited.address
    if _ADDRESS.fullmatch(name):
        return Address(from_hex(name.lower(), 20))
    return of_home(home).member(name).address


def key_of(session: Session, home: Path, name: str) -> SigningKey:
    """Of a guardian who was invited, or of a party who lives here. Raises UnknownParty."""
    return keys.guardian(session, name) or of_home(home).party(name).signing


def named(session: Session, home: Path, address: Address) -> str:
    """A name that this home knows, or the address."""
    names, keyring = keys.guardian_names(session), of_home(home)
    return names.get(address) or keyring.name_of(address)


def listed(text: str) -> list[str]:
    """`a,b` as names."""
    return [name.strip() for name in text.split(",") if name.strip()]
