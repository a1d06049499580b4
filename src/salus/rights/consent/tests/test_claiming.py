"""Records go from the hospital that made their first key to the wallet of their patient."""

import secrets
from datetime import timedelta

import pytest

from salus.kernel.ids import RecordId
from salus.platform.work import Work
from salus.rights.consent.authority import claiming
from salus.rights.consent.authority.keys import controlling
from salus.rights.consent.authority.reading import control
from salus.rights.consent.errors import WalletMissing
from salus.rights.identity.accounts.errors import InvitationUnknown
from salus.rights.identity.accounts.wallet import Wallet
from tests.support.scene import Scene, chart, new_patient, new_scene


@pytest.fixture(scope="module")
def stage() -> Scene:
    return new_scene()


def new_account() -> str:
    return secrets.token_hex(16)


def invited(stage: Scene, *records: RecordId) -> str:
    with stage.node.sessions() as session, session.begin():
        return claiming.invite(Work(stage.node, session), records)


def accepted(stage: Scene, code: str, account: str = "") -> list[RecordId]:
    with stage.node.sessions() as session, session.begin():
        return claiming.accept(Work(stage.node, session), code, account or new_account())


def test_who_brings_the_code_controls_and_the_first_key_is_gone(stage: Scene) -> None:
    record, wallet, account = stage.record(), Wallet.generate(), new_account()
    assert accepted(stage, invited(stage, record), account) == [record]
    assert claiming.take_over(stage.node, account, wallet) == 1
    with stage.node.reading() as session:
        known = control(session, record)
        assert known is not None
        assert known.controller == wallet.controller(record).address
        assert controlling(session, record) is None
        assert claiming.records_of(session, account) == [record]
    assert claiming.take_over(stage.node, account, wallet) == 0


def test_a_code_works_once(stage: Scene) -> None:
    code = invited(stage, stage.record())
    accepted(stage, code, new_account())
    with pytest.raises(InvitationUnknown):
        accepted(stage, code, new_account())


def test_a_code_ends(stage: Scene) -> None:
    code = invited(stage, stage.record())
    stage.clock.move(claiming.VALID + timedelta(seconds=1))
    with pytest.raises(InvitationUnknown):
        accepted(stage, code)


def test_no_other_text_is_an_invitation(stage: Scene) -> None:
    invited(stage, stage.record())
    for text in ("", "0" * 26, "nonsense"):
        with pytest.raises(InvitationUnknown):
            accepted(stage, text)


def test_what_died_on_the_way_goes_on(stage: Scene) -> None:
    """The ledger had the new key, and the process died before it noted that."""
    record, wallet, account = stage.record(), Wallet.generate(), new_account()
    accepted(stage, invited(stage, record), account)
    claiming._rotate(stage.node, record, wallet.controller(record))
    assert claiming.take_over(stage.node, account, wallet) == 1
    with stage.node.reading() as session:
        assert claiming.records_of(session, account) == [record]


def test_a_record_that_is_not_on_the_ledger_yet_waits(stage: Scene) -> None:
    """Only its first key can bring it there: that one is not replaced before."""
    record, wallet, account = stage.take(chart(new_patient())), Wallet.generate(), new_account()
    accepted(stage, invited(stage, record), account)
    assert claiming.take_over(stage.node, account, wallet) == 0
    with stage.node.reading() as session:
        assert claiming.records_of(session, account) == []
        assert controlling(session, record) is not None
    stage.announce()
    assert claiming.take_over(stage.node, account, wallet) == 1
    with stage.node.reading() as session:
        known = control(session, record)
        assert known is not None
        assert known.controller == wallet.controller(record).address


def test_a_record_in_a_wallet_cannot_be_given_away_by_the_hospital(stage: Scene) -> None:
    record, wallet, account = stage.record(), Wallet.generate(), new_account()
    accepted(stage, invited(stage, record), account)
    claiming.take_over(stage.node, account, wallet)
    with pytest.raises(WalletMissing):
        invited(stage, record)
