"""A door behind a certificate that its party made: only that one is accepted."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, Request, Response

from salus.platform.web import (
    Credential,
    Peer,
    PeerUnreachable,
    WrongCertificate,
    listen,
    new_app,
    new_credential,
    tls_key_hash,
)
from salus.platform.web.certificates import LASTS, pinned
from salus.platform.web.errors import CertificateEnded

NOW = datetime.now(UTC)


def door() -> FastAPI:
    app = new_app("test")

    @app.put("/echo")
    async def _echo(request: Request) -> Response:
        return Response(b"".join([part async for part in request.stream()]))

    @app.get("/health")
    async def _health() -> str:
        return "live"

    return app


@contextmanager
def answering(folder: Path, credential: Credential) -> Iterator[str]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_text(credential.certificate)
    key.write_bytes(credential.key)
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(
            door(), log_config=None, lifespan="off", ssl_certfile=certificate, ssl_keyfile=key
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def test_the_party_with_the_known_certificate_is_heard(tmp_path: Path) -> None:
    credential = new_credential("c1", "127.0.0.1", now=NOW)
    with answering(tmp_path, credential) as url:
        peer = Peer.at("c1", url, credential.certificate)
        named = Peer.at("c1", url.replace("127.0.0.1", "localhost"), credential.certificate)
        heard = peer.get("/health"), named.get("/health")
        peer.put("/echo", iter([b"one", b"two"]), {"content-length": "6"})
        peer.close()
        named.close()

    assert heard == (b'"live"', b'"live"')


def test_another_certificate_of_the_same_name_is_refused(tmp_path: Path) -> None:
    known, other = (new_credential("c1", "127.0.0.1", now=NOW) for _ in range(2))
    with answering(tmp_path, other) as url:
        peer = Peer.at("c1", url, known.certificate)
        with pytest.raises(WrongCertificate, match="c1"):
            peer.get("/health")
        peer.close()


def test_without_its_certificate_nobody_vouches_for_a_party(tmp_path: Path) -> None:
    with answering(tmp_path, new_credential("c1", "127.0.0.1", now=NOW)) as url:
        peer = Peer.at("c1", url)
        with pytest.raises(WrongCertificate):
            peer.get("/health")
        peer.close()


@pytest.mark.parametrize("moved", [-LASTS - timedelta(days=2), timedelta(days=3)])
def test_a_certificate_out_of_its_time_is_not_called_a_wrong_one(
    tmp_path: Path, moved: timedelta
) -> None:
    ended = new_credential("c1", "127.0.0.1", now=NOW + moved)
    with answering(tmp_path, ended) as url:
        peer = Peer.at("c1", url, ended.certificate)
        with pytest.raises(CertificateEnded, match="c1"):
            peer.get("/health")
        peer.close()


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    credential = new_credential("c1", "127.0.0.1", now=NOW)
    with answering(tmp_path, credential) as url:
        peer = Peer.at("c1", url.replace("127.0.0.1", "[::ffff:127.0.0.1]"), credential.certificate)
        with pytest.raises((WrongCertificate, PeerUnreachable)):
            peer.get("/health")
        peer.close()


def test_plain_http_is_not_an_answer_over_https(tmp_path: Path) -> None:
    credential = new_credential("c1", "127.0.0.1", now=NOW)
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(door(), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    peer = Peer.at("c1", url, credential.certificate)
    try:
        with pytest.raises(PeerUnreachable):
            peer.get("/health")
    finally:
        peer.close()
        server.should_exit = True
        thread.join()
        listener.close()


def test_a_certificate_is_of_p_256_and_only_for_a_server() -> None:
    made = new_credential("c1", "custodian.example", now=NOW)
    read = x509.load_pem_x509_certificate(made.certificate.encode())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    public = read.public_key()

    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"
    assert {"custodian.example", "localhost"} == set(names.get_values_for_type(x509.DNSName))
    assert not read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert "PRIVATE" not in made.certificate + repr(made)


def test_the_hash_is_of_the_key_and_tells_certificates_apart() -> None:
    first, second = (new_credential("c1", "127.0.0.1", now=NOW) for _ in range(2))

    assert tls_key_hash(first.certificate) == tls_key_hash(first.certificate)
    assert tls_key_hash(first.certificate) != tls_key_hash(second.certificate)
    with pytest.raises(ValueError):
        tls_key_hash("-----BEGIN CERTIFICATE-----\n")


def test_a_client_that_pins_speaks_nothing_older_than_tls_1_3() -> None:
    context = pinned(new_credential("c1", "127.0.0.1", now=NOW).certificate)

    assert context.minimum_version == ssl.TLSVersion.TLSv1_3
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats()["x509"] == 1
