"""The secrets of homes, and where they are found."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

HEX_FILES = ("relayer.key", "storage.key")


def secrets_of(home: Path) -> list[bytes]:
    """Every secret key of a home: to sign, to be sealed to, for what is at rest, of HTTPS."""
    found = []
    for file in home.rglob("*.key.json"):
        party = json.loads(file.read_bytes())
        found += [bytes.fromhex(party[name][2:]) for name in ("signing", "sealing")]
    for name in HEX_FILES:
        found += [bytes.fromhex(file.read_text().strip()) for file in home.rglob(name)]
    found += [_der(file) for file in home.rglob("key.pem")]
    return found


def _der(file: Path) -> bytes:
    return base64.b64decode(b"".join(file.read_bytes().splitlines()[1:-1]))


def holding(folder: Path, secret: bytes) -> list[Path]:
    """The files that hold a secret: raw, as hex, or as base64."""
    forms = (secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")[:-1])
    return [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and any(form in _joined(file) for form in forms)
    ]


def _joined(file: Path) -> bytes:
    """Content without the line ends that PEM puts into base64."""
    content = file.read_bytes()
    return content.replace(b"\n", b"") if file.suffix == ".pem" else content


def foreign(folder: Path) -> Iterator[tuple[str, Path]]:
    """Secrets of one home that lie in another one: whose, and where."""
    homes = sorted(each for each in folder.iterdir() if (each / "home.json").exists())
    for owner in homes:
        for secret in secrets_of(owner):
            for other in homes:
                if other != owner:
                    yield from ((owner.name, file) for file in holding(other, secret))
