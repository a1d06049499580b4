"""Checks an offline bundle of Salus (`application/vnd.salus.proof+json`). No network, no home.

This file stands alone, like its twin `verifier.mjs`. Once: `pip install coincurve safe-pysha3`

    python verifier.py proof.json --trust trust.json

A trust file is the reader's own: {"chain": number, "contract": address of Anchors, "custody":
address of CustodyRegistry, "nodes": [addresses that sign checkpoints], "quorum": number}. It may
add "sources": [{"organization", "key", "valid_from", "valid_until"}], then no other is believed,
"revoked": [addresses of sources, version roots], and "last": {"root", "size"}, the newest known
log. The first check that fails is named; `digest` finds damage to what is information only.
"""

import importlib.util
import json
import re
import sys
from base64 import urlsafe_b64decode
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
MAX_BYTES, MAX_SIZE = 64 * 2**20, 2**53
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Valid with the root of the log, or the first step that failed and why."""

    valid: bool
    step: str = ""
    message: str = ""
    values: Mapping[str, str | int] | None = None
    log_root: str = ""

    @property
    def reason(self) -> str:
        return self.message.format_map(self.values or {})


class _Failed(Exception):
    def __init__(self, step: str, message: str, **values: str | int) -> None:
        super().__init__(step, message)
        self.verdict = Verdict(valid=False, step=step, message=message, values=values)


def verify(raw: bytes, trust: Any) -> Verdict:
    """Check a proof, exactly as it was written, against the reader's own trust file."""
    try:
        reader = _read(trust, _TRUST, "trust", "trust")
        proof = _proof(raw)
        version = _check_version(proof)
        log_root = _check_log(proof, version)
        _check_checkpoint(proof, reader, log_root)
        _check_source(proof, reader, version)
        _check_digest(proof)
    except _Failed as failed:
        return failed.verdict
    return Verdict(valid=True, log_root="0x" + log_root.hex())


def _text(pattern: str) -> _Check:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _natural(least: int, limit: int) -> _Check:
    return lambda value: type(value) is int and least <= value < limit


def _moment(value: Any) -> bool:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return False
    return bool(f"{moment:%Y-%m-%dT%H:%M:%SZ}" == value >= "1970")


def _or_none(check: _Check) -> _Check:
    return lambda value: value is None or check(value)


def _all(check: Any, names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), check)


# base64url as an encoder writes it: what the last letter does not need is zero.
_ANY, _TWO, _FOUR = "[A-Za-z0-9_-]", "[AQgw]", "[AEIMQUYcgkosw048]"
_PATH = _text(f"(?:{_ANY}{{128}})*(?:{_ANY}{{42}}{_FOUR}|{_ANY}{{85}}{_TWO})?")
_ROOT, _SIGNATURE = _text(f"{_ANY}{{42}}{_FOUR}"), _text(f"{_ANY}{{86}}{_FOUR}")
_SALT, _HINTS = _text(f"{_ANY}{{21}}{_TWO}"), _text(f"{_ANY}{{32}}")
_HASH, _ADDRESS, _TEXT = map(_text, ("0x[0-9a-f]{64}", "0x[0-9a-f]{40}", "[^\ud800-\udfff]*"))
_COUNT, _INDEX, _HANDLE = _natural(1, MAX_SIZE), _natural(0, MAX_SIZE), _text("[1-9][0-9]{15,38}")
_TREE: dict[str, Any] = {"path": _PATH, "size": _COUNT}
_BRANCH, _IN_SECTION = _TREE | {"index": _INDEX}, _all(_natural(0, 256), "kind section")
_WINDOW: dict[str, Any] = {"valid_from": _moment, "valid_until": _or_none(_moment)}
_SHOWN = _all(_INDEX, "index") | {"path": _or_none(_TEXT), "salt": _SALT, "value": _TEXT}
_NETWORK = _all(_ADDRESS, "custody") | {"nodes": [_ADDRESS], "quorum": _natural(1, 2**16)}
_HEADER = (
    _all(_HASH, "previous salt subject_commitment")
    | {"fhir": _text("[0-9.]{1,16}"), "record": lambda value: _INDEX(value) or _HANDLE(value)}
    | {"sealed_at": _moment, "source": _ADDRESS, "v": _natural(1, 2), "version": _INDEX}
)
_PROOF = (
    {"anchor": _all(_INDEX, "batch block chain") | {"contract": _ADDRESS, "tx": _ROOT}}
    | {"checkpoint": {"signatures": [_SIGNATURE], "size": _COUNT, "time": _moment}}
    | {"digest": _SALT, "disclosed": [_SHOWN], "field": _TREE, "header": _HEADER}
    | {"log": _all(_PATH, "path") | {"since?": _TREE}, "network": _NETWORK}
    | {"objects_root": _ROOT, "roots": _HINTS, "source": _WINDOW | {"name": _TEXT}}
    | {"section": _BRANCH | _IN_SECTION, "source_signature": _SIGNATURE, "v": _natural(2, 3)}
    | _all(_BRANCH, "batch version")
)
_TRUST = (
    _NETWORK
    | {"chain": _COUNT, "contract": _ADDRESS, "last?": {"root": _HASH, "size": _COUNT}}
    | {"revoked?": [_text("0x(?:[0-9a-f]{40}|[0-9a-f]{64})")], "v?": _natural(1, 2)}
    | {"sources?": [_WINDOW | {"key": _ADDRESS, "organization": _ADDRESS, "name?": _TEXT}]}
)


