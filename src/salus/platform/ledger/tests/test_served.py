"""How a home names the nodes of its ledger."""

from pathlib import Path

import httpx
import pytest

from salus.platform.errors import HomeDamaged
from salus.platform.ledger import RpcLedger
from salus.platform.ledger.nodes import Network
from salus.platform.ledger.served import Served, network_of, read_served, write_served
from salus.platform.ledger.settings import LedgerSettings
from salus.platform.ledger.tests.ledgered import KEY
from salus.platform.settings import read


def test_what_is_written_down_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "served.json"
    served = Served(("http://a:1", "https://b:2"), own=False, chain=7, genesis=bytes(32))
    write_served(file, served)

    assert read_served(file) == served


def test_homes_of_an_older_version_have_one_address(tmp_path: Path) -> None:
    file = tmp_path / "served.json"
    file.write_text('{"url": "http://127.0.0.1:8545"}')

    assert read_served(file) == Served(("http://127.0.0.1:8545",))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"endpoints": [], "own": true}',
        '{"endpoints": ["http://a"], "own": 1}',
        '{"endpoints": ["file:///etc"], "own": true}',
        '{"endpoints": [7], "own": true}',
        '{"endpoints": ["http://a"], "own": true, "chain": 7}',
        '{"endpoints": ["http://a"], "own": true, "chain": 7, "genesis": "0x12"}',
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "served.json"
    file.write_text(content)
    with pytest.raises(HomeDamaged, match=r"served\.json"):
        read_served(file)


def test_settings_name_other_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_LEDGER_ENDPOINTS", "http://x, http://y")
    monkeypatch.setenv("SALUS_LEDGER_LAG_SECONDS", "5")
    network = network_of(Served(("http://a",)), read(LedgerSettings))

    assert network == Network(("http://x", "http://y"), own=True, agreement=2, lag_seconds=5)


def test_a_password_in_an_address_is_never_shown() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502))
    with pytest.raises(Exception, match=r"http://host:1 ") as raised:
        RpcLedger("http://me:secret@host:1/key?token=x", relayer=KEY, transport=transport)

    assert "secret" not in str(raised.value)
    assert "token" not in str(raised.value)
