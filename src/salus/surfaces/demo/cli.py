"""`salus demo`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.surfaces.demo.report import write_report
from salus.surfaces.demo.story import live

app = Commands()


@app.command()
def demo(
    console: Console,
    *,
    report: Annotated[Path, typer.Option(help="Where the report goes.")] = Path(
        "build/demo/report.html"
    ),
) -> None:
    """Live the life of one record on three made-up patients, and write a report."""
    story = live(console)
    write_report(report, story)
    console.answer(
        {
            "report": str(report),
            "steps": [
                {"title": step.title, "lines": list(step.lines), "seconds": round(step.seconds, 3)}
                for step in story.steps
            ],
        }
    )
    console.say("The report: {report}", report=report)
