"""Checks an offline bundle of Salus (`application/vnd.salus.proof+json`). No network, no home.

This file stands alone: copy it to where it is used. It needs Python 3.11 and two packages:

    pip install coincurve safe-pysha3
    python verifier.py proof.json trust.json

A trust file is the reader's own: {"chain": number, "contract": address of Anchors, "custody":
address of CustodyRegistry, "nodes": [addresses that sign checkpoints], "quorum": number}. It may
add "sources": [{"organization", "key", "valid_from", "valid_until"}], then no other is believed,
and "revoked": [addresses of sources, version roots]. The first check that fails is named; `digest`
finds damage to what is information only: name of the source, block, transaction, tree sizes.
"""

import importlib.util
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from coincurve import PublicKey
from sha3 import keccak_256

short = importlib.import_module("_sha256").sha256 if importlib.util.find_spec("_sha256") else sha256
MAX_BYTES = 64 * 2**20
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
MAX_SIZE = 2**53


@dataclass(frozen=True, slots=True)
class Verdict:
    """Valid, or the first step that failed and why."""

    valid: bool
    step: str = ""
    reason: str = ""


_Check = Callable[[Any], bool]


class _Failed(Exception):
    def __init__(self, step: str, reason: str) -> None:
        super().__init__(step, reason)
        self.step, self.reason = step, reason


def verify(raw: bytes, trust: Mapping[str, Any]) -> Verdict:
    """Check a proof, exactly as it was written, against the reader's own trust file."""
    try:
        reader = _read(trust, _TRUST, "trust", "trust")
        proof = _parse(raw)
        version = _check_version(proof)
        _check_log(proof, version)
        _check_checkpoint(proof, reader)
        _check_source(proof, reader, version)
        _check_revocation(proof, reader, version)
        _check_digest(proof)
    except _Failed as failed:
        return Verdict(valid=False, step=failed.step, reason=failed.reason)
    return Verdict(valid=True)


class _Optional(str):
    """A member that may be absent."""

    __slots__ = ()


def _text(pattern: str) -> _Check:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _natural(least: int, limit: int) -> _Check:
    return lambda value: type(value) is int and least <= value < limit


def _any_text(value: Any) -> bool:
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _moment(value: Any) -> bool:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return False
    return bool(f"{moment:%Y-%m-%dT%H:%M:%SZ}" == value >= "1970")


def _or_none(check: _Check) -> _Check:
    return lambda value: value is None or check(value)


_HASH, _ADDRESS, _SALT = _text("0x[0-9a-f]{64}"), _text("0x[0-9a-f]{40}"), _text("0x[0-9a-f]{32}")
_SIGNATURE, _PATH = _text("0x[0-9a-f]{130}"), _text("0x(?:[0-9a-f]{64})*")
_BYTE, _COUNT, _INDEX = _natural(0, 256), _natural(1, MAX_SIZE), _natural(0, MAX_SIZE)
_BRANCH = {"index": _INDEX, "path": _PATH, "size": _COUNT}
_HEADER = {
    "fhir": _text("[0-9.]{1,16}"),
    "previous": _HASH,
    "record": lambda value: _natural(0, 2**53)(value) or _text("[1-9][0-9]{15,38}")(value),
    "salt": _HASH,
    "sealed_at": _moment,
    "source": _ADDRESS,
    "subject_commitment": _HASH,
    "v": _natural(1, 2),
    "version": _INDEX,
}
_ANCHOR = {"batch": _INDEX, "block": _INDEX, "chain": _COUNT, "contract": _ADDRESS, "tx": _HASH}
_WINDOW: dict[str, Any] = {"valid_from": _moment, "valid_until": _or_none(_moment)}
_PROOF: dict[str, Any] = {
    "anchor": _ANCHOR,
    "batch": _BRANCH,
    "checkpoint": {"root": _HASH, "signatures": [_SIGNATURE], "size": _COUNT, "time": _moment},
    "digest": _HASH,
    "disclosed": [
        {"index": _INDEX, "path": _or_none(_any_text), "salt": _SALT, "value": _any_text}
    ],
    "field": {"path": _PATH, "size": _COUNT},
    "header": _HEADER,
    "log": {"path": _PATH},
    "objects_root": _HASH,
    "roots": _text("0x[0-9a-f]{40}"),
    "section": _BRANCH | {"kind": _BYTE, "section": _BYTE},
    "source": _WINDOW | {"address": _ADDRESS, "name": _any_text},
    "source_signature": _SIGNATURE,
    "v": _natural(1, 2),
    "version": _BRANCH,
}
_KNOWN_SOURCE = _WINDOW | {"key": _ADDRESS, "organization": _ADDRESS, _Optional("name"): _any_text}
_TRUST: dict[str, Any] = {
    "chain": _COUNT,
    "contract": _ADDRESS,
    "custody": _ADDRESS,
    "nodes": [_ADDRESS],
    "quorum": _natural(1, 2**16),
    _Optional("revoked"): [_text("0x(?:[0-9a-f]{40}|[0-9a-f]{64})")],
    _Optional("sources"): [_KNOWN_SOURCE],
    _Optional("v"): _natural(1, 2),
}


