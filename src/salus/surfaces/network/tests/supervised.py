"""A supervisor over three small programs that listen and do nothing; run as a process."""

import sys
from pathlib import Path

from salus.platform.observe import to_file
from salus.surfaces.network.folder import Folder
from salus.surfaces.network.parts import Part
from salus.surfaces.network.supervisor import Supervisor, Unit

LISTENS = """
import signal, socket, sys
place = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("up", flush=True)
signal.signal(signal.SIGTERM, lambda *_: (print("ended", flush=True), sys.exit()))
signal.pause()
"""
NAMES = ("geth", "bridge", "cometbft")


def main(home: str, *ports: str) -> None:
    folder = Folder(Path(home))
    parts = [
        Part(name, (sys.executable, "-c", LISTENS, port), int(port), folder.logs / f"{name}.log")
        for name, port in zip(NAMES, ports, strict=True)
    ]
    supervisor = Supervisor(folder, Unit(parts[:1]), Unit(parts[1:]), 20.0, 10_000)
    with to_file(folder.logs / "supervisor.log"):
        supervisor.run(lambda: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
