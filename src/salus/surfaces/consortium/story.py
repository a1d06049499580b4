"""A short life of one record among parties that each have a home and a process of their own."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from salus.kernel.clock import SystemClock
from salus.platform.cli import Console
from salus.platform.files import private_folder, write_atomic
from salus.platform.settings import read as settings
from salus.rights.custody.consortium.homes import TRUST, found_apart
from salus.rights.custody.consortium.model import LEDGER, Organizations
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import Charter
from salus.surfaces.consortium.commands import staying
from salus.surfaces.consortium.errors import StepFailed
from salus.surfaces.consortium.processes import Processes, Said, processes
from salus.surfaces.demo.patients import patient
from salus.surfaces.demo.scene import Story

SECTION, PURPOSE = "laboratory", "HPAYMT"
SOURCE, READER = "hospital", "insurer"
PAPERS = "papers"  # what the parties send one another, in the folder of the homes


@dataclass(slots=True)
class _Scene:
    story: Story
    folder: Path
    charter: Charter
    parties: Processes
    record: str = ""
    grant: str = ""
    opened: bytes = field(default=b"", repr=False)

    def paper(self, name: str) -> Path:
        return private_folder(self.folder / PAPERS) / name

    def do(self, name: str, *arguments: str | Path, **variables: str) -> Any:
        """A command that must succeed. Raises StepFailed."""
        said = self.parties.run(name, *arguments, **variables)
        if said.status != 0:
            raise StepFailed(name=name, reason=said.answer["error"]["message"])
        return said.answer

    def open(self, name: str) -> Said:
        """The reader opens the section, from its own home."""
        return self.parties.run(
            READER, "open", self.record, "--section", SECTION, "-o", self.paper(name)
        )

    def url(self, name: str) -> str:
        seat = self.charter.seat(name)
        assert seat is not None, "everybody has a seat"
        return seat.url


def live(console: Console, folder: Path, organizations: Organizations) -> Story:
    """Found the homes in a new folder, start everybody, live the story, and stop everybody."""
    story = Story(console)
    with story.step("Eight parties get a home each") as line:
        charter = found_apart(
            folder, organizations, clock=SystemClock(), settings=settings(CustodySettings)
        )
        for seat in charter.seats:
            line(
                "{name} has its own keys and store, and will answer at {url}.",
                name=seat.name,
                url=seat.url,
            )
        line("Public and equal in every home: {file}.", file="consortium.json")
    with processes(folder, staying(charter)) as parties:
        scene = _Scene(story, folder, charter, parties)
        for act in (_start, _import, _share, _open, _prove, _fail_over, _come_back, _revoke, _look):
            act(scene)
        with story.step("Everybody stops") as line:
            parties.stop()
            line("The homes are left in {folder}.", folder=folder)
    return story


def _start(scene: _Scene) -> None:
    with scene.story.step("Each starts a process in its own home") as line:
        names = [seat.name for seat in scene.charter.seats]
        scene.parties.start(LEDGER)
        scene.parties.start(*names)
        for name in (LEDGER, *names):
            line(
                "{name} runs as process {number}.",
                name=name,
                number=scene.parties.running[name].pid,
            )


def _import(scene: _Scene) -> None:
    with scene.story.step("The hospital imports a patient") as line:
        file = scene.paper("patient.json")
        write_atomic(file, patient(1))
        (record,) = scene.do(SOURCE, "import", file)["records"]
        scene.record = record["record"]
        line(
            "{count} resources were sealed. Each custodian got a share of every key over HTTPS,"
            " the gateway the other halves and the encrypted bodies.",
            count=sum(record["sections"].values()),
        )


def _share(scene: _Scene) -> None:
    with scene.story.step("The patient grants one section to the insurer") as line:
        until = (SystemClock().now() + timedelta(days=30)).date().isoformat()
        asked = ("--sections", SECTION, "--to", READER, "--purpose", PURPOSE, "--until", until)
        scene.grant = scene.do(SOURCE, "grant", scene.record, *asked)["grant"]
        line("The wallet of the patient is in the home of the hospital for now.")
        file = scene.paper("grant.json")
        scene.do(SOURCE, "hand", scene.grant, "-o", file)
        received = scene.do(READER, "receive", file)
        line(
            "The insurer received the grant as a file and compared it with the ledger: {state}.",
            state=received["state"],
        )


def _open(scene: _Scene) -> None:
    with scene.story.step("The insurer opens it, with its own keys only") as line:
        said = scene.open("opened.ndjson")
        _must(READER, said)
        scene.opened = scene.paper("opened.ndjson").read_bytes()
        line(
            "{count} resources were decrypted in the home of the insurer and checked against the"
            " root on the ledger.",
            count=said.answer["resources"],
        )


def _prove(scene: _Scene) -> None:
    with scene.story.step("The hospital proves a value, and the insurer checks it") as line:
        first = json.loads(scene.opened.splitlines()[0])
        resource, proof = f"{first['resourceType']}/{first['id']}", scene.paper("proof.json")
        witnesses = json.dumps([scene.url(READER)])
        scene.do(
            SOURCE,
            "prove",
            scene.record,
            resource,
            "--path",
            "/status",
            "-o",
            proof,
            SALUS_NOTARY_WITNESSES=witnesses,
        )
        trust = scene.folder / READER / TRUST
        shown = scene.do(READER, "verify", proof, "--trust", trust)
        line(
            "Valid for a trust file that asks for two signatures: one is of the hospital, one of"
            " the insurer. Block {block}.",
            block=shown["block"],
        )


def _fail_over(scene: _Scene) -> None:
    with scene.story.step("Custodians are killed") as line:
        scene.parties.kill("c1", "c2")
        said = scene.open("without-two.ndjson")
        _must(READER, said)
        line("Without {names} it still opens.", names=", ".join(said.answer["missing"]))
        scene.parties.kill("c3")
        said = scene.open("without-three.ndjson")
        if said.status == 0:
            raise StepFailed(name=READER, reason="two custodians opened a unit")
        line("Without a third one it does not: {reason}", reason=said.answer["error"]["message"])


def _come_back(scene: _Scene) -> None:
    with scene.story.step("One of them comes back") as line:
        scene.parties.start("c1")
        said = scene.open("again.ndjson")
        _must(READER, said)
        if scene.paper("again.ndjson").read_bytes() != scene.opened:
            raise StepFailed(name=READER, reason="what opened again is something else")
        line("c1 found its shares where it had left them; the same bytes open.")


def _revoke(scene: _Scene) -> None:
    with scene.story.step("The patient ends the grant") as line:
        scene.do(SOURCE, "revoke", scene.grant)
        said = scene.open("revoked.ndjson")
        if said.status == 0:
            raise StepFailed(name=READER, reason="a grant that had ended opened a unit")
        line("The insurer asks again and is told: {answer}", answer=said.answer["error"]["message"])


def _look(scene: _Scene) -> None:
    with scene.story.step("The patient sees who looked") as line:
        for each in scene.do(SOURCE, "looks", scene.record):
            line(
                "{time}  {reader}  {purpose}  {outcome}  {rule}",
                time=each["time"],
                reader=each["reader"],
                purpose=each["purpose"],
                outcome=each["outcome"],
                rule=each["rule"][:18],
            )


def _must(name: str, said: Said) -> None:
    if said.status != 0:
        raise StepFailed(name=name, reason=said.answer["error"]["message"])
