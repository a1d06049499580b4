"""Letting notices out, in the language of who receives them."""

from datetime import timedelta

from salus.kernel.clock import moment, seconds
from salus.kernel.errors import SalusError
from salus.kernel.wrap import open_at_rest
from salus.platform.i18n import speaking, translate
from salus.platform.notices import Kind
from salus.platform.notices.errors import WebhookForbidden
from salus.platform.notices.mail import Letter, send_mail
from salus.platform.notices.model import Channel
from salus.platform.notices.settings import NoticesSettings
from salus.platform.notices.webhook import Hook, post
from salus.platform.observe import log
from salus.platform.settings import read
from salus.platform.work import Job, Node
from salus.rights.identity.accounts.tables import AccountRow
from salus.rights.identity.notices.service import (
    CONFIRM,
    DELIVER,
    Reach,
    at_rest,
    reach_of,
    storage_key,
)
from salus.rights.identity.notices.tables import NoticeRow, SentRow
from salus.rights.identity.notices.wording import said

PATIENCE = timedelta(days=3)
GIVEN_UP = "given up"


def deliver(node: Node, sent: str) -> None:
    """Once; what fails is tried again for three days. Raises MailRefused and WebhookRefused."""
    with node.reading() as session:
        row = session.get(SentRow, sent)
        if row is None or row.receipt:
            return
        notice = session.get_one(NoticeRow, (row.account, row.key))
        account = session.get(AccountRow, row.account)
        reach = reach_of(node, session, row.account)
    if account is None:
        return
    try:
        receipt = _send(node, row, notice, reach, account.language)
    except SalusError as error:
        is_hopeless = isinstance(error, WebhookForbidden)
        if is_hopeless or node.clock.now() > moment(row.made_at) + PATIENCE:
            log("notice-given-up", level="warning", error=error.key())
            _note(node, sent, receipt=GIVEN_UP)
            return
        _note(node, sent)
        raise
    _note(node, sent, receipt=receipt)


def _send(node: Node, row: SentRow, notice: NoticeRow, reach: Reach, language: str) -> str:
    settings = read(NoticesSettings)
    link = settings.portal.rstrip("/") + notice.path
    if row.channel == Channel.WEBHOOK:
        members: dict[str, object] = {
            "id": row.id,
            "kind": notice.kind,
            "at": notice.at,
            "url": link,
        }
        hook = Hook(reach.hook, reach.secret)
        return post(hook, members, seconds(node.clock.now()), settings)
    with speaking(language):
        text = translate(
            "{said}\n\nSee it in the portal: {link}\n\nThis message says only that something"
            " happened. Nobody at Salus asks for your password.",
            said=said(Kind(notice.kind)),
            link=link,
        )
        subject = translate("News from Salus")
    return send_mail(Letter(row.id, reach.mail, subject, text), settings)


def _note(node: Node, sent: str, *, receipt: str = "") -> None:
    with node.sessions() as session, session.begin():
        row = session.get_one(SentRow, sent)
        row.tries += 1
        row.receipt = receipt
        row.sent_at = seconds(node.clock.now()) if receipt and receipt != GIVEN_UP else 0


def confirm(node: Node, account: str, number: str) -> None:
    """Mail the number that shows whose address it is. Raises MailRefused."""
    with node.reading() as session:
        row = session.get(AccountRow, account)
        reach = reach_of(node, session, account)
    if row is None or not reach.mail or reach.is_confirmed:
        return
    raw = bytes.fromhex(number)
    digits = open_at_rest(storage_key(node), at_rest(account, "number"), raw).decode()
    with speaking(row.language):
        subject = translate("Your number for Salus")
        text = translate(
            "Type this number in the settings of your notices: {number}\n\nIf you did not ask for"
            " it, do nothing.",
            number=digits,
        )
    send_mail(Letter(f"{account}.{number[:16]}", reach.mail, subject, text), read(NoticesSettings))


JOBS: dict[str, Job] = {DELIVER: deliver, CONFIRM: confirm}
