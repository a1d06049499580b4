"""Offers of owners, on the real contracts."""

from datetime import timedelta

import pytest

from salus.kernel.ids import RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent.licensing.model import (
    USUAL,
    Duo,
    Region,
    Use,
    policy_for,
)
from salus.rights.consent.licensing.service import close, set_policy
from salus.rights.identity.ledger import VALID, Views, view
from salus.rights.records import ownership
from salus.rights.revenue.tables import LienRow
from salus.services.exchange import offering
from salus.services.exchange.agreements import agreed_for
from salus.services.exchange.errors import (
    AgreementMissing,
    DiseaseMissing,
    Expired,
    MaskNotOffered,
    NotOwner,
    OfferClosed,
    OutsidePolicy,
    PermissionUnclear,
    SeveralTokens,
)
from salus.services.exchange.ledger import OFFERS, Hand, is_offer_open
from salus.services.exchange.model import Flag, Kind
from salus.services.exchange.model.agreement import agreement_bytes, agreement_hash
from salus.services.exchange.offering import Wished, close_all_offers, close_offer, post_offer
from salus.services.exchange.reading import SELLABLE, KnownOffer, on_sale, open_offers
from salus.services.exchange.tables import Agreement
from tests.support.scene import Scene, scene
from tests.support.trading import ALLERGIES, LABORATORY, RATE, subject_of

DISEASE = "sarcoidosis of the lung"


def wished(stage: Scene, *codes: int, **changed: object) -> Wished:
    prices = tuple((code, RATE * code) for code in codes or (LABORATORY,))
    values: dict[str, object] = {
        "kind": Kind.SUBSCRIPTION,
        "prices": prices,
        "until": stage.now() + timedelta(days=300),
    }
    return Wished(**(values | changed))  # type: ignore[arg-type]


def permit(stage: Scene, record: RecordId, *duo: Duo, uses: Use = USUAL) -> None:
    allowed = policy_for((LABORATORY, ALLERGIES), duo or (Duo.GRU,), uses)
    set_policy(stage.node, record=record, policy=allowed, by=stage.wallet(record))


def opened(stage: Scene, *duo: Duo) -> RecordId:
    """A record of which something may be licensed."""
    record = stage.record()
    permit(stage, record, *duo)
    return record


def post(stage: Scene, record: RecordId, *codes: int, **changed: object) -> KnownOffer:
    hand = subject_of(stage, record)
    return post_offer(stage.node, record=record, wished=wished(stage, *codes, **changed), by=hand)


def kept(stage: Scene) -> int:
    with stage.node.reading() as session:
        return session.query(Agreement).count()


def test_an_offer_has_its_prices_and_the_terms_of_the_patient() -> None:
    stage = scene()
    record = opened(stage, Duo.GRU, Duo.IRB)
    known = post(stage, record, LABORATORY, ALLERGIES)

    assert known.offer.prices == (RATE * ALLERGIES, RATE * LABORATORY)
    assert known.offer.mask == 1 << ALLERGIES | 1 << LABORATORY
    assert known.offer.duo == 1 << Duo.GRU | 1 << Duo.IRB
    assert (known.offer.uses, known.offer.regions) == (USUAL, Region.ANY)
    stated = view(stage.node, OFFERS, "offerOf", known.offer.id)
    assert stated[-1] == known.offer.agreement_hash
    assert tuple(view(stage.node, OFFERS, "pricesOf", known.offer.id)) == known.offer.prices


def test_the_text_that_was_agreed_to_hashes_to_what_the_ledger_has() -> None:
    stage = scene()
    known = post(stage, opened(stage))
    with stage.node.reading() as session:
        agreed = agreed_for(session, known.offer)

    assert agreed.hash == known.offer.agreement_hash
    assert agreement_hash(agreed.salt, agreement_bytes(agreed.text)) == agreed.hash
    assert f"laboratory {RATE * LABORATORY // 10**6}.00" in agreed.text.english
    assert "laboratory" in agreed.text.chinese
    assert agreed.text.english.count("\n") == agreed.text.chinese.count("\n")


def test_two_offers_of_the_same_say_nothing_of_one_another() -> None:
    stage = scene()
    record = opened(stage)
    first, second = post(stage, record), post(stage, record)

    assert first.offer.agreement_hash != second.offer.agreement_hash


def test_a_disease_stands_in_the_agreement_and_nowhere_on_the_ledger() -> None:
    stage = scene()
    record = opened(stage, Duo.DS)
    with pytest.raises(DiseaseMissing):
        post(stage, record)
    known = post(stage, record, disease=DISEASE)
    with stage.node.reading() as session:
        assert DISEASE in agreed_for(session, known.offer).text.english
    stated = view(stage.node, OFFERS, "offerOf", known.offer.id)

    assert DISEASE not in repr(stated)
    assert DISEASE not in repr(wished(stage, disease=DISEASE))


