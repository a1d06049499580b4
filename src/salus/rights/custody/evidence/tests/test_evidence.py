"""Receipts before the ledger: Python and Solidity judge alike, and an honest keeper is safe."""

import secrets
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.clock import seconds
from salus.kernel.ids import Digest, RecordId, UnitId
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent import service as consent
from salus.rights.consent.authority.ledger import erase
from salus.rights.custody import messages as m
from salus.rights.custody.errors import AlreadyReported, NoFault, NotController, NotHolder
from salus.rights.custody.evidence.model import Evidence, Fault, fault_of
from salus.rights.custody.evidence.service import convict, grounds_of, judged, receipts_of
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import bump, domain_of, erase_unit, keepers_of_record, unit_state
from salus.rights.custody.release import release
from salus.rights.custody.tests.test_receipts import receipts as any_receipts
from salus.rights.identity.ledger import Views, send, view
from tests.support.scene import Asking, Scene, scene

SECOND = timedelta(seconds=1)


def signed(stage: Scene, receipt: m.Receipt, by: SigningKey) -> Evidence:
    return Evidence(receipt, by.sign(m.receipt_digest(domain_of(stage.node), receipt)))


def given_by(keeper: Keeper, asking: Asking) -> m.Receipt:
    """The receipt of a release that is in order."""
    answer = release(keeper, asking.ask)
    assert isinstance(answer, m.Shares)
    return answer.released[0].receipt


def verdict(stage: Scene, receipt: m.Receipt) -> tuple[Fault, RecordId]:
    """What the contract says."""
    fault, record = view(stage.node, "CustodyRegistry", "faultOf", astuple(receipt))
    return Fault(fault), RecordId(record)


def twin(stage: Scene, receipt: m.Receipt) -> tuple[Fault, RecordId]:
    """What Python says."""
    grounds = grounds_of(Views(stage.node), receipt, at=stage.node.ledger.final())
    return fault_of(receipt, grounds), RecordId(grounds.record)


"""THE SAME JUDGMENT"""


@settings(max_examples=60, deadline=None)
@given(any_receipts)
def test_the_contract_hashes_a_receipt_as_its_holder_signed_it(receipt: m.Receipt) -> None:
    stage = scene()
    found = view(stage.node, "CustodyRegistry", "receiptDigest", astuple(receipt))

    assert m.receipt_digest(domain_of(stage.node), receipt) == found


@dataclass(frozen=True, slots=True)
class History:
    """Grants, units and the seconds in which something about them ended."""

    grants: tuple[bytes, ...]
    units: tuple[bytes, ...]
    times: tuple[int, ...]
    blocks: tuple[int, ...]


@cache
def history() -> History:
    """A record erased after one of its units, a record alive; a grant revoked on each."""
    stage, times = scene(), []

    def pass_time() -> None:
        times.append(seconds(stage.now()))
        stage.clock.move(timedelta(seconds=400))

    grants, units = [bytes(32), secrets.token_bytes(32)], [secrets.token_bytes(32)]
    for is_erased in (True, False):
        record = stage.record()
        key, unit = stage.wallet(record), stage.units(record)[0].id
        ended, live = stage.grant(record), stage.grant(record)
        grants += [ended.id, live.id]
        units.append(unit)
        consent.revoke(stage.node, ended, by=key)
        pass_time()
        send(stage.node, erase_unit(stage.node, record, UnitId(units[0]), by=key))
        pass_time()
        if is_erased:
            send(stage.node, erase_unit(stage.node, record, unit, by=key))
            pass_time()
            send(stage.node, erase(stage.node, record, by=key))
            pass_time()
    head = stage.node.ledger.final()
    times += [head.time, head.time + 1]
    return History(tuple(grants), tuple(units), tuple(times), (0, head.number + 2))


def plausible() -> Iterator[m.Receipt]:
    """Receipts about what happened, at each second around each end, fresh or not, of any block."""
    past, nothing = history(), Digest(bytes(32))
    for grant, unit, time, age, block in product(
        past.grants, past.units, past.times, (150, 151), past.blocks
    ):
        for moment in (time - 1, time, time + 1):
            yield m.Receipt(
                request=nothing,
                basis_id=Digest(grant),
                unit=UnitId(unit),
                epoch=0,
                role=0,
                index=1,
                block_number=block,
                block_hash=nothing,
                block_time=moment,
                own_time=moment + age,
                log_size=1,
                log_root=nothing,
            )


def test_python_and_the_ledger_judge_alike_what_happened() -> None:
    stage, seen = scene(), set()
    for receipt in plausible():
        found = twin(stage, receipt)
        seen.add(found[0])

        assert verdict(stage, receipt) == found

    assert set(Fault) == seen


@settings(max_examples=100, deadline=None)
@given(any_receipts, st.sampled_from(range(6)), st.integers(-200, 2000))
def test_python_and_the_ledger_judge_alike_at_random(
    receipt: m.Receipt, grant: int, age: int
) -> None:
    stage = scene()
    time = stage.node.ledger.final().time - age
    near = replace(receipt, basis_id=Digest(history().grants[grant]), block_time=time)
    for each in (receipt, near, replace(near, own_time=time, block_number=1)):
        assert verdict(stage, each) == twin(stage, each)


"""CONVICTIONS"""


