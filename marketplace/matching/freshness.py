"""How new a listing is, and how many of the usual questions it answers: shown beside a match, never part of its score."""

from dataclasses import dataclass

from marketplace.core.clock import now
from marketplace.core.i18n import gettext, ngettext
from marketplace.matching.queries import Match
from marketplace.search.documents import Kind, ListingDocument

_OF_EITHER = ("trl", "deal_kinds", "amount_minor", "exclusivity", "languages", "fields", "parameters")
QUESTIONS: dict[Kind, tuple[str, ...]] = {Kind.ACHIEVEMENT: (*_OF_EITHER, "ip_status"), Kind.NEED: (*_OF_EITHER, "closes")}
"""What the other side asks first, by what answers it in the public document: a budget that is hidden is not answered."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the usual questions have an answer."""

    answered: int
    asked: int


def completeness(document: ListingDocument) -> Completeness:
    """Return how many of the questions for its kind a listing answers."""
    asked = QUESTIONS[document.kind]
    answered = [name for name in asked if getattr(document, name) or (name == "amount_minor" and document.amount_minor == 0)]
    return Completeness(len(answered), len(asked))


def said(match: Match) -> str:
    """Both as a line for the reader, such as "Published 12 days ago · answers 6 of 8 usual questions"."""
    known = completeness(match.document)
    return f"{_published(match)} · " + gettext(
        "answers %(answered)s of %(asked)s usual questions", answered=known.answered, asked=known.asked
    )


def _published(match: Match) -> str:
    days = (now() - match.row.published_at).days
    return str(ngettext("Published %(num)s day ago", "Published %(num)s days ago", days)) if days else gettext("Published today")
