"""The socket of ABCI, and the process with its exit statuses."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.documents import text
from salus.surfaces.validator.abci import messages
from salus.surfaces.validator.framing import framed
from salus.surfaces.validator.tests.living import Life, World, bridge_at, world

PROGRAM = "from salus.surfaces.cli import main; main()"
MESSAGE = framed(messages.Request(echo=messages.RequestEcho(message="hello")))


class Bridge:
    """The process of a bridge, and the connections of CometBFT to it."""

    def __init__(self, made: World) -> None:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        told = bridge_at(made.url, made.folder, organizations=made.organizations)
        file = made.folder / "bridge.json"
        file.write_bytes(text(told).replace(b"127.0.0.1:0", b"127.0.0.1:%d" % self.port))
        kept = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "validator", "--config", file, "--language", "en"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=kept,
        )
        assert self.process.stdout is not None
        assert b"waits for CometBFT" in self.process.stdout.readline()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ended(self) -> tuple[int, str]:
        """Status, and what it said at its end."""
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said.decode()


def ask(connection: socket.socket, **request: Any) -> Any:
    connection.sendall(framed(messages.Request(**request)))
    return received(connection)


def received(connection: socket.socket) -> Any:
    """The next answer; None when the bridge closed without one."""
    size = shift = 0
    while True:
        byte = connection.recv(1)
        if not byte:
            return None
        size |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    content = b""
    while len(content) < size:
        content += connection.recv(size - len(content))
    return messages.Response.FromString(content)


def test_messages_are_answered_in_their_order_however_they_are_cut(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        bridge = Bridge(made)
        with bridge.connect() as connection:
            for byte in MESSAGE:
                connection.sendall(bytes([byte]))
            connection.sendall(framed(messages.Request(flush=messages.RequestFlush())) + MESSAGE)

            kinds = [received(connection).WhichOneof("value") for _ in range(3)]
        bridge.ended()

    assert ["echo", "flush", "echo"] == kinds


def test_a_bridge_that_is_asked_to_stop_ends_well(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        bridge = Bridge(made)
        with bridge.connect() as connection:
            assert ask(connection, info=messages.RequestInfo()).info.app_version == 1
            bridge.process.send_signal(signal.SIGTERM)

            assert (0, None) == (bridge.ended()[0], received(connection))


def test_a_bridge_ends_with_comet(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        bridge = Bridge(made)
        with bridge.connect() as connection:
            ask(connection, info=messages.RequestInfo())

        assert bridge.ended()[0] == 4


def test_a_look_at_the_port_does_not_end_a_bridge(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        bridge = Bridge(made)
        bridge.connect().close()
        with bridge.connect() as connection:
            assert ask(connection, info=messages.RequestInfo()) is not None
            bridge.process.send_signal(signal.SIGTERM)

            assert bridge.ended()[0] == 0


@pytest.mark.parametrize(
    "content",
    [b"\x05hello", b"\xff" * 6, b"\xff\xff\xff\xff\x7f", framed(messages.Request())],
    ids=["no protobuf", "no length", "endless", "no request"],
)
def test_what_cannot_be_read_ends_the_bridge_without_an_answer(
    tmp_path: Path, content: bytes
) -> None:
    with world(tmp_path) as made:
        bridge = Bridge(made)
        with bridge.connect() as connection:
            connection.sendall(content)

            assert received(connection) is None
        assert bridge.ended()[0] == 3


def test_a_doubt_ends_the_bridge_without_an_answer(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        bridge = Bridge(made)
        with bridge.connect() as connection:
            ask(connection, info=messages.RequestInfo())
            answer = ask(connection, finalize_block=messages.RequestFinalizeBlock(height=9))
        status, said = bridge.ended()

    assert (None, 3) == (answer, status)
    assert "CometBFT decided height 9 while height 1 was next" in said


def test_what_nobody_foresaw_ends_the_bridge_without_an_answer(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        made.client.chain[0]["number"] = "0x" + "f" * 30  # more than the table can hold
        bridge = Bridge(made)
        with bridge.connect() as connection:
            assert ask(connection, info=messages.RequestInfo()) is None
        assert bridge.ended()[0] == 3


def test_another_chain_has_a_status_of_its_own(tmp_path: Path) -> None:
    async def life(scene: Life) -> None:
        await scene.begin()

    with world(tmp_path) as made:
        made.live(life)
        made.client.chain[0]["hash"] = "0x" + "ab" * 32
        bridge = Bridge(made)
        with bridge.connect() as connection:
            assert ask(connection, info=messages.RequestInfo()) is None
        assert bridge.ended()[0] == 6


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("abci", "26658"),
        ("organizations", "0x12"),
        ("gas_limit", -1),
        ("v", 2),
    ],
)
def test_a_file_that_says_nothing_usable_is_refused(
    tmp_path: Path, member: str, value: Any
) -> None:
    with world(tmp_path) as made:
        file = made.write_bridge()
        file.write_text(json.dumps(json.loads(file.read_bytes()) | {member: value}))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "validator", "--config", file, "--json"],
            capture_output=True,
            check=False,
        )

    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["details"]["member"] == member


@pytest.mark.parametrize("secret", ["", "11" * 31, "zz" * 32])
def test_a_secret_of_another_form_is_refused(tmp_path: Path, secret: str) -> None:
    with world(tmp_path) as made:
        file = made.write_bridge()
        (tmp_path / "jwt.hex").write_text(secret)
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "validator", "--config", file, "--language", "en"],
            capture_output=True,
            check=False,
        )

    assert done.returncode == 1
    assert b"jwt" in done.stderr
    assert secret.encode() not in done.stderr or not secret
