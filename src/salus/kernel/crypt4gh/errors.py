"""What can be wrong with an encrypted body; none of its bytes is ever named."""

from salus.kernel.errors import SalusError


class BodyDamaged(SalusError):
    """Segment {segment} of the encrypted body is damaged."""

    hint = "Fetch the body again; if it stays, ask the source to seal the section again."
    status = 409
