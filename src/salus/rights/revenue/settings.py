"""Numbers of revenue."""

from salus.platform.settings import Settings, setting


class RevenueSettings(Settings, env_prefix="SALUS_REVENUE_"):
    """What an operator may change."""

    settle_hours: int = setting(24, "hours between two settlements of all income", ge=1, le=720)
    currency: str = setting("SST", "name of a currency unit, as pages show it beside amounts")
