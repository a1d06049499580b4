"""Resources as people read them: names in the order of their language."""

import json

import pytest

from salus.rights.records.readable import entry


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ({"family": "王", "given": ["兰"]}, "王兰"),
        ({"family": "欧阳", "given": ["小", "明"]}, "欧阳小明"),
        ({"family": "Wang", "given": ["Lan"]}, "Lan Wang"),
        ({"text": "Dr. 王兰", "family": "王", "given": ["兰"]}, "Dr. 王兰"),
        ({"family": "Wang"}, "Wang"),
    ],
)
def test_a_name_stands_in_the_order_of_its_language(name: dict[str, object], shown: str) -> None:
    raw = json.dumps({"resourceType": "Patient", "id": "1", "name": [name]}).encode()

    assert shown == entry("Patient/1", 1, raw).what
