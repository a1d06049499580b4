"""One validator of the real engine on this machine: its three programs, killed and started."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from salus.kernel.clock import SystemClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.platform.ledger.transactions import sign
from salus.platform.node import RELAYER
from salus.platform.storage import read_secret
from salus.surfaces.network.configuration import client_command, comet_command
from salus.surfaces.network.engine import Engine, engine
from salus.surfaces.network.folder import Folder
from salus.surfaces.network.founding import begin, found
from salus.surfaces.network.model import Founder, Founders, Network

PROGRAM = (sys.executable, "-c", "from salus.surfaces.cli import main; main()")
CLIENT, BRIDGE, COMET = "client", "bridge", "comet"
PARTS = (CLIENT, BRIDGE, COMET)
PATIENCE = 60.0  # seconds
STORE = bytes.fromhex("666001600035550060005260076019f3")
"""Deploys a contract that writes 1 at the slot its input names, as an anchor does."""


def until(reached: Any, what: str) -> Any:
    """The first answer that is not empty; the engine is given a minute."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            if answer := reached():
                return answer
        except (httpx.HTTPError, KeyError, TypeError, ValueError):
            pass
        time.sleep(0.02)
    raise AssertionError(f"never happened: {what}")


@dataclass(slots=True)
class Validator:
    folder: Folder
    network: Network
    programs: Engine
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    nonce: int = 0

    def _command(self, part: str) -> Sequence[str | Path]:
        if part == CLIENT:
            return client_command(self.programs, self.folder, self.network, self._peer())
        if part == COMET:
            return comet_command(self.programs, self.folder)
        return [*PROGRAM, "validator", "--config", self.folder.bridge]

    def _peer(self) -> Any:
        return self.network.peer(self.folder.name)

    def start(self, *parts: str) -> None:
        for part in parts or PARTS:
            with (self.folder.logs / f"{part}.log").open("ab") as log:
                self.running[part] = subprocess.Popen(
                    self._command(part), stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )

    def kill(self, *parts: str) -> None:
        """As when the power of these programs fails, all at once."""
        for part in parts:
            self.running[part].kill()
        for part in parts:
            self.running.pop(part).wait()

    def ended(self, part: str) -> int:
        """The status with which a program ends by itself."""
        return self.running.pop(part).wait(PATIENCE)

    def stop(self) -> None:
        for part in (COMET, BRIDGE, CLIENT):
            if part in self.running:
                self.running[part].terminate()
                self.running.pop(part).wait(PATIENCE)

    def log(self, part: str) -> str:
        return (self.folder.logs / f"{part}.log").read_text()

    # QUESTIONS

    def ask(self, method: str, *params: Any) -> Any:
        return self.ask_all([(method, params)])[0]

    def ask_all(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        content = [
            {"jsonrpc": "2.0", "id": at, "method": method, "params": list(params)}
            for at, (method, params) in enumerate(requests)
        ]
        url = f"http://127.0.0.1:{self._peer().ports.rpc}"
        answers = httpx.post(url, json=content, timeout=10, trust_env=False).json()
        return [each["result"] for each in sorted(answers, key=lambda each: each["id"])]

    def comet(self, path: str) -> Any:
        url = f"http://127.0.0.1:{self._peer().ports.comet}/{path}"
        return httpx.get(url, timeout=10, trust_env=False).json()["result"]

    def head(self) -> int:
        return int(self.ask("eth_blockNumber"), 16)

    def wait_ready(self) -> None:
        """Until CometBFT and the client answer."""
        until(lambda: self.comet("status"), "CometBFT answers")
        until(lambda: self.ask("eth_chainId"), "the client answers")

    def blocks(self) -> list[str]:
        """Hash of every block."""
        numbers = range(self.head() + 1)
        return [
            block["hash"]
            for block in self.ask_all(
                [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
            )
        ]

    # TRANSACTIONS

    def send(self, calls: Sequence[Call]) -> list[str]:
        """Hashes of what the client accepted: all of it."""
        key = SigningKey.from_bytes(read_secret(self.folder.home / RELAYER))
        raw = [
            sign(call, nonce=nonce, chain_id=self.network.chain, price=10**9, tip=10**8, key=key)[1]
            for nonce, call in enumerate(calls, self.nonce)
        ]
        hashes = self.ask_all([("eth_sendRawTransaction", ("0x" + each.hex(),)) for each in raw])
        self.nonce += len(calls)
        return hashes

    def receipts(self, hashes: Sequence[str]) -> list[Any]:
        return self.ask_all([("eth_getTransactionReceipt", (each,)) for each in hashes])

    def mined(self, hashes: Sequence[str]) -> list[Any]:
        """Their receipts, when all have one."""

        def reached() -> list[Any] | None:
            found = self.receipts(hashes)
            return found if all(found) else None

        receipts: list[Any] = until(reached, "all is mined")
        return receipts


@contextmanager
def founded(place: Path) -> Iterator[Validator]:
    """In a folder of its own, and not started; what is started does not stay behind."""
    programs = engine()
    founders = Founders(7254881, (Founder("hospital", "127.0.0.1", 0, 10),), ())
    network = found(place / "net", founders, engine=programs, clock=SystemClock())
    folder = Folder(place / "net" / "hospital")
    begin(programs, folder.client, folder.genesis)
    made = Validator(folder, network, programs)
    try:
        yield made
    finally:
        made.kill(*list(made.running))


@contextmanager
def validator(place: Path) -> Iterator[Validator]:
    """Founded, started and ready."""
    with founded(place) as made:
        made.start()
        made.wait_ready()
        yield made
