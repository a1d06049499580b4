"""What can be wrong with money in the router; each is the error of RevenueRouter of that name."""

from salus.kernel.errors import SalusError


class NotModule(SalusError):
    """{account} is no contract that may move money in the router."""

    hint = "Only the contracts that were set up with the router, or adopted by governors, may."
    status = 403


class SettleFirst(SalusError):
    """More midnights have passed for the section {section} than one step can count."""

    hint = "Settle its income first, if need be several times, and try again."
    status = 409


class LienExists(SalusError):
    """The income of {token} is pledged already."""

    hint = "Repay or refinance the loan on it first."
    status = 409


class NoLien(SalusError):
    """The income of {token} is not pledged."""

    hint = "There is nothing to release."
    status = 409


class RateOverflow(SalusError):
    """The section {section} would earn more a day than can be counted."""

    hint = "Ask less for it, or wait until other licenses have ended."
    status = 422


class ShortTransfer(SalusError):
    """Instead of {expected} only {got} arrived."""

    hint = "The token must hand over exactly what was asked for."
    status = 422


class CreditTooLow(SalusError):
    """{account} asked for {asked} and has less."""

    hint = "Look at what there is with `salus income`."
    status = 422


class ReserveTooLow(SalusError):
    """{module} asked for {asked} and has less in reserve."""

    hint = "A module pays out only what it has taken."
    status = 422


class UnknownPrepayment(SalusError):
    """Nothing was paid ahead for the license {license} under {token}."""

    hint = "List the licenses with `salus income`."
    status = 404


class PrepaymentExists(SalusError):
    """Something was paid ahead for the license {license} under {token} already."""

    hint = "Renew it instead."
    status = 409


class SectionShut(SalusError):
    """The patient has closed the section {section}."""

    hint = "Leave it out; what was paid ahead for it is refunded by `prune`."
    status = 409


class TermOver(SalusError):
    """A term cannot end on the day {end_day}, which is not after now."""

    hint = "Choose a later end."
    status = 422


class WrongRate(SalusError):
    """The sections pay {given} units a day together, and {kept} were paid for."""

    hint = "Name the sections of the license, all of them."
    status = 422
