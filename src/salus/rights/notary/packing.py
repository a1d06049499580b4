"""A proof with the network it was made on, in one file that a stranger can check as it is."""

from collections.abc import Mapping
from typing import Any

import orjson

from salus.kernel.canonical import canonical, parse
from salus.kernel.errors import SalusError
from salus.rights.notary.errors import ProofInvalid
from salus.rights.notary.verifier import Verdict, verify


def packed(proof: bytes, network: Mapping[str, Any]) -> bytes:
    """Canonical JSON `{"network", "proof"}`; `network` is a trust file of `notary.verifier`."""
    return canonical({"network": dict(network), "proof": orjson.loads(proof)})


def check(raw: bytes, trust: Mapping[str, Any] | None) -> Verdict:
    """Check a packed proof against a trust file, or against the network that it names itself."""
    try:
        parse(raw)
        members = orjson.loads(raw)
        network, proof = members["network"], members["proof"]
    except (SalusError, orjson.JSONDecodeError, KeyError, TypeError):
        return Verdict(valid=False, step="schema", reason="this is not a proof of Salus")
    if canonical(members) != raw or set(members) != {"network", "proof"}:
        return Verdict(valid=False, step="schema", reason="the proof is not in canonical form")
    return verify(canonical(proof), network if trust is None else trust)


def trusted(raw: bytes) -> Mapping[str, Any]:
    """A trust file; `notary.verifier` checks what is in it. Raises ProofInvalid."""
    try:
        members: Mapping[str, Any] = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ProofInvalid(step="trust", reason="the trust file is not JSON") from None
    return members


def refuse(verdict: Verdict) -> None:
    """Raises ProofInvalid naming the step that failed."""
    if not verdict.valid:
        raise ProofInvalid(step=verdict.step, reason=verdict.reason)
