"""Certificates that parties make for themselves; others know them by the hash of their key."""

import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from salus.kernel.ids import Digest

LASTS = timedelta(days=3652)
_SKEW = timedelta(days=1)  # by which the clock of whoever connects may be behind
_LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its secret key, both PEM."""

    certificate: str
    key: bytes = field(repr=False)


def new_credential(name: str, host: str, *, now: datetime) -> Credential:
    """A P-256 key and a certificate that it signs itself, for `host` and this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    hosts = [_general_name(each) for each in dict.fromkeys((host, *_LOOPBACK))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Credential(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def tls_key_hash(certificate: str) -> Digest:
    """SHA-256 of the SubjectPublicKeyInfo, which a renewed certificate keeps. Raises ValueError."""
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    spki = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Digest(sha256(spki).digest())


def ends_at(certificate: str) -> datetime:
    """The last moment of a certificate (PEM), or of the first of several. Raises ValueError."""
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc


def begins_at(certificate: str) -> datetime:
    """The first moment of a certificate (PEM), or of the first of several. Raises ValueError."""
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_before_utc


def pinned(certificate: str) -> ssl.SSLContext:
    """A client's context that trusts these certificates (PEM) and no authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificate)
    return context
