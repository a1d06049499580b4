"""What the books of the exchange are given: the scene, licenses that were sold, purchases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from salus.kernel.ids import Address
from salus.rights.consent.licensing.model import Policy, Use
from salus.rights.revenue.model import Gate
from salus.services.exchange import errors as e
from salus.services.exchange.model import (
    NEWEST,
    Attributes,
    Kind,
    License,
    LicenseState,
    Offer,
    Standing,
    admit,
)

MOST = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Scene:
    """What other contracts say at this second; `sections` are those that a token controls."""

    now: int
    gates: Mapping[int, Gate]
    policies: Mapping[int, Policy]
    attributes: Mapping[Address, Attributes]
    accredited: frozenset[Address]
    sections: Callable[[int], int]
    rekeying: frozenset[int]
    subjects: Mapping[int, Address]
    version: int = 1

    def gate(self, section: int) -> Gate:
        return self.gates.get(section, Gate())

    @property
    def standing(self) -> Standing:
        return Standing(self.gates, self.accredited)


@dataclass(frozen=True, slots=True)
class Sold:
    """A license with what the books know of it besides: where it hangs, and who pays for it."""

    license: License
    offer: Offer
    payer: Address
    parent: int = 0

    @property
    def key(self) -> tuple[int, int]:
        return (self.offer.token, self.license.id)

    @property
    def terms(self) -> Offer:
        """The offer by the kind of the license: below another it is a subscription."""
        return replace(self.offer, kind=self.license.kind)


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase as its licensee asks for it; `use` is one bit."""

    id: int
    offer: int
    kind: Kind
    mask: int
    days: int
    use: Use
    by: Address
    min_version: int = 0
    max_price: int = MOST


def check_sections(offer: Offer, mask: int, scene: Scene) -> None:
    """The token still controls all of these sections, and no new keys are asked for."""
    if mask & ~scene.sections(offer.token):
        raise e.MaskNotOffered(mask=mask)
    if offer.token in scene.rekeying:
        raise e.RekeyPending(token=offer.token)


def check_admission(offer: Offer, mask: int, use: Use, who: Address, scene: Scene) -> None:
    admit(
        offer,
        mask,
        use,
        account=who,
        licensee=scene.attributes[who],
        policy=scene.policies[offer.record],
        now=scene.now,
    )


def version_of(asked: Bought, scene: Scene) -> int:
    """The last version that a license opens."""
    is_lasting = asked.kind is Kind.PERPETUAL
    if asked.min_version == 0 and not is_lasting:
        return NEWEST
    if scene.version < asked.min_version:
        raise e.StaleVersion(given=asked.min_version, current=scene.version)
    return scene.version if is_lasting else NEWEST


def license_of(asked: Bought, offer: Offer, version: int, end: int) -> License:
    return License(
        asked.id,
        asked.by,
        asked.mask,
        asked.use,
        asked.kind,
        LicenseState.LIVE,
        generations=0,
        version_max=version,
        end=end,
    )