def _read(value: Any, shape: Any, where: str, step: str) -> Any:
    """The value, if it has the shape: a check, a dict of members, or a list with one shape."""
    if isinstance(shape, dict):
        _read_members(value, shape, where, step)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise _Failed(step, "{where} is not a list", where=where)
        for index, each in enumerate(value):
            _read(each, shape[0], f"{where}[{index}]", step)
    elif not shape(value):
        raise _Failed(step, "{where} is not well formed", where=where)
    return value


def _read_members(value: Any, shape: dict[str, Any], where: str, step: str) -> None:
    """A name that ends in a question mark may be absent."""
    if not isinstance(value, dict):
        raise _Failed(step, "{where} is not an object", where=where)
    if unknown := value.keys() - {name.rstrip("?") for name in shape}:
        raise _Failed(step, "{where} has {count} unknown members", where=where, count=len(unknown))
    for name, member in sorted(shape.items()):
        if (key := name.rstrip("?")) in value:
            _read(value[key], member, f"{where}.{key}", step)
        elif key == name:
            raise _Failed(step, "{where} lacks {name}", where=where, name=name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _parse(raw: bytes) -> Any:
    """A JSON value, or None for what is none. Numbers that are not whole fail the schema."""
    try:
        text = raw.decode() if len(raw) <= MAX_BYTES else ""
        return json.loads(text, object_pairs_hook=_unique, parse_constant=int)  # refuses NaN
    except (ValueError, RecursionError):
        return None


def _proof(raw: bytes) -> dict[str, Any]:
    """A proof is canonical JSON, so that no byte of it can change unseen."""
    proof = _read(_parse(raw), _PROOF, "proof", "schema")
    if _canonical(proof) != raw:
        raise _Failed("schema", "the proof is not in canonical form")
    if not proof["disclosed"]:
        raise _Failed("schema", "the proof discloses nothing")
    return dict(proof)


def _canonical(value: Any) -> bytes:
    """RFC 8785 for values whose keys are ASCII and whose numbers are naturals."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


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


def _climb(step: str, leaves: Mapping[int, bytes], at: dict[str, Any], hint: bytes) -> bytes:
    """The root of one level, which must begin as the proof says it does."""
    root = climb(leaves, at["size"], _bytes(at["path"]))
    if root is None or not root.startswith(hint):
        raise _Failed(step, "the path of the {tree} does not lead to its root", tree=step)
    return root


def _check_version(proof: dict[str, Any]) -> bytes:
    """From the disclosed values to the version root, which the source signed."""
    hints = _bytes(proof["roots"])
    field, section, version = proof["field"], proof["section"], proof["version"]
    resource = _climb("field", _opened(proof), field, hints[:4])
    root = _climb("section", {section["index"]: _leaf(b"\x20", resource)}, section, hints[4:8])
    if version["index"] == 0:
        raise _Failed("version", "the first leaf of a version is its header")
    leaves = {
        0: _leaf(b"\x31", _canonical(proof["header"])),
        version["index"]: _leaf(b"\x30", bytes([section["section"], section["kind"]]), root),
    }
    return _climb("version", leaves, version, hints[8:12])


def _opened(proof: dict[str, Any]) -> dict[int, bytes]:
    last, leaves, before = proof["field"]["size"] - 1, {}, -1
    for each in proof["disclosed"]:
        index, path = each["index"], each["path"]
        if index <= before or (path is None) != (index == last):
            raise _Failed("field", "the disclosed values are not in their order")
        salt, value, before = _bytes(each["salt"]), each["value"].encode(), index
        if path is None:
            leaves[index] = _leaf(b"\x11", salt, value)
        else:
            name = path.encode()[: 2**16 - 1]  # what is longer was never committed
            leaves[index] = _leaf(b"\x10", salt, len(name).to_bytes(2, "big"), name, value)
    return leaves


def _check_log(proof: dict[str, Any], version: bytes) -> bytes:
    """From the version root to the root of the anchor log, which nodes signed."""
    hints, batch, anchor = _bytes(proof["roots"]), proof["batch"], proof["anchor"]
    record = sha256(b"\1" + version + _bytes(proof["objects_root"])).digest()
    if record[:4] != hints[12:16]:
        raise _Failed("record", "version and objects lead to another record root")
    root = _climb("batch", {batch["index"]: _leaf(b"\x40", record)}, batch, hints[16:20])
    chain, number = anchor["chain"].to_bytes(8, "big"), anchor["batch"].to_bytes(8, "big")
    leaf = _leaf(b"\x50", chain, _raw(anchor["contract"]), number, root)
    log = {"path": proof["log"]["path"], "size": proof["checkpoint"]["size"]}
    return _climb("log", {anchor["batch"]: leaf}, log, hints[20:])


def keccak256(content: bytes) -> bytes:
    return bytes(keccak_256(content).digest())


_CHECKPOINT = keccak256(b"Checkpoint(uint64 size,bytes32 root,uint64 time)")
_VERSION = keccak256(b"Version(bytes32 root)")


def _check_checkpoint(proof: dict[str, Any], trust: dict[str, Any], root: bytes) -> None:
    anchor, checkpoint, needed = proof["anchor"], proof["checkpoint"], trust["quorum"]
    chain, contract, size = anchor["chain"], anchor["contract"], checkpoint["size"]
    if (chain, contract) != (trust["chain"], trust["contract"]):
        reason = "this is a proof of another chain: {chain} with the contract {contract}"
        raise _Failed("checkpoint", reason, chain=chain, contract=contract)
    time = int(datetime.fromisoformat(checkpoint["time"]).timestamp())
    words = size.to_bytes(32, "big"), root, time.to_bytes(32, "big")
    signed = _digest(_domain("Salus Anchors", chain, contract), _CHECKPOINT, *words)
    signers = {_signer(signed, each) for each in checkpoint["signatures"]}
    if (known := len(signers & set(trust["nodes"]))) < needed:
        reason = "{known} of {needed} needed signatures are of trusted nodes"
        raise _Failed("checkpoint", reason, known=known, needed=needed)
    last = trust.get("last", {"size": 0, "root": "0x"})
    since = proof["log"].get("since", {"size": size, "path": ""})
    if size < last["size"]:
        raise _Failed("checkpoint", "its log is older than one that the reader knows")
    old, path = (last["size"], _raw(last["root"])), _bytes(since["path"])
    if last["size"] in {size, since["size"]} and not extends(old, (size, root), path):
        raise _Failed("checkpoint", "its log does not extend the one that the reader knows")


def extends(first: tuple[int, bytes], second: tuple[int, bytes], path: bytes) -> bool:
    """Whether a log extends one that is no larger (RFC 9162 section 2.1.4.2): sizes and roots."""
    if first[0] == second[0]:
        return first == second
    node, last = first[0] - 1, second[0] - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    steps = [path[at : at + 32] for at in range(0, len(path), 32)]
    old = new = steps.pop(0) if node and steps else first[1]
    for step in steps:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = sha256(b"\1" + step + old).digest(), sha256(b"\1" + step + new).digest()
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = sha256(b"\1" + new + step).digest()
        node, last = node >> 1, last >> 1
    return last == 0 and (old, new) == (first[1], second[1])


def _check_source(proof: dict[str, Any], trust: dict[str, Any], version: bytes) -> None:
    """That the source of the record signed, while it might, and that the reader believes it."""
    organization, moment = proof["header"]["source"], proof["header"]["sealed_at"]
    domain = _domain("Salus Custody", trust["chain"], trust["custody"])
    key = _signer(_digest(domain, _VERSION, version), proof["source_signature"])
    own = [proof["source"] | {"key": organization, "organization": organization}]
    known = [
        (each["valid_from"], each["valid_until"])
        for each in trust.get("sources", own)
        if (each["organization"], each["key"]) == (organization, key)
    ]
    if not known:
        raise _Failed("source", "the key that signed is no key of the source of the record")
    if not any(first <= moment and (end is None or moment < end) for first, end in known):
        raise _Failed("source", "the key of the source was not valid when it signed")
    if {key, organization} & set(trust.get("revoked", ())):
        raise _Failed("revocation", "the source of this record is revoked")
    if "0x" + version.hex() in trust.get("revoked", ()):
        raise _Failed("revocation", "this version of the record is revoked")


def _check_digest(proof: dict[str, Any]) -> None:
    rest = {name: member for name, member in proof.items() if name != "digest"}
    if sha256(b"salus/proof/2\0" + _canonical(rest)).digest()[:16] != _bytes(proof["digest"]):
        raise _Failed("digest", "the proof was changed after it was made")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _signer(digest: bytes, signature: str) -> str | None:
    """The address that signed, or None; v is 27 or 28 and s is low."""
    raw = _bytes(signature)
    if raw[64] not in (27, 28) or int.from_bytes(raw[32:64], "big") > HALF_ORDER:
        return None
    try:
        key = PublicKey.from_signature_and_message(raw[:64] + bytes([raw[64] - 27]), digest, None)
    except Exception:  # noqa: BLE001 - coincurve raises bare Exception for a bad signature
        return None
    return "0x" + keccak256(key.format(compressed=False)[1:])[12:].hex()


def _digest(domain: bytes, type_hash: bytes, *words: bytes) -> bytes:
    return keccak256(b"\x19\x01" + domain + keccak256(type_hash + b"".join(words)))


@lru_cache(maxsize=16)
def _domain(name: str, chain: int, contract: str) -> bytes:
    kind = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    words = keccak256(name.encode()) + keccak256(b"1") + chain.to_bytes(32, "big")
    return keccak256(keccak256(kind) + words + bytes(12) + _raw(contract))


def main(arguments: Sequence[str]) -> int:
    """Write the verdict; 0 when the proof is valid, 1 when not, 2 when called wrongly."""
    try:
        proof, trust = (Path(each).read_bytes() for each in arguments if each != "--trust")
    except (OSError, ValueError) as error:
        sys.stderr.write(f"usage: python verifier.py proof.json --trust trust.json ({error})\n")
        return 2
    verdict = verify(proof, _parse(trust))
    answer = "valid" if verdict.valid else f"not valid: {verdict.step}: {verdict.reason}"
    sys.stdout.write(answer + "\n")
    return 0 if verdict.valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
