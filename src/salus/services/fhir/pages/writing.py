"""What the source writes: a patient who is new, the next version, and the invitation."""

from collections.abc import Callable

from salus.kernel.errors import SalusError
from salus.kernel.ids import record_text
from salus.platform.i18n import explain, translate
from salus.platform.web.portal import FormInvalid, Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import Answer
from salus.platform.work import Work
from salus.rights.consent.authority import claiming
from salus.rights.identity.accounts.pages import confirm
from salus.services.fhir import uploading
from salus.services.fhir.files import Document
from salus.services.fhir.pages.acting import PATIENTS, only_writers, own_record
from salus.services.fhir.service import Desk, desk_of

TAKES = 32 * 2**20  # bytes of a form with a file in it
pages = Pages("fhir")


@pages.get("/clinic/patients/new", Role.CLINICIAN)
def new(visit: Visit) -> Answer:
    only_writers(visit)
    return Page("fhir/new.html", {"faults": []})


@pages.post("/clinic/patients/new", Role.CLINICIAN, again=new, takes=TAKES, signs=True)
def register(visit: Visit) -> Answer:
    only_writers(visit)
    return _taken(visit, "fhir/new.html", _register)


def _register(visit: Visit, desk: Desk, document: Document) -> Redirect:
    text = record_text(uploading.register(desk, document))
    said = translate("Registered. The front desk is asked if the patient may be known already.")
    return Redirect(f"{PATIENTS}/{text}", said=said)


@pages.get("/clinic/patients/{record}/add", Role.CLINICIAN)
def file(visit: Visit, record: str) -> Answer:
    own_record(visit, record)
    return Page("fhir/add.html", {"faults": [], "record": record})


@pages.post("/clinic/patients/{record}/add", Role.CLINICIAN, again=file, takes=TAKES, signs=True)
def add(visit: Visit, record: str) -> Answer:
    found = own_record(visit, record)

    def added(visit: Visit, desk: Desk, document: Document) -> Redirect:
        uploading.add(desk, document, found)
        visit.node.follow()
        return Redirect(f"{PATIENTS}/{record}", said=translate("The file is part of the record."))

    return _taken(visit, "fhir/add.html", added, record=record)


def _taken(
    visit: Visit, template: str, take: Callable[[Visit, Desk, Document], Redirect], **shows: str
) -> Answer:
    """Take a file, or show everything that is wrong with it."""
    form = visit.form
    upload = form.upload("file", largest=uploading.LARGEST)
    form.check()
    document = uploading.uploaded(upload.name, upload.content)
    try:
        if faults := uploading.faults(document):
            refusal = explain(FormInvalid())
            return Page(template, {"faults": faults, "refusal": refusal, **shows}, 422)
        return take(visit, desk_of(visit.node, visit.home), document)
    except SalusError as error:
        form.blame("file", error)
        raise


@pages.get("/clinic/patients/{record}/invite", Role.CLINICIAN)
def invitation(visit: Visit, record: str) -> Answer:
    """Before the code is made: what it does, and whether the patient has the control already."""
    found = own_record(visit, record)
    with visit.node.reading() as session:
        is_free = claiming.account_of(session, found) is None
    return Page("fhir/invite.html", {"record": record, "is_free": is_free})


@pages.post("/clinic/patients/{record}/invite", Role.CLINICIAN, again=invitation, signs=True)
def invite(visit: Visit, record: str) -> Answer:
    """A code by which the patient takes the control of the record; shown once."""
    found = own_record(visit, record)
    confirm(visit)
    with visit.node.sessions() as session, session.begin():
        code = claiming.invite(Work(visit.node, session), [found])
    days = claiming.VALID.days
    return Page("fhir/invitation.html", {"code": code, "days": days, "record": record})