def _read(value: Any, shape: Any, where: str, step: str) -> Any:
    """The value, if it has the shape: a check, a dict of members, or a list with one shape."""
    if isinstance(shape, dict):
        _read_members(value, shape, where, step)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise _Failed(step, f"{where} is not a list")
        for index, each in enumerate(value):
            _read(each, shape[0], f"{where}[{index}]", step)
    elif not shape(value):
        raise _Failed(step, f"{where} is not well formed")
    return value


def _read_members(value: Any, shape: dict[str, Any], where: str, step: str) -> None:
    if not isinstance(value, dict):
        raise _Failed(step, f"{where} is not an object")
    if unknown := value.keys() - shape.keys():
        raise _Failed(step, f"{where} has {len(unknown)} unknown members")
    for name, member in shape.items():
        if name in value:
            _read(value[name], member, f"{where}.{name}", step)
        elif not isinstance(name, _Optional):
            raise _Failed(step, f"{where} lacks {name}")


def _parse(raw: bytes) -> dict[str, Any]:
    """A proof is canonical JSON, so that no byte of it can change unseen."""
    try:
        proof = json.loads(raw.decode() if len(raw) <= MAX_BYTES else "")
    except (ValueError, RecursionError):
        raise _Failed("schema", "the proof is not JSON in UTF-8 of at most 64 MiB") from None
    _read(proof, _PROOF, "proof", "schema")
    if _canonical(proof) != raw:
        raise _Failed("schema", "the proof is not in canonical form")
    if not proof["disclosed"]:
        raise _Failed("schema", "the proof discloses nothing")
    return dict(proof)


_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _canonical(value: Any) -> bytes:
    """RFC 8785 for values whose keys are ASCII and whose numbers are naturals."""
    return _WRITER.encode(value).encode()


def _leaf(*parts: bytes) -> bytes:
    """RFC 6962 section 2.1: a leaf is H(00, content), a node H(01, left, right)."""
    return sha256(b"\0" + b"".join(parts)).digest()


def climb(leaves: Mapping[int, bytes], size: int, path: bytes) -> bytes | None:
    """The root above leaves at their indexes, or None when indexes or path do not fit the size.

    `path`: the hashes that cannot be computed, 32 bytes each, in the order of levels, each from
    left to right; for one leaf it is the audit path of RFC 6962.
    """
    if not leaves or not 0 <= min(leaves) <= max(leaves) < size:
        return None
    level, at = dict(sorted(leaves.items())), 0
    while len(level) > 1:
        above: dict[int, bytes] = {}
        for index, node in level.items():
            if index ^ 1 >= size:
                above[index >> 1] = node
            elif index >> 1 not in above:
                other = level.get(index ^ 1) or path[at : at + 32]
                at += 32 if index ^ 1 not in level else 0
                pair = other + node if index & 1 else node + other
                above[index >> 1] = sha256(b"\1" + pair).digest()
        level, size = above, (size + 1) >> 1
    ((index, node),) = level.items()
    last = size - 1
    while last > 0:
        if index & 1:
            node, at = short(b"\1" + path[at : at + 32] + node).digest(), at + 32
        elif index < last:
            node, at = short(b"\1" + node + path[at : at + 32]).digest(), at + 32
        index, last = index >> 1, last >> 1
    return node if at == len(path) else None


