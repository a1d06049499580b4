"""What a newcomer does: make a home with its own keys, and say in a signed file who it is.

Nobody else ever has these keys. The public files come from a member; what broke off is done again
with the keys that are there, and the folder is a home from the last step on.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from urllib.parse import urlsplit

from salus.kernel.clock import Clock, seconds
from salus.platform.errors import HomeExists
from salus.platform.files import is_home, private_folder, taking_turns
from salus.platform.ledger.errors import WrongChain
from salus.platform.ledger.served import Served, read_served
from salus.platform.node import DEPLOYMENT, SERVED, STORAGE_KEY, add_relayers, announce_network
from salus.platform.storage import write_secret
from salus.platform.web import Credential, new_credential
from salus.rights.custody.consortium.errors import BadPlace, NameTaken, NoPublicFiles
from salus.rights.custody.consortium.founders import TRUST, mark
from salus.rights.custody.consortium.introduction import (
    Entry,
    Introduction,
    refuse_taken,
    signed,
)
from salus.rights.custody.consortium.model import KEEPER, has_place, is_name
from salus.rights.custody.consortium.welcoming import enter, keep, kept, seated
from salus.rights.custody.household import open_store, store_key
from salus.rights.identity.charter import CHARTER, Charter, Seat, charter_of
from salus.rights.identity.doors import credential_of, keep_credential
from salus.rights.identity.keyring import LONGEST_NAME, of_home
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import new_party

PUBLIC = (Path(CHARTER), DEPLOYMENT, Path(TRUST))


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who comes: `roles` it asks for, `url` where it will answer, `nodes` of the ledger it asks.

    Without nodes it asks the validator of its home, or the ledger that the charter names.
    """

    name: str
    roles: Roles
    url: str
    nodes: Sequence[str] = ()


def introduce(
    home: Path, newcomer: Newcomer, *, public: Path | None = None, clock: Clock
) -> Introduction:
    """Make the home if there is none, and say who lives there; the same until something changes.

    `public`: a folder with the public files of a member, for a new home. Raises HomeExists,
    NoPublicFiles, BadPlace, UnknownParty, WrongChain, and what `refuse_taken` raises.
    """
    _check(newcomer)
    charter = _charter(home, public)
    party = _party(home, charter, newcomer)
    credential = _credential(home, charter, newcomer, clock)
    entry = Entry(
        party.name, party.address, party.sealing.public(), newcomer.url, credential.certificate, 0
    )
    seat = entry.seat(_roles(charter, party))
    refuse_taken(charter, seat)
    if newcomer.nodes:
        announce_network(home, _served(charter, newcomer.nodes))
    keep_credential(home, credential)
    if is_home(home):
        with taking_turns(home / f"{CHARTER}.lock"):
            enter(home, charter_of(home) or charter, seat)
    else:
        _furnish(home, charter, seat, party, public)
    return _said(home, charter, entry, party, clock)


def _check(newcomer: Newcomer) -> None:
    """Raises NameTaken and BadPlace."""
    if not is_name(newcomer.name) or len(newcomer.name) > LONGEST_NAME:
        raise NameTaken(name=newcomer.name[:LONGEST_NAME])
    schemes = ("http", "https")
    if not has_place(newcomer.url, "https") or not all(
        any(has_place(node, scheme) for scheme in schemes) for node in newcomer.nodes
    ):
        raise BadPlace


def _charter(home: Path, public: Path | None) -> Charter:
    """That of the home, or of the member that its public files are from."""
    if is_home(home):
        own = charter_of(home)
        if own is None:
            raise HomeExists(home=str(home))
        return own
    folder = public or home
    missing = [str(each) for each in PUBLIC if not (folder / each).is_file()]
    charter = charter_of(folder)
    if missing or charter is None:
        raise NoPublicFiles(folder=str(folder), missing=", ".join(missing))
    if (home / SERVED).exists():
        _check_chain(charter, read_served(home / SERVED))
    return charter


def _check_chain(charter: Charter, served: Served) -> None:
    """The validator of a home and its consortium are of one network. Raises WrongChain."""
    if served.chain is not None and (served.chain, served.genesis) != (
        charter.chain,
        charter.genesis,
    ):
        raise WrongChain(found=served.chain, expected=charter.chain)


def _party(home: Path, charter: Charter, newcomer: Newcomer) -> Party:
    """Its keys are kept before anybody hears of them.

    Raises NameTaken before there are any, and UnknownParty in the home of another.
    """
    ring = of_home(home)
    if not ring.residents():
        if charter.seat(newcomer.name):
            raise NameTaken(name=newcomer.name)
        ring.keep_secret(new_party(newcomer.name, newcomer.roles))
    return ring.party(newcomer.name)


def _credential(home: Path, charter: Charter, newcomer: Newcomer, clock: Clock) -> Credential:
    """The one in force, unless it is for another host than the address."""
    known, own = charter.seat(newcomer.name), credential_of(home)
    host = urlsplit(newcomer.url).hostname or ""
    if own is not None and (known is None or urlsplit(known.url).hostname == host):
        return own
    return new_credential(newcomer.name, host, now=clock.now())


def _roles(charter: Charter, party: Party) -> Roles:
    """What it asks for, until the ledger has said what it may do."""
    known = charter.seat(party.name)
    return Roles(known.roles) if known else party.roles


def _served(charter: Charter, nodes: Sequence[str]) -> Served:
    """One node is believed alone; of several, two have to agree."""
    return Served(tuple(nodes), len(nodes) == 1, charter.chain, charter.genesis)


def _furnish(home: Path, charter: Charter, seat: Seat, party: Party, public: Path | None) -> None:
    private_folder((home / DEPLOYMENT).parent)
    for each in PUBLIC[1:]:
        if public is not None and public != home:
            copyfile(public / each, home / each)
    if not (home / SERVED).exists():
        announce_network(home, _served(charter, (charter.ledger,)))
    add_relayers(home, 1)
    if not (home / STORAGE_KEY).exists():
        write_secret(home / STORAGE_KEY, secrets.token_bytes(32))
    if party.roles & KEEPER:
        if not store_key(home, party.name).exists():
            write_secret(store_key(home, party.name), secrets.token_bytes(32))
        open_store(home, party.name).close()
    mark(home, seated(charter, seat))


def _said(home: Path, charter: Charter, entry: Entry, party: Party, clock: Clock) -> Introduction:
    """The last one where it says the same; a later one counts more, also after a restore."""
    last = kept(home, party.address)
    if last is not None and replace(entry, sequence=last.entry.sequence) == last.entry:
        return last
    above = last.entry.sequence + 1 if last else 0
    newest = replace(entry, sequence=max(above, seconds(clock.now())))
    made = signed(charter.chain, charter.genesis, newest, by=party.signing)
    keep(home, made)
    return made
