"""Where the shared words stand: a title, and the part of a text that shows most of them, as escaped markup."""

from collections.abc import Collection, Iterator
from typing import Any

from markupsafe import Markup, escape

from marketplace.core.i18n import language, localized
from marketplace.matching.queries import Match
from marketplace.matching.reasons import excerpt, marks

WINDOW = 4_000  # characters of a text that are looked at
LENGTH = 240
TEXTS = ("summary", "description", "advantages", "requirement")
ELLIPSIS = "… "


def tokens(match: Match) -> set[str]:
    """The terms that the reasons name."""
    return {term.token for term in match.reasons.terms}


def marked(text: str, words: Collection[str]) -> Markup:
    """The text with `<mark>` around its shared words; everything is escaped."""
    return _with_marks(text, marks(text, words))


def title(match: Match) -> tuple[Markup, str]:
    """The title of a match with its shared words marked, and the code of its language."""
    text, code = localized(match.row, "title")
    return marked(text, tokens(match)), code


def passage(match: Match) -> tuple[Markup, str]:
    """About `LENGTH` characters of a match's text with the most shared words, marked, and the code of their language.

    The reader's language is preferred where it has any of the words; empty for a listing without text.
    """
    words = tokens(match)
    best: tuple[int, str, list[tuple[int, int]], str] = (-1, "", [], language())
    for code in (language(), "zh" if language() == "en" else "en"):
        for text in _texts(match.row, code):
            cut, places = excerpt(text, words, length=LENGTH)
            found = len({cut[start:end].lower() for start, end in places})
            if found > best[0]:
                best = (found, _dotted(cut, text), marks(_dotted(cut, text), words), code)
        if best[0] > 0:
            break
    return _with_marks(best[1], best[2]), best[3]


def _texts(row: Any, code: str) -> Iterator[str]:
    for name in TEXTS:
        text = getattr(row, f"{name}_{code}", None)
        if text:
            yield " ".join(text[:WINDOW].split())


def _dotted(cut: str, text: str) -> str:
    """The passage with dots where the text goes on."""
    return (ELLIPSIS if not text.startswith(cut) else "") + cut.strip() + (ELLIPSIS[::-1] if not text.endswith(cut) else "")


def _with_marks(text: str, places: list[tuple[int, int]]) -> Markup:
    pieces, at = [], 0
    for start, end in places:
        pieces += [escape(text[at:start]), Markup("<mark>{}</mark>").format(text[start:end])]
        at = end
    return Markup("").join([*pieces, escape(text[at:])])
