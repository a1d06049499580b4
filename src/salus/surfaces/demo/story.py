"""The life of one record, lived with everybody's verbs in a home that is thrown away."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from salus.kernel.clock import SystemClock, stamp
from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.platform.cli import Console
from salus.platform.i18n import explain, translate
from salus.platform.node import open_node
from salus.platform.settings import read as settings
from salus.rights.consent import service as consent
from salus.rights.consent.model import Purpose
from salus.rights.consent.service import Granted
from salus.rights.custody import founding, proving
from salus.rights.custody.reading import Opened, as_subject, read
from salus.rights.custody.service import looks
from salus.rights.custody.settings import CustodySettings
from salus.rights.notary.checking import check
from salus.rights.notary.witnesses import Quorum
from salus.rights.records import listing
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import Desk, desk_of, finish, known_in, take
from salus.surfaces.demo.clock import MovedClock
from salus.surfaces.demo.faults import down, lying
from salus.surfaces.demo.market import trade
from salus.surfaces.demo.patients import directory, patient
from salus.surfaces.demo.scene import SECTION, Scene, Story

PATIENTS = 3
RESOURCES = 200


def live(console: Console) -> Story:
    """Live the whole story in a temporary home."""
    story = Story(console)
    with TemporaryDirectory(prefix="salus-demo-") as folder:
        home = Path(folder) / "home"
        consortium = _found(story, home)
        clock = MovedClock()
        with open_node(home, clock=clock) as node:
            scene = Scene(story, node, home, consortium)
            _import(scene)
            granted = _share(scene)
            opened = _open(scene, granted)
            _fail_over(scene, granted)
            _prove(scene)
            _change(scene, granted, opened)
            _revoke(scene, granted)
            _look(scene)
            trade(scene, clock)
            _replay(scene)
    return story


def _found(story: Story, home: Path) -> founding.Consortium:
    with story.step("A small consortium is founded") as line:
        made = founding.found(home, clock=SystemClock(), settings=settings(CustodySettings))
        line(
            "A hospital, a clinic, a research institute, {count} key holders and a gateway share"
            " one ledger.",
            count=len(made.custodians),
        )
        line("All key holders run in this process: custody is then not independent.")
    return made


def _take(desk: Desk, raw: bytes) -> list[RecordId]:
    found = Document(Path("demo.json"), raw).resources()
    with desk.node.reading() as session:
        intake = prepare(found, known_in(session, desk), lambda _: False)
    return take(desk, intake)


def _import(scene: Scene) -> None:
    with scene.story.step("The hospital imports its patients") as line:
        desk = desk_of(scene.node, scene.home)
        _take(desk, directory())
        taken = [_take(desk, patient(seed, resources=RESOURCES)) for seed in range(PATIENTS)]
        finish(desk)
        scene.record = taken[0][0]
        with scene.node.reading() as session:
            found = listing.records(session)
            scene.story.sections = listing.summary(session, scene.record).sections
        line(
            "{patients} records with {resources} resources were checked, divided into sections,"
            " sealed, handed to the key holders and anchored in block {block}.",
            patients=len(found),
            resources=sum(sum(each.sections.values()) for each in found),
            block=scene.node.ledger.head().number,
        )
        line("On the ledger stand random handles and salted hashes, nothing of the patients.")


def _share(scene: Scene) -> Granted:
    with scene.story.step("The patient shares one section with the clinic") as line:
        with scene.node.reading() as session:
            key = consent.controller(session, scene.record)
        granted = consent.grant(
            scene.node,
            record=scene.record,
            units=[unit.id for unit in scene.units()],
            readers=[scene.clinic.address],
            purpose=Purpose.TREAT.name,
            until=scene.node.clock.now() + timedelta(days=30),
            by=key,
        )
        scene.node.follow()
        line(
            "The clinic may read {section} for treatment until {until}.",
            section=SECTION,
            until=stamp(granted.terms.not_after),
        )
    return granted


def _open(scene: Scene, granted: Granted) -> Opened:
    with scene.story.step("The clinic opens the section") as line:
        opened = scene.read(granted)
        line(
            "{shares} key holders and the gateway each looked at the ledger alone and released"
            " their part; {count} resources were decrypted and every byte was checked against the"
            " anchored root.",
            shares=len(opened.receipts) - 1,
            count=sum(len(unit.resources) for unit in opened.units),
        )
    return opened


def _fail_over(scene: Scene, granted: Granted) -> None:
    with scene.story.step("Key holders fail and lie") as line:
        opened = scene.read(granted, down(scene.keepers, {"c1", "c2"}))
        line("Without {names} it still opens.", names=", ".join(opened.missing))
        try:
            scene.read(granted, down(scene.keepers, {"c1", "c2", "c3"}))
        except SalusError as error:
            line("With three down it does not: {reason}", reason=explain(error)[0])
        opened = scene.read(granted, lying(scene.keepers, "c4"))
        line("{names} lied, was named, and was not needed.", names=", ".join(opened.liars))


def _prove(scene: Scene) -> None:
    with scene.story.step("One value is proven to a stranger") as line:
        with scene.node.reading() as session:
            key = consent.controller(session, scene.record)
        who = as_subject(key)
        opened = read(scene.node, scene.keepers, who, scene.record, scene.units())
        observations = (
            name
            for unit in opened.units
            for name in unit.resources
            if name.startswith("Observation/")
        )
        source = scene.consortium.hospital
        whole = proving.prove(
            scene.node, opened, next(observations), "/status", by=source, quorum=Quorum()
        )
        line("A proof of {size} bytes shows one value and nothing else.", size=len(whole))
        verdict = check(whole, None)
        shown = translate("valid" if verdict.valid else "invalid")
        line("Checked without network: {verdict}.", verdict=shown)
        forged = whole.replace(b'\\"final\\"', b'\\"other\\"')
        step = check(forged, None).step
        line("With the value changed the check fails at the step {step}.", step=step)


def _change(scene: Scene, granted: Granted, before: Opened) -> None:
    with scene.story.step("The hospital corrects the record") as line:
        desk = desk_of(scene.node, scene.home)
        _take(desk, patient(0, resources=RESOURCES, changed=True))
        finish(desk)
        after = scene.read(granted)
        old = {name: raw for unit in before.units for name, raw in unit.resources.items()}
        new = {name: raw for unit in after.units for name, raw in unit.resources.items()}
        changed = sum(old.get(name) != raw for name, raw in new.items())
        line(
            "Version {version} is on the ledger; the clinic reads it under the same grant and"
            " finds {changed} of {count} resources new or changed.",
            version=after.version.header.version,
            changed=changed,
            count=len(new),
        )


def _revoke(scene: Scene, granted: Granted) -> None:
    with scene.story.step("The patient ends the share") as line:
        with scene.node.reading() as session:
            key = consent.controller(session, scene.record)
        consent.revoke(scene.node, granted, by=key)
        scene.node.follow()
        try:
            scene.read(granted)
        except SalusError as error:
            line("The clinic asks again and is told: {answer}", answer=explain(error)[0])


def _look(scene: Scene) -> None:
    with scene.story.step("The patient sees who looked") as line:
        with scene.node.reading() as session:
            key = consent.controller(session, scene.record)
        names = {party.address: party.name for party in scene.consortium.all()}
        for seen in looks(scene.node, scene.keepers, scene.record, by=key):
            reader = names.get(seen.reader, translate("the patient"))
            rule = seen.rule[:18]
            scene.story.seen.append((seen.time, reader, seen.purpose, seen.outcome, rule))
            line(
                "{time}  {reader}  {purpose}  {outcome}  {rule}",
                time=seen.time,
                reader=reader,
                purpose=seen.purpose,
                outcome=seen.outcome,
                rule=rule,
            )


def _replay(scene: Scene) -> None:
    with scene.story.step("The index is made anew from the ledger") as line:
        found = scene.node.rebuild_index()
        line("Rows that differed: {count}.", count=sum(each.rows for each in found))
        block = scene.node.ledger.head().number
        line("Everything that the index says follows from {block} blocks.", block=block)
