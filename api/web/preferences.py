"""What a browser says of its language and colours: by a cookie of the console, or by itself."""

from flask import request

from api.web.files import LANGUAGES

LANGUAGE = "raglan_language"
THEME = "raglan_theme"
THEMES = frozenset({"light", "dark"})


def language() -> str:
    """Return the language to answer in."""
    chosen = request.cookies.get(LANGUAGE, "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "en")


def theme() -> str:
    """Return the colours that were chosen; empty for those of the system."""
    chosen = request.cookies.get(THEME, "")
    return chosen if chosen in THEMES else ""
