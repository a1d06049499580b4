"""Where a home keeps bodies: the environment names one store, `vault/vault.json` several."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from salus.platform.settings import Settings, setting
from salus.platform.vault.errors import BadVault

FILE = "vault.json"
HTTP = r"^https?://[^\s/]+$"
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
Seconds = Annotated[int, Field(ge=1, le=600)]


class VaultSettings(Settings, env_prefix="SALUS_VAULT_"):
    """One store for all bodies; a home with a `vault.json` does not read these, but the keys."""

    kind: Literal["folder", "s3", "ipfs"] = setting(
        "folder", "where bodies lie: `folder` (in the home), `s3` or `ipfs`"
    )
    endpoint: str = setting("", "URL of the S3 server or of the RPC API of Kubo; none for Amazon")
    bucket: str = setting("", "bucket of S3 that holds the bodies")
    region: str = setting("us-east-1", "region of the bucket")
    prefix: str = setting("", "folder in the bucket")
    timeout_seconds: int = setting(30, "seconds to wait for one answer of a store", ge=1, le=600)
    credentials: str = setting("", "file with the keys of S3, as the tools of Amazon write it")
    access_key: SecretStr = setting(SecretStr(""), "access key of S3, where no file holds it")
    secret_key: SecretStr = setting(SecretStr(""), "secret key of S3, where no file holds it")


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FolderPlace(_Said):
    """A folder; `path` counts from the folder of `vault.json`, which is what `.` means."""

    name: Name
    kind: Literal["folder"]
    path: str = "."


class S3Place(_Said):
    name: Name
    kind: Literal["s3"]
    bucket: Annotated[str, Field(min_length=1)]
    endpoint: Annotated[str, Field(pattern=rf"^$|{HTTP}")] = ""
    region: str = "us-east-1"
    prefix: str = ""
    credentials: str = ""
    timeout_seconds: Seconds = 30


class IpfsPlace(_Said):
    name: Name
    kind: Literal["ipfs"]
    endpoint: Annotated[str, Field(pattern=HTTP)] = "http://127.0.0.1:5001"
    timeout_seconds: Seconds = 30


Place = Annotated[FolderPlace | S3Place | IpfsPlace, Field(discriminator="kind")]


class Layout(_Said):
    """The stores of a vault, and how many of them must keep a body before it counts as kept."""

    copies: Annotated[int, Field(ge=1)] = 1
    scrub_days: Annotated[int, Field(ge=1, le=365)] = 30
    stores: Annotated[tuple[Place, ...], Field(min_length=1, max_length=16)]

    @model_validator(mode="after")
    def _fits(self) -> "Layout":
        if self.copies > len(self.stores):
            raise ValueError("there are fewer stores than copies")
        if len({store.name for store in self.stores}) < len(self.stores):
            raise ValueError("two stores have one name")
        return self


def layout(root: Path, settings: VaultSettings) -> Layout:
    """What a home says, or else what the environment says. Raises BadVault."""
    file = root / FILE
    try:
        if file.exists():
            return Layout.model_validate_json(file.read_bytes())
        file = Path("the environment")
        return Layout.model_validate({"stores": [_of(settings)]})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        member = ".".join(str(each) for each in first["loc"]) or "stores"
        raise BadVault(file=str(file), member=member, reason=first["msg"]) from None


def _of(settings: VaultSettings) -> dict[str, object]:
    """The members of the one store that the environment names, those that its kind has."""
    kinds: dict[str, type[BaseModel]] = {"folder": FolderPlace, "s3": S3Place, "ipfs": IpfsPlace}
    known = kinds[settings.kind].model_fields.keys() - {"name", "path"}
    said = settings.model_dump(include=known, exclude_unset=True)
    return {"name": "vault", "kind": settings.kind, **said}
