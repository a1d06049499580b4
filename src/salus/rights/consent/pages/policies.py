"""What holds for everybody: published policies, conditions, and the sentences that are signed."""

from salus.kernel.clock import moment
from salus.kernel.encoding import to_hex
from salus.platform.i18n import speaking, translate
from salus.platform.web.portal import Nav, Page, Pages, Role, Visit
from salus.platform.web.portal.languages import LANGUAGES
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent import policies as consent_policies
from salus.rights.consent.wording import DENY, PERMIT, kind_name

POLICIES = f"{ROOT}/admin/policies"
pages = Pages("consent", nav=(Nav(Role.ADMINISTRATOR, "Policies", POLICIES, 20),))


@pages.get("/admin/policies", Role.ADMINISTRATOR)
def policies(visit: Visit) -> Answer:
    """Read-only: governors publish, with `salus policy`."""
    with visit.node.reading() as session:
        published = consent_policies.policies(session)
        conditions = consent_policies.known_conditions(visit.node, session)
    return Page(
        "consent/policies.html",
        {
            "published": [
                (to_hex(each.policy), kind_name(each.kind), moment(each.published_at))
                for each in published
            ],
            "conditions": [
                (
                    each.name or to_hex(each.contract),
                    moment(each.approved_at) if each.approved_at else None,
                )
                for each in conditions
            ],
            "sentences": [_said(template) for template in (PERMIT, DENY)],
        },
    )


def _said(template: str) -> list[tuple[str, str, str]]:
    """A sentence in every language: its code, its name, its text with the gaps in it."""
    found = []
    for code, name in LANGUAGES.items():
        with speaking(code):
            found.append((code, name, translate(template)))
    return found
