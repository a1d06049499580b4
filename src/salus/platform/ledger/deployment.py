"""Putting the contracts on an empty chain, and finding them again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256
from salus.platform.ledger.contracts import Contract, Interface
from salus.platform.ledger.errors import CodeDiffers, WrongChain
from salus.platform.ledger.port import Ledger

Contracts = dict[str, Contract]


@dataclass(frozen=True, slots=True)
class Deploy:
    """One contract of the plan; `arguments` may name those before it."""

    package: str
    name: str
    arguments: Callable[[dict[str, Address]], Sequence[Any]]


def deploy(ledger: Ledger, plan: Sequence[Deploy]) -> Contracts:
    """Deploy in the order given, in one block. Raises TransactionRefused."""
    addresses = {step.name: ledger.next_address(at) for at, step in enumerate(plan)}
    interfaces = {step.name: Interface.of(step.package, step.name) for step in plan}
    calls = [interfaces[step.name].creation(*step.arguments(addresses)) for step in plan]
    contracts = {name: interfaces[name].at(addresses[name]) for name in addresses}
    for step, receipt in zip(plan, ledger.receipts(ledger.submit(calls)), strict=True):
        if receipt is None or not receipt.ok:
            raise contracts[step.name].error(receipt.revert if receipt else b"")
    return contracts


def write(path: Path, ledger: Ledger, contracts: Contracts) -> None:
    """`deployment.json`: chain, genesis, and for each contract its address and code hash."""
    content = {
        "chain": ledger.chain_id,
        "genesis": "0x" + ledger.genesis.hex(),
        "contracts": {
            name: {
                "package": contract.interface.package,
                "address": "0x" + contract.address.hex(),
                "code": "0x" + ledger.code_hash(contract.address).hex(),
            }
            for name, contract in contracts.items()
        },
    }
    path.write_text(json.dumps(content, indent=2) + "\n")


def load(path: Path, ledger: Ledger) -> Contracts:
    """Raises WrongChain, and CodeDiffers when a contract is not the one deployed."""
    content = json.loads(path.read_text())
    found = (ledger.chain_id, "0x" + ledger.genesis.hex())
    if found != (content["chain"], content["genesis"]):
        raise WrongChain(found=found[0], expected=content["chain"])
    contracts = {}
    for name, known in content["contracts"].items():
        address = Address(bytes.fromhex(known["address"][2:]))
        if "0x" + ledger.code_hash(address).hex() != known["code"]:
            raise CodeDiffers(contract=name)
        contracts[name] = Interface.of(known["package"], name).at(address)
    return contracts


NO_CODE = keccak256(b"")
