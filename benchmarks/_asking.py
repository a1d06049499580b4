"""A browser of one person, as little of it as asks for pages: one connection that stays open."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlencode

END = b"\r\n\r\n"


@dataclass(slots=True)
class Asker:
    """It takes microseconds of the machine that is measured, where a whole client takes more."""

    port: int
    cookies: str = field(default="", repr=False)
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def sign_in(self, name: str, password: str) -> None:
        origin = f"Origin: http://127.0.0.1:{self.port}\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        sent = urlencode({"name": name, "password": password}).encode()
        head, _ = await self._ask("POST", "/app/login", origin + kind, sent)
        assert head[0].split()[1] == "303", head[0]
        given = [each.partition(":")[2] for each in head if each.lower().startswith("set-cookie:")]
        self.cookies = "; ".join(each.partition(";")[0].strip() for each in given)

    async def get(self, path: str, *, gzip: bool = False) -> bytes:
        """The body of a page that must be there, as it came."""
        head, body = await self._ask("GET", path, "Accept-Encoding: gzip\r\n" if gzip else "")
        assert head[0].split()[1] == "200", (path, head[0])
        return body

    async def _ask(
        self, method: str, path: str, more: str, sent: bytes = b""
    ) -> tuple[list[str], bytes]:
        """A server closes a connection that was idle for long; then it is asked on a new one."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{more}"
        cookies = f"Cookie: {self.cookies}\r\n" if self.cookies else ""
        raw = f"{head}{cookies}Content-Length: {len(sent)}\r\n\r\n".encode() + sent
        try:
            return await self._exchange(raw)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.close()
            return await self._exchange(raw)

    async def _exchange(self, raw: bytes) -> tuple[list[str], bytes]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(raw)
        head = (await self._reader.readuntil(END)).decode().split("\r\n")
        lengths = (each.partition(":") for each in head)
        size = next(int(value) for name, _, value in lengths if name.lower() == "content-length")
        return head, await self._reader.readexactly(size)

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
