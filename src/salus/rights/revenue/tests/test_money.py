"""Money on a real ledger: issued, allowed, earned, divided, taken out; and its rows."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from salus.kernel.clock import seconds
from salus.platform.work import Work, count_waiting, run_due
from salus.rights.consent.service import controller
from salus.rights.identity.ledger import send
from salus.rights.revenue import service
from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.errors import (
    Blocked,
    CreditTooLow,
    NothingOwed,
    NotIssuer,
    NotModule,
    SettleFirst,
    TermOver,
)
from salus.rights.revenue.jobs import JOBS
from salus.rights.revenue.ledger import (
    ROUTER,
    credit_of,
    section_id,
    set_blocked,
    settle,
    withdraw_for,
)
from salus.rights.revenue.model import DAY, price
from salus.rights.revenue.reading import Income, balance_of, income_of
from salus.rights.revenue.service import SETTLE
from salus.rights.revenue.tables import IncomeRow, LienRow, PrepaymentRow
from salus.rights.revenue.tests.earning import FUNDS, LABORATORY, RATE, Earning, earning


def income(life: Earning) -> Income:
    life.node.follow()
    with life.node.reading() as session:
        return income_of(life.node, session, life.record)


def test_only_the_platform_issues_money() -> None:
    life = earning()

    with pytest.raises(NotIssuer):
        service.issue(life.node, to=life.licensee.address, amount=1, by=life.licensee)

    assert FUNDS == life.held(life.licensee.address)


def test_a_license_costs_what_the_model_says() -> None:
    life = earning()
    start = seconds(life.node.clock.now())
    paid = life.open(1, days=30)

    assert price(RATE, start, (start // DAY + 30) * DAY) == pytest.approx(paid, abs=RATE // 1000)
    assert RATE == income(life).rate


def test_income_is_divided_to_the_unit_and_known_to_the_index() -> None:
    life = earning()
    life.open(1, days=30)
    life.wait(days=10)
    pending = income(life).pending
    service.settle(life.node, life.token)
    found = income(life)

    assert 0 == found.pending
    assert found.divided.total >= pending
    total = found.divided.total
    assert total // 10 == found.divided.subject == found.divided.source
    assert total * 250 // 10_000 == found.divided.platform
    assert 0 == found.divided.lender == found.divided.host
    assert [total] == [units for _, units in found.days]
    with life.node.reading() as session:
        account = service.subject_account(life.node, life.record)
        known = balance_of(life.node, session, account)
        assert found.divided.subject + found.divided.owner == known.owed


def test_replaying_the_ledger_restores_every_row() -> None:
    life = earning()
    life.open(1, days=3)
    life.open(2, days=40)
    life.wait(days=10)
    service.settle(life.node, life.token)
    hospital = life.stage.consortium.hospital
    service.withdraw(
        life.node, account=hospital.address, to=hospital.address, amount=None, by=hospital.signing
    )

    assert () == life.node.rebuild_index()
    with life.node.reading() as session:
        assert 2 == len(session.scalars(select(PrepaymentRow)).all())
        assert 1 == len(session.scalars(select(IncomeRow)).all())
        assert [] == session.scalars(select(LienRow)).all()


def test_an_organization_takes_out_what_it_is_owed() -> None:
    life = earning()
    hospital = life.stage.consortium.hospital
    life.open(1, days=30)
    life.wait(days=1)
    service.settle(life.node, life.token)
    owed = credit_of(life.node, hospital.address)
    paid = service.withdraw(
        life.node, account=hospital.address, to=hospital.address, amount=None, by=hospital.signing
    )

    assert owed == paid == life.held(hospital.address)
    with pytest.raises(NothingOwed):
        service.withdraw(
            life.node, account=hospital.address, to=hospital.address, amount=1, by=hospital.signing
        )


def test_a_patient_takes_out_by_the_key_that_controls_the_record() -> None:
    life = earning()
    life.open(1, days=30)
    life.wait(days=1)
    service.settle(life.node, life.token)
    account = service.subject_account(life.node, life.record)
    with life.node.reading() as session:
        key = controller(session, life.record)
    owed = credit_of(life.node, account)

    with pytest.raises(CreditTooLow):
        service.withdraw(life.node, account=account, to=key.address, amount=owed + 1, by=key)
    service.withdraw(life.node, account=account, to=key.address, amount=UNIT, by=key)

    assert UNIT == life.held(key.address)
    assert owed - UNIT == credit_of(life.node, account)


def test_a_blocked_payee_stops_nobody_else() -> None:
    life = earning()
    hospital, platform = life.stage.consortium.hospital, life.stage.consortium.platform
    blocking = set_blocked(life.node, hospital.address, is_blocked=True, by=platform.signing)
    send(life.node, blocking)
    life.open(1, days=30)
    life.wait(days=1)
    service.settle(life.node, life.token)
    send(life.node, withdraw_for(life.node, platform.address))

    assert credit_of(life.node, hospital.address) > 0
    assert life.held(platform.address) > 0
    with pytest.raises(Blocked):
        send(life.node, withdraw_for(life.node, hospital.address))


def test_a_section_that_was_left_alone_for_long_is_settled_all_the_same() -> None:
    life = earning()
    for number in range(1, 71):
        life.open(number, days=number, rate=UNIT)
    life.wait(days=80)

    with pytest.raises(SettleFirst) as raised:
        send(life.node, settle(life.node, life.token))
    service.settle(life.node, life.token)

    assert section_id(life.record, LABORATORY) == raised.value.details["section"]
    assert income(life).divided.total > 0
    assert 0 == income(life).rate


def test_the_job_divides_all_income_and_comes_back() -> None:
    life = earning()
    life.open(1, days=30)
    with life.node.sessions() as session, session.begin():
        service.keep_settling(Work(life.node, session))
        service.keep_settling(Work(life.node, session))
    life.wait(days=2)
    run_due(life.node, JOBS, names=(SETTLE,))
    first = income(life).divided.total
    run_due(life.node, JOBS, names=(SETTLE,))

    assert 0 < first == income(life).divided.total
    with life.node.sessions() as session:
        assert 1 == count_waiting(Work(life.node, session), SETTLE)


def test_nobody_but_the_exchange_opens_a_license() -> None:
    life = earning()
    node = replace(life.node, contracts=life.node.contracts | {ROUTER: life.ordinary})
    stranger = replace(life, stage=replace(life.stage, node=node))

    with pytest.raises(NotModule):
        stranger.open(1, days=30)


def test_a_license_ends_after_now() -> None:
    life = earning()

    with pytest.raises(TermOver):
        life.open(1, days=0)
