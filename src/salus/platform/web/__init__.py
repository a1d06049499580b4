"""HTTP: the frame of every door, problems by RFC 9457, and clients of doors."""

from salus.platform.web.app import document, limited_body, new_app
from salus.platform.web.certificates import Credential, new_credential, tls_key_hash
from salus.platform.web.errors import PeerFailed, PeerUnreachable, WrongCertificate
from salus.platform.web.inside import in_thread
from salus.platform.web.peer import ANSWER_LIMIT, Peer
from salus.platform.web.serve import (
    Secured,
    listen,
    listen_together,
    serve,
    serving,
    told_to_end,
)

__all__ = [
    "ANSWER_LIMIT",
    "Credential",
    "Peer",
    "PeerFailed",
    "PeerUnreachable",
    "Secured",
    "WrongCertificate",
    "document",
    "in_thread",
    "limited_body",
    "listen",
    "listen_together",
    "new_app",
    "new_credential",
    "serve",
    "serving",
    "tls_key_hash",
    "told_to_end",
]
