"""What can go wrong between two parties."""

from salus.kernel.errors import SalusError


class PeerUnreachable(SalusError):
    """{name} does not answer."""

    hint = "Start it, or correct its address in peers.json or consortium.json of this home."
    status = 503


class WrongCertificate(SalusError):
    """{name} shows another certificate than the one it is known by."""

    hint = "Do not go on before its operator has explained this; somebody may stand between you."
    status = 502


class CertificateEnded(SalusError):
    """The certificate of {name} has ended, or has not begun yet."""

    hint = "Compare the clocks. Its operator makes a new one with `salus certificate renew`."
    status = 502


class OtherRelease(SalusError):
    """{name} speaks version {theirs} of the protocol of peers, and this program {ours}."""

    hint = "Bring the older of the two to the release of the other; see docs/how-to/upgrade.md."
    status = 426


class BodyTooLarge(SalusError):
    """The message has more than {limit} bytes."""

    hint = "Send fewer things at once."
    status = 413


class PeerFailed(SalusError):
    """{name} answered with status {status}."""

    hint = "Look at the log of that party."
    status = 502


class AnswerTooLarge(SalusError):
    """{name} answered with more than {limit} bytes."""

    hint = "Do not trust this party's answers until its operator has explained them."
    status = 502


class BadRequest(SalusError):
    """The request does not have the form that this address expects, at {where}."""

    hint = "Compare the request with the reference of this address."
    status = 422


class NoSuchAddress(SalusError):
    """Nothing answers to this request: the status is {code}."""

    hint = "Check the address and the method against the reference."
    status = 404


class TooOften(SalusError):
    """This was asked for too often. It works again in {minutes} minutes."""

    hint = "Wait that long, then do the same once more. Nothing has been done."
    status = 429
