"""Which shared words a page names, and the part of a text that shows most of them, as escaped markup."""

from typing import Any, NamedTuple

from markupsafe import Markup, escape

from marketplace.core.i18n import language
from marketplace.matching.queries import Match
from marketplace.matching.reasons import Term, excerpt
from marketplace.search.analysis import is_cjk

WINDOW = 3_000  # characters of a text that are looked at
LENGTH = {"en": 240, "zh": 120}  # characters of a passage
SHOWN = 5
TEXTS = ("summary", "description", "advantages", "requirement")


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


def tongue(text: str) -> str | None:
    """The code of the language in which a word or a line is written, where it is not the reader's."""
    code = "zh" if is_cjk(text) else "en" if text.isascii() else language()
    return code if code != language() else None


def passage(match: Match) -> tuple[Markup, str]:
    """About `LENGTH` characters of a match's text with the most shared words, marked, and the code of their language.

    The reader's language is preferred where it has any of the words; empty for a listing without text.
    """
    words = {term.token for term in named(match, code=language()).terms}
    best: tuple[str, list[tuple[int, int]], str] = ("", [], language())
    for code in (language(), "zh" if language() == "en" else "en"):
        text = _text(match.row, code)
        cut, places = excerpt(text, words, length=LENGTH[code])
        if not best[0] or places:
            best = (*_dotted(cut, text, places), code)
        if places:
            break
    text, places, code = best
    return _with_marks(text, places), code


def _text(row: Any, code: str) -> str:
    """What a listing says in one language, in one line: looked at once, whatever it consists of."""
    texts = (getattr(row, f"{name}_{code}", None) for name in TEXTS)
    return " ".join(" ".join(text for text in texts if text)[:WINDOW].split())


def _dotted(cut: str, text: str, places: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The passage with dots where the text goes on, and its places."""
    before = "" if text.startswith(cut) else "… "
    after = "" if text.endswith(cut) else " …"
    return before + cut + after, [(start + len(before), end + len(before)) for start, end in places]


def _with_marks(text: str, places: list[tuple[int, int]]) -> Markup:
    pieces, at = [], 0
    for start, end in places:
        pieces += [escape(text[at:start]), Markup("<mark>{}</mark>").format(text[start:end])]
        at = end
    return Markup("").join([*pieces, escape(text[at:])])
