"""How a node asks the ledger of its network."""

from salus.platform.settings import Settings, setting


class LedgerSettings(Settings, env_prefix="SALUS_LEDGER_"):
    """What an operator may change."""

    endpoints: str = setting(
        "",
        "addresses of nodes of the ledger with commas between them, in place of those in"
        " `ledger/served.json`",
    )
    agreement: int = setting(
        2, "nodes that must say the same where the node asked is not this organization's", ge=1
    )
    wait_seconds: int = setting(10, "seconds that a verb waits for its final block", ge=1, le=600)
    lag_seconds: int = setting(
        30, "seconds that the own node may be behind the others before they are asked", ge=1
    )