def _climb(step: str, leaves: Mapping[int, bytes], size: int, path: str, hint: bytes) -> bytes:
    """The root of one level, which must begin as the proof says it does."""
    root = climb(leaves, size, _bytes(path))
    if root is None:
        raise _Failed(step, f"the path of the {step} does not fit its tree")
    if not root.startswith(hint):
        raise _Failed(step, f"the path of the {step} leads to another root")
    return root


def _check_version(proof: dict[str, Any]) -> bytes:
    """From the disclosed values to the version root, which the source signed."""
    hints = _bytes(proof["roots"])
    field, section, version = proof["field"], proof["section"], proof["version"]
    resource = _climb("field", _opened(proof), field["size"], field["path"], hints[:4])
    leaf = _leaf(b"\x20", resource)
    root = _climb("section", {section["index"]: leaf}, section["size"], section["path"], hints[4:8])
    if version["index"] == 0:
        raise _Failed("version", "the first leaf of a version is its header")
    leaves = {
        0: _leaf(b"\x31", _canonical(proof["header"])),
        version["index"]: _leaf(b"\x30", bytes([section["section"], section["kind"]]), root),
    }
    return _climb("version", leaves, version["size"], version["path"], hints[8:12])


def _opened(proof: dict[str, Any]) -> dict[int, bytes]:
    last, leaves, before = proof["field"]["size"] - 1, {}, -1
    for each in proof["disclosed"]:
        index, path = each["index"], each["path"]
        if index <= before or (path is None) != (index == last):
            raise _Failed("field", "the disclosed values are not in the order of the resource")
        salt, value, before = _bytes(each["salt"]), each["value"].encode(), index
        if path is None:
            leaves[index] = _leaf(b"\x11", salt, value)
        else:
            name = path.encode()[: 2**16 - 1]  # what is longer was never committed
            leaves[index] = _leaf(b"\x10", salt, len(name).to_bytes(2, "big"), name, value)
    return leaves


def _check_log(proof: dict[str, Any], version: bytes) -> None:
    """From the version root to the root of the anchor log that the checkpoint signs."""
    hints, batch, anchor = _bytes(proof["roots"]), proof["batch"], proof["anchor"]
    record = sha256(b"\1" + version + _bytes(proof["objects_root"])).digest()
    if record[:4] != hints[12:16]:
        raise _Failed("record", "version and objects lead to another record root")
    leaf = _leaf(b"\x40", record)
    root = _climb("batch", {batch["index"]: leaf}, batch["size"], batch["path"], hints[16:20])
    chain, number = anchor["chain"].to_bytes(8, "big"), anchor["batch"].to_bytes(8, "big")
    leaf = _leaf(b"\x50", chain, _bytes(anchor["contract"]), number, root)
    end, path = proof["checkpoint"], proof["log"]["path"]
    _climb("log", {anchor["batch"]: leaf}, end["size"], path, _bytes(end["root"]))


def keccak256(content: bytes) -> bytes:
    return bytes(keccak_256(content).digest())


_CHECKPOINT = keccak256(b"Checkpoint(uint64 size,bytes32 root,uint64 time)")
_VERSION = keccak256(b"Version(bytes32 root)")


