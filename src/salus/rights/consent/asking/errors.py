"""What can go wrong with a request for access."""

from salus.kernel.errors import SalusError


class RequestAnswered(SalusError):
    """This request has its answer already."""

    hint = "See your list of requests."
    status = 409


class TooManyRequests(SalusError):
    """Your organization has asked this patient often enough for now."""

    hint = "Wait for the answers. Ask the patient in person if it is urgent."
    status = 409
