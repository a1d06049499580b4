"""`salus records`."""

from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.records import service

app = Commands()


@app.command()
def records(console: Console) -> None:
    """List the records of this home with their sections."""
    with open_node(console.home) as node, node.reading() as session:
        found = service.records(session)
    console.answer(
        [
            {
                "record": record_text(each.record),
                "version": each.version,
                "sections": each.sections,
                "anchored": each.is_anchored,
            }
            for each in found
        ]
    )
    if not found:
        console.say("No records yet. Bring one in with `salus import FILE`.")
        return
    rows = [
        (
            record_text(each.record),
            each.version,
            ", ".join(f"{name} {count}" for name, count in each.sections.items()),
        )
        for each in found
    ]
    console.table(("record", "version", "sections and resources"), rows)
