"""The story of the demonstration as one HTML page that needs nothing else."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from salus.platform.files import write_atomic
from salus.platform.i18n import language, translate
from salus.rights.revenue.currency import shown
from salus.surfaces.demo.drawing import drawn
from salus.surfaces.demo.scene import Story


def write_report(path: Path, story: Story) -> None:
    environment = Environment(
        loader=PackageLoader("salus.surfaces.demo"), autoescape=select_autoescape()
    )
    page = environment.get_template("report.html").render(
        language=language(),
        _=translate,
        steps=story.steps,
        sections=story.sections,
        widest=max(story.sections.values(), default=1),
        seen=story.seen,
        income=story.income,
        drawing=drawn(story.income),
        shown=shown,
        total=sum(step.seconds for step in story.steps),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, page.encode())
