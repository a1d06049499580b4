"""Putting the contracts on an empty chain, and finding them again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salus.kernel.encoding import from_hex, to_hex
from salus.kernel.ids import Address
from salus.platform.errors import HomeDamaged
from salus.platform.files import write_atomic
from salus.platform.ledger.contracts import Contract, Interface
from salus.platform.ledger.errors import CodeDiffers, WrongChain
from salus.platform.ledger.port import Ledger
from salus.platform.ledger.waiting import settled

Contracts = dict[str, Contract]


@dataclass(frozen=True, slots=True)
class Deploy:
    """One contract of the plan; `arguments` may name those before it."""

    package: str
    name: str
    arguments: Callable[[dict[str, Address]], Sequence[Any]]


def deploy(ledger: Ledger, plan: Sequence[Deploy]) -> Contracts:
    """Deploy in the order given. Raises NotFinal, and the error of a constructor that refuses."""
    addresses = {step.name: ledger.next_address(at) for at, step in enumerate(plan)}
    interfaces = {step.name: Interface.of(step.package, step.name) for step in plan}
    calls = [interfaces[step.name].creation(*step.arguments(addresses)) for step in plan]
    contracts = {name: interfaces[name].at(addresses[name]) for name in addresses}
    for step, receipt in zip(plan, settled(ledger, ledger.submit(calls)), strict=True):
        if not receipt.ok:
            raise contracts[step.name].error(receipt.revert)
    return contracts


def write(path: Path, ledger: Ledger, contracts: Contracts) -> None:
    """`deployment.json`: chain, genesis, and for each contract its address and code hash."""
    content = {
        "chain": ledger.chain_id,
        "genesis": to_hex(ledger.genesis),
        "contracts": {
            name: {
                "package": contract.interface.package,
                "address": to_hex(contract.address),
                "creation": to_hex(contract.interface.creation_hash),
                "code": to_hex(ledger.code_hash(contract.address)),
            }
            for name, contract in contracts.items()
        },
    }
    write_atomic(path, json.dumps(content, indent=2).encode() + b"\n")


def load(path: Path, ledger: Ledger) -> Contracts:
    """The contracts of a network that `write` wrote down.

    Raises HomeDamaged, WrongChain, and CodeDiffers when the code on the ledger is not the one
    deployed, or when the one deployed is not the one that this version of Salus brings.
    """
    try:
        content = json.loads(path.read_bytes())
        chain, genesis = int(content["chain"]), from_hex(content["genesis"], 32)
        known = {name: _Known.read(each) for name, each in content["contracts"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, FileNotFoundError):
        raise HomeDamaged(file=str(path)) from None
    if (chain, genesis) != (ledger.chain_id, ledger.genesis):
        raise WrongChain(found=ledger.chain_id, expected=chain)
    return {name: _found(ledger, name, each) for name, each in known.items()}


@dataclass(frozen=True, slots=True)
class _Known:
    package: str
    address: Address
    creation: bytes
    code: bytes

    @classmethod
    def read(cls, content: dict[str, str]) -> "_Known":
        return cls(
            content["package"],
            Address(from_hex(content["address"], 20)),
            from_hex(content["creation"], 32),
            from_hex(content["code"], 32),
        )


def _found(ledger: Ledger, name: str, known: _Known) -> Contract:
    contract = Interface.of(known.package, name).at(known.address)
    present = (contract.interface.creation_hash, ledger.code_hash(known.address))
    if present != (known.creation, known.code):
        raise CodeDiffers(contract=name)
    return contract
