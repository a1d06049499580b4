"""The first page of a clinician, and the search for a patient."""

from datetime import date, timedelta

from salus.platform.i18n import translate
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import read_secret
from salus.platform.web.portal import Card, Nav, Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.identity.matching.person import Person, person_of
from salus.rights.identity.matching.register import near
from salus.rights.identity.wording import told
from salus.services.fhir.pages.acting import PATIENTS, only_writers, shares_in_words, writes

pages = Pages(
    "fhir",
    nav=(
        Nav(Role.CLINICIAN, "Work list", f"{ROOT}/home", 0),
        Nav(Role.CLINICIAN, "Patients", PATIENTS, 10),
    ),
)
SOON = timedelta(days=7)
MOST = 20  # candidates that are shown


@pages.get("/clinic", Role.CLINICIAN)
def work_list(visit: Visit) -> Answer:
    return Redirect(f"{ROOT}/home")


@pages.get("/clinic/patients", Role.CLINICIAN)
def patients(visit: Visit) -> Answer:
    return Page("fhir/patients.html", _shown(visit) | {"found": None})


def _shown(visit: Visit) -> dict[str, object]:
    shares = shares_in_words(visit)
    sexes = [("", translate("not said")), *((sex, translate(sex)) for sex in ("female", "male"))]
    return {"shares": shares, "writes": writes(visit), "sexes": sexes}


@pages.post("/clinic/patients", Role.CLINICIAN, again=patients)
def search(visit: Visit) -> Answer:
    """Who may be that person: shown with the parts that agree, never with what is known."""
    only_writers(visit)
    person = _typed(visit)
    with visit.node.reading() as session:
        key = read_secret(visit.home / STORAGE_KEY)
        matches = near(session, person, storage_key=key)[:MOST]
    found = [
        (each.candidate.key, told([each.candidate.grade.value]), told(each.candidate.agrees))
        for each in matches
    ]
    return Page("fhir/patients.html", _shown(visit) | {"found": found})


def _typed(visit: Visit) -> Person:
    form = visit.form
    family = form.text("family", longest=80)
    given = form.text("given", required=False, longest=80)
    sex = form.choice("sex", ("female", "male"), required=False)
    phone = form.text("phone", required=False, longest=40)
    born = form.text("born", longest=10)
    if born and not _is_day(born):
        form.faults.setdefault("born", translate("Please choose a day."))
    form.check()
    return person_of(
        {
            "name": [{"family": family, "given": [given] if given else []}],
            "birthDate": born,
            "gender": sex,
            "telecom": [{"system": "phone", "value": phone}],
        }
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@pages.card(Role.CLINICIAN, order=10)
def shared_now(visit: Visit) -> Card | None:
    """How many patients share something, and what ends within a week."""
    shares = shares_in_words(visit)
    end = visit.node.clock.now() + SOON
    ending = sorted((each for each in shares if each.until <= end), key=lambda each: each.until)
    count = len({each.record for each in shares})
    return Card("fhir/shared_now.html", {"count": count, "ending": ending})
