"""Numbers of lending."""

from salus.platform.settings import Settings, setting


class LendingSettings(Settings, env_prefix="SALUS_LENDING_"):
    """What an operator may change."""

    watch_hours: int = setting(6, "hours between two looks at what is pledged", ge=1, le=168)
    offer_days: int = setting(7, "days that an offer holds unless it says otherwise", ge=1, le=90)
