"""A real S3 server in a process of its own, with its buckets as folders that a test looks into."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from salus.platform.vault.s3 import Bucket
from tools.servers import S3, built

WAIT = 30  # seconds for a server to answer


@dataclass(slots=True)
class S3Server:
    """It can be killed, frozen and started again on what it stored."""

    root: Path
    port: int
    access_key: str = "tester"
    secret_key: str = field(default_factory=lambda: token_hex(16))
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bucket(self, name: str, **members: object) -> Bucket:
        """A new bucket, or one that is there."""
        (self.root / name).mkdir(exist_ok=True)
        given = {"access_key": self.access_key, "secret_key": self.secret_key, **members}
        return Bucket(store=name, bucket=name, endpoint=self.url, **given)  # type: ignore[arg-type]

    def objects(self, bucket: str) -> list[Path]:
        """What lies in a bucket, whatever the server says."""
        found = (self.root / bucket).rglob("*")
        return [path for path in found if path.is_file() and ".sgwtmp" not in path.parts]

    def start(self) -> None:
        keys = {"ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key}
        self.process = subprocess.Popen(
            [built(S3), "--quiet", "--port", f"127.0.0.1:{self.port}", "posix", self.root],
            env=os.environ | keys,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until_open(self.port, self.process)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """It takes connections and answers none."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def s3_server(root: Path) -> Iterator[S3Server]:
    root.mkdir(exist_ok=True)
    server = S3Server(root, free_port())
    server.start()
    try:
        yield server
    finally:
        server.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until a port of this machine is listened to."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        process_wait(process)
    raise AssertionError("the server did not start")


def process_wait(process: "subprocess.Popen[bytes]") -> None:
    """A moment, shorter when it ends."""
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return
