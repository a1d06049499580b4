"""What is said of each kind: that something happened, never what."""

from salus.platform.i18n import translate
from salus.platform.notices import Kind


def said(kind: Kind) -> str:
    """One sentence, in the language in force."""
    return {
        Kind.ACCESS: translate("Somebody looked at your record."),
        Kind.EMERGENCY: translate(
            "A record was opened in an emergency, or such an opening changed."
        ),
        Kind.SHARE_ENDING: translate("Something that you share ends soon."),
        Kind.REQUEST: translate("Somebody asks you for something, or has answered you."),
        Kind.APPROVAL: translate("Something waits for your decision."),
        Kind.RECOVERY: translate("Guardians are giving a record to a new key."),
        Kind.REFERRAL: translate("A referral has moved on."),
        Kind.RECORD_CHANGED: translate("There is something new in your record."),
        Kind.MONEY: translate("Something has changed with a license or a sale."),
        Kind.LOAN: translate("Something has changed with a loan."),
        Kind.ERASURE: translate("An erasure has moved on."),
        Kind.DELEGATE: translate("Somebody who acts for you has signed something."),
        Kind.SIGN_IN: translate("Somebody has signed in with your name."),
        Kind.ACCOUNT: translate("The way you sign in was changed."),
    }[kind]


def short(kind: Kind) -> str:
    """The kind as one chooses it."""
    return {
        Kind.ACCESS: translate("Somebody looked"),
        Kind.EMERGENCY: translate("Emergencies"),
        Kind.SHARE_ENDING: translate("A share ends soon"),
        Kind.REQUEST: translate("Requests and answers"),
        Kind.APPROVAL: translate("Decisions that wait"),
        Kind.RECOVERY: translate("Recovery by guardians"),
        Kind.REFERRAL: translate("Referrals"),
        Kind.RECORD_CHANGED: translate("New in the record"),
        Kind.MONEY: translate("Licenses and sales"),
        Kind.LOAN: translate("Loans"),
        Kind.ERASURE: translate("Erasures"),
        Kind.DELEGATE: translate("What others sign for me"),
        Kind.SIGN_IN: translate("Sign-ins"),
        Kind.ACCOUNT: translate("Changes of the sign-in"),
    }[kind]
