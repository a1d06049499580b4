"""In which language a page speaks: by cookie, by account, by browser, else English."""

COOKIE = "salus-language"
LANGUAGES = {"en": "English", "zh-Hans": "简体中文"}


def spoken(cookie: str, accepts: str) -> str:
    """`accepts` as in RFC 9110 12.5.4; the first that we speak, by its order and weight."""
    if cookie in LANGUAGES:
        return cookie
    for tag in sorted(accepts.split(","), key=_weight, reverse=True):
        name = tag.split(";")[0].strip().lower()
        if name.startswith("zh"):
            return "zh-Hans"
        if name.startswith("en"):
            return "en"
    return "en"


def _weight(tag: str) -> float:
    _, _, weight = tag.partition(";q=")
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0
