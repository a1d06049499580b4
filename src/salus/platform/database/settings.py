"""What an operator may set about where rows are kept."""

from salus.platform.settings import Settings, setting


class DatabaseSettings(Settings, env_prefix="SALUS_DATABASE_"):
    """Read when a home is made, and when a home that has a server is opened."""

    url: str = setting(
        "",
        "the PostgreSQL server for a new home, `postgresql+psycopg://role@host:5432/name`; empty"
        " keeps rows in files",
    )
