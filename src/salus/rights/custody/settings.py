"""Numbers of custody."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CustodySettings(BaseSettings):
    """Settings with the prefix `SALUS_CUSTODY_`."""

    model_config = SettingsConfigDict(env_prefix="SALUS_CUSTODY_", frozen=True)

    threshold: int = Field(3, description="shares that open a unit")
    custodians: int = Field(5, description="shares dealt for each unit")
    spare_acks: int = Field(1, description="custodians beyond the threshold that must hold first")
    max_head_age: int = Field(120, description="seconds a final block may be old for a decision")
    reads_per_minute: int = Field(600, description="requests one reader may make in a minute")
