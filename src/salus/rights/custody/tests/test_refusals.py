"""Every rule of grants and keys by which a custodian or the gateway refuses."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from salus.kernel.clock import ManualClock
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Digest, new_grant_id
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent import ledger as consent_ledger
from salus.rights.consent.gathering import Opening
from salus.rights.consent.model import NO_DOCUMENT, Clause, Effect, Purpose, Terms, new_salt
from salus.rights.consent.service import revoke
from salus.rights.custody import messages as m
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.release import release
from salus.rights.identity.ledger import send
from tests.support.refusing import answer, is_refused, rules
from tests.support.scene import Asking, scene

SECOND = timedelta(seconds=1)


def test_a_request_by_a_live_grant_passes(keeper: Keeper) -> None:
    asking = scene().asking(scene().record())

    assert answer(keeper, asking.ask) is None
    assert [] == rules(keeper, asking)


def test_a_signature_over_something_else_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()
    request = replace(asking.ask.request, nonce=Digest(secrets.token_bytes(32)))

    assert is_refused(keeper, asking, replace(asking.ask, request=request), "not-the-reader")


@pytest.mark.parametrize("signature", [b"", bytes(65), b"\xff" * 65], ids=len)
def test_a_signature_that_is_none_is_refused(keeper: Keeper, signature: bytes) -> None:
    asking = scene().asking()

    assert is_refused(keeper, asking, replace(asking.ask, signature=signature), "not-the-reader")


def test_a_signature_with_a_high_s_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s, v = asking.ask.signature[:32], asking.ask.signature[32:64], asking.ask.signature[64]
    high = (order - int.from_bytes(s, "big")).to_bytes(32, "big")
    twin = r + high + bytes([55 - v])

    assert is_refused(keeper, asking, replace(asking.ask, signature=twin), "not-the-reader")


def test_another_reader_cannot_use_a_grant(keeper: Keeper) -> None:
    asking, other = scene().asking(), scene().research
    public = other.sealing.public()
    hashed = m.reader_key_hash(public)
    stolen = asking.changed(signed_by=other.signing, reader_key_hash=hashed)
    honest = replace(stolen, reader=other.address, reader_key=public)

    assert is_refused(keeper, asking, replace(stolen, reader_key=public), "not-the-reader")
    assert is_refused(keeper, asking, honest, "another-reader")


def test_an_organization_key_of_nobody_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()

    ask = asking.changed(signed_by=SigningKey.generate())

    assert is_refused(keeper, asking, ask, "not-the-reader")


def test_another_reader_key_is_refused(keeper: Keeper) -> None:
    asking, other = scene().asking(), ReaderKey.generate().public()
    swapped = replace(asking.ask, reader_key=other)
    signed = replace(asking.changed(reader_key_hash=m.reader_key_hash(other)), reader_key=other)

    assert is_refused(keeper, asking, swapped, "another-reader-key")
    assert is_refused(keeper, asking, signed, "another-reader-key")


def test_whoever_saw_a_request_cannot_have_its_answer_sealed_to_another_key(
    keeper: Keeper,
) -> None:
    asking = scene().asking()
    release(keeper, asking.ask)
    stolen = replace(asking.ask, reader_key=ReaderKey.generate().public())

    assert is_refused(keeper, asking, stolen, "another-reader-key")


def test_an_unknown_grant_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()

    assert is_refused(
        keeper, asking, asking.changed(basis_id=Digest(new_grant_id())), "grant-not-live"
    )
    assert is_refused(keeper, asking, asking.changed(basis_id=Digest(bytes(32))), "no-grant")


def test_a_grant_of_another_record_is_refused(keeper: Keeper) -> None:
    asking, other = scene().asking(), scene().asking(scene().record())
    theirs = other.ask.request
    foreign = replace(asking.changed(basis_id=theirs.basis_id), opening=other.ask.opening)

    assert is_refused(keeper, asking, foreign, "another-record")


@pytest.mark.parametrize("basis", [1, 3, 4, 5, 255])
def test_a_basis_that_is_not_served_is_refused(keeper: Keeper, basis: int) -> None:
    asking = scene().asking()

    assert is_refused(keeper, asking, asking.changed(basis=basis), "no-grant")


def test_a_request_without_its_terms_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()

    assert is_refused(keeper, asking, replace(asking.changed(), opening=()), "no-grant")


def test_a_revoked_grant_is_refused(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking()
    granted = stage.granted(asking)
    revoke(stage.node, granted, by=stage.wallet(asking.record))

    assert is_refused(keeper, asking, asking.ask, "grant-not-live")


def test_terms_that_do_not_fit_the_commitment_are_refused(keeper: Keeper) -> None:
    asking = scene().asking()
    (opening,) = asking.ask.opening
    longer = replace(opening.terms, not_after=opening.terms.not_after + SECOND)
    forged = replace(asking.changed(), opening=(replace(opening, terms=longer),))
    salted = replace(asking.changed(), opening=(replace(opening, salt=new_salt()),))

    assert is_refused(keeper, asking, forged, "terms-do-not-match")
    assert is_refused(keeper, asking, salted, "terms-do-not-match")


def test_another_section_of_the_record_is_refused(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking()
    (allergies,) = stage.units(asking.record, "allergies")
    items = (*asking.ask.request.items, m.Item(allergies.id, 0, m.ALL_OBJECTS))

    assert is_refused(keeper, asking, asking.changed(items=items[1:]), "another-section")
    assert is_refused(keeper, asking, asking.changed(items=items), "another-section")


def test_units_of_two_records_in_one_request_are_refused(keeper: Keeper) -> None:
    asking, other = scene().asking(), scene().asking(scene().record())
    items = asking.ask.request.items + other.ask.request.items

    assert is_refused(keeper, asking, asking.changed(items=items), "several-records")


@pytest.mark.parametrize("purpose", [Purpose.HRESCH, Purpose.BTG, 99])
def test_another_purpose_is_refused(keeper: Keeper, purpose: int) -> None:
    asking = scene().asking()

    assert is_refused(keeper, asking, asking.changed(purpose=int(purpose)), "another-purpose")


def opened_later(lasting: timedelta) -> Asking:
    """A request by a grant whose terms begin in a minute; on the ledger its days have begun."""
    stage = scene()
    record = stage.record()
    begins = (stage.now() + timedelta(minutes=1)).replace(microsecond=0)
    units = tuple(unit.id for unit in stage.units(record))
    terms = Terms(
        record=record,
        effect=Effect.PERMIT,
        clause=Clause((stage.clinic.address,), units, ("TREAT",)),
        exceptions=(),
        not_before=begins,
        not_after=begins + lasting,
        max_reads=0,
        obligations=(),
        wording=Digest(bytes(32)),
        document=NO_DOCUMENT,
    )
    grant, salt, by = new_grant_id(), new_salt(), stage.wallet(record)
    send(stage.node, consent_ledger.propose(stage.node, grant, terms, salt, by=by))
    asking = stage.asking(record)
    opening = (Opening(terms, salt),)
    request = replace(asking.ask.request, basis_id=Digest(grant))
    return replace(asking, ask=replace(asking.ask, request=request, opening=opening))


@pytest.mark.parametrize(
    ("after", "is_inside"), [(-SECOND, False), (0 * SECOND, True), (4 * SECOND, True)]
)
def test_a_window_begins_to_the_second(
    keeper: Keeper, after: timedelta, *, is_inside: bool
) -> None:
    asking = opened_later(5 * SECOND)
    begins = asking.ask.opening[0].terms.not_before
    at = replace(keeper, clock=ManualClock(begins + after))

    assert is_inside is (answer(at, asking.changed()) is None)
    assert is_inside is (rules(keeper, asking) == [])


def test_a_window_ends_to_the_second(keeper: Keeper) -> None:
    asking = opened_later(5 * SECOND)
    at = replace(keeper, clock=ManualClock(asking.ask.opening[0].terms.not_after))

    assert is_refused(at, asking, asking.changed(), "outside-window")


def test_a_grant_whose_days_are_over_is_refused(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    granted = stage.grant(record, lasting=timedelta(hours=1))
    stage.clock.move(timedelta(days=2))
    asking = stage.asking(record, by=stage.reader(granted))

    assert is_refused(keeper, asking, asking.ask, "grant-not-live")


def test_the_patient_reads_without_a_grant(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()

    assert answer(keeper, stage.asking(record, by=stage.subject(record)).ask) is None


def test_another_key_is_not_the_patient(keeper: Keeper) -> None:
    stage = scene()
    record, other = stage.record(), stage.record()
    asking = stage.asking(record, by=stage.subject(record))
    other_key = stage.wallet(other)
    stranger = replace(asking.changed(signed_by=other_key), reader=other_key.address)

    assert is_refused(keeper, asking, asking.changed(signed_by=other_key), "not-the-subject")
    assert is_refused(keeper, asking, stranger, "not-the-subject")
