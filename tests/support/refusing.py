"""How a keeper refuses: what it says to the reader, and what it tells the patient."""

from salus.kernel.errors import SalusError
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.release import release
from tests.support.scene import Asking


def answer(keeper: Keeper, ask: m.Ask) -> SalusError | None:
    """The refusal, or None when something was released."""
    try:
        release(keeper, ask)
    except SalusError as error:
        return error
    return None


def rules(keeper: Keeper, asking: Asking) -> list[str]:
    """Why requests were refused, as the patient is told."""
    looks = asking.scene.looks(keeper, asking.record)
    return [look.rule for look in looks if look.outcome == "refused"]


def is_refused(keeper: Keeper, asking: Asking, ask: m.Ask, rule: str) -> bool:
    """The reader learns nothing; the patient learns the rule."""
    error = answer(keeper, ask)
    return (
        type(error) is NotPermitted and error.details == {} and rules(keeper, asking)[-1:] == [rule]
    )
