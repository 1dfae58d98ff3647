"""How new and how complete a match is: lines for the reader that no score knows of."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from marketplace.core.clock import now
from marketplace.core.i18n import speaking
from marketplace.matching import freshness
from marketplace.matching.freshness import Completeness, completeness
from marketplace.matching.ranking import match
from marketplace.search.documents import Kind, ListingDocument, Parameter


def listing(kind: Kind = Kind.ACHIEVEMENT, **more: Any) -> ListingDocument:
    return ListingDocument(id=UUID(int=1), num=1, kind=kind, **more)


@pytest.mark.parametrize(
    ("document", "answered"),
    [
        (listing(), 0),
        (listing(texts=("long text",), country="DE", countries_wanted=("CN",)), 0),  # nothing that is asked
        (listing(trl=6, deal_kinds=("licence",), fields=("9",)), 3),
        (listing(amount_minor=0), 1),
        (listing(Kind.NEED, closes=date(2020, 10, 1), ip_status="granted"), 1),
        (
            listing(
                trl=6, deal_kinds=("licence",), amount_minor=5, exclusivity="sole", languages=("en",), fields=("9",),
                parameters=(Parameter("power", ">=", "5"),), ip_status="granted",
            ),
            8,
        ),
    ],
)  # fmt: skip
def test_questions_that_are_answered(document: ListingDocument, answered: int) -> None:
    assert completeness(document) == Completeness(answered, 8)


@pytest.mark.parametrize(
    ("days", "english"),
    [(0, "Published today"), (1, "Published 1 day ago"), (12, "Published 12 days ago")],
)
def test_the_line_says_both(app: Any, days: int, english: str) -> None:
    made: Any = SimpleNamespace(row=SimpleNamespace(published_at=now() - timedelta(days=days, minutes=1)), document=listing(trl=3))
    with app.test_request_context(), speaking("en"):
        assert freshness.said(made) == f"{english} · answers 1 of 8 usual questions"


def test_what_is_new_or_complete_comes_no_earlier(achievement: Any, need: Any, indexed: Any) -> None:
    bare = achievement(1, "laser")
    full = achievement(2, "laser", trl=6, deal_kinds=("licence",), amount_minor=5, languages=("en",), ip_status="granted", year=2020)
    reader = indexed(bare, full, achievement(3, "wheat"))
    hits = match(reader, need(9, "laser")).hits
    assert [hit.id.int for hit in hits] == [1, 2]
    assert hits[0].score == hits[1].score
