"""Telling, seeing, and saying how one wants to be reached.

A notice and what leaves by each channel are rows of one transaction, that of the act where the act
is a row of this node, else of the gathering that found it in the index.
"""

import hmac
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.node import STORAGE_KEY
from salus.platform.notices import Kind, News, Quiet
from salus.platform.notices.model import ALWAYS, Channel
from salus.platform.notices.settings import NoticesSettings
from salus.platform.notices.webhook import check_url
from salus.platform.settings import read
from salus.platform.storage import guard, read_secret
from salus.platform.work import Node, Work, enqueue
from salus.rights.identity.notices.errors import MailCodeWrong, NotAnAddress
from salus.rights.identity.notices.tables import NoticeRow, ReachRow, SentRow

DELIVER, CONFIRM = "identity.deliver-notice", "identity.confirm-mail"
TRIES = 5  # of the number that confirms an address
MOST = 200  # notices that a list shows
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of the list."""

    kind: Kind
    path: str
    at: datetime
    is_seen: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How somebody is reached; `muted` are pairs of channel and kind."""

    mail: str = field(default="", repr=False)
    is_confirmed: bool = False
    hook: str = field(default="", repr=False)
    secret: bytes = field(default=b"", repr=False)
    muted: frozenset[tuple[Channel, Kind]] = frozenset()
    quiet: Quiet = field(default_factory=Quiet)


def tell(work: Work, every: Iterable[News]) -> int:
    """Write what is not written yet, and what leaves for it; how many were new."""
    count = 0
    for news in every:
        known = work.session.get(NoticeRow, (news.account, news.key))
        if known is None:
            _add(work, news)
            count += 1
    return count


def _add(work: Work, news: News) -> None:
    work.session.add(
        NoticeRow(
            account=news.account,
            key=news.key,
            kind=news.kind,
            path=news.path,
            at=news.at,
            seen_at=0,
        )
    )
    reach, now = reach_of(work.node, work.session, news.account), work.node.clock.now()
    for channel in _channels(reach, news.kind):
        row = SentRow(
            id=secrets.token_hex(16),
            account=news.account,
            key=news.key,
            channel=channel,
            made_at=seconds(now),
            sent_at=0,
            tries=0,
            receipt="",
        )
        work.session.add(row)
        at = now if news.kind in ALWAYS else reach.quiet.after(now)
        enqueue(work, DELIVER, run_at=at, sent=row.id)


def _channels(reach: Reach, kind: Kind) -> list[Channel]:
    open_ = {Channel.MAIL: reach.is_confirmed, Channel.WEBHOOK: bool(reach.hook)}
    return [
        channel
        for channel, is_open in open_.items()
        if is_open and (kind in ALWAYS or (channel, kind) not in reach.muted)
    ]


# SEEING


def notices(session: Session, account: str) -> list[Notice]:
    """The newest, first."""
    rows = session.scalars(_NEWEST, {"account": account})
    return [Notice(Kind(row.kind), row.path, moment(row.at), bool(row.seen_at)) for row in rows]


_NEWEST = (
    select(NoticeRow)
    .where(NoticeRow.account == bindparam("account"))
    .order_by(NoticeRow.at.desc(), NoticeRow.key)
    .limit(MOST)
)


def unseen(session: Session, account: str) -> int:
    mine = select(func.count()).select_from(NoticeRow)
    return session.scalar(mine.where(NoticeRow.account == account, NoticeRow.seen_at == 0)) or 0


def see_all(work: Work, account: str) -> None:
    mine = update(NoticeRow).where(NoticeRow.account == account, NoticeRow.seen_at == 0)
    work.session.execute(mine.values(seen_at=seconds(work.node.clock.now())))


# HOW SOMEBODY IS REACHED


