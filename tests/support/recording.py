"""Listen between homes: what crosses is passed on, and kept as it was inside of TLS.

Each place is answered with the certificate of who lives there, which the test takes from that home;
so what is recorded is what the two ends said, not what a wire would show.
"""

import asyncio
import ssl
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

_CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class Way:
    """From a place that others know to one where the party really listens, as host and port.

    `tls`: the folder of the certificate and its key; None for what is not encrypted.
    """

    name: str
    known: tuple[str, int]
    real: tuple[str, int]
    tls: Path | None = None


@dataclass(slots=True)
class Recorder:
    """What each way carried, both directions one after another for each connection."""

    folder: Path
    carried: dict[str, int] = field(default_factory=dict)
    _connections: int = 0

    def contents(self) -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in sorted(self.folder.iterdir())}

    async def serve(self, way: Way) -> asyncio.Server:
        async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._passed(way, reader, writer)

        told = _answering(way.tls) if way.tls else None
        return await asyncio.start_server(passed, *way.known, ssl=told)

    async def _passed(
        self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        told = _asking(way.tls) if way.tls else None
        with suppress(OSError, asyncio.IncompleteReadError):
            there, beyond = await asyncio.open_connection(*way.real, ssl=told)
            self._connections += 1
            place = f"{way.name}-{self._connections}"
            await asyncio.gather(
                self._copy(way, f"{place}-to", reader, beyond),
                self._copy(way, f"{place}-from", there, writer),
            )
        writer.close()

    async def _copy(
        self, way: Way, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError), (self.folder / name).open("ab") as kept:
            while chunk := await reader.read(_CHUNK):
                kept.write(chunk)
                self.carried[way.name] = self.carried.get(way.name, 0) + len(chunk)
                writer.write(chunk)
                await writer.drain()
        with suppress(OSError):
            writer.close()


def _answering(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


def _asking(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


@contextmanager
def recorded(folder: Path, ways: list[Way]) -> Iterator[Recorder]:
    """The ways are open while the block runs."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    recorder, loop = Recorder(folder), asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def done(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    servers: list[asyncio.Server] = []
    try:
        servers.extend(done(recorder.serve(way)) for way in ways)
        yield recorder
    finally:
        done(_ended(servers))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _ended(servers: list[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    others = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)