def _check_checkpoint(proof: dict[str, Any], trust: dict[str, Any]) -> None:
    anchor, checkpoint, needed = proof["anchor"], proof["checkpoint"], trust["quorum"]
    if (anchor["chain"], anchor["contract"]) != (trust["chain"], trust["contract"]):
        found = f"{anchor['chain']} with the contract {anchor['contract']}"
        raise _Failed("checkpoint", f"this is a proof of another chain: {found}")
    signed = _digest(
        _domain("Salus Anchors", trust["chain"], trust["contract"]),
        _CHECKPOINT,
        checkpoint["size"].to_bytes(32, "big"),
        _bytes(checkpoint["root"]),
        int(datetime.fromisoformat(checkpoint["time"]).timestamp()).to_bytes(32, "big"),
    )
    signers = {_signer(signed, each) for each in checkpoint["signatures"]}
    known = len(signers & set(trust["nodes"]))
    if known < needed:
        raise _Failed("checkpoint", f"{known} of {needed} needed signatures are of trusted nodes")


def _check_source(proof: dict[str, Any], trust: dict[str, Any], version: bytes) -> None:
    source, header = proof["source"], proof["header"]
    signed = _digest(_domain("Salus Custody", trust["chain"], trust["custody"]), _VERSION, version)
    if _signer(signed, proof["source_signature"]) != source["address"]:
        raise _Failed("source", "the source did not sign this version")
    windows, moment = _windows(source, header["source"], trust), header["sealed_at"]
    if not windows:
        raise _Failed("source", "the key does not belong to the source of the record")
    if not any(first <= moment and (end is None or moment < end) for first, end in windows):
        raise _Failed("source", "the key of the source was not valid when it signed")


def _windows(
    source: dict[str, Any], organization: str, trust: dict[str, Any]
) -> Sequence[tuple[str, str | None]]:
    """When the key may sign for the organization: as the reader knows, or as the proof says."""
    if "sources" in trust:
        return [
            (known["valid_from"], known["valid_until"])
            for known in trust["sources"]
            if (known["organization"], known["key"]) == (organization, source["address"])
        ]
    own = source["address"] == organization
    return [(source["valid_from"], source["valid_until"])] if own else []


def _check_revocation(proof: dict[str, Any], trust: dict[str, Any], version: bytes) -> None:
    revoked = set(trust.get("revoked", ()))
    if proof["source"]["address"] in revoked or proof["header"]["source"] in revoked:
        raise _Failed("revocation", "the source of this record is revoked")
    if "0x" + version.hex() in revoked:
        raise _Failed("revocation", "this version of the record is revoked")


def _check_digest(proof: dict[str, Any]) -> None:
    rest = {name: member for name, member in proof.items() if name != "digest"}
    if sha256(b"salus/proof/1\0" + _canonical(rest)).digest() != _bytes(proof["digest"]):
        raise _Failed("digest", "the proof was changed after it was made")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _signer(digest: bytes, signature: str) -> str | None:
    """The address that signed, or None; v is 27 or 28 and s is low."""
    raw = _bytes(signature)
    if raw[64] not in (27, 28) or int.from_bytes(raw[32:64], "big") > HALF_ORDER:
        return None
    recoverable = raw[:64] + bytes([raw[64] - 27])
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except Exception:  # noqa: BLE001 - coincurve raises bare Exception for a bad signature
        return None
    return "0x" + keccak256(key.format(compressed=False)[1:])[12:].hex()


def _digest(domain: bytes, type_hash: bytes, *words: bytes) -> bytes:
    return keccak256(b"\x19\x01" + domain + keccak256(type_hash + b"".join(words)))


@lru_cache(maxsize=16)
def _domain(name: str, chain: int, contract: str) -> bytes:
    kind = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    words = keccak256(name.encode()) + keccak256(b"1") + chain.to_bytes(32, "big")
    return keccak256(keccak256(kind) + words + bytes(12) + _bytes(contract))


def main(arguments: Sequence[str]) -> int:
    """Write the verdict; 0 when the proof is valid, 1 when not, 2 when called wrongly."""
    try:
        raw, trust = (Path(name).read_bytes() for name in arguments)
        verdict = verify(raw, json.loads(trust))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"usage: python verifier.py proof.json trust.json ({error})\n")
        return 2
    answer = "valid" if verdict.valid else f"not valid: {verdict.step}: {verdict.reason}"
    sys.stdout.write(answer + "\n")
    return 0 if verdict.valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
