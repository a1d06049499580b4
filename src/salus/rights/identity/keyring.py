"""The parties of a home: secrets of those who live here, public facts of everybody."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from salus.kernel.encoding import from_hex, to_hex
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.files import private_folder, write_atomic
from salus.rights.identity.charter import charter_of
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.model import Member, Party, Roles

MEMBERS = "members.json"
LONGEST_NAME = 40
_SUFFIX = ".key.json"  # of the file with the secrets of one party


@dataclass(frozen=True, slots=True)
class Keyring:
    """`members.json` and one file of secrets for each party, readable by their owner only.

    In a home of a consortium its charter names the members that everybody knows.
    """

    path: Path

    def save(self, party: Party) -> None:
        """Keep a party that lives here and make it known here."""
        self.keep_secret(party)
        known = [each for each in self._listed() if each.name != party.name]
        public = Member(party.name, party.roles, party.address, party.sealing.public())
        rows = [_members(each) for each in (*known, public)]
        write_atomic(self.path / MEMBERS, json.dumps(rows, indent=2).encode())

    def keep_secret(self, party: Party) -> None:
        """Keep a party that lives here and is known already."""
        secret = {
            "name": party.name,
            "roles": int(party.roles),
            "signing": to_hex(party.signing.secret()),
            "sealing": to_hex(party.sealing.secret()),
        }
        private_folder(self.path)
        place = self.path / f"{party.name}{_SUFFIX}"
        write_atomic(place, json.dumps(secret, indent=2).encode())

    def party(self, name: str) -> Party:
        """Raises UnknownParty."""
        place = self.path / f"{name}{_SUFFIX}"
        if len(name) > LONGEST_NAME or not name.isalnum() or not place.exists():
            raise UnknownParty(name=name[:40])
        secret = json.loads(place.read_bytes())
        return Party(
            secret["name"],
            Roles(secret["roles"]),
            SigningKey.from_bytes(from_hex(secret["signing"], 32)),
            ReaderKey.from_bytes(from_hex(secret["sealing"])),
        )

    def residents(self) -> list[str]:
        """The names of those whose secrets are here."""
        return sorted(each.name.removesuffix(_SUFFIX) for each in self.path.glob(f"*{_SUFFIX}"))

    def members(self) -> list[Member]:
        """Those of the charter, and those whom only this home knows."""
        charter = charter_of(self.path.parent)
        seats = charter.seats if charter else ()
        seated = {seat.address for seat in seats}
        listed = (each for each in self._listed() if each.address not in seated)
        return [*(seat.member() for seat in seats), *listed]

    def _listed(self) -> list[Member]:
        place = self.path / MEMBERS
        return list(_read(place.read_bytes())) if place.exists() else []

    def knows(self, name: str) -> bool:
        """Whether a party of that name lives here."""
        return name.isalnum() and (self.path / f"{name[:LONGEST_NAME]}.key.json").exists()

    def member(self, name: str) -> Member:
        """Raises UnknownParty."""
        for each in self.members():
            if name in {each.name, to_hex(each.address)}:
                return each
        raise UnknownParty(name=name[:42])

    def name_of(self, address: Address) -> str:
        """A party's name, or its address when it is not known here."""
        names = {each.address: each.name for each in self.members()}
        return names.get(address, to_hex(address))


@lru_cache(maxsize=16)
def _read(raw: bytes) -> tuple[Member, ...]:
    """What is public of members: a file that has not changed is not read again."""
    return tuple(
        Member(
            row["name"],
            Roles(row["roles"]),
            Address(from_hex(row["address"], 20)),
            from_hex(row["sealing"]),
        )
        for row in json.loads(raw)
    )


def _members(member: Member) -> dict[str, object]:
    return {
        "name": member.name,
        "roles": int(member.roles),
        "address": to_hex(member.address),
        "sealing": to_hex(member.sealing),
    }


def of_home(home: Path) -> Keyring:
    return Keyring(home / "parties")
