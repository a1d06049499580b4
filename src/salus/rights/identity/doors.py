"""Where the parties of a consortium answer: the door of one's own, and those of others."""

from dataclasses import dataclass
from pathlib import Path
from socket import socket
from urllib.parse import urlsplit

from salus.platform.files import private_folder, write_atomic
from salus.platform.web import Credential, Peer, Secured, WrongCertificate, listen, tls_key_hash
from salus.rights.identity.charter import Seat, charter_of
from salus.rights.identity.keyring import of_home

_TLS = Path("tls")
_FREE = "127.0.0.1:0"


@dataclass(frozen=True, slots=True)
class Door:
    """A bound socket, the address that others use, and the certificate if it is HTTPS."""

    listener: socket
    url: str
    secured: Secured | None = None


def open_door(home: Path, name: str, address: str | None) -> Door:
    """Bind where a party of this home answers, without an address where the charter says.

    In a home without a charter that is a free port over HTTP. Raises UnknownParty.
    """
    name = of_home(home).party(name).name
    charter = charter_of(home)
    seat = charter.seat(name) if charter else None
    host, _, port = (address or (urlsplit(seat.url).netloc if seat else _FREE)).rpartition(":")
    listener = listen(host.strip("[]"), int(port))
    if seat is not None:
        return Door(listener, seat.url, _secured(home))
    return Door(listener, f"http://{host}:{listener.getsockname()[1]}")


def peer_of(seat: Seat) -> Peer:
    """A member behind its door, known by its certificate. Raises WrongCertificate."""
    try:
        is_own = tls_key_hash(seat.certificate) == seat.tls
    except ValueError:
        is_own = False
    if not is_own:
        raise WrongCertificate(name=seat.name)
    return Peer.at(seat.name, seat.url, seat.certificate)


def keep_credential(home: Path, credential: Credential) -> None:
    """Write the certificate of a home's party and its key, readable by their owner only."""
    secured = _secured(home)
    private_folder(home / _TLS)
    write_atomic(secured.certificate, credential.certificate.encode())
    write_atomic(secured.key, credential.key)


def credential_of(home: Path) -> Credential | None:
    """The certificate of a home's party and its key, if it has them."""
    secured = _secured(home)
    if not (secured.certificate.exists() and secured.key.exists()):
        return None
    return Credential(secured.certificate.read_text(), secured.key.read_bytes())


def _secured(home: Path) -> Secured:
    return Secured(home / _TLS / "certificate.pem", home / _TLS / "key.pem")
