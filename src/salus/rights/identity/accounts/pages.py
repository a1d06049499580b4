"""Sign-in, joining, recovery, role, language and what one sets for oneself."""

import secrets
from base64 import b32decode, b32encode
from binascii import Error as NotBase32

from salus.kernel.clock import seconds
from salus.platform.i18n import translate
from salus.platform.notices import Kind, News
from salus.platform.observe import log
from salus.platform.web.portal import (
    FormInvalid,
    Nav,
    Page,
    PageMissing,
    Pages,
    Redirect,
    Role,
    Visit,
    sessions,
)
from salus.platform.web.portal.drawing import qr
from salus.platform.web.portal.languages import COOKIE, LANGUAGES
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.identity.accounts import second, service, totp
from salus.rights.identity.accounts.errors import CodeNeeded, WrongSignIn
from salus.rights.identity.notices.service import tell

HOME = f"{ROOT}/home"
pages = Pages(
    "identity",
    nav=tuple(Nav(role, "Settings", f"{ROOT}/settings", 90) for role in Role),
)


# SIGN IN AND OUT


@pages.get("/login")
def login(visit: Visit) -> Answer:
    return Page("identity/login.html", {"next": _inside(visit.query.get("next", ""))})


@pages.post("/login", again=login, limit="sign-in")
def sign_in(visit: Visit) -> Answer:
    form = visit.form
    name, password = form.text("name", longest=64), form.secret("password")
    form.check()
    try:
        found = service.sign_in(
            visit.node, name=name, password=password, code=form.text("code", required=False)
        )
    except CodeNeeded as error:
        form.blame("code", error)
        raise
    return _begun(visit, found, _inside(form.typed("next")))


def _begun(visit: Visit, found: service.SignedIn, then: str, *, is_told: bool = True) -> Redirect:
    now = visit.node.clock.now()
    with visit.node.sessions() as session, session.begin():
        sessions.forget_old(session, now=now)
        if visit.session:
            sessions.end(session, visit.session)
        cookies = sessions.begin(session, found.account, found.role, root=found.root, now=now)
        if is_told:
            _tell(Work(visit.node, session), found.account)
    if found.must_change:
        then = f"{ROOT}/settings/password"
    return Redirect(then, cookies=cookies.pairs())


def _tell(work: Work, account: str) -> None:
    """Whoever signs in with a stolen password shows himself to the owner."""
    at = seconds(work.node.clock.now())
    tell(work, [News(account, Kind.SIGN_IN, f"sign-in/{at}", f"{ROOT}/settings", at)])


@pages.post("/logout")
def sign_out(visit: Visit) -> Answer:
    if visit.session:
        with visit.node.sessions() as session, session.begin():
            sessions.end(session, visit.session)
    log("signed-out")
    return Redirect(f"{ROOT}/login", cookies=sessions.SIGNED_OUT, clears=True)


@pages.post("/role", *Role)
def switch(visit: Visit) -> Answer:
    """A new session in another role; what the old one could do is over."""
    role = Role(
        visit.form.choice("role", [str(each) for each in visit.who.roles]) or visit.who.role
    )
    now = visit.node.clock.now()
    with visit.node.sessions() as session, session.begin():
        sessions.end(session, visit.session)
        cookies = sessions.begin(
            session,
            visit.account,
            role,
            root=visit.root,
            now=now,
            is_confirmed=not visit.must_confirm,
        )
    return Redirect(HOME, cookies=cookies.pairs())


@pages.post("/language")
def speak(visit: Visit) -> Answer:
    language = visit.form.choice("language", LANGUAGES)
    visit.form.check()
    return Redirect(_inside(visit.form.typed("next")), cookies=((COOKIE, language),))


def _inside(path: str) -> str:
    """A page of ours and nothing else: where a link leads must not be for others to say."""
    plain = path.startswith(f"{ROOT}/") and "//" not in path and "\\" not in path
    return path if plain and path.isprintable() else HOME


# JOIN AND RECOVER


@pages.get("/join")
def join(visit: Visit) -> Answer:
    return Page("identity/join.html", {"languages": list(LANGUAGES.items())})


@pages.post("/join", again=join, limit="join")
def joined(visit: Visit) -> Answer:
    form = visit.form
    name, password = form.text("name", longest=64), form.secret("password")
    if password != form.typed("again"):
        form.faults.setdefault("again", translate("The two passwords differ."))
    form.check()
    made = service.join(visit.node, name=name, password=password, language=visit.language)
    found = service.SignedIn(made.account, Role.PATIENT, made.wallet.root)
    begun = _begun(visit, found, HOME, is_told=False)
    return Page(
        "identity/code.html",
        {"code": made.code, "then": f"{ROOT}/invitation"},
        cookies=begun.cookies,
    )


@pages.get("/recover")
def recover(visit: Visit) -> Answer:
    return Page("identity/recover.html")


@pages.post("/recover", again=recover, limit="recover")
def recovered(visit: Visit) -> Answer:
    form = visit.form
    name, code = form.text("name", longest=64), form.text("code", longest=64)
    password = form.secret("password")
    form.check()
    fresh = service.recover(visit.node, name=name, code=code, password=password)
    return Page("identity/code.html", {"code": fresh, "then": f"{ROOT}/login"})


# SETTINGS


