"""What can go wrong between a visitor and a page."""

from salus.kernel.errors import SalusError


class PageMissing(SalusError):
    """There is no such page."""

    hint = "Go back to the first page, or look for it in the list on the left."
    status = 404


class SignInNeeded(SalusError):
    """Please sign in first."""

    hint = "You come back to the same page afterwards."
    status = 401


class RoleNeeded(SalusError):
    """This page is for another role: {role}."""

    hint = "Switch your role at the top, or ask the administrator of your organization for it."
    status = 403


class ActingOver(SalusError):
    """You do not act for {name} any more."""

    hint = "Ask the person whether it was meant so. From now on you see your own pages."
    status = 403


class FormInvalid(SalusError):
    """Please look at the marked fields; nothing has been done yet."""

    hint = "What you typed is still there, passwords excepted."
    status = 422


class SignedOut(SalusError):
    """You were signed out; nothing was sent."""

    hint = "What you typed is here, passwords and files excepted. Look at it, then send it again."
    status = 401


class FormForeign(SalusError):
    """This form did not come from a page of ours, or the page is older than your session."""

    hint = "Open the page again and send it once more. Nothing has been done."
    status = 403


class DutyFirst(SalusError):
    """Something has to be done before anything else, at {path}."""

    hint = "Choose a password of your own and set up an authenticator; then go on."
    status = 403


class BeingDone(SalusError):
    """The same form was sent twice, and the first one is still being worked on."""

    hint = "Wait a moment, then look whether it is there."
    status = 409


class LedgerBehind(SalusError):
    """The ledger has not answered for {minutes} minutes, so nothing can be signed now."""

    hint = "What is open stays open. Try again in a few minutes."
    status = 503
