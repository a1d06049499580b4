"""What can go wrong when a member has a new certificate."""

from salus.kernel.errors import SalusError


class NoCharter(SalusError):
    """The home {home} belongs to no consortium whose members have doors of their own."""

    hint = "Certificates are renewed in the home of one party; see docs/how-to/operate-a-node.md."
    status = 409


class BadAnnouncement(SalusError):
    """The file {file} does not announce a certificate that a member of this network signed."""

    hint = "Ask the member for the file again, and by another way whether it is theirs."


class AnnouncementOld(SalusError):
    """The certificate of {name} in {file} is not newer than the one that is known."""

    hint = "Nothing is to be done, unless somebody gave you an old file in place of a new one."
    status = 409


class NothingAnnounced(SalusError):
    """There is no new certificate to use."""

    hint = "Make one with `salus certificate renew` and give its file to the other members."
    status = 409