def reach_of(node: Node, session: Session, account: str) -> Reach:
    row = session.get(ReachRow, account)
    if row is None or node.home is None:
        return Reach()
    key = storage_key(node)

    def opened(name: str) -> bytes:
        return open_at_rest(key, at_rest(account, name), getattr(row, name))

    muted = [each.split(":", 1) for each in row.muted.split()]
    return Reach(
        opened("mail").decode(),
        not row.code and bool(opened("mail")),
        opened("hook").decode(),
        opened("secret"),
        frozenset((Channel(channel), Kind(kind)) for channel, kind in muted),
        Quiet(row.quiet_first, row.quiet_last, row.zone),
    )


def at_rest(account: str, column: str) -> bytes:
    """What a sealed column is tied to."""
    return f"{ReachRow.__tablename__}/{account}/{column}".encode()


def storage_key(node: Node) -> bytes:
    assert node.home is not None, "who is reached is kept in a home"
    return read_secret(node.home / STORAGE_KEY)


def set_reach(
    work: Work,
    account: str,
    *,
    mail: str,
    hook: str,
    muted: Collection[tuple[Channel, Kind]],
    quiet: Quiet,
) -> bytes:
    """Keep how somebody wants to be reached; the secret of a new webhook, else nothing.

    A new address is used once the number that is mailed to it was typed. Raises NotAnAddress,
    WebhookForbidden.
    """
    _check_places(mail, hook)
    key, old = storage_key(work.node), reach_of(work.node, work.session, account)
    guard(work.session, key)
    fresh = secrets.token_bytes(32) if hook and hook != old.hook else b""
    known = work.session.get(ReachRow, account)
    code, tries = (known.code, known.tries) if known and mail == old.mail else (b"", 0)
    if mail and mail != old.mail:
        code = _mail_number(work, account, key)
    values = {"mail": mail.encode(), "hook": hook.encode(), "secret": fresh or old.secret}
    sealed_values = {
        name: seal_at_rest(key, at_rest(account, name), value if hook or name == "mail" else b"")
        for name, value in values.items()
    }
    work.session.merge(
        ReachRow(
            account=account,
            **sealed_values,
            code=code,
            tries=tries,
            muted=" ".join(sorted(f"{channel}:{kind}" for channel, kind in muted)),
            quiet_first=quiet.first,
            quiet_last=quiet.last,
            zone=quiet.zone,
        )
    )
    return fresh


def _mail_number(work: Work, account: str, key: bytes) -> bytes:
    """Send a number to a new address; what is kept of it."""
    number = f"{secrets.randbelow(10**6):06}"
    sealed = seal_at_rest(key, at_rest(account, "number"), number.encode()).hex()
    enqueue(work, CONFIRM, account=account, number=sealed)
    return _hash(account, number)


def _check_places(mail: str, hook: str) -> None:
    """Raises NotAnAddress and WebhookForbidden."""
    if mail and (len(mail) > 254 or not _ADDRESS.fullmatch(mail)):
        raise NotAnAddress
    if hook:
        check_url(hook, read(NoticesSettings))


def confirm_mail(work: Work, account: str, number: str) -> bool:
    """Whether that is the number that was mailed; wrong tries count.

    Raises MailCodeWrong where there is nothing to confirm any more.
    """
    row = work.session.get(ReachRow, account)
    if row is None or not row.code or row.tries >= TRIES:
        raise MailCodeWrong
    if not hmac.compare_digest(row.code, _hash(account, number.strip())):
        row.tries += 1
        return False
    row.code = b""
    return True


def _hash(account: str, number: str) -> bytes:
    return sha256(f"salus/mail-code/1/{account}/{number}".encode()).digest()


def reseal(session: Session, old: bytes, new: bytes) -> None:
    """Move what lies under the old storage key under the new one."""
    for row in session.scalars(select(ReachRow)):
        for name in ("mail", "hook", "secret"):
            place = at_rest(row.account, name)
            setattr(
                row, name, seal_at_rest(new, place, open_at_rest(old, place, getattr(row, name)))
            )
