"""What an operator may set about watching a program."""

from salus.platform.settings import Settings, setting


class ObserveSettings(Settings, env_prefix="SALUS_OBSERVE_"):
    """Nothing of it is on unless it is set."""

    port: int = setting(
        0,
        "port on loopback for `/metrics` and `/health`; 0 answers nowhere",
        ge=0,
        le=65_535,
    )
    traces: str = setting(
        "",
        "URL that takes traces as OTLP in JSON, such as `http://127.0.0.1:4318/v1/traces`; empty"
        " sends none",
    )