def stale(stage: Scene) -> m.Receipt:
    """A receipt of a decision on a block that was one second too old."""
    receipt = given_by(stage.c1, stage.asking())
    return replace(receipt, own_time=receipt.block_time + 151)


def test_a_keeper_is_convicted_by_what_it_signed_and_only_once() -> None:
    stage = scene()
    receipt, key = stale(stage), stage.c1.party.signing
    first = stage.node.ledger.head().number + 1
    found = convict(stage.node, signed(stage, receipt, key))
    contract = stage.node.contracts["CustodyRegistry"]
    last = stage.node.ledger.head().number
    (raw,) = stage.node.ledger.events(first=first, last=last, contracts=[contract.address])
    event = contract.event(raw)
    assert event is not None
    digest = m.receipt_digest(domain_of(stage.node), receipt)

    assert (stage.c1.party.address, Fault.STALE_HEAD) == (found.holder, found.fault)
    assert {
        "holder": found.holder,
        "receiptDigest": digest,
        "record": found.record,
        "fault": Fault.STALE_HEAD,
    } == event.values
    assert Fault.STALE_HEAD == view(
        stage.node, "CustodyRegistry", "convictionOf", found.holder, digest
    )
    with pytest.raises(AlreadyReported):
        convict(stage.node, signed(stage, receipt, key))


def test_who_is_no_keeper_can_neither_be_convicted_nor_burn_the_evidence() -> None:
    stage = scene()
    receipt = stale(stage)
    stranger = SigningKey.generate()
    with pytest.raises(NotHolder):
        convict(stage.node, signed(stage, receipt, stranger))
    other = stage.keeper("c2").party
    convict(stage.node, signed(stage, receipt, other.signing))
    found = convict(stage.node, signed(stage, receipt, stage.c1.party.signing))

    assert stage.c1.party.address == found.holder


def test_a_signature_that_was_changed_is_nobodys() -> None:
    stage = scene()
    evidence = signed(stage, stale(stage), stage.c1.party.signing)
    for bad in (
        replace(evidence, signature=b""),
        replace(evidence, signature=evidence.signature[:-1]),
        replace(evidence, signature=bytes(65)),
        replace(evidence, receipt=replace(evidence.receipt, role=2)),
    ):
        with pytest.raises(NotHolder):
            convict(stage.node, bad)


def test_a_release_that_was_in_order_stays_so_after_the_grant_has_ended() -> None:
    stage = scene()
    asking = stage.asking(stage.record())
    evidence = signed(stage, given_by(stage.c1, asking), stage.c1.party.signing)
    with pytest.raises(NoFault):
        convict(stage.node, evidence)
    consent.revoke(stage.node, stage.granted(asking), by=stage.wallet(asking.record))
    with pytest.raises(NoFault):
        convict(stage.node, evidence)
    stage.clock.move(SECOND)
    stage.node.ledger.advance()
    with pytest.raises(NoFault):
        convict(stage.node, evidence)


def test_a_release_after_the_grant_has_ended_convicts() -> None:
    stage = scene()
    asking = stage.asking(stage.record())
    receipt = given_by(stage.c1, asking)
    consent.revoke(stage.node, stage.granted(asking), by=stage.wallet(asking.record))
    stage.clock.move(SECOND)
    stage.node.ledger.advance()
    block = stage.node.ledger.final()
    late = replace(receipt, block_number=block.number, block_time=block.time, own_time=block.time)
    found = convict(stage.node, signed(stage, late, stage.c1.party.signing))

    assert (Fault.GRANT_ENDED, asking.record) == (found.fault, found.record)


def test_an_erased_unit_convicts_who_releases_it_and_is_never_bumped_again() -> None:
    stage = scene()
    asking = stage.asking(stage.record())
    receipt, key = given_by(stage.c1, asking), stage.wallet(asking.record)
    unit, ask = receipt.unit, Views(stage.node)
    source = stage.consortium.hospital.signing
    send(stage.node, bump(stage.node, asking.record, unit, by=source))
    with pytest.raises(NotController):
        send(stage.node, erase_unit(stage.node, asking.record, unit, by=source))
    send(stage.node, erase_unit(stage.node, asking.record, unit, by=key))
    state = unit_state(ask, asking.record, unit, at=stage.node.ledger.final())
    stage.clock.move(SECOND)
    stage.node.ledger.advance()
    block = stage.node.ledger.final()
    late = replace(receipt, block_number=block.number, block_time=block.time, own_time=block.time)

    assert 1 == state.bumps
    assert seconds(stage.now()) - 1 == state.erased_at
    assert (
        Fault.UNIT_ERASED is judged(stage.node, signed(stage, late, stage.c1.party.signing)).fault
    )


def test_a_record_has_the_keepers_it_was_given() -> None:
    stage = scene()
    record, ask, at = stage.record(), Views(stage.node), stage.node.ledger.final()
    keepers = keepers_of_record(ask, record, at=at)

    assert keepers is not None
    assert (3, 2) == (keepers.k, keepers.k_emergency)
    assert tuple(each.address for each in stage.consortium.custodians) == keepers.custodians
    assert keepers_of_record(ask, RecordId(7), at=at) is None


def test_a_keeper_gives_its_receipts_to_an_auditor() -> None:
    stage = scene()
    receipt = given_by(stage.c1, stage.asking())
    (found,) = receipts_of(stage.c1, last=1)

    assert receipt == found.receipt
    assert stage.c1.party.address == judged(stage.node, found).holder
