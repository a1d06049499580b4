"""Dates and numbers as the language in force writes them."""

from datetime import date, datetime

from babel.core import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from salus.platform.i18n import language

_LOCALES = {"en": Locale("en"), "zh-Hans": Locale("zh", script="Hans")}


def shown_day(at: date) -> str:
    return format_date(at, "medium", locale=_LOCALES[language()])


def shown_moment(at: datetime) -> str:
    return format_datetime(at, "medium", locale=_LOCALES[language()])


def shown_number(value: float, digits: int = 0) -> str:
    """With separators, and so many digits after the point."""
    shape = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=shape, locale=_LOCALES[language()])
