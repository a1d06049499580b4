"""HTTP: the frame of every door, problems by RFC 9457, and clients of doors."""

from salus.platform.web.app import document, new_app
from salus.platform.web.errors import PeerUnreachable
from salus.platform.web.peer import Peer
from salus.platform.web.serve import serve

__all__ = ["Peer", "PeerUnreachable", "document", "new_app", "serve"]
