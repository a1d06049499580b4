"""What can be wrong with money: the errors of RevenueRouter and SettlementToken, and a few more."""

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
    """A term cannot end on the day {day}, which is not after now."""

    hint = "Choose a later end."
    status = 422


class WrongRate(SalusError):
    """The sections pay {given} units a day together, and {kept} were paid for."""

    hint = "Name the sections of the license, all of them."
    status = 422


class UnknownToken(SalusError):
    """There is no record of the token {token}."""

    hint = "List the records with `salus records`."
    status = 404


class KeyRetired(SalusError):
    """{signer} is no acting key of its organization any more."""

    hint = "Sign with a key that acts for the organization now."
    status = 403


class NotPayable(SalusError):
    """{account} is a contract and has to say itself where its money goes."""

    hint = "Take it out with `salus withdraw --record RECORD`, signed for the account."
    status = 422


class NotIssuer(SalusError):
    """{signer} does not act for the platform, which alone issues money."""

    hint = "Sign as the platform."
    status = 403


class Blocked(SalusError):
    """{account} is blocked in the settlement token."""

    hint = "Ask the issuer why. Others are not concerned, and what is owed stays owed."
    status = 403


class PermitExpired(SalusError):
    """The permit was good until {deadline} only (seconds since 1970)."""

    hint = "Sign a new one."
    status = 403


class BadPermit(SalusError):
    """The permit was signed by {signer}, or was used before."""

    hint = "Let the owner of the money sign a new one."
    status = 403


class BadAmount(SalusError):
    """{amount} is no amount of money."""

    hint = "Write a number above zero with at most six places behind the point, such as 25.50."
    status = 422


class NothingOwed(SalusError):
    """Nothing is owed to {account}."""

    hint = "Settle first with `salus settle RECORD`, and look with `salus balance`."
    status = 409


class ERC20InsufficientBalance(SalusError):
    """{sender} holds {balance} units and needs {needed}."""

    hint = "The platform issues money with `salus money issue`."
    status = 402


class ERC20InsufficientAllowance(SalusError):
    """{spender} may pull {allowance} units and needs {needed}."""

    hint = "Allow it with `salus money allow`."
    status = 402
