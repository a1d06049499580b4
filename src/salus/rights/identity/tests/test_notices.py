"""Notices: in the portal, by a real mail server, to a real web server, and when not."""

import hmac
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from salus.platform.notices import Kind, News, Quiet
from salus.platform.notices.errors import WebhookForbidden
from salus.platform.notices.model import ALWAYS
from salus.platform.notices.settings import NoticesSettings
from salus.platform.notices.webhook import Hook, check_url, post
from salus.platform.work import Work, catch_up
from salus.rights.identity.accounts.model import folded
from salus.rights.identity.accounts.tables import AccountRow
from salus.rights.identity.notices.service import tell
from salus.rights.identity.notices.tables import SentRow
from tests.support.portal import Opened, Visitor, opened

_TEN = datetime(2026, 3, 1, 22, tzinfo=UTC)


class _Mailbox:
    """What a mail server took; it refuses the first `refusing` letters."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusing = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusing:
            self.refusing -= 1
            return "451 later"
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Mailbox]:
    made = _Mailbox()
    controller = Controller(made, hostname="127.0.0.1", port=_free())
    controller.start()
    monkeypatch.setenv("SALUS_NOTICES_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SALUS_NOTICES_SMTP_PORT", str(controller.port))
    monkeypatch.setenv("SALUS_NOTICES_SMTP_TLS", "none")
    monkeypatch.setenv("SALUS_NOTICES_PORTAL", "https://portal.example")
    yield made
    controller.stop()


def _free() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("notices") / "home") as made:
        yield made


def account_of(portal: Opened, name: str) -> str:
    with portal.node.reading() as session:
        found = select(AccountRow.account).where(AccountRow.name == folded(name))
        return session.scalars(found).one()


def told(portal: Opened, name: str, kind: Kind, key: str) -> int:
    news = News(account_of(portal, name), kind, key, "/app/looks", 1)
    with portal.node.sessions() as session, session.begin():
        return tell(Work(portal.node, session), [news])


def reached(portal: Opened, who: Visitor, mailbox: _Mailbox, **values: str | list[str]) -> None:
    """Somebody with a confirmed address."""
    wished: dict[str, str | list[str]] = {
        "mail": "ada@example.org",
        "mail-kinds": [str(kind) for kind in Kind],
    }
    plain: dict[str, str | list[str]] = {"hook": "", "first": "0", "last": "0", "zone": "UTC"}
    kinds = [str(kind) for kind in Kind if kind not in ALWAYS]
    who.get("/app/settings/notices")
    answer = who.post(
        "/app/settings/notices",
        plain | wished | {"mail-kinds": kinds} | dict(values),
    )
    assert answer.status_code == 303, answer.text
    catch_up(portal.node)
    number = re.search(r"\d{6}", str(mailbox.letters.pop().get_content()))
    assert number is not None
    who.get("/app/settings/notices")
    wrong = f"{(int(number[0]) + 1) % 10**6:06}"
    assert who.post("/app/settings/notices/confirm", {"number": wrong}).status_code == 422
    who.follow(who.post("/app/settings/notices/confirm", {"number": number[0]}))


def test_what_happened_is_shown_once_until_it_was_seen(portal: Opened) -> None:
    who = portal.patient("shown")
    assert told(portal, "shown", Kind.ACCESS, "a") == 1
    assert told(portal, "shown", Kind.ACCESS, "a") == 0
    assert "Somebody looked at your record" in who.get("/app/home").text
    who.get("/app/notices")
    who.follow(who.post("/app/notices"))
    assert "Somebody looked at your record" not in who.get("/app/home").text
    assert "Somebody looked at your record" in who.get("/app/notices").text


def test_a_letter_says_that_something_happened_and_never_what(
    portal: Opened, mailbox: _Mailbox
) -> None:
    who = portal.patient("lettered")
    reached(portal, who, mailbox)
    told(portal, "lettered", Kind.ACCESS, "a")
    catch_up(portal.node)
    (letter,) = mailbox.letters
    text = letter.get_content()
    assert letter["To"] == "ada@example.org"
    assert "Somebody looked at your record." in text
    assert "https://portal.example/app/looks" in text
    with portal.node.reading() as session:
        row = session.scalars(select(SentRow).where(SentRow.key == "a")).one()
    assert (row.receipt, row.tries) == ("250", 1)
    assert b"ada@example.org" not in (portal.home / "node" / "node.db").read_bytes()


def test_a_letter_is_in_the_language_of_who_receives_it(portal: Opened, mailbox: _Mailbox) -> None:
    who = portal.patient("zhang")
    who.get("/app/settings")
    who.post("/app/settings", {"language": "zh-Hans"})
    reached(portal, who, mailbox)
    told(portal, "zhang", Kind.ACCESS, "a")
    catch_up(portal.node)
    assert not re.search("Somebody looked", mailbox.letters[0].get_content())


def test_what_is_muted_stays_in_the_portal_but_an_emergency_does_not(
    portal: Opened, mailbox: _Mailbox
) -> None:
    who = portal.patient("muting")
    reached(portal, who, mailbox, **{"mail-kinds": "money"})
    told(portal, "muting", Kind.ACCESS, "a")
    told(portal, "muting", Kind.EMERGENCY, "b")
    catch_up(portal.node)
    assert len(mailbox.letters) == 1
    assert "emergency" in mailbox.letters[0].get_content()


def test_a_letter_waits_for_the_morning_and_an_emergency_does_not(
    portal: Opened, mailbox: _Mailbox
) -> None:
    hour = portal.clock.now().hour
    who = portal.patient("sleeping")
    reached(portal, who, mailbox, first=str(hour), last=str((hour + 2) % 24))
    told(portal, "sleeping", Kind.ACCESS, "a")
    told(portal, "sleeping", Kind.RECOVERY, "b")
    catch_up(portal.node)
    assert len(mailbox.letters) == 1
    portal.clock.move(timedelta(hours=2))
    catch_up(portal.node)
    assert len(mailbox.letters) == 2


def test_a_refused_letter_is_sent_again_and_given_up_after_three_days(
    portal: Opened, mailbox: _Mailbox
) -> None:
    who = portal.patient("retried")
    reached(portal, who, mailbox)
    mailbox.refusing = 1
    told(portal, "retried", Kind.ACCESS, "again")
    catch_up(portal.node)
    assert not mailbox.letters
    portal.clock.move(timedelta(hours=2))
    catch_up(portal.node)
    assert len(mailbox.letters) == 1
    mailbox.refusing = 99
    told(portal, "retried", Kind.ACCESS, "lost")
    for _ in range(3):
        catch_up(portal.node)
        portal.clock.move(timedelta(days=2))
    catch_up(portal.node)
    with portal.node.reading() as session:
        row = session.scalars(select(SentRow).where(SentRow.key == "lost")).one()
    assert row.receipt == "given up"


class _Receiver(BaseHTTPRequestHandler):
    """Keeps what came; answers as the server says."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.came.append((self.headers["salus-signature"], body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_program_gets_signed_messages(portal: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_NOTICES_WEBHOOK_INSIDE", "1")
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    server.came, server.status = [], 200  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    who = portal.patient("hooked")
    who.get("/app/settings/notices")
    values = {"mail": "", "first": "0", "last": "0", "zone": "UTC", "webhook-kinds": "access"}
    url = f"http://127.0.0.1:{server.server_port}/in"
    page = who.post("/app/settings/notices", values | {"hook": url}).text
    found = re.search("<code>0x([0-9a-f]{64})</code>", page)
    assert found is not None
    told(portal, "hooked", Kind.ACCESS, "a")
    catch_up(portal.node)
    server.shutdown()
    thread.join()
    server.server_close()
    ((signed, body),) = server.came  # type: ignore[attr-defined]
    at = signed.split(",")[0].removeprefix("t=")
    wanted = hmac.new(bytes.fromhex(found[1]), f"{at}.".encode() + body, sha256).hexdigest()
    assert signed == f"t={at},v1={wanted}"
    assert set(json.loads(body)) == {"id", "kind", "at", "url"}


