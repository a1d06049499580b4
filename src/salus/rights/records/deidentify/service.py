"""Releasing resources under a profile, for a project."""

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from salus.kernel.canonical import canonical
from salus.kernel.encoding import TAG
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.storage import guard
from salus.platform.work import Node
from salus.rights.records import tables as t
from salus.rights.records.deidentify.errors import BadProject, NotAnonymous, NothingToRelease
from salus.rights.records.deidentify.gate import by_subject, standing_out
from salus.rights.records.deidentify.methods import Context
from salus.rights.records.deidentify.profile import Field, Profile
from salus.rights.records.deidentify.reading import Sources
from salus.rights.records.deidentify.walk import released

_PROJECT: Final = re.compile(r"[a-z0-9-]{1,64}")
_DUO: Final = "http://purl.obolibrary.org/obo/duo.owl"


@dataclass(frozen=True, slots=True)
class Released:
    """What came out, one line for each resource. Every line names profile, project and use."""

    lines: tuple[bytes, ...]
    profile: Profile
    project: str
    subjects: int
    counts: Mapping[str, int]


def project_secret(node: Node, project: str, *, storage_key: bytes) -> bytes:
    """The key of a project, 32 bytes, drawn once: it is kept before anything is released with it.

    Raises BadProject.
    """
    if not _PROJECT.fullmatch(project):
        raise BadProject
    with node.sessions() as session, session.begin():
        guard(session, storage_key)
        row = session.get(t.ReleaseProject, project)
        if row is None:
            sealed = seal_at_rest(storage_key, secret_at_rest(project), secrets.token_bytes(32))
            row = t.ReleaseProject(project=project, sealed=sealed)
            session.add(row)
        return open_at_rest(storage_key, secret_at_rest(project), row.sealed)


def forget_project(session: Session, project: str) -> None:
    """Destroy the key of a project: nobody can tell any more whose pseudonyms those were."""
    row = session.get(t.ReleaseProject, project)
    if row is not None:
        session.delete(row)


def secret_at_rest(project: str) -> bytes:
    return TAG("records_release_project") + project.encode()


def deidentify(
    sources: Sources,
    profile: Profile,
    project: str,
    *,
    secret: bytes,
    today: date,
    fields: Iterable[Field] = (),
) -> Released:
    """All of it, or nothing. `fields` are looked at beside those of the profile.

    Raises NotAnonymous, which names fields and nobody, and NothingToRelease.
    """
    made = list(_written(sources, profile, secret, today))
    if not made:
        raise NothingToRelease
    wanted = (*profile.fields, *fields)
    people = by_subject(made)
    if found := standing_out(wanted, people, profile.least):
        raise NotAnonymous(fields=", ".join(found), least=profile.least)
    label = _label(profile, project)
    return Released(
        lines=tuple(sorted(canonical(each | label) for _, each in made)),
        profile=profile,
        project=project,
        subjects=len(people),
        counts=dict(sorted(Counter(each["resourceType"] for _, each in made).items())),
    )


def _written(
    sources: Sources, profile: Profile, secret: bytes, today: date
) -> Iterable[tuple[str | None, dict[str, Any]]]:
    for resource in sources.resources:
        subject = sources.subject(resource)
        context = Context(secret, subject, today, sources.resolve, profile.resources.__contains__)
        made = released(profile, context, resource)
        if made is not None:
            yield subject, made


def _label(profile: Profile, project: str) -> dict[str, Any]:
    """By what, for what and for which use: it travels with each resource."""
    tags = (
        ("urn:salus:profile", f"{profile.name}.{profile.digest.hex()}"),
        ("urn:salus:project", project),
        (_DUO, profile.duo),
    )
    return {"meta": {"tag": [{"system": system, "code": code} for system, code in tags]}}
