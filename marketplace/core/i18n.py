"""Two languages: which one a request wants, and how a bilingual text is shown."""

from contextlib import AbstractContextManager
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, force_locale, get_locale
from flask_babel import gettext as babel_gettext
from flask_babel import lazy_gettext as lazy_gettext
from flask_babel import ngettext as ngettext

LANGUAGES = {"en": "English", "zh": "中文"}
COOKIE = "language"


def gettext(text: str, **values: Any) -> str:
    """The text in the language of what is being written now, its %(name)s filled in."""
    return str(babel_gettext(text, **values))


def choose_language() -> str:
    """The language that was switched to, else the one the browser asks for, else English."""
    if not has_request_context():
        return "en"
    chosen = g.get("language") or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def language() -> str:
    """``en`` or ``zh``: the language of what is being written now."""
    locale = get_locale()
    return "zh" if locale is not None and locale.language == "zh" else "en"


def speaking(code: str) -> AbstractContextManager[None]:
    """Write in this language, whatever the request's: for mails to somebody else."""
    return force_locale(code)  # type: ignore[no-any-return]


def html_lang(code: str | None = None) -> str:
    return "zh-Hans" if (code or language()) == "zh" else "en"


def localized(thing: Any, name: str) -> tuple[str, str]:
    """(text, language code) of a bilingual attribute, e.g. ``title``: the reader's language, else the other one."""
    first = language()
    for code in (first, "zh" if first == "en" else "en"):
        text = thing.get(f"{name}_{code}") if isinstance(thing, dict) else getattr(thing, f"{name}_{code}", None)
        if text:
            return text, code
    return "", first


def register(app: Flask) -> None:
    Babel(app, locale_selector=choose_language, default_translation_directories="translations")
    app.jinja_env.globals.update(language=language, html_lang=html_lang, localized=localized, LANGUAGES=LANGUAGES)
