"""Purposes and exemptions in words that patients read."""

from salus.platform.i18n import translate


def purpose_words(code: str) -> str:
    """The purpose of a read; a code that nobody knows as it is."""
    words = {
        "TREAT": translate("treatment"),
        "ETREAT": translate("emergency treatment"),
        "HPAYMT": translate("payment for care"),
        "HOPERAT": translate("running the hospital"),
        "HRESCH": translate("health research"),
        "CLINTRCH": translate("a clinical trial"),
        "PUBHLTH": translate("public health"),
        "PATRQT": translate("the patient's own request"),
        "FAMRQT": translate("a request of the family"),
        "HMARKT": translate("marketing of health services"),
        "COMMERCIAL": translate("a commercial purpose"),
    }
    return words.get(code, code)


def exemption_words(code: str) -> str:
    """Why the law asks for no accounting, empty where it does."""
    words = {
        "to-the-patient": translate("to the patient"),
        "treatment-payment-operations": translate("for care, its payment or its operation"),
        "authorized-by-the-patient": translate("authorized by the patient"),
    }
    return words.get(code, code)
