"""Alembic with one branch for each capability, in the capability's own folder."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

ENVIRONMENT = Path(__file__).parent / "alembic"


def configuration(branches: tuple[str, ...]) -> Config:
    """`branches`: packages with a folder `migrations`."""
    config = Config()
    config.set_main_option("script_location", str(ENVIRONMENT))
    config.set_main_option("path_separator", "newline")
    folders = [str(files(branch) / "migrations") for branch in branches]
    config.set_main_option("version_locations", "\n".join(folders))
    return config


def migrate(engine: Engine, branches: tuple[str, ...]) -> None:
    """Bring every branch to its newest revision, in one transaction."""
    config = configuration(branches)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
