"""Loans on a real ledger: lent, repaid by income and by hand, refinanced, handed on."""

from dataclasses import replace

import pytest

from salus.kernel.secp256k1 import SigningKey
from salus.rights.identity.ledger import send, view
from salus.rights.records.ledger import token_of
from salus.rights.records.tokens import owner_of
from salus.rights.revenue import ledger as money
from salus.rights.revenue import service as revenue
from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.errors import LienExists
from salus.services.lending import service
from salus.services.lending.agreement import Agreement
from salus.services.lending.errors import (
    CannotLend,
    DebtNotCovered,
    FingerprintChanged,
    MoneyMissing,
    NotBetter,
    NotHolder,
    OfferDamaged,
    OfferExpired,
    OfferTaken,
    OverLtv,
    TermsOutOfBounds,
    TooEarly,
    ValueStale,
    WrongState,
)
from salus.services.lending.model import Mode, State
from salus.services.lending.reading import loans
from salus.services.lending.tests.stage import FUNDS, LABORATORY, PRINCIPAL, RATE, Stage, new_stage

YEAR_OF_FIVE = 12 * 30 * 5 * RATE


def is_home(stage: Stage) -> bool:
    """Whether the record, which stays its patient's, is not pledged any more."""
    assert stage.account == owner_of(stage.node, stage.token)
    return not view(stage.node, "RecordRegistry", "locked", stage.token)


def test_a_value_is_twelve_months_of_what_five_licensees_pay() -> None:
    stage = new_stage()
    stage.ripe()
    found = stage.value()

    assert YEAR_OF_FIVE == found.appraisal.value
    assert 5 == len(found.licenses)
    assert found.is_fresh
    assert (YEAR_OF_FIVE,) * 4 == found.incomes.shown()


def test_three_licensees_are_worth_nothing() -> None:
    stage = new_stage()
    for each in stage.licensees[:3]:
        stage.subscribe(each)
    stage.wait(days=110)

    assert 0 == stage.value().appraisal.value


def test_a_loan_is_paid_by_the_lender_and_keeps_its_agreement() -> None:
    stage = new_stage()
    stage.ripe()
    held, owed = stage.held(stage.bank.address), stage.credit(stage.account)
    loan = stage.borrow()
    text = service.agreement(stage.node, loan)
    with stage.node.reading() as session:
        (known,) = loans(session)

    assert PRINCIPAL == stage.credit(stage.account) - owed
    assert PRINCIPAL == held - stage.held(stage.bank.address)
    assert not is_home(stage)
    assert text is not None
    assert "400.00" in text.english
    assert "400.00" in text.chinese
    assert stage.standing(loan).agreement == text.hash()
    assert (State.ACTIVE, stage.bank.address) == (known.state, known.holder)


def test_income_alone_repays_an_amortizing_loan_and_the_record_comes_home() -> None:
    stage = new_stage()
    loan = stage.borrowed()
    for _ in range(30):
        stage.wait(days=1)
        stage.watch()

    assert State.REPAID is stage.standing(loan).loan.state
    assert 0 == stage.standing(loan).debt
    assert is_home(stage)
    assert stage.credit(stage.bank.address) > PRINCIPAL
    assert () == stage.node.rebuild_index()


