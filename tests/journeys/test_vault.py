"""A home keeps its bodies in a folder and in a bucket; one of them loses some, and mends itself."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from salus.kernel.clock import ManualClock, SystemClock
from salus.kernel.crypt4gh import segment_root
from salus.platform.node import open_node
from salus.platform.vault.opening import VAULT
from salus.platform.vault.settings import FILE
from tests.journeys.stage import answer, run
from tests.support.buckets import S3Server, s3_server

BODIES = {segment_root(body): body for body in (b"body %d" % n for n in range(12))}
SECRET = "credentials"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as started:
        started.bucket("bodies")
        yield started


@pytest.fixture
def two(home: Path, server: S3Server) -> Path:
    """A home with two stores, and bodies in both."""
    root = home / VAULT
    root.mkdir(exist_ok=True)
    with open_node(home) as node:  # from before it had a second store
        node.vault.put(dict(list(BODIES.items())[:3]))
    describe(root, server)
    keys = f"[default]\naws_access_key_id = {server.access_key}\n"
    keys += f"aws_secret_access_key = {server.secret_key}\n"
    (root / SECRET).touch(mode=0o600)
    (root / SECRET).write_text(keys)
    with open_node(home) as node:
        node.vault.put(BODIES)
    return home


def describe(root: Path, server: S3Server, **changed: object) -> None:
    bucket = {
        "name": "far",
        "kind": "s3",
        "bucket": "bodies",
        "endpoint": server.url,
        "prefix": root.parent.parent.name,
        "credentials": SECRET,
        "timeout_seconds": 2,
    }
    stores = [{"name": "near", "kind": "folder"}, bucket]
    (root / FILE).write_text(json.dumps({"copies": 1, "stores": stores} | changed))


def bodies_in(home: Path) -> list[Path]:
    return sorted(path for path in (home / VAULT).glob("??/*"))


def test_what_was_there_before_a_store_was_added_is_copied_to_it(two: Path) -> None:
    said = answer(two, "vault", "status")

    assert said["stores"] == [{"name": "near", "bodies": 12}, {"name": "far", "bodies": 12}]
    found = answer(two, "vault", "repair")
    assert (found["bodies"], found["missing"], found["lost"]) == (12, 0, 0)


def test_a_scrub_ends_with_1_and_a_repair_makes_all_good(two: Path) -> None:
    gone, cut, *_ = bodies_in(two)
    gone.unlink()
    cut.write_bytes(cut.read_bytes()[:-1])
    scrubbed = run(two, "vault", "scrub", "--json")
    asked = run(two, "vault", "status")

    assert scrubbed.status == 1
    found = scrubbed.json()
    assert (found["missing"], found["damaged"], found["lost"]) == (1, 1, 0)
    assert "Of 12 bodies these copies were not whole" in asked.out
    assert run(two, "vault", "repair").status == 0
    assert {path.name: path.read_bytes() for path in bodies_in(two)} == {
        name.hex(): body for name, body in BODIES.items()
    }
    assert run(two, "vault", "scrub").status == 0


def test_a_store_that_is_away_is_said_and_what_the_other_has_is_read(
    two: Path, server: S3Server
) -> None:
    server.kill()
    try:
        said = answer(two, "vault", "status")
        with open_node(two) as node:
            read = {name: node.vault.get(name) for name in BODIES}
        scrubbed = run(two, "vault", "scrub", "--json")
    finally:
        server.start()

    assert said["stores"][1] == {"name": "far", "bodies": None}
    assert read == BODIES
    assert (scrubbed.status, scrubbed.json()["unknown"]) == (1, 12)


def test_the_node_mends_itself_in_the_days_that_its_vault_says(two: Path) -> None:
    clock = ManualClock(SystemClock().now())
    bodies_in(two)[0].unlink()
    with open_node(two, clock=clock):
        clock.move(timedelta(minutes=2))
    assert len(bodies_in(two)) == 12

    bodies_in(two)[0].unlink()
    with open_node(two, clock=clock):
        clock.move(timedelta(days=29))
    assert len(bodies_in(two)) == 11
    with open_node(two, clock=clock):
        clock.move(timedelta(days=2))
    assert len(bodies_in(two)) == 12


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"copies": 3}, "there are fewer stores than copies"),
        ({"copies": 0}, "greater than or equal to 1"),
        ({"stores": []}, "at least 1 item"),
        ({"stores": [{"name": "a", "kind": "ftp"}]}, "kind"),
        ({"stores": [{"name": "a", "kind": "folder", "bucket": "b"}]}, "stores.0.folder.bucket"),
        ({"stores": [{"name": "a", "kind": "folder"}] * 2}, "two stores have one name"),
        ({"stores": [{"name": "a", "kind": "s3"}]}, "stores.0.s3.bucket"),
        ({"stores": [{"name": "a", "kind": "ipfs", "endpoint": "ftp://x"}]}, "endpoint"),
        ({"keys": "none"}, "keys"),
    ],
)
def test_a_vault_that_is_not_described_well_is_refused(
    home: Path, server: S3Server, changed: dict[str, object], said: str
) -> None:
    (home / VAULT).mkdir(exist_ok=True)
    describe(home / VAULT, server, **changed)
    refused = run(home, "vault", "status")

    assert refused.status == 1
    assert said in refused.err
    assert "docs/how-to/store-bodies-elsewhere.md" in refused.err


def test_credentials_that_others_may_read_are_refused(two: Path) -> None:
    (two / VAULT / SECRET).chmod(0o644)

    assert "may be read by others" in run(two, "vault", "status").err
    (two / VAULT / SECRET).unlink()
    assert "no such file" in run(two, "vault", "status").err
    (two / VAULT / SECRET).touch(mode=0o600)
    (two / VAULT / SECRET).write_text("[default]\naws_access_key_id = only this\n")
    refused = run(two, "vault", "status")
    assert "aws_secret_access_key" in refused.err
    assert "only this" not in refused.err


def test_one_bucket_of_the_environment_keeps_all_bodies(
    home: Path, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"KIND": "s3", "ENDPOINT": server.url, "BUCKET": "bodies", "PREFIX": home.parent.name}
    keys = {"ACCESS_KEY": server.access_key, "SECRET_KEY": server.secret_key}
    for name, value in (named | keys).items():
        monkeypatch.setenv(f"SALUS_VAULT_{name}", value)
    with open_node(home) as node:
        node.vault.put(BODIES)

    assert bodies_in(home) == []
    assert answer(home, "vault", "status")["stores"] == [{"name": "vault", "bodies": 12}]
    assert answer(home, "vault", "scrub")["bodies"] == 12
