"""Pages for people: who visits, what a page is, and the frame around every one of them."""

from salus.platform.web.portal import charts
from salus.platform.web.portal.errors import FormInvalid, PageMissing
from salus.platform.web.portal.forms import Form
from salus.platform.web.portal.frame import Portal
from salus.platform.web.portal.pages import Card, Download, Nav, Page, Pages, Redirect
from salus.platform.web.portal.visits import Acting, Person, Role, Visit

__all__ = [
    "Acting",
    "Card",
    "Download",
    "Form",
    "FormInvalid",
    "Nav",
    "Page",
    "PageMissing",
    "Pages",
    "Person",
    "Portal",
    "Redirect",
    "Role",
    "Visit",
    "charts",
]
