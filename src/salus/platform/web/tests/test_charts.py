"""Pictures of numbers: nothing is written over something else."""

import re

from salus.platform.web.portal.charts import Band, Point, line


def test_the_unit_stands_above_the_scale() -> None:
    points = [Point(0.0, "2026-01-01", 5.0), Point(1.0, "2026-02-01", 9.5)]
    drawn = str(line("Sugar", "Two values.", points, unit="mmol/L", band=Band(4.0, 7.0)))
    unit = re.search(r'y="(\d+)">mmol/L', drawn)
    ticks = [float(y) for y in re.findall(r'x="58" y="([0-9.]+)"', drawn)]

    assert unit is not None
    assert len(ticks) == 5
    assert min(ticks) - float(unit[1]) >= 16  # the height of a line
