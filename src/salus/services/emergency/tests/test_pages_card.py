"""A clinician reads a card at the portal, with and without a ledger; its patient is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from sqlalchemy import select

from salus.kernel.clock import seconds
from salus.kernel.ids import record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger.errors import LedgerUnreachable
from salus.platform.web.portal import Role
from salus.platform.work import catch_up
from salus.rights.custody.household import keepers_of, source_of
from salus.services.emergency import card as cards
from salus.services.emergency import service
from salus.services.emergency.card import Card
from salus.services.emergency.printing import card_of
from salus.services.emergency.tables import OpeningRow
from tests.support.portal import Opened, Visitor, opened

CARD, PLACE = "/app/clinic/card", "salus.services.emergency.pages"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("card") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def card(portal: Opened) -> Card:
    return card_in(portal)


def card_in(portal: Opened) -> Card:
    source, keepers = source_of(portal.home), keepers_of(portal.node, portal.home, portal.record)
    valid = timedelta(days=30)
    return card_of(portal.node, keepers, portal.record, source=source.address, valid=valid)


@pytest.fixture(scope="module")
def medic(portal: Opened) -> Visitor:
    return portal.staff("Dr One", "medic1", Role.CLINICIAN)


def sealed(portal: Opened, card: Card) -> cards.Printed:
    return cards.printed(card, by=source_of(portal.home).signing, is_sealed=True)


def reads(medic: Visitor, printed: cards.Printed, **other: str) -> str:
    """The page after a card was handed in."""
    medic.get(CARD)
    values = {"codes": "\n".join(printed.parts), "code": printed.code} | other
    return medic.post(CARD, values).text


def test_a_card_is_read_and_its_patient_is_told_afterwards(
    portal: Opened, card: Card, medic: Visitor
) -> None:
    text = reads(medic, sealed(portal, card))
    assert "hospital signed this card" in text
    assert "Allergy" in text
    assert "old" not in text.split("<main")[1].split("</main>")[0].lower().split()
    with portal.node.reading() as session:
        assert service.emergencies(session, portal.record) == []
    portal.clock.move(timedelta(minutes=2))
    portal.node.ledger.advance()
    for _ in range(2):
        catch_up(portal.node)
    with portal.node.reading() as session:
        (told,) = session.scalars(select(OpeningRow)).all()
    assert told.record == record_text(portal.record)
    assert 0 <= told.used_at - seconds(card.issued) < 120


def test_the_code_of_the_strip_may_be_scanned_among_the_others(
    portal: Opened, card: Card, medic: Visitor
) -> None:
    printed = sealed(portal, card)
    whole = "\n".join((cards.shown_code(printed.code), *reversed(printed.parts)))
    assert "Allergy" in reads(medic, printed, codes=whole, code="")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("codes", "", "Please fill this in."),
        ("codes", "SALUS1/1/1/XX/AA", "damaged"),
        ("codes", "https://example.org", "not a code of an emergency card"),
        ("code", "AAAAA-AAAAA", "does not open this card"),
        ("code", "", "does not open this card"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    portal: Opened, medic: Visitor, field: str, value: str, said: str
) -> None:
    printed = sealed(portal, card_in(portal))
    text = reads(medic, printed, **{field: value})
    assert f'id="{field}-fault"' in text
    assert said in text
    assert "Allergy" not in text


def test_a_card_of_nobody_whom_this_home_knows_is_refused(
    portal: Opened, card: Card, medic: Visitor
) -> None:
    printed = cards.printed(card, by=SigningKey.generate(), is_sealed=True)
    text = reads(medic, printed)
    assert "not signed by a source" in text
    assert "Allergy" not in text


def test_an_old_card_is_shown_to_who_asks_for_it_all_the_same(
    portal: Opened, card: Card, medic: Visitor
) -> None:
    old = sealed(portal, replace(card, until=card.issued + timedelta(seconds=1)))
    text = reads(medic, old)
    assert 'id="outdated-fault"' in text
    assert "Allergy" not in text
    text = reads(medic, old, outdated="yes")
    assert "This card is old." in text
    assert "Allergy" in text


def test_without_a_ledger_the_page_of_emergencies_leads_to_the_card(
    portal: Opened, card: Card, medic: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise LedgerUnreachable(url="http://127.0.0.1:1")

    monkeypatch.setattr(import_module(f"{PLACE}.clinic"), "acting", silent)
    answer = medic.get("/app/clinic/break-glass")
    assert answer.status_code == 503
    assert f'href="{CARD}"' in answer.text
    assert f'href="{CARD}"' in medic.get("/app/home").text
    assert not hasattr(import_module(f"{PLACE}.card"), "acting"), "it asks the ledger nothing"
    assert "Allergy" in reads(medic, sealed(portal, card))


def test_nobody_else_has_the_page(portal: Opened) -> None:
    assert portal.patient("Somebody").get(CARD).status_code == 403
