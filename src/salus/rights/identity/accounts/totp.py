"""The six digits of an authenticator (RFC 6238), sealed at rest, each good once."""

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from salus.kernel.encoding import TAG
from salus.kernel.wrap import open_at_rest, seal_at_rest

SECRET, STEP = 20, 30  # bytes; seconds


def step_of(secret: bytes, code: str, now: int) -> int | None:
    """The step of time whose digits were typed: the present one, or one beside it."""
    made = _made(secret)
    typed = code.replace(" ", "").encode()
    for step in (now // STEP, now // STEP - 1, now // STEP + 1):
        try:
            made.verify(typed, step * STEP)
        except InvalidToken:
            continue
        return step
    return None


def digits(secret: bytes, now: int) -> str:
    """What an authenticator shows at a moment (s)."""
    return _made(secret).generate(now).decode()


def uri(secret: bytes, name: str) -> str:
    """What an authenticator reads from a QR code."""
    return _made(secret).get_provisioning_uri(name, "Salus")


def _made(secret: bytes) -> TOTP:
    # Authenticators in use know SHA-1 only; for an HMAC that is no weakness (RFC 6238 B).
    return TOTP(secret, 6, SHA1(), STEP)  # noqa: S303


def seal(storage_key: bytes, account: str, secret: bytes) -> bytes:
    return seal_at_rest(storage_key, place(account), secret)


def opened(storage_key: bytes, account: str, sealed: bytes) -> bytes:
    return open_at_rest(storage_key, place(account), sealed)


def place(account: str) -> bytes:
    return TAG("salus/account-totp/1") + account.encode()
