"""A card as one printable page that needs no network: text in two languages, codes as pictures."""

from io import BytesIO

import segno
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from salus.services.emergency.card import Card, Printed, shown_code
from salus.services.emergency.wording import in_both


def page(card: Card, made: Printed) -> bytes:
    """The HTML of a card. A sealed one shows nothing of its lines."""
    environment = Environment(
        loader=PackageLoader("salus.services.emergency"), autoescape=select_autoescape()
    )
    return (
        environment.get_template("card.html")
        .render(
            words=in_both(),
            codes=[_picture(part) for part in made.parts],
            key=_picture(shown_code(made.code)) if made.code else None,
            code=shown_code(made.code),
            lines=() if made.code else card.lines,
            until=card.until.date().isoformat(),
            issued=card.issued.date().isoformat(),
        )
        .encode()
    )


def _picture(text: str) -> Markup:
    drawn = BytesIO()
    segno.make_qr(text, error="m", boost_error=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=4, omitsize=True
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - made by segno from [A-Z0-9/-]
