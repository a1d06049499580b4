"""Numbers of care."""

from salus.platform.settings import Settings, setting


class CareSettings(Settings, env_prefix="SALUS_CARE_"):
    """What an operator may change; `Referrals` sets the upper limits of the first two."""

    deadline_days: int = setting(14, "days that a referral waits to be accepted", ge=1, le=365)
    grace_days: int = setting(14, "days that a closed referral counts as open", ge=0, le=90)
    overdue_days: int = setting(30, "days after which an accepted referral is overdue", ge=1)
