"""A notice as mail."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from salus.platform.notices.errors import MailRefused, NoMailServer
from salus.platform.notices.settings import NoticesSettings

_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """`id` is the same for each try, so that a mailbox shows two of them once."""

    id: str
    to: str
    subject: str
    text: str


def send_mail(letter: Letter, settings: NoticesSettings) -> str:
    """Hand a letter to the mail server; what it answered. Raises MailRefused and NoMailServer."""
    if not settings.smtp_host:
        raise NoMailServer
    try:
        with _server(settings) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(_message(letter, settings))
            return "250"
    except (smtplib.SMTPException, OSError) as error:
        code = getattr(error, "smtp_code", "")
        raise MailRefused(reason=str(code or type(error).__name__)) from None


def _server(settings: NoticesSettings) -> smtplib.SMTP:
    host, port, context = settings.smtp_host, settings.smtp_port, ssl.create_default_context()
    if settings.smtp_tls == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=_SECONDS)
    if settings.smtp_tls != "none":
        server.starttls(context=context)
    return server


def _message(letter: Letter, settings: NoticesSettings) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = settings.sender, letter.to
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.id}@{settings.sender.rpartition('@')[2] or 'salus'}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers of absence
    message.set_content(letter.text)
    return message
