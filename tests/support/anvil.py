"""Anvil, a node of Ethereum for tests: a process of its own whose pool can be lost at will."""

import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

TOOLS = Path(__file__).parents[2] / "contracts" / "node_modules" / "@foundry-rs"
_LIMITS = "--gas-price 0 --block-base-fee-per-gas 0 --gas-limit 1000000000 --accounts 1"


@contextmanager
def anvil(chain: int) -> Iterator[str]:
    """Its address, until the end of the block. It mines when `evm_mine` tells it to."""
    binary = next(TOOLS.glob("anvil-*/bin/anvil"))  # `make test` installs it
    command = f"{binary} --port 0 --no-mining --chain-id {chain} --hardfork cancun {_LIMITS}"
    with subprocess.Popen(command.split(), stdout=subprocess.PIPE, text=True) as process:
        told = iter(process.stdout or ())
        reader = Thread(target=deque, args=(told, 0), daemon=True)
        try:
            ready = next(line for line in told if line.startswith("Listening on"))
            reader.start()  # it tells every request, and would stand still before a full pipe
            yield f"http://{ready.split()[-1]}"
        finally:
            process.terminate()
            if reader.is_alive():
                reader.join()  # before the pipe is closed under it