def test_nobody_but_the_owner_offers() -> None:
    stage = scene()
    record = opened(stage)
    for hand in (Hand(SigningKey.generate()), Hand(stage.clinic.signing)):
        with pytest.raises(NotOwner):
            post_offer(stage.node, record=record, wished=wished(stage), by=hand)


def test_a_divided_section_is_offered_by_itself() -> None:
    stage = scene()
    record = opened(stage)
    before = post(stage, record, LABORATORY, ALLERGIES)
    ownership.detach(stage.node, record=record, sections=["laboratory"], by=stage.wallet(record))
    with pytest.raises(SeveralTokens):
        post(stage, record, LABORATORY, ALLERGIES)
    whole, known = post(stage, record, ALLERGIES), post(stage, record)
    with stage.node.reading() as session:
        found = [on_sale(session, each.offer) for each in (before, whole, known)]

    assert known.offer.token == record << 8 | LABORATORY
    assert found == [1 << ALLERGIES, 1 << ALLERGIES, 1 << LABORATORY]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"uses": Use.MARKETING}, OutsidePolicy),
        ({"duo": frozenset({Duo.HMB})}, OutsidePolicy),
        ({"prices": ((12, RATE),)}, MaskNotOffered),
        ({"prices": ((1, RATE),)}, OutsidePolicy),
        ({"until": None}, Expired),
    ],
)
def test_what_the_patient_does_not_allow_is_refused_before_anything_is_kept(
    changed: dict[str, object], error: type[Exception]
) -> None:
    stage = scene()
    record, before = opened(stage), kept(stage)
    if "until" in changed:
        changed = {"until": stage.now() - timedelta(seconds=1)}
    with pytest.raises(error):
        post(stage, record, **changed)

    assert kept(stage) == before


def test_an_offer_chooses_among_several_permissions() -> None:
    stage = scene()
    record = opened(stage, Duo.GRU, Duo.HMB)
    with pytest.raises(PermissionUnclear):
        post(stage, record)

    assert post(stage, record, duo=frozenset({Duo.HMB})).offer.duo == 1 << Duo.HMB


def test_a_closed_offer_is_closed_for_good() -> None:
    stage = scene()
    record = opened(stage)
    hand, known = subject_of(stage, record), post(stage, record)
    with pytest.raises(NotOwner):
        close_offer(stage.node, known, by=Hand(stage.clinic.signing))
    closed = close_offer(stage.node, known, by=hand)
    with pytest.raises(OfferClosed):
        close_offer(stage.node, closed, by=hand)

    at = stage.node.ledger.final()
    assert not is_offer_open(Views(stage.node), known.offer.id, at=at)


def test_all_offers_of_a_token_are_closed_at_once_and_later_ones_are_open() -> None:
    stage = scene()
    record = opened(stage)
    for _ in range(3):
        post(stage, record)
    close_all_offers(stage.node, record << 8, by=subject_of(stage, record))
    later = post(stage, record)
    with stage.node.reading() as session:
        found = open_offers(session, int(stage.now().timestamp()), record)

    assert [each.offer.id for each in found] == [later.offer.id]


def test_a_section_that_the_patient_closed_is_not_on_sale() -> None:
    stage = scene()
    record = opened(stage)
    menu = post(stage, record, LABORATORY, ALLERGIES).offer
    bundle = post(stage, record, LABORATORY, ALLERGIES, flags=Flag.WHOLE).offer
    close(stage.node, record=record, sections=[ALLERGIES], by=stage.wallet(record))
    with stage.node.reading() as session:
        assert on_sale(session, menu) == 1 << LABORATORY
        assert on_sale(session, bundle) == 0


def test_a_token_is_not_for_sale_while_it_is_pledged() -> None:
    stage = scene()
    record = opened(stage)
    sale = post(stage, record, kind=Kind.SALE, prices=((0, RATE),)).offer
    lien = LienRow(record=record_text(record), section=0, module=bytes(20), lien=1)
    with stage.node.reading() as session:
        before = on_sale(session, sale)
        session.add(lien)
        session.flush()

        assert (before, on_sale(session, sale)) == (SELLABLE, 0)


def test_an_offer_that_a_process_died_over_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = scene()
    record = opened(stage)
    before = kept(stage)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(offering, "send", die)
        with pytest.raises(KeyboardInterrupt):
            post(stage, record)
    assert kept(stage) == before + 1
    stage.clock.move(timedelta(seconds=2 * VALID))
    permit(stage, record)
    post(stage, record)

    assert kept(stage) == before + 1


def test_without_its_text_an_agreement_is_missing() -> None:
    stage = scene()
    known = post(stage, opened(stage))
    with stage.node.sessions() as session, session.begin():
        session.delete(session.get_one(Agreement, known.offer.agreement_hash))
    with stage.node.reading() as session, pytest.raises(AgreementMissing):
        agreed_for(session, known.offer)
