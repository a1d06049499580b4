"""A contract as Python sees it: calls, answers, events and errors by their names in the ABI."""

import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from eth_abi.codec import ABICodec
from eth_abi.decoding import AddressDecoder
from eth_abi.exceptions import DecodingError
from eth_abi.registry import registry

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger.errors import AnswerUnreadable, TransactionRefused
from salus.platform.ledger.port import GAS, Block, Call, Event
from salus.platform.ledger.words import Shape, from_words, shape_of

Json = dict[str, Any]
_PANIC, _WORDS = (
    bytes.fromhex("4e487b71"),
    bytes.fromhex("08c379a0"),
)  # Panic(uint256), Error(string)


class _AddressBytes(AddressDecoder):
    """Inside Salus an address is its 20 bytes, not hex text."""

    decoder_fn = staticmethod(Address)  # type: ignore[assignment]


def _codec() -> ABICodec:
    own = registry.copy()  # type: ignore[no-untyped-call]
    own.unregister_decoder("address")
    own.register_decoder("address", _AddressBytes, label="address")
    return ABICodec(own)


_abi = _codec()


@dataclass(frozen=True, slots=True)
class DecodedEvent:
    """An event by name; addresses and bytes as bytes, structs as tuples in ABI order."""

    contract: str
    name: str
    values: dict[str, Any]
    block: Block
    tx: bytes
    index: int


@dataclass(frozen=True, eq=False)
class Interface:
    """The ABI and bytecode of one contract, as committed in its capability's folder."""

    name: str
    package: str
    abi: list[Json] = field(repr=False)
    bytecode: bytes = field(repr=False)

    @staticmethod
    def of(package: str, name: str) -> "Interface":
        """`package`: the capability's, such as `salus.rights.consent`."""
        return _interface(package, name)

    def at(self, address: Address) -> "Contract":
        return Contract(self, address)

    def creation(self, *arguments: Any) -> Call:
        """The call that deploys the contract."""
        inputs: list[Json] = next(
            (each["inputs"] for each in self.abi if each["type"] == "constructor"), []
        )
        return Call(b"", self.bytecode + _abi.encode(_types(inputs), arguments), gas=8_000_000)

    @cached_property
    def creation_hash(self) -> bytes:
        """By which one version of the contract is told from another."""
        return keccak256(self.bytecode)

    @cached_property
    def functions(self) -> dict[str, "Function"]:
        """By name, and by signature: of several with one name, the name means the first."""
        found = [Function.of(entry) for entry in self.abi if entry["type"] == "function"]
        named = {function.entry["name"]: function for function in reversed(found)}
        return named | {signature(function.entry): function for function in found}

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


@cache
def _interface(package: str, name: str) -> Interface:
    """Read once by a process: it never changes below one that runs."""
    content = json.loads((files(package) / "abi" / f"{name}.json").read_text())
    return Interface(name, package, content["abi"], bytes.fromhex(content["bytecode"][2:]))


@dataclass(frozen=True, slots=True)
class Function:
    entry: Json
    selector: bytes
    inputs: list[str]
    outputs: list[str]
    words: Shape | None  # of an answer of fixed size, which is read without a general decoder

    @classmethod
    def of(cls, entry: Json) -> "Function":
        selector = keccak256(signature(entry).encode())[:4]
        outputs = entry["outputs"]
        return cls(entry, selector, _types(entry["inputs"]), _types(outputs), shape_of(outputs))


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
        return Call(self.address, function.selector + _abi.encode(function.inputs, arguments), gas)

    def result(self, view: str, raw: bytes) -> Any:
        """One value, or a tuple of several; structs are tuples in ABI order.

        Raises AnswerUnreadable for bytes that no contract with this ABI answers.
        """
        function = self.interface.functions[view]
        try:
            if function.words is not None:
                values = from_words(function.words, raw)
            else:
                values = _abi.decode(function.outputs, raw)
        except (DecodingError, ValueError, OverflowError):
            raise AnswerUnreadable(contract=self.name, view=view) from None
        return values[0] if len(values) == 1 else values

    def event(self, event: Event) -> DecodedEvent | None:
        """None for one that the ABI does not know. Raises AnswerUnreadable as `result` does."""
        entry = self.interface.events.get(event.topics[0]) if event.topics else None
        if entry is None or event.address != self.address:
            return None
        try:
            values = _event_values(entry, event)
        except (DecodingError, ValueError, OverflowError, StopIteration):
            raise AnswerUnreadable(contract=self.name, view=entry["name"]) from None
        return DecodedEvent(self.name, entry["name"], values, event.block, event.tx, event.index)

    def error(self, revert: bytes) -> SalusError:
        """`Contract_Reason(args)` is `<capability>.errors.Reason`, or TransactionRefused."""
        entry = self.interface.errors.get(revert[:4])
        if entry is None:
            return TransactionRefused(contract=self.name, reason=_unnamed(revert))
        prefix, _, reason = entry["name"].rpartition("_")
        kind = _error_class(self.interface.package, prefix, reason)
        try:
            values = _abi.decode(_types(entry["inputs"]), revert[4:])
        except DecodingError:
            kind = None
        if kind is None:
            return TransactionRefused(contract=self.name, reason=reason)
        names = [each["name"] for each in entry["inputs"]]
        return kind(**dict(zip(names, values, strict=True)))


def _event_values(entry: Json, event: Event) -> dict[str, Any]:
    """In ABI order. An indexed string, array or struct is its hash."""
    topics = iter(event.topics[1:])
    rest = [each for each in entry["inputs"] if not each["indexed"]]
    body = iter(_abi.decode(_types(rest), event.body))
    return {
        each["name"]: _indexed(each, next(topics)) if each["indexed"] else next(body)
        for each in entry["inputs"]
    }


def _indexed(entry: Json, topic: bytes) -> Any:
    kind = _type(entry)
    if kind in {"string", "bytes"} or kind[-1] in ")]":
        return topic
    return _abi.decode([kind], topic)[0]


def _unnamed(revert: bytes) -> str:
    """What Solidity itself says, or the bytes."""
    try:
        if revert[:4] == _WORDS:
            return str(_abi.decode(["string"], revert[4:])[0])
        if revert[:4] == _PANIC:
            return f"Panic {_abi.decode(['uint256'], revert[4:])[0]:#04x}"
    except DecodingError:
        pass
    return "0x" + revert.hex() if revert else "nothing"


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
