"""Settings come from the environment and say how to be mended."""

import pytest

from salus.platform.errors import BadSetting
from salus.platform.settings import Settings, read, setting


class TeaSettings(Settings, env_prefix="SALUS_TEA_"):
    steep_minutes: int = setting(3, "minutes in the pot", citation="Regulation 1", gt=0, le=10)


def test_a_setting_has_its_default() -> None:
    assert read(TeaSettings).steep_minutes == 3


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_TEA_STEEP_MINUTES", "5")

    assert read(TeaSettings).steep_minutes == 5


@pytest.mark.parametrize("value", ["0", "11", "long"])
def test_a_value_that_does_not_fit_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SALUS_TEA_STEEP_MINUTES", value)

    with pytest.raises(BadSetting) as refused:
        read(TeaSettings)

    assert refused.value.details["setting"] == "SALUS_TEA_STEEP_MINUTES"
    assert refused.value.details["description"] == "minutes in the pot"


def test_the_law_behind_a_number_is_kept() -> None:
    field = TeaSettings.model_fields["steep_minutes"]

    assert field.json_schema_extra == {"citation": "Regulation 1"}
