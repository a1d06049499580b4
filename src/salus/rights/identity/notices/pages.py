"""What somebody was told, and how he wants to be told."""

from salus.kernel.encoding import to_hex
from salus.platform.i18n import translate
from salus.platform.notices import Kind, Quiet
from salus.platform.notices.errors import WebhookForbidden
from salus.platform.notices.model import ALWAYS, Channel
from salus.platform.notices.settings import NoticesSettings
from salus.platform.settings import read
from salus.platform.web.portal import Card, FormInvalid, Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.identity.notices import service
from salus.rights.identity.notices.errors import MailCodeWrong, NotAnAddress
from salus.rights.identity.notices.wording import said, short

pages = Pages("identity")
NOTICES, SETTINGS = f"{ROOT}/notices", f"{ROOT}/settings/notices"
ZONES = (
    *("UTC", "Europe/London", "Europe/Berlin", "Europe/Athens", "Asia/Dubai", "Asia/Kolkata"),
    *("Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
)
HOURS = [(str(hour), f"{hour:02}:00") for hour in range(24)]
MUTABLE = [kind for kind in Kind if kind not in ALWAYS]


@pages.get("/notices", *Role)
def notices(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = service.notices(session, visit.account)
    return Page("identity/notices.html", {"notices": found, "said": said})


@pages.post("/notices", *Role)
def seen(visit: Visit) -> Answer:
    with visit.node.sessions() as session, session.begin():
        service.see_all(Work(visit.node, session), visit.account)
    return Redirect(NOTICES)


@pages.get("/settings/notices", *Role)
def reach(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = service.reach_of(visit.node, session, visit.account)
    wanted = {
        channel: [kind for kind in MUTABLE if (channel, kind) not in found.muted]
        for channel in Channel
    }
    return Page(
        "identity/reach.html",
        {
            "reach": found,
            "kinds": [(str(kind), short(kind)) for kind in MUTABLE],
            "always": [short(kind) for kind in Kind if kind in ALWAYS],
            "wanted": wanted,
            "hours": HOURS,
            "zones": [(each, each.replace("_", " ")) for each in ZONES],
            "has_mail": bool(read(NoticesSettings).smtp_host),
        },
    )


@pages.post("/settings/notices", *Role, again=reach)
def set_reach(visit: Visit) -> Answer:
    form = visit.form
    mail = form.text("mail", required=False, longest=254)
    hook = form.text("hook", required=False, longest=500)
    names = [str(kind) for kind in MUTABLE]
    wanted = {channel: form.choices(f"{channel}-kinds", names, least=0) for channel in Channel}
    first, last = form.whole("first", most=23), form.whole("last", most=23)
    zone = form.choice("zone", ZONES)
    form.check()
    muted = [
        (channel, kind) for channel in Channel for kind in MUTABLE if kind not in wanted[channel]
    ]
    try:
        with visit.node.sessions() as session, session.begin():
            secret = service.set_reach(
                Work(visit.node, session),
                visit.account,
                mail=mail,
                hook=hook,
                muted=muted,
                quiet=Quiet(first, last, zone),
            )
    except NotAnAddress as error:
        form.blame("mail", error)
        raise
    except WebhookForbidden as error:
        form.blame("hook", error)
        raise
    if secret:
        return Page("identity/hook.html", {"secret": to_hex(secret)})
    return Redirect(SETTINGS, said=translate("Saved."))


@pages.post("/settings/notices/confirm", *Role, again=reach)
def confirm_mail(visit: Visit) -> Answer:
    number = visit.form.text("number", longest=6)
    visit.form.check()
    try:
        with visit.node.sessions() as session, session.begin():
            is_right = service.confirm_mail(Work(visit.node, session), visit.account, number)
    except MailCodeWrong as error:
        visit.form.blame("number", error)
        raise
    if not is_right:
        visit.form.blame("number", MailCodeWrong())
        raise FormInvalid
    return Redirect(SETTINGS, said=translate("From now on you get notices by mail."))


def _news(visit: Visit) -> Card | None:
    """What somebody has not seen yet; that he has just signed in he knows."""
    with visit.node.reading() as session:
        found = [
            each
            for each in service.notices(session, visit.account)
            if not each.is_seen and each.kind is not Kind.SIGN_IN
        ]
    if not found:
        return None
    is_urgent = any(each.kind in ALWAYS for each in found)
    shown = {"notices": found[:3], "count": len(found), "said": said}
    return Card("identity/news.html", shown, urgent=is_urgent)


for _role in Role:
    pages.card(_role, order=8)(_news)
