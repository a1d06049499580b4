"""Where the engine is, and how long one waits for it."""

from salus.platform.settings import Settings, setting


class NetworkSettings(Settings, env_prefix="SALUS_NETWORK_"):
    """What an operator may change."""

    engine: str = setting(
        "", "folder of `cometbft` and `geth`; else `build/engine` of a checkout, else the PATH"
    )
    start_seconds: int = setting(120, "seconds a validator may take to come up", ge=1, le=86_400)
    stop_seconds: int = setting(60, "seconds a validator may take to stop", ge=1, le=3_600)
    log_bytes: int = setting(
        16_000_000, "bytes of a log file of the engine before it is rotated", ge=10_000
    )
