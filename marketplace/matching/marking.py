"""Which shared words a page names, and the part of a text that shows most of them, as escaped markup."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from marketplace.core.i18n import language
from marketplace.matching.queries import Match
from marketplace.matching.reasons import Term, excerpt, marks
from marketplace.search.analysis import is_cjk

WINDOW = 4_000  # characters of a text that are looked at
LENGTH = 240
SHOWN = 5
TEXTS = ("summary", "description", "advantages", "requirement")
ELLIPSIS = "… "


class Named(NamedTuple):
    """The terms that are named, best first, and how many others hold which share of the score: all shares add up to 1."""

    terms: list[Term]
    more: int
    more_share: float


def named(match: Match, *, most: int = SHOWN, code: str | None = None) -> Named:
    """At most `most` terms of a match: the best ones, those in the language `code` before the others when it is given."""
    why = match.reasons
    best = sorted(why.terms, key=lambda term: code is not None and is_cjk(term.token) is not (code == "zh"))[:most]
    terms = [term for term in why.terms if term in best]
    more = why.more + len(why.terms) - len(terms)
    return Named(terms, more, round(max(0.0, 1 - sum(term.share for term in terms)), 4) if more else 0.0)


def passage(match: Match) -> tuple[Markup, str]:
    """About `LENGTH` characters of a match's text with the most shared words, marked, and the code of their language.

    The reader's language is preferred where it has any of the words; empty for a listing without text.
    """
    words = {term.token for term in named(match, code=language()).terms}
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
