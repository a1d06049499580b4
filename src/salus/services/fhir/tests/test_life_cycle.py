"""Random lives of records: the index is what the ledger says, and reads succeed iff allowed."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from salus.kernel.ids import RecordId
from salus.rights.consent.service import Granted, revoke
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.reading import Reader, read
from salus.rights.records.ledger import root_on_ledger
from tests.support.scene import new_patient, new_scene

LASTING = timedelta(hours=36)
values = st.integers(1, 3).map(lambda number: f"{number}.0 g/dL")


class Life(RuleBasedStateMachine):
    """Import, change, grant, revoke, let time pass, read; some of it before it is announced."""

    patients: Bundle[tuple[str, RecordId]] = Bundle("patients")
    grants: Bundle[Granted] = Bundle("grants")

    @initialize()
    def begin(self) -> None:
        self.stage = new_scene()
        self.current: dict[RecordId, str] = {}

    @rule(target=patients, value=values)
    def import_new(self, value: str) -> tuple[str, RecordId]:
        patient = new_patient()
        record = self.stage.record(patient, value)
        self.current[record] = value
        return patient, record

    @rule(known=patients, value=values)
    def import_changed(self, known: tuple[str, RecordId], value: str) -> None:
        patient, record = known

        assert record == self.stage.record(patient, value)
        self.current[record] = value

    @rule(target=grants, known=patients)
    def grant(self, known: tuple[str, RecordId]) -> Granted:
        return self.stage.grant(known[1], lasting=LASTING)

    @rule(granted=consumes(grants), again=st.booleans())
    def end(self, granted: Granted, *, again: bool) -> None:
        record = granted.terms.record
        revoke(self.stage.node, granted, by=self.stage.wallet(record))

        assert not self.opens(self.stage.reader(granted), record)
        if again:
            self.stage.node.follow()

    @rule(hours=st.sampled_from([1, 24]))
    def wait(self, hours: int) -> None:
        self.stage.clock.move(timedelta(hours=hours))

    @rule(granted=grants)
    def read_by_grant(self, granted: Granted) -> None:
        is_due = self.stage.now() < granted.terms.not_after

        assert is_due is self.opens(self.stage.reader(granted), granted.terms.record)

    @rule(known=patients)
    def read_as_the_patient(self, known: tuple[str, RecordId]) -> None:
        assert self.opens(self.stage.subject(known[1]), known[1])

    def opens(self, reader: Reader, record: RecordId) -> bool:
        """Whether a read succeeds; what it gives must be what was imported last."""
        stage = self.stage
        try:
            given = read(stage.node, stage.keepers, reader, record, stage.units(record))
        except NotPermitted:
            return False
        raw = given.units[0].resources["Observation/o1"]
        assert self.current[record].encode() in raw
        return True

    @rule()
    def make_the_index_anew(self) -> None:
        assert self.stage.node.rebuild_index() == ()

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.make_the_index_anew()

    @invariant()
    def every_record_is_where_its_source_left_it(self) -> None:
        for record in self.current:
            assert root_on_ledger(self.stage.node, record) != bytes(32)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=6, stateful_step_count=10, deadline=None)