@pytest.mark.parametrize(
    "url",
    ["http://example.org", "ftp://x.org", "https://", "https://a@b.org", "https://x.org:99999"],
)
def test_a_web_address_is_https_and_names_nobody(url: str) -> None:
    with pytest.raises(WebhookForbidden):
        check_url(url, NoticesSettings())


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254"])
def test_a_message_goes_nowhere_inside(host: str) -> None:
    with pytest.raises(WebhookForbidden):
        post(Hook(f"https://{host}/", b"s"), {}, 1, NoticesSettings())


@pytest.mark.parametrize(
    ("first", "last", "hours"), [(0, 0, 0), (22, 7, 9), (8, 20, 0), (21, 23, 1), (23, 1, 0)]
)
def test_quiet_ends_with_its_last_hour(first: int, last: int, hours: int) -> None:
    assert Quiet(first, last).after(_TEN) == _TEN + timedelta(hours=hours)


def test_a_bad_address_is_blamed_on_its_field(portal: Opened) -> None:
    who = portal.patient("typing")
    for mail in ("nobody", "a@b", "a b@c.org", "a@b.org\nbcc: c@d.org"):
        who.get("/app/settings/notices")
        answer = who.post(
            "/app/settings/notices", {"mail": mail, "first": "0", "last": "0", "zone": "UTC"}
        )
        assert answer.status_code == 422
        assert 'id="mail-fault"' in answer.text
