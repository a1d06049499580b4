"""Checking a proof as `salus verify` does: against a trust file, and what was seen before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from salus.kernel.canonical import canonical, parse
from salus.kernel.errors import SalusError
from salus.platform.files import write_atomic
from salus.platform.i18n import translate
from salus.rights.notary.errors import ProofInvalid
from salus.rights.notary.verifier import Verdict, verify

_NOBODY = {
    "chain": 1,
    "contract": "0x" + "00" * 20,
    "custody": "0x" + "00" * 20,
    "nodes": [],
    "quorum": 1,
}


def check(raw: bytes, trust: Mapping[str, Any] | None) -> Verdict:
    """Check a proof against a trust file, or against the network that it names itself."""
    if trust is not None:
        return verify(raw, trust)
    readable = verify(raw, _NOBODY)
    return readable if readable.step == "schema" else verify(raw, named(raw))


def named(raw: bytes) -> dict[str, Any]:
    """The network that a proof of the right schema names, as a trust file."""
    proof = orjson.loads(raw)
    anchor = proof["anchor"]
    return {**proof["network"], "chain": anchor["chain"], "contract": anchor["contract"]}


def trusted(raw: bytes) -> dict[str, Any]:
    """A trust file; `notary.verifier` checks what is in it. Raises ProofInvalid."""
    try:
        parse(raw)  # refuses repeated keys, of which one reader sees the first, another the last
        members = orjson.loads(raw)
    except (SalusError, orjson.JSONDecodeError):
        members = None
    if not isinstance(members, dict):
        raise ProofInvalid(step="trust", reason=translate("the trust file is not JSON"))
    return members


def remembering(trust: Mapping[str, Any], place: Path) -> dict[str, Any]:
    """The trust file with the newest log that was seen, when a file of that name is there."""
    return dict(trust) | ({"last": trusted(place.read_bytes())} if place.exists() else {})


def remember(raw: bytes, verdict: Verdict, place: Path) -> None:
    """Keep the log of a valid proof; the next one must not be older or forked."""
    size = orjson.loads(raw)["checkpoint"]["size"]
    write_atomic(place, canonical({"root": verdict.log_root, "size": size}))


def known_size(place: Path) -> int:
    """How many batches the log in a file of `remember` has. Raises ProofInvalid."""
    size = trusted(place.read_bytes()).get("size")
    if not isinstance(size, int) or size < 1:
        raise ProofInvalid(step="trust", reason=translate("the file names no log"))
    return size


def refuse(verdict: Verdict) -> None:
    """Raises ProofInvalid naming the step that failed, and why in the reader's language."""
    if not verdict.valid:
        reason = translate(verdict.message, **(verdict.values or {}))
        raise ProofInvalid(step=verdict.step, reason=reason)
