"""Settings come from the environment, one class for each capability, prefix `SALUS_<NAME>_`."""

from typing import Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from salus.platform.errors import BadSetting

S = TypeVar("S", bound="Settings")


class Settings(BaseSettings):
    """The base of every settings class: `class ConsentSettings(Settings, env_prefix="...")`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")


def setting(default: Any, description: str, *, citation: str | None = None, **bounds: float) -> Any:
    """One setting: `description` says what it sets, `citation` names the law behind a number.

    `bounds` are those of pydantic: `ge`, `gt`, `le`, `lt`.
    """
    extra: dict[str, Any] = {"citation": citation} if citation else {}
    numbers: dict[str, Any] = dict(bounds)
    return Field(default, description=description, json_schema_extra=extra, **numbers)


def read(kind: type[S]) -> S:
    """The settings as the environment has them. Raises BadSetting naming the variable."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = str(first["loc"][0])
        raise BadSetting(
            setting=variable(kind, name),
            reason=first["msg"],
            description=kind.model_fields[name].description or name,
        ) from None


def variable(kind: type[Settings], name: str) -> str:
    """The environment variable of a setting."""
    return f"{kind.model_config.get('env_prefix', '')}{name}".upper()
