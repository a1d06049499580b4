"""The socket on which CometBFT asks. Whatever is in doubt gets no answer and ends the bridge."""

import asyncio
from asyncio import StreamReader, StreamWriter
from typing import Any

from salus.platform.observe import log, unexpected
from salus.surfaces.validator.abci import messages
from salus.surfaces.validator.application import Application
from salus.surfaces.validator.errors import BadMessage, ConsensusWent, Ended
from salus.surfaces.validator.framing import framed, receive


class Server:
    """CometBFT opens four connections; when one of them closes, it has ended."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.ended: asyncio.Future[Ended | None] = asyncio.get_running_loop().create_future()

    async def listen(self, address: str) -> asyncio.Server:
        host, _, port = address.rpartition(":")
        return await asyncio.start_server(self._serve, host, int(port))

    def end(self, reason: Ended) -> None:
        if not self.ended.done():
            log("ending", level="error", error=reason.key())
            self.ended.set_result(reason)

    def stop(self) -> None:
        """Somebody asks it to end."""
        if not self.ended.done():
            self.ended.set_result(None)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            if await self._converse(reader, writer):
                self.end(ConsensusWent())
        except Ended as reason:
            self.end(reason)
        except Exception as error:  # noqa: BLE001 - never a wrong answer
            unexpected(error)
            self.end(Ended())
        finally:
            writer.close()

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> bool:
        """Answer until the other side closes; say whether it had asked anything."""
        asked = False
        while (request := await receive(reader)) is not None:
            asked = True
            answer = await self._answer(request)
            if self.ended.done():
                return False
            writer.write(framed(answer))
            try:
                await writer.drain()
            except ConnectionError:
                break
        return asked

    async def _answer(self, request: Any) -> Any:
        kind = request.WhichOneof("value")
        verb = getattr(self._application, kind or "", None)
        if verb is None:
            raise BadMessage
        return messages.Response(**{kind: await verb(getattr(request, kind))})
