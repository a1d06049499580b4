"""What the JSON verbs take and give."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from salus.rights.consent.licensing.model import Use

HEX = "^[0-9a-f]{32}$"


class Problem(BaseModel):
    """RFC 9457, with what to do beside it."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    details: dict[str, Any]


class Me(BaseModel):
    role: str
    party: str


class RecordOut(BaseModel):
    record: str
    version: int
    sections: dict[str, int] = Field(description="Number of resources by section.")


class SectionOut(BaseModel):
    record: str
    section: str
    version: int
    resources: list[dict[str, Any]] = Field(description="FHIR R4, checked against the ledger.")


class ShareIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    record: str = Field(pattern=HEX)
    reader: str = Field(min_length=1, max_length=40)
    sections: list[str] = Field(min_length=1, max_length=20)
    purpose: str = Field(max_length=20)
    until: AwareDatetime


class ShareOut(BaseModel):
    id: str
    record: str
    readers: list[str]
    purposes: list[str]
    until: str
    state: str


class LookOut(BaseModel):
    at: str
    reader: str
    purpose: str
    section: str
    refused: bool
    emergency: bool


class NoticeOut(BaseModel):
    kind: str
    at: str
    seen: bool


class OfferOut(BaseModel):
    id: int
    record: str
    kind: str
    sections: list[int]
    prices: list[int] = Field(description="Units, a day unless it is a sale or for ever.")
    until: str


class LicenseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    offer: int = Field(ge=0, lt=10**9)
    sections: list[Annotated[int, Field(ge=0, le=255)]] = Field(min_length=1, max_length=20)
    use: str = Field(pattern=f"^({'|'.join(str(each.name) for each in Use)})$")
    days: int = Field(ge=0, le=36_500, description="0 for a license for ever.")
    most: int = Field(
        ge=0, lt=2**128, description="Units that it may cost; the organization has to have them."
    )


class LicenseOut(BaseModel):
    id: str
    record: str
    sections: list[int]
    kind: str
    until: str
    paid: int
    state: str
