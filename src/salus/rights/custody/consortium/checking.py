"""Whether organizations make a consortium."""

from salus.platform.i18n import translate
from salus.rights.custody.consortium.errors import BadOrganizations
from salus.rights.custody.consortium.model import Organizations, has_place, is_name, repeated
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.keyring import LONGEST_NAME
from salus.rights.identity.model import Roles


def check(organizations: Organizations, settings: CustodySettings) -> None:
    """Raises BadOrganizations."""
    reason = (
        _fault_of_names(organizations)
        or _fault_of_roles(organizations, settings)
        or _fault_of_places(organizations)
    )
    if reason:
        raise BadOrganizations(reason=reason)


def _fault_of_names(organizations: Organizations) -> str | None:
    names = [each.name for each in organizations.organizations]
    for name in names:
        if not is_name(name) or len(name) > LONGEST_NAME:
            return translate(
                "{name} is not a name of lower-case letters and digits", name=name[:40]
            )
    if twice := repeated(names):
        return translate("{name} is there twice", name=twice)
    return None


def _fault_of_roles(organizations: Organizations, settings: CustodySettings) -> str | None:
    known = {role.name.lower() for role in Roles if role.name}
    for each in organizations.organizations:
        if not each.roles or not set(each.roles) <= known:
            return translate("{name} has no role, or one that nobody knows", name=each.name)
        if {"custodian", "gateway"} <= set(each.roles):
            return translate("{name} would hold two parts of one key", name=each.name)
        if "source" in each.roles and set(each.roles) & {"custodian", "gateway"}:
            return translate("{name} would keep the keys of what it writes", name=each.name)
    return _fault_of_numbers(organizations, settings)


def _fault_of_numbers(organizations: Organizations, settings: CustodySettings) -> str | None:
    if len(organizations.having(Roles.SOURCE)) != 1:
        return translate("exactly one must be the source")
    if len(organizations.having(Roles.GATEWAY)) != 1:
        return translate("exactly one must be the gateway")
    custodians = len(organizations.having(Roles.CUSTODIAN))
    if custodians < settings.threshold:
        return translate(
            "{count} custodians are fewer than the {needed} that open a unit",
            count=custodians,
            needed=settings.threshold,
        )
    return None


def _fault_of_places(organizations: Organizations) -> str | None:
    if not has_place(organizations.ledger, "http"):
        return translate("the ledger needs an address such as http://127.0.0.1:8545")
    for each in organizations.organizations:
        if not has_place(each.url, "https"):
            return translate(
                "{name} needs an address such as https://127.0.0.1:9101", name=each.name
            )
    urls = [organizations.ledger, *(each.url for each in organizations.organizations)]
    places = [url.partition("://")[2] for url in urls]
    if twice := repeated(places):
        return translate("two want to answer at {place}", place=twice)
    return None
