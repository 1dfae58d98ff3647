"""One market gives the same first twenty, with the same scores, on every database, whenever its index is built, however often."""

from contextlib import ExitStack

import pytest
from sqlalchemy import select
from sqlalchemy.orm import aliased

from marketplace.core.db import db, transaction
from marketplace.listings import indexing
from marketplace.listings.models import Kind, Listing, ListingVersion
from marketplace.matching import rematching
from marketplace.matching.models import StoredMatch
from tests.conftest import DATABASES, application
from tests.factories import make_member, make_organization
from tests.listings.factories_listings import make_market, published
from tests.matching.test_quality import COLLECTION


def publish_all(*, between) -> None:
    """The collection of `test_quality` as listings: some with a field, a level or a kind of deal of their own, some twice."""
    market = make_market(slug="same", name_en="Same")
    company = make_organization(name_en="Asking Company")
    buyer = make_member(company)
    for number, line in enumerate(COLLECTION.read_text(encoding="utf-8").splitlines()):
        kind = Kind.NEED if line[0] == "#" else Kind.ACHIEVEMENT
        title, text = line[2:].split(".")[0][:200], line[2:]
        content = {"title_en": title, "summary_en": title, "description_en": text, "technology_codes": [str(1 + number % 3)]}
        level = {"min_trl": 1 + number % 5} if kind is Kind.NEED else {"trl": 1 + number % 9}
        mine = market.__class__(**(vars(market) | {"agency": company, "owner": buyer})) if kind is Kind.NEED else market
        for _ in range(2 if number % 7 == 3 else 1):
            with transaction():
                published(mine, kind, **content, **level)
        between(number)


def stored() -> list[tuple[str, int, int, int, str]]:
    """(need, rank, score, strength, achievement) of every stored match, by text: ids are those of one database."""
    need, offer = aliased(ListingVersion), aliased(ListingVersion)
    order = aliased(Listing)
    query = (
        select(need.description_en, StoredMatch.rank, StoredMatch.score_milli, StoredMatch.strength, offer.description_en)
        .join(need, need.listing_id == StoredMatch.need_id)
        .join(offer, offer.listing_id == StoredMatch.achievement_id)
        .join(order, order.id == StoredMatch.need_id)
        .order_by(order.num, StoredMatch.rank)
    )
    return [tuple(row) for row in db.session.execute(query)]


@pytest.fixture
def everywhere(fresh, tmp_path):
    """Each database: one index fed little by little, the next at once; each built anew at the end, and once more."""
    with ExitStack() as stack:

        def made(kind: str, *, slowly: bool):
            app = stack.enter_context(application(fresh(kind, "same"), tmp_path / kind))
            with app.app_context():
                publish_all(between=(lambda number: number % 20 or indexing.drain()) if slowly else lambda _: None)
                found = []
                for _ in range(2):
                    indexing.rebuild()
                    rematching.drain()
                    found.append(stored())
                    db.session.remove()
                return found

        yield {kind: made(kind, slowly=not place) for place, kind in enumerate(DATABASES)}


def test_the_same_twenty_in_the_same_order_on_every_database_and_after_every_rebuild(everywhere):
    [(first, _), *_] = everywhere.values()
    assert len({row[0] for row in first}) == 12
    assert max(row[1] for row in first) == 20
    assert {name: [lists == first for lists in found] for name, found in everywhere.items()} == dict.fromkeys(everywhere, [True, True])
