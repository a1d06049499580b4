"""Numbers of the exchange."""

from salus.platform.settings import Settings, setting


class ExchangeSettings(Settings, env_prefix="SALUS_EXCHANGE_"):
    """What an operator may change."""

    prune_hours: int = setting(
        6, "hours between two looks for licenses of closed sections", ge=1, le=168
    )
    complete_minutes: int = setting(
        10, "minutes between two tries to make the new keys of what was sold", ge=1, le=720
    )
