"""The rules of the EVM, by pyrevm: one transaction or view at a time, with every trap closed."""

import re
from dataclasses import dataclass

import pyrevm

from salus.kernel.ids import NOBODY, Address
from salus.platform.ledger.transactions import Transaction

VIEW_GAS = 50_000_000
_OUTPUT = re.compile(r"output: 0x([0-9a-f]*)")
_GAS_USED = re.compile(r"gas_used: ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Log:
    address: Address
    topics: tuple[bytes, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a transaction or a view ended; `output` holds the contract's error when not `ok`."""

    ok: bool
    gas_used: int
    output: bytes
    logs: tuple[Log, ...]


class Machine:
    """The state of a chain. What fails, and every view, leaves no trace in it.

    Gas is advisory: pyrevm keeps slots warm from one transaction to the next, so a network charges
    up to 2,100 more for each slot. A replay charges what the first run charged.
    """

    def __init__(self, chain_id: int) -> None:
        rules = pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=chain_id))
        self._evm = pyrevm.EVM(env=rules, spec_id="CANCUN", gas_limit=2**63)

    def begin(self, number: int, time: int) -> None:
        """Enter a block."""
        self._evm.set_block_env(pyrevm.BlockEnv(number=number, timestamp=time))

    def execute(self, tx: Transaction) -> Outcome:
        evm, sender = self._evm, _hex(tx.sender)
        evm.reset_transient_storage()
        before = evm.snapshot()
        try:
            if tx.to:
                evm.message_call(sender, _hex(tx.to), calldata=tx.input, gas=tx.gas)
            else:
                evm.deploy(sender, tx.input, gas=tx.gas)
        except RuntimeError as error:
            evm.revert(before)
            self._set_nonce(sender, tx.nonce + 1)
            return _failure(error, tx.gas)
        outcome = self._success(b"", keep_logs=True)
        evm.commit()
        self._set_nonce(sender, tx.nonce + 1)
        return outcome

    def view(self, to: bytes, content: bytes, *, gas: int, sender: Address = NOBODY) -> Outcome:
        """What a call would do, undone at once.

        The snapshot matters for views too: without it their warm slots would stay, and the next
        transaction would cost another sum of gas here than when it is replayed.
        """
        evm = self._evm
        evm.reset_transient_storage()
        before = evm.snapshot()
        try:
            output = evm.message_call(_hex(sender), _hex(to), calldata=content, gas=gas)
            return self._success(bytes(output))
        except RuntimeError as error:
            return _failure(error, gas)
        finally:
            evm.revert(before)

    def try_creation(self, content: bytes, *, gas: int, sender: Address) -> Outcome:
        """What a creation would cost, undone at once."""
        evm = self._evm
        evm.reset_transient_storage()
        before = evm.snapshot()
        try:
            evm.deploy(_hex(sender), content, gas=gas)
            return self._success(b"")
        except RuntimeError as error:
            return _failure(error, gas)
        finally:
            evm.revert(before)

    def _success(self, output: bytes, *, keep_logs: bool = False) -> Outcome:
        result = self._evm.result
        assert result is not None, "something ran"
        logs = tuple(map(_log, result.logs)) if keep_logs else ()
        return Outcome(ok=True, gas_used=result.gas_used, output=output, logs=logs)

    def nonce(self, account: bytes) -> int:
        return int(self._evm.basic(_hex(account)).nonce)

    def code(self, address: bytes) -> bytes:
        return bytes(self._evm.get_code(_hex(address)) or b"")

    def word(self, address: bytes, slot: int) -> int:
        """One storage slot."""
        return int(self._evm.storage(_hex(address), slot))

    def _set_nonce(self, sender: str, nonce: int) -> None:
        """The engine counts creations only; Ethereum counts every transaction."""
        if self._evm.basic(sender).nonce != nonce:
            self._evm.insert_account_info(sender, pyrevm.AccountInfo(nonce=nonce))


def _hex(address: bytes) -> str:
    return "0x" + address.hex()


def _log(log: pyrevm.Log) -> Log:
    topics, body = log.data
    return Log(Address(bytes.fromhex(log.address[2:])), tuple(map(bytes, topics)), bytes(body))


def _failure(error: RuntimeError, gas: int) -> Outcome:
    """Pyrevm tells revert data and gas in the text of its exception only."""
    text = str(error)
    used, output = _GAS_USED.search(text), _OUTPUT.search(text)
    return Outcome(
        ok=False,
        gas_used=int(used[1]) if used else gas,
        output=bytes.fromhex(output[1]) if output else b"",
        logs=(),
    )
