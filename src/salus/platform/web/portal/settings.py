"""What an operator may set about the portal."""

from salus.platform.settings import Settings, setting

_OFF = "; 0 for no limit"
_ASVS = "OWASP ASVS 5.0, 2.4.1"


class PortalSettings(Settings, env_prefix="SALUS_PORTAL_"):
    """How often somebody may ask, behind which proxies it stands, and for which names it speaks.

    An address of IPv6 is its first 64 bits. What an address or an account has asked for is counted
    over a window that slides.
    """

    sign_ins: int = setting(
        100, f"tries to sign in from one address in 15 minutes{_OFF}", citation=_ASVS, ge=0
    )
    sign_ins_of_a_name: int = setting(
        20, f"tries to sign in with one name in 15 minutes{_OFF}", citation=_ASVS, ge=0
    )
    joins: int = setting(
        30, f"accounts that are joined from one address in an hour{_OFF}", citation=_ASVS, ge=0
    )
    recoveries: int = setting(
        20, f"tries to recover an account from one address in an hour{_OFF}", citation=_ASVS, ge=0
    )
    recoveries_of_a_name: int = setting(
        5, f"tries to recover one account in an hour{_OFF}", citation=_ASVS, ge=0
    )
    uploads: int = setting(
        60, f"files that one account or address hands in in an hour{_OFF}", citation=_ASVS, ge=0
    )
    pages: int = setting(
        600, f"pages and acts of one account in a minute{_OFF}", citation=_ASVS, ge=0
    )
    strangers_pages: int = setting(
        600,
        f"pages from one address in a minute, asked for without signing in{_OFF}",
        citation=_ASVS,
        ge=0,
    )
    calls: int = setting(
        300, f"verbs of `/api` that the tokens of one account ask for in a minute{_OFF}", ge=0
    )
    wrong_tokens: int = setting(
        30, f"requests from one address with a token that opens nothing, in a minute{_OFF}", ge=0
    )
    proxies: str = setting(
        "",
        "addresses or networks of proxies, separated by commas, whose `X-Forwarded-For` is"
        " believed; empty believes nobody",
    )
    subdomains: bool = setting(
        True,
        "whether browsers must use HTTPS for the names below that of the portal too (HSTS)",
        citation="OWASP ASVS 5.0, 3.4.1",
    )
