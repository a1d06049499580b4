"""The part of the story about care: imported, shared, opened, proven, taken back."""

import json
from datetime import timedelta

from salus.kernel.clock import SystemClock, monotonic
from salus.platform.files import write_atomic
from salus.rights.custody.consortium.founders import TRUST
from salus.surfaces.consortium.errors import StepFailed
from salus.surfaces.demo.patients import patient
from salus.surfaces.network.story_scene import (
    CLINIC,
    HOSPITAL,
    INSURER,
    SECTION,
    NetworkScene,
)

PURPOSE = "TREAT"
KILLED = ("c1", "c2", "c3")


def care(scene: NetworkScene, *, file: bytes | None = None) -> None:
    """Live it; `file` is the FHIR Bundle of the patient, one that is made up unless given."""
    _import(scene, file or patient(1))
    _share(scene)
    _open(scene)
    _fail_over(scene)
    _come_back(scene)
    _prove(scene)
    _revoke(scene)


def _import(scene: NetworkScene, file: bytes) -> None:
    with scene.story.step("The hospital imports a patient") as line:
        place = scene.paper("patient.json")
        write_atomic(place, file)
        (record,) = scene.do(HOSPITAL, "import", place)["records"]
        scene.record = record["record"]
        line(
            "hospital sealed {count} resources, gave each custodian a share of every key and the"
            " gateway the other halves and the encrypted bodies; anchored by block {block}.",
            count=sum(record["sections"].values()),
            block=scene.block(HOSPITAL),
        )


def _share(scene: NetworkScene) -> None:
    with scene.story.step("The patient lets another hospital read one section") as line:
        until = (SystemClock().now() + timedelta(days=30)).date().isoformat()
        asked = ("--sections", SECTION, "--to", CLINIC, "--purpose", PURPOSE, "--until", until)
        scene.grant = scene.do(HOSPITAL, "grant", scene.record, *asked)["grant"]
        line(
            "The wallet of the patient, in the home of hospital for now, granted {section} to"
            " clinic; final by block {block}.",
            section=SECTION,
            block=scene.block(HOSPITAL),
        )
        paper = scene.paper("grant.json")
        scene.do(HOSPITAL, "hand", scene.grant, "-o", paper)
        received = scene.do(CLINIC, "receive", paper)
        line(
            "clinic received the grant as a file and compared it with its own node at block"
            " {block}: {state}.",
            state=received["state"],
            block=scene.block(CLINIC),
        )


def _open(scene: NetworkScene) -> None:
    with scene.story.step("The other hospital opens it, with its own keys only") as line:
        said = scene.must_open(CLINIC, "opened.ndjson")
        line(
            "clinic decrypted {count} resources in its own home and checked them against the root"
            " on the ledger, at block {block}.",
            count=said["resources"],
            block=scene.block(CLINIC),
        )


def _fail_over(scene: NetworkScene) -> None:
    with scene.story.step("Custodians die") as line:
        scene.parties.kill(*KILLED[:2])
        said = scene.must_open(CLINIC, "without-two.ndjson")
        line("Without {names} clinic still opens it.", names=", ".join(said["missing"]))
        scene.parties.kill(KILLED[2])
        refused = scene.open(CLINIC, "without-three.ndjson")
        if refused.status == 0:
            raise StepFailed(name=CLINIC, reason="two custodians opened a unit")
        line("With three dead it does not: {reason}", reason=refused.answer["error"]["message"])


def _come_back(scene: NetworkScene) -> None:
    with scene.story.step("They come back") as line:
        scene.parties.start(*KILLED)
        scene.must_open(CLINIC, "again.ndjson")
        if scene.paper("again.ndjson").read_bytes() != scene.paper("opened.ndjson").read_bytes():
            raise StepFailed(name=CLINIC, reason="what opened again is something else")
        line("They found their shares where they had left them; the same bytes open.")


def _prove(scene: NetworkScene) -> None:
    with scene.story.step("The hospital proves a value, and the insurer checks it") as line:
        first = json.loads(scene.paper("opened.ndjson").read_bytes().splitlines()[0])
        resource, proof = f"{first['resourceType']}/{first['id']}", scene.paper("proof.json")
        witnesses = json.dumps([scene.url(INSURER)])
        asked = ("prove", scene.record, resource, "--path", "/status", "-o", proof)
        scene.do(HOSPITAL, *asked, SALUS_NOTARY_WITNESSES=witnesses)
        trust = scene.folder / INSURER / TRUST
        shown = scene.do(INSURER, "verify", proof, "--trust", trust)
        line(
            "insurer finds it valid without asking anybody: two nodes signed the checkpoint of"
            " block {block}, hospital and its own.",
            block=shown["block"],
        )


def _revoke(scene: NetworkScene) -> None:
    with scene.story.step("The patient ends the share") as line:
        scene.do(HOSPITAL, "revoke", scene.grant)
        begun = monotonic()
        said = scene.open(CLINIC, "revoked.ndjson")
        if said.status == 0:
            raise StepFailed(name=CLINIC, reason="a grant that had ended opened a unit")
        line("It is final by block {block}.", block=scene.block(HOSPITAL))
        line(
            "clinic asked {seconds} s later and is told: {answer}",
            seconds=round(monotonic() - begun, 1),
            answer=said.answer["error"]["message"],
        )
