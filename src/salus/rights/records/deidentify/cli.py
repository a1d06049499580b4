"""What `salus deidentify` does."""

from collections.abc import Sequence
from pathlib import Path

from salus.platform.cli import Console
from salus.platform.errors import FileTrouble
from salus.platform.files import write_new
from salus.platform.node import STORAGE_KEY, open_node
from salus.platform.storage import read_secret
from salus.rights.records.deidentify.errors import OutputExists
from salus.rights.records.deidentify.profile import Profile, field_of
from salus.rights.records.deidentify.reading import read
from salus.rights.records.deidentify.service import Released, deidentify, project_secret


def release(
    console: Console,
    files: Sequence[Path],
    profile: Profile,
    *,
    project: str,
    out: Path,
    quasi: Sequence[str],
) -> None:
    """Read, judge, and only then write. Raises NotAnonymous, OutputExists."""
    if out.exists():
        raise OutputExists(file=str(out))
    fields = [field_of({"at": each}) for each in quasi]
    with open_node(console.home) as node:
        key = read_secret(console.home / STORAGE_KEY)
        secret = project_secret(node, project, storage_key=key)
        today = node.clock.now().date()
    made = deidentify(read(files), profile, project, secret=secret, today=today, fields=fields)
    _write(out, made)
    _report(console, made, out)


def _write(out: Path, made: Released) -> None:
    try:
        write_new(out, b"".join(line + b"\n" for line in made.lines))
    except FileExistsError:
        raise OutputExists(file=str(out)) from None
    except OSError as error:
        raise FileTrouble(file=str(out), reason=error.strerror or "") from None


def _report(console: Console, made: Released, out: Path) -> None:
    console.answer(
        {
            "file": str(out),
            "profile": made.profile.name,
            "profile_hash": made.profile.digest.hex(),
            "project": made.project,
            "duo": made.profile.duo,
            "subjects": made.subjects,
            "resources": dict(made.counts),
            "k": made.profile.least,
            "fields": [each.name for each in made.profile.fields],
        }
    )
    console.say(
        "{count} resources about {subjects} people are in {file}.",
        count=len(made.lines),
        subjects=made.subjects,
        file=out,
    )
    console.say(
        "Profile {profile} ({hash}), project {project}, use {duo}.",
        profile=made.profile.name,
        hash=made.profile.digest.hex()[:16],
        project=made.project,
        duo=made.profile.duo,
    )