def test_a_sweep_leaves_a_part_of_the_income_to_the_borrower() -> None:
    stage = new_stage()
    loan = stage.borrowed(Mode.SWEEP, split_bps=5_000)
    owed = stage.credit(stage.account)
    stage.wait(days=5)
    stage.watch()
    found, net = stage.standing(loan), 5 * 5 * RATE * 7_750 // 10_000
    subject = 5 * 5 * RATE // 10

    assert PRINCIPAL - net // 2 <= found.debt < PRINCIPAL - net // 2 + UNIT
    assert stage.credit(stage.account) - owed - subject == pytest.approx(net // 2, abs=UNIT)
    for _ in range(60):
        stage.wait(days=1)
        stage.watch()
    assert State.REPAID is stage.standing(loan).loan.state


def test_the_fruits_are_the_lenders_and_the_principal_is_paid_at_the_end() -> None:
    stage = new_stage()
    loan = stage.borrowed(Mode.FRUITS)
    stage.wait(days=10)
    stage.watch()
    fruits = stage.credit(stage.bank.address)

    assert 10 * 5 * RATE * 7_750 // 10_000 == pytest.approx(fruits, abs=UNIT)
    assert PRINCIPAL == stage.standing(loan).debt
    stage.enrich(stage.wallet.address)
    done = service.repay(stage.node, loan, None, by=stage.wallet)
    assert (PRINCIPAL, 0) == (done.paid, done.left)
    assert is_home(stage)


def test_anybody_repays_in_parts_and_pays_no_more_than_is_owed() -> None:
    stage = new_stage()
    loan, payer = stage.borrowed(), SigningKey.generate()
    stage.enrich(payer.address)
    part = service.repay(stage.node, loan, 100 * UNIT, by=payer)
    rest = service.repay(stage.node, loan, FUNDS, by=payer)

    assert (100 * UNIT, PRINCIPAL - 100 * UNIT) == (part.paid, part.left)
    assert (PRINCIPAL - 100 * UNIT, 0) == (rest.paid, rest.left)
    assert PRINCIPAL == stage.credit(stage.bank.address)
    assert is_home(stage)
    with pytest.raises(WrongState):
        service.repay(stage.node, loan, UNIT, by=payer)


def test_nobody_repays_with_money_that_he_has_not() -> None:
    stage = new_stage()
    loan = stage.borrowed()

    with pytest.raises(MoneyMissing):
        service.repay(stage.node, loan, None, by=SigningKey.generate())


def test_a_blocked_lender_stops_nobody() -> None:
    stage = new_stage()
    loan, platform = stage.borrowed(), stage.scene.consortium.platform
    send(
        stage.node,
        money.set_blocked(stage.node, stage.bank.address, is_blocked=True, by=platform.signing),
    )
    stage.wait(days=2)
    stage.watch()
    stage.enrich(stage.wallet.address)
    service.repay(stage.node, loan, None, by=stage.wallet)

    assert is_home(stage)
    assert stage.credit(stage.bank.address) >= PRINCIPAL


"""OFFERS"""


def test_an_offer_is_taken_once() -> None:
    stage = new_stage()
    stage.ripe()
    signed = stage.offered()
    stage.enrich(stage.wallet.address)
    loan = service.borrow(stage.node, signed, by=stage.patient)
    with pytest.raises(OfferTaken):
        service.borrow(stage.node, signed, by=stage.patient)
    service.repay(stage.node, loan, None, by=stage.wallet)
    with pytest.raises(OfferTaken):
        service.borrow(stage.node, signed, by=stage.patient)


def test_a_pledged_record_backs_no_second_loan() -> None:
    stage = new_stage()
    stage.ripe()
    first, second = stage.offered(), stage.offered(lender=stage.other_bank)
    service.borrow(stage.node, first, by=stage.patient)

    with pytest.raises(LienExists):
        service.borrow(stage.node, second, by=stage.patient)


def test_an_offer_that_was_changed_or_is_late_is_refused() -> None:
    stage = new_stage()
    stage.ripe()
    signed = stage.offered()
    other = Agreement("Give me everything.", "全部给我。", signed.agreement.salt)
    for changed in (
        replace(signed, principal=signed.principal + 1),
        replace(signed, apr_bps=1),
        replace(signed, agreement=other),
        replace(signed, lender=stage.other_bank.address),
    ):
        with pytest.raises(OfferDamaged):
            service.borrow(stage.node, changed, by=stage.patient)
    stage.wait(days=7, seconds=1)
    with pytest.raises(OfferExpired):
        service.borrow(stage.node, signed, by=stage.patient)


def test_an_offer_within_its_bounds_only() -> None:
    stage = new_stage()
    stage.ripe()
    most = YEAR_OF_FIVE * 4 // 10

    with pytest.raises(OverLtv):
        stage.offered(principal=most + 1)
    with pytest.raises(TermsOutOfBounds):
        stage.offered(apr_bps=3_601)
    with pytest.raises(CannotLend):
        stage.offered(lender=stage.acme)
    with pytest.raises(MoneyMissing):
        stage.offered(principal=FUNDS + 1, warn_bps=0, liquidation_bps=0)
    stage.wait(days=8)
    with pytest.raises(ValueStale):
        stage.offered()


def test_an_offer_that_is_over_before_it_begins_is_none() -> None:
    stage = new_stage()
    stage.ripe()
    terms = stage.offered().terms()

    with pytest.raises(OfferExpired):
        service.offer(stage.node, terms, until=stage.scene.now(), lender=stage.bank)


def test_forty_licenses_are_valued_by_the_thirty_two_that_bring_most() -> None:
    stage = new_stage()
    for _ in range(8):
        for each in stage.licensees:
            stage.subscribe(each)
    stage.wait(days=110)
    found = stage.value()

    assert 40 == len(stage.licenses)
    assert 32 == len(found.licenses)
    assert 32 * 12 * 30 * RATE == found.appraisal.value


def test_an_offer_is_void_when_the_collateral_is_another() -> None:
    stage = new_stage()
    stage.ripe()
    signed = stage.offered()
    stage.allow(LABORATORY, 1)
    with pytest.raises(FingerprintChanged):
        service.borrow(stage.node, signed, by=stage.patient)


def test_a_lender_without_the_money_is_found_out_before() -> None:
    stage = new_stage()
    stage.ripe()
    signed = stage.offered()
    revenue.allow(stage.node, UNIT, by=stage.bank.signing)

    with pytest.raises(MoneyMissing):
        service.borrow(stage.node, signed, by=stage.patient)


"""OTHER LENDERS"""


def test_a_loan_is_refinanced_and_the_old_lender_is_paid_in_full() -> None:
    stage = new_stage()
    loan = stage.borrowed()
    stage.wait(days=3)
    stage.watch()
    paid, debt = stage.credit(stage.bank.address), stage.standing(loan).debt
    owed = stage.credit(stage.account)
    signed = stage.offered(lender=stage.other_bank, apr_bps=900)
    service.refinance(stage.node, loan, signed, by=stage.patient)
    found = stage.standing(loan)

    assert debt == stage.credit(stage.bank.address) - paid
    assert PRINCIPAL - debt == stage.credit(stage.account) - owed
    assert (1, 900, stage.other_bank.address) == (
        found.loan.round,
        found.loan.apr_bps,
        found.creditor,
    )
    assert () == stage.node.rebuild_index()


def test_a_patient_refinances_with_what_covers_the_debt_only() -> None:
    stage = new_stage()
    loan = stage.borrowed()
    small = stage.offered(lender=stage.other_bank, principal=PRINCIPAL - UNIT)

    with pytest.raises(DebtNotCovered):
        service.refinance(stage.node, loan, small, by=stage.patient)


def test_a_better_lender_comes_unasked_after_two_days() -> None:
    stage = new_stage()
    loan = stage.borrowed()
    with pytest.raises(TooEarly):
        service.refinance_better(stage.node, loan, 1_000, None, by=stage.other_bank)
    stage.wait(days=2)
    with pytest.raises(NotBetter):
        service.refinance_better(stage.node, loan, 1_081, None, by=stage.other_bank)
    with pytest.raises(NotBetter):
        service.refinance_better(stage.node, loan, 1_000, 30, by=stage.other_bank)
    service.refinance_better(stage.node, loan, 1_080, None, by=stage.other_bank)
    found = stage.standing(loan)

    assert (1_080, stage.other_bank.address) == (found.loan.apr_bps, found.creditor)
    assert stage.credit(stage.bank.address) > PRINCIPAL - 100 * UNIT


def test_who_holds_the_note_is_paid() -> None:
    stage = new_stage()
    loan = stage.borrowed()
    with pytest.raises(NotHolder):
        service.sell_note(stage.node, loan, stage.acme.address, by=stage.acme.signing)
    service.sell_note(stage.node, loan, stage.acme.address, by=stage.bank.signing)
    stage.enrich(stage.wallet.address)
    service.repay(stage.node, loan, None, by=stage.wallet)

    assert (PRINCIPAL, 0) == (stage.credit(stage.acme.address), stage.credit(stage.bank.address))
    with pytest.raises(WrongState):
        service.sell_note(stage.node, loan, stage.bank.address, by=stage.acme.signing)


def test_a_process_that_dies_before_the_ledger_was_asked_leaves_no_loan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = new_stage()
    stage.ripe()
    signed = stage.offered()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(service, "send", dies)
        with pytest.raises(KeyboardInterrupt):
            service.borrow(stage.node, signed, by=stage.patient)
    assert is_home(stage)
    assert 1 == service.borrow(stage.node, signed, by=stage.patient)


def test_a_section_of_its_own_is_pledged_apart() -> None:
    stage = new_stage().divided()
    loan = stage.borrowed()
    found = stage.standing(loan).loan
    stage.enrich(stage.wallet.address)
    service.repay(stage.node, loan, None, by=stage.wallet)

    assert token_of(stage.record, LABORATORY) == found.token
    assert stage.account == owner_of(stage.node, token_of(stage.record))
    assert is_home(stage)
    assert () == stage.node.rebuild_index()
