"""What is not for everybody is kept apart: by rule, and in the tables."""

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.listings import drafting, levels, queries, rules
from marketplace.listings.levels import Level, Levels
from marketplace.listings.models import Kind, Listing, ListingChange, ListingVersion
from marketplace.reviews import deciding
from tests.listings.factories_listings import draft, make_market, published, submit

SECRET = "Unsaid Formula 4711"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("level", "reads"), [("public", False), ("registered", False), ("after_interest", True), ("after_nda", True), ("never", True)]
)
def test_a_reader_gets_what_is_reserved_up_to_their_level(level, reads):
    content = rules.completed({"title_en": "T", "description_en": SECRET, "levels": {"description": "after_interest"}})
    stored = rules.stored(content)
    assert stored["description_en"] is None
    assert (levels.seen(stored, stored["reserved"], Level(level))["description_en"] == SECRET) is reads
    assert levels.whole(stored, stored["reserved"])["description_en"] == SECRET


@pytest.mark.one_database
def test_levels_are_written_as_text_and_read_back():
    written = levels.to_text({"price": "never", "description": "registered"})
    assert written == "description=registered price=never"
    assert Levels().deserialize(written) == {"price": "never", "description": "registered"}


@pytest.mark.one_database
@pytest.mark.parametrize("value", ["title=never", "price=secret", {"price": 1}, {"x": "never"}, 7, ["price"]])
def test_unknown_groups_and_levels_are_refused(value):
    with pytest.raises(ValidationError):
        Levels().deserialize(value)


def test_a_reserved_part_is_in_no_column_and_its_owner_edits_it_whole(app):
    market = make_market()
    listing = draft(market, description_en=SECRET, amount_max_minor=4711, currency="CNY", levels={"description": "after_nda", "price": "never"})
    version = drafting.newest_version(listing)
    assert (version.description_en, version.amount_max_minor, version.currency) == (None, None, None)
    assert queries.own_one(listing.id, by=market.by)["amount_max"] == "47.11"
    drafting.revise(listing, {"summary_en": "Another summary."}, by=market.by)
    db.session.commit()
    assert rules.content_of(version)["description_en"] == SECRET
    drafting.revise(listing, {"levels": {}}, by=market.by)
    assert (version.description_en, version.reserved) == (SECRET, {})


def test_visitors_read_neither_what_is_reserved_nor_that_it_was_moved(app):
    market = make_market()
    with transaction():
        entry = published(market, description_en=SECRET, levels={"description": "registered"})
    row = queries.public_one(Kind.ACHIEVEMENT, entry.listing_id)
    assert row["description_en"] is None
    assert row["levels"] == {"description": "registered"}
    assert SECRET not in str(row)


def test_what_is_reserved_is_reserved_at_once_in_every_version(app):
    """The second fair still shows the first version, and a withdrawal brings it back everywhere: neither may open a part again."""
    market, other = make_market(), make_market()
    with transaction():
        listing_id = published(market, description_en=SECRET, amount_max_minor=4711, currency="CNY").listing_id
        listing = db.session.get_one(Listing, listing_id)
        deciding.publish(submit(market, listing, fair=other.fair).id, by=other.judge)
    with transaction():
        listing = db.session.get_one(Listing, listing_id)
        drafting.revise(listing, {"levels": {"description": "after_nda", "price": "never"}}, by=market.by)
    waiting = db.session.scalars(select(ListingChange.listing_id)).all()
    assert listing_id in waiting
    rows = [queries.public_one(Kind.ACHIEVEMENT, listing_id), *queries.rows_by_id([listing_id], fair=market.fair, texts=True)]
    for row in rows:
        assert (row["description_en"], row["amount_max"], row["levels"]) == (None, None, {"description": "after_nda", "price": "never"})
    first = db.session.scalars(select(ListingVersion).where(ListingVersion.listing_id == listing_id, ListingVersion.number == 1)).one()
    assert rules.content_of(first)["description_en"] == SECRET


@pytest.mark.one_database
def test_the_higher_level_of_two_counts_for_parts_and_files():
    old = rules.completed({"levels": {"price": "never"}, "files": [{"file": "a", "title": "A", "level": "public"}, {"file": "b", "title": "B", "level": "after_nda"}]})
    new = rules.completed({"levels": {"price": "registered", "video": "registered"}, "files": [{"file": "a", "title": "A", "level": "registered"}]})
    raised = levels.raised(old, new)
    assert raised["levels"] == {"price": "never", "video": "registered"}
    assert [row["level"] for row in raised["files"]] == ["registered", "after_nda"]
