"""A contract as Python sees it: calls, answers, events and errors by their names in the ABI."""

import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger.errors import TransactionRefused
from salus.platform.ledger.port import GAS, Block, Call, Event

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecodedEvent:
    """An event by name; addresses and bytes as bytes, structs as tuples in ABI order."""

    contract: str
    name: str
    values: dict[str, Any]
    block: Block
    tx: bytes
    index: int


@dataclass(frozen=True)
class Interface:
    """The ABI and bytecode of one contract, as committed in its capability's folder."""

    name: str
    package: str
    abi: list[Json] = field(repr=False)
    bytecode: bytes = field(repr=False)

    @classmethod
    def of(cls, package: str, name: str) -> "Interface":
        """`package`: the capability's, such as `salus.rights.consent`."""
        content = json.loads((files(package) / "abi" / f"{name}.json").read_text())
        return cls(name, package, content["abi"], bytes.fromhex(content["bytecode"][2:]))

    def at(self, address: Address) -> "Contract":
        return Contract(self, address)

    def creation(self, *arguments: Any) -> Call:
        """The call that deploys the contract."""
        inputs: list[Json] = next(
            (each["inputs"] for each in self.abi if each["type"] == "constructor"), []
        )
        return Call(b"", self.bytecode + encode(_types(inputs), arguments), gas=8_000_000)

    @cached_property
    def functions(self) -> dict[str, "Function"]:
        return {
            entry["name"]: Function.of(entry) for entry in self.abi if entry["type"] == "function"
        }

    @cached_property
    def events(self) -> dict[bytes, Json]:
        return {
            keccak256(signature(entry).encode()): entry
            for entry in self.abi
            if entry["type"] == "event"
        }

    @cached_property
    def errors(self) -> dict[bytes, Json]:
        return {
            keccak256(signature(entry).encode())[:4]: entry
            for entry in self.abi
            if entry["type"] == "error"
        }


@dataclass(frozen=True, slots=True)
class Function:
    entry: Json
    selector: bytes
    inputs: list[str]
    outputs: list[str]

    @classmethod
    def of(cls, entry: Json) -> "Function":
        selector = keccak256(signature(entry).encode())[:4]
        return cls(entry, selector, _types(entry["inputs"]), _types(entry["outputs"]))


@dataclass(frozen=True)
class Contract:
    """An interface at an address."""

    interface: Interface
    address: Address

    @property
    def name(self) -> str:
        return self.interface.name

    def call(self, verb: str, *arguments: Any, gas: int = GAS) -> Call:
        function = self.interface.functions[verb]
        return Call(self.address, function.selector + encode(function.inputs, arguments), gas)

    def result(self, view: str, raw: bytes) -> Any:
        """One value, or a tuple of several; structs are tuples in ABI order."""
        values = decode(self.interface.functions[view].outputs, raw)
        plain = tuple(_plain(value) for value in values)
        return plain[0] if len(plain) == 1 else plain

    def event(self, event: Event) -> DecodedEvent | None:
        entry = self.interface.events.get(event.topics[0]) if event.topics else None
        if entry is None or event.address != self.address:
            return None
        indexed = [each for each in entry["inputs"] if each["indexed"]]
        rest = [each for each in entry["inputs"] if not each["indexed"]]
        found = {
            each["name"]: decode([_type(each)], topic)[0]
            for each, topic in zip(indexed, event.topics[1:], strict=True)
        }
        values = decode(_types(rest), event.body)
        found |= {each["name"]: value for each, value in zip(rest, values, strict=True)}
        plain = {name: _plain(value) for name, value in found.items()}
        return DecodedEvent(self.name, entry["name"], plain, event.block, event.tx, event.index)

    def error(self, revert: bytes) -> SalusError:
        """`Contract_Reason(args)` is `<capability>.errors.Reason`, or TransactionRefused."""
        entry = self.interface.errors.get(revert[:4])
        if entry is None:
            return TransactionRefused(contract=self.name, reason="0x" + revert.hex())
        reason = entry["name"].rpartition("_")[2]
        try:
            values = decode(_types(entry["inputs"]), revert[4:])
        except DecodingError:
            values = ()
        kind = _error_class(self.interface.package, entry["name"].partition("_")[0], reason)
        if kind is None:
            return TransactionRefused(contract=self.name, reason=reason)
        names = [each["name"] for each in entry["inputs"]]
        return kind(**{name: _plain(value) for name, value in zip(names, values, strict=False)})


def _error_class(package: str, prefix: str, reason: str) -> type[SalusError] | None:
    home = "salus.rights.identity" if prefix == "IntentGuard" else package
    try:
        module = importlib.import_module(f"{home}.errors")
    except ModuleNotFoundError:
        return None
    found = getattr(module, reason, None)
    return found if isinstance(found, type) and issubclass(found, SalusError) else None


def signature(entry: Json) -> str:
    return f"{entry['name']}({','.join(_types(entry['inputs']))})"


def _types(inputs: Sequence[Json]) -> list[str]:
    return [_type(each) for each in inputs]


def _type(entry: Json) -> str:
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    return f"({','.join(_types(entry['components']))}){entry['type'][5:]}"


def _plain(value: Any) -> Any:
    """eth-abi gives addresses as hex text; inside Salus they are 20 bytes."""
    if isinstance(value, str) and value.startswith("0x") and len(value) == 42:
        return Address(bytes.fromhex(value[2:]))
    if isinstance(value, (tuple, list)):
        return tuple(_plain(each) for each in value)
    return value