@pages.get("/settings", *Role)
def settings(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        open_ = sessions.of_account(session, visit.account, now=visit.node.clock.now())
        has_totp = second.is_set_up(session, visit.account)
        spares = second.spares_left(session, visit.account)
    return Page(
        "identity/settings.html",
        {
            "languages": list(LANGUAGES.items()),
            "elsewhere": len(open_) - 1,
            "has_totp": has_totp,
            "spares": spares,
        },
    )


@pages.post("/settings", *Role, again=settings)
def set_preferences(visit: Visit) -> Answer:
    language = visit.form.choice("language", LANGUAGES)
    visit.form.check()
    large = visit.form.ticked("large", "yes")
    with visit.node.sessions() as session, session.begin():
        service.set_preferences(
            Work(visit.node, session), visit.account, language=language, large=large
        )
    return Redirect(f"{ROOT}/settings", said=translate("Saved."), cookies=((COOKIE, language),))


@pages.get("/settings/password", *Role, first=True)
def password(visit: Visit) -> Answer:
    return Page("identity/password.html")


@pages.post("/settings/password", *Role, again=password, first=True)
def change_password(visit: Visit) -> Answer:
    form = visit.form
    present, fresh = form.secret("present"), form.secret("fresh")
    if fresh != form.typed("again"):
        form.faults.setdefault("again", translate("The two passwords differ."))
    form.check()
    if not service.check(visit.node, visit.account, present):
        form.blame("present", WrongSignIn())
        raise FormInvalid
    service.change_password(visit.node, visit.account, password=fresh, root=visit.root)
    with visit.node.sessions() as session, session.begin():
        sessions.end_all(session, visit.account, but=visit.session)
    return Redirect(f"{ROOT}/settings", said=translate("The password is changed."))


@pages.post("/settings/code", Role.PATIENT, again=settings)
def renew_code(visit: Visit) -> Answer:
    confirm_whole(visit)
    code = service.new_code(visit.node, visit.account, root=visit.root)
    return Page("identity/code.html", {"code": code, "then": f"{ROOT}/settings"})


@pages.post("/settings/elsewhere", *Role)
def end_elsewhere(visit: Visit) -> Answer:
    now = visit.node.clock.now()
    with visit.node.sessions() as session, session.begin():
        others = len(sessions.of_account(session, visit.account, now=now)) - 1
        sessions.end_all(session, visit.account, but=visit.session)
    said = translate("Signed out in {count} other places.", count=others)
    return Redirect(f"{ROOT}/settings", said=said)


@pages.get("/settings/authenticator", *Role, first=True)
def authenticator(visit: Visit) -> Answer:
    typed = visit.form.typed("secret")
    secret = typed or b32encode(secrets.token_bytes(totp.SECRET)).decode()
    address = totp.uri(_secret(secret), visit.who.name)
    shows = {"secret": secret, "picture": qr(address), "must": bool(visit.who.first)}
    return Page("identity/authenticator.html", shows | _asks(visit))


def _secret(text: str) -> bytes:
    """Raises FormInvalid for what no page of ours has made."""
    try:
        found = b32decode(text)
    except (NotBase32, ValueError):
        raise FormInvalid from None
    if len(found) != totp.SECRET:
        raise FormInvalid
    return found


def _asks(visit: Visit) -> dict[str, bool]:
    """Whether digits are asked for beside the password, before how one signs in is changed."""
    with visit.node.reading() as session:
        return {"has_totp": second.is_set_up(session, visit.account)}


@pages.post("/settings/authenticator", *Role, again=authenticator, first=True)
def set_authenticator(visit: Visit) -> Answer:
    form = visit.form
    secret, code = _secret(form.typed("secret")), form.text("code", longest=7)
    confirm_whole(visit)
    try:
        spares = second.set_up(visit.node, visit.account, secret=secret, code=code)
    except WrongSignIn as error:
        form.blame("code", error)
        raise
    return _spares(visit, spares)


@pages.get("/settings/spare-codes", *Role)
def spare_codes(visit: Visit) -> Answer:
    asks = _asks(visit)
    if not asks["has_totp"]:
        return Redirect(f"{ROOT}/settings/authenticator")
    return Page("identity/spare_again.html", asks)


@pages.post("/settings/spare-codes", *Role, again=spare_codes)
def renew_spare_codes(visit: Visit) -> Answer:
    if not _asks(visit)["has_totp"]:
        raise PageMissing
    confirm_whole(visit)
    with visit.node.sessions() as session, session.begin():
        spares = second.renew_spares(session, visit.account)
    return _spares(visit, spares)


def _spares(visit: Visit, spares: list[str]) -> Page:
    """Shown this once; and the owner is told, in case it was somebody else."""
    with visit.node.sessions() as session, session.begin():
        service.tell_change(Work(visit.node, session), visit.account)
    return Page("identity/spare_codes.html", {"spares": spares, "then": HOME})


def confirm_whole(visit: Visit) -> None:
    """Everything that is asked for at sign-in, once more, however lately it was shown.

    Raises FormInvalid and WrongSignIn.
    """
    form, has_totp = visit.form, _asks(visit)["has_totp"]
    password = form.secret("password")
    digits = form.text("digits", longest=40) if has_totp else ""
    form.check()
    if not service.check(visit.node, visit.account, password):
        form.blame("password", WrongSignIn())
        raise WrongSignIn
    if has_totp and not second.check(visit.node, visit.account, digits):
        form.blame("digits", WrongSignIn())
        raise WrongSignIn


def confirm(visit: Visit) -> None:
    """The password again, where it was typed too long ago. Raises WrongSignIn and FormInvalid."""
    if not visit.must_confirm:
        return
    typed = visit.form.secret("password")
    visit.form.check()
    if not service.check(visit.node, visit.account, typed):
        visit.form.blame("password", WrongSignIn())
        raise WrongSignIn
    with visit.node.sessions() as session, session.begin():
        sessions.confirm(session, visit.session, now=visit.node.clock.now())
