"""Write the Python messages of ABCI, the protocol between CometBFT and its application.

`python -m tools.abci` reads the `.proto` files inside CometBFT's Go module, as the Go module cache
has them, and writes `src/salus/surfaces/validator/abci`. It needs Go, the module (`make engine`
fetches it) and grpcio-tools, which nothing else needs; so no check runs it:

    python -m venv build/protoc && build/protoc/bin/python -m pip install grpcio-tools
    PROTOC=build/protoc/bin/python python -m tools.abci

What only tells Go how to name and embed things is left out, and with it a dependency.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "v0.38.21"
MODULE = f"github.com/cometbft/cometbft@{VERSION}"
FILES = (
    "tendermint/abci/types.proto",
    "tendermint/crypto/keys.proto",
    "tendermint/crypto/proof.proto",
    "tendermint/types/params.proto",
    "tendermint/types/validator.proto",
)
PACKAGE = "salus.surfaces.validator.abci"
TARGET = Path(__file__).parents[1].joinpath("src", *PACKAGE.split("."))
OF_GO = (
    re.compile(r"//[^\n]*"),
    re.compile(r'import "gogoproto/gogo\.proto";'),
    re.compile(r"option\s+(?:go_package|\(gogoproto[^)]*\))[^;]*;"),
    re.compile(r"\[\s*\(gogoproto[^\]]*\]"),
)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        proto, made = Path(folder, "proto"), Path(folder, "made")
        made.mkdir()
        for name in FILES:
            _put(proto / name, plain((_cache() / MODULE / "proto" / name).read_text()))
        _protoc(proto, made)
        for path in made.rglob("*_pb2.py*"):
            _put(TARGET / path.relative_to(made), at_home(path.read_text()))
    for path in (TARGET / "tendermint").rglob("*_pb2.py"):
        (path.parent / "__init__.py").touch()
    (TARGET / "tendermint" / "__init__.py").touch()
    return 0


def plain(proto: str) -> str:
    """The schema without what only Go reads."""
    for pattern in OF_GO:
        proto = pattern.sub("", proto)
    return proto


def at_home(generated: str) -> str:
    """Generated code with imports from its own package, where protoc has them from the top."""
    return re.sub(r"(?m)^from tendermint\.", f"from {PACKAGE}.tendermint.", generated)


def _cache() -> Path:
    said = subprocess.run(
        ["go", "env", "GOMODCACHE"], check=True, capture_output=True, text=True
    ).stdout
    return Path(said.strip())


def _protoc(proto: Path, made: Path) -> None:
    python = os.environ.get("PROTOC", sys.executable)
    outputs = (f"--python_out={made}", f"--pyi_out={made}")
    subprocess.run([python, "-m", "grpc_tools.protoc", "-I", proto, *outputs, *FILES], check=True)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    raise SystemExit(main())
