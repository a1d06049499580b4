"""The page before a signature: what would be signed, in one sentence, and what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass

from salus.platform.web.portal import Form, Page

SIGN, CHANGE = "sign", "change"
_OWN = frozenset({"csrf", "once", "step", "password"})


@dataclass(frozen=True, slots=True)
class Review:
    """`said` is what is signed, `way` where it is sent, `act` what the button says.

    `facts` are pairs of a word and a value, `notes` sentences about what may be lost and what not.
    `kept` are fields that go with it, `text` is the whole agreement. Without `back` the button
    beside it leads to the form again.
    """

    said: str
    way: str
    act: str
    back: str = ""
    facts: tuple[tuple[str, object], ...] = ()
    notes: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    text: str = ""
    is_danger: bool = False

    def page(self) -> Page:
        return Page("consent/signing.html", {"review": self})


def kept(form: Form) -> tuple[tuple[str, str], ...]:
    """Everything that was chosen, for the second sending of a form."""
    return tuple(
        (name, value)
        for name, values in form.values.items()
        if name not in _OWN
        for value in values
    )


def step(form: Form) -> str:
    """SIGN on the page of the sentence, CHANGE for going back from it, else empty."""
    return form.typed("step")


def lacks_password_only(form: Form) -> bool:
    """Whether the sentence itself should be shown again, as only the password was wrong."""
    return step(form) == SIGN and form.faults.keys() == {"password"}


def once_more(form: Form, review: Callable[[], Review]) -> Page:
    """The sentence again, with the fault of the password beside its field."""
    fault = form.faults.pop("password")
    page = review().page()
    form.faults["password"] = fault
    return page
