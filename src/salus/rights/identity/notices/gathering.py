"""Looking through what every capability has to tell, from its index and its own rows.

What a crash prevented is told by the next look; looking twice is looking once.
"""

from sqlalchemy import select

from salus.platform.capability import offered
from salus.platform.work import Node, Work
from salus.rights.identity.notices.service import tell
from salus.rights.identity.notices.tables import NoticeRow


def gather(node: Node) -> int:
    """How many notices were new."""
    with node.reading() as session:
        rows = session.execute(select(NoticeRow.account, NoticeRow.key))
        known = {(account, key) for account, key in rows}
        every = [each for door in offered("news") for each in door(node, session)]
    news = [each for each in every if (each.account, each.key) not in known]
    if not news:
        return 0
    with node.sessions() as session, session.begin():
        return tell(Work(node, session), news)
