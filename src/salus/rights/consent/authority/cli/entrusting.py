"""`salus entrust`."""

from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Work
from salus.rights.consent.authority.claiming import VALID, invite
from salus.rights.records.service import find_record

app = Commands()


@app.command()
def entrust(
    console: Console,
    records: Annotated[list[str], typer.Argument(help="Records, or beginnings of them.")],
) -> None:
    """Give a patient a code with which his wallet takes the control of records.

    Hand it to nobody else: whoever types it first in the portal controls them.

    Example: salus entrust 5a10
    """
    with open_node(console.home) as node, node.sessions() as session, session.begin():
        found = [find_record(session, record) for record in records]
        code = invite(Work(node, session), found)
    console.answer({"code": code, "days": VALID.days})
    console.say("Invitation, good once and for {days} days: {code}", days=VALID.days, code=code)
