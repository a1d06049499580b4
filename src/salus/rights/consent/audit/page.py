"""An accounting as one page that prints well and needs no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, select_autoescape

from salus.kernel.clock import stamp
from salus.platform.i18n import language, translate


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an accounting in words."""

    when: str
    recipient: str
    address: str
    what: str
    purpose: str
    times: int
    exemption: str


def page(rows: Sequence[Row], *, record: str, made: datetime, span: str) -> bytes:
    """The HTML of an accounting."""
    environment = Environment(
        loader=PackageLoader("salus.rights.consent.audit"), autoescape=select_autoescape()
    )
    template = environment.get_template("accounting.html")
    shown = {"rows": rows, "record": record, "made": stamp(made), "span": span}
    return template.render(_=translate, language=language(), **shown).encode()
