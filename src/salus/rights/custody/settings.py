"""Numbers of custody."""

from salus.platform.settings import Settings, setting


class CustodySettings(Settings, env_prefix="SALUS_CUSTODY_"):
    """What an operator may change."""

    threshold: int = setting(3, "shares that open a unit of a new set", ge=1, le=5)
    emergency_threshold: int = setting(
        2,
        "shares that open what is read in an emergency, at most as many as for others",
        ge=1,
        le=5,
    )
    storage_key_days: int = setting(
        30, "days after which `salus custody rotate` replaces a storage key", ge=1, le=3650
    )
    spare_acks: int = setting(1, "custodians beyond the threshold that must hold first", ge=0)
    max_head_age: int = setting(
        120, "seconds a final block may be old for a decision", ge=1, le=120
    )
    log_anchor_seconds: int = setting(
        600, "seconds between two anchorings of the heads of keepers' logs", ge=1
    )
    erasure_hours: int = setting(
        72, "hours after which an erasure that a key holder has not confirmed raises an alarm", ge=1
    )
    epoch_days: int = setting(
        365, "days after which what is added to a section gets a new key", ge=1, le=3650
    )
    reads_per_minute: int = setting(600, "requests one reader may make in a minute", ge=1)
