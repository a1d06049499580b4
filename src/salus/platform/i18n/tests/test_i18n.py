"""Messages in the reader's language."""

from collections.abc import Iterator

import pytest

from salus.kernel.errors import SalusError
from salus.platform.errors import DiskFull, HomeMissing, UnknownLanguage
from salus.platform.i18n import choose, explain, language, translate


class Untranslated(SalusError):
    """The {thing} of the {missing} is new."""

    hint = "Wait for {thing}."


@pytest.fixture(autouse=True)
def undecided(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("SALUS_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    choose("")
    yield
    choose("")


def test_english_unless_somebody_says_otherwise() -> None:
    assert language() == "en"


@pytest.mark.parametrize("name", ["zh", "zh-Hans", "zh_CN.UTF-8", "ZH_hans"])
def test_every_spelling_of_chinese_is_understood(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LANG", name)

    assert language() == "zh-Hans"


def test_what_is_chosen_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_LANGUAGE", "zh-Hans")
    choose("en")

    assert language() == "en"


def test_what_salus_does_not_speak_is_refused() -> None:
    with pytest.raises(UnknownLanguage):
        choose("tlh")


def test_an_error_is_explained_in_chinese_with_its_values() -> None:
    choose("zh-Hans")
    message, hint = explain(HomeMissing(home="/srv/salus"))

    assert message == "/srv/salus 中没有节点目录。"
    assert "salus init --home /srv/salus" in hint


def test_a_message_without_translation_stays_english() -> None:
    choose("zh-Hans")

    assert translate("A kettle.") == "A kettle."


def test_a_value_that_was_not_given_shows_its_name() -> None:
    assert explain(Untranslated(thing="{tea}")) == (
        "The {tea} of the {missing} is new.",
        "Wait for {tea}.",
    )


def test_english_needs_no_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.platform.i18n._catalog", lambda: {DiskFull.template(): "full"})

    assert explain(DiskFull())[0] == "The disk is full; nothing was stored."
