"""Random lives of referrals: the twin in Python, the contract and the replayed index agree."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from salus.kernel.clock import moment, seconds
from salus.kernel.errors import SalusError
from salus.services.care import service
from salus.services.care.letters import Referral, referrals
from salus.services.care.model import ReferralState as S
from salus.services.care.model import Role
from salus.services.care.tests.stage import Stage, composition, new_stage

VERBS: dict[str, tuple[Callable[[Stage, Referral], None], dict[S, S]]] = {
    "accept": (lambda stage, each: service.accept(stage.desk, each), {S.SENT: S.ACCEPTED}),
    "return": (
        lambda stage, each: service.return_(stage.desk, each, reason="No"),
        {S.SENT: S.RETURNED, S.ACCEPTED: S.RETURNED},
    ),
    "down": (
        lambda stage, each: service.hand_down(stage.desk, each, summary=composition()),
        {S.ACCEPTED: S.HANDED_DOWN},
    ),
    "close": (lambda stage, each: service.close(stage.desk, each), {S.HANDED_DOWN: S.CLOSED}),
    "cancel": (
        lambda stage, each: service.cancel(stage.desk, each),
        {S.SENT: S.CANCELLED, S.ACCEPTED: S.CANCELLED},
    ),
    "cancel by the patient": (
        lambda stage, each: service.cancel(stage.desk, each, role=Role.PATIENT),
        {S.SENT: S.CANCELLED, S.ACCEPTED: S.CANCELLED},
    ),
}


class Lives(RuleBasedStateMachine):
    """Each verb from each state, at any time; the model says what comes of it."""

    sent: Bundle[Referral] = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.stage = new_stage()
        self.states: dict[bytes, S] = {}

    @rule(target=sent)
    def send(self) -> Referral:
        made = self.stage.send()
        self.states[made.id] = S.SENT
        return made

    @rule(hours=st.integers(1, 200))
    def wait(self, hours: int) -> None:
        self.stage.clock.move(timedelta(hours=hours))
        self.stage.tick()

    @rule(each=sent, name=st.sampled_from(sorted(VERBS)))
    def do(self, each: Referral, name: str) -> None:
        verb, ways = VERBS[name]
        before = self.states[each.id]
        expected = ways.get(before, before)
        if name == "accept" and self.stage.clock.now() >= each.course.deadline:
            expected = before
        with suppress(SalusError):
            verb(self.stage, each)
        self.states[each.id] = expected

    @invariant()
    def the_ledger_the_index_and_the_model_agree(self) -> None:
        self.stage.node.follow()
        at = moment(self.stage.node.ledger.final().time)
        with self.stage.node.reading() as session:
            found = referrals(self.stage.desk, session)
        for each in found:
            stated = self.stage.stated(each)
            course = each.course

            assert course.holds(at) is self.stage.holds(each)
            assert self.states[each.id] is course.state
            assert course.state == stated.state
            assert course.state is each.moves[-1].state
            assert seconds(course.deadline) == stated.deadline

    def teardown(self) -> None:
        assert () == self.stage.node.rebuild_index()


Lives.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestLives = Lives.TestCase
