"""Drafting, entering and deciding: versions, what is visible, and every refusal."""

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, FourEyes, IllegalMove, Invalid, NotFound, Stale
from marketplace.listings import drafting, entering, queries
from marketplace.listings.entering import FairClosed
from marketplace.listings.life import renewing
from marketplace.listings.models import MOVES, EntryStatus, FairEntry, Kind, ListingChange, ListingVersion
from marketplace.reviews import deciding
from marketplace.reviews.queries import queue as review_queue
from tests.factories import actor, make_fair, make_member, make_organization, make_staff
from tests.listings.factories_listings import draft, listing_of, make_market, make_segment, published, submit, submitted


@pytest.fixture
def market(app):
    with transaction():
        yield make_market()


def versions_of(listing):
    return db.session.scalar(select(func.count()).select_from(ListingVersion).where(ListingVersion.listing_id == listing.id))


def actions(listing):
    return list(db.session.scalars(select(AuditRow.action).where(AuditRow.subject == f"listing:{listing.id}").order_by(AuditRow.id)))


def changes(listing):
    return db.session.scalar(select(func.count()).select_from(ListingChange).where(ListingChange.listing_id == listing.id))


def test_a_title_and_a_description_make_a_draft(market):
    listing = drafting.create(Kind.NEED, {"title_zh": "泵", "description_zh": "说明"}, by=market.by)
    assert listing.reference.startswith("N-")
    assert listing.num is None
    version = drafting.newest_version(listing)
    assert (version.number, version.country, version.technology_codes) == (1, "DE", [])
    assert actions(listing) == ["listings.draft"]


def test_a_reader_and_a_stranger_write_nothing(market):
    for person in (market.reader, make_member(make_organization(status="pending"))):
        with pytest.raises(Forbidden):
            drafting.create(Kind.NEED, {"title_en": "A", "description_en": "B"}, by=actor(person))


def test_an_external_id_is_taken_once_for_each_kind_and_owner(market):
    draft(market, external_id="X1")
    draft(market, Kind.NEED, external_id="X1")
    with pytest.raises(Duplicate):
        draft(market, external_id="X1")
    other = draft(market)
    with pytest.raises(Duplicate):
        drafting.edit(other.id, {"external_id": "X1"}, by=market.by)


def test_a_draft_changes_in_place(market):
    listing = draft(market)
    drafting.edit(listing.id, {"trl": 8}, by=market.by, expected=1)
    db.session.flush()
    assert (versions_of(listing), drafting.newest_version(listing).trl, listing.version) == (1, 8, 2)


def test_an_edit_that_changes_nothing_leaves_no_trace(market):
    listing = draft(market)
    drafting.edit(listing.id, {"trl": 7}, by=market.by)
    db.session.flush()
    assert (listing.version, actions(listing)) == (1, ["listings.draft"])


def test_an_edit_of_an_older_version_is_stale(market):
    listing = draft(market)
    drafting.edit(listing.id, {"trl": 8}, by=market.by, expected=1)
    db.session.flush()
    with pytest.raises(Stale):
        drafting.edit(listing.id, {"trl": 9}, by=market.by, expected=1)


def test_an_edit_may_not_leave_a_listing_without_title(market):
    with pytest.raises(Invalid) as refusal:
        drafting.edit(draft(market).id, {"title_en": None}, by=market.by)
    assert [error.pointer for error in refusal.value.errors] == ["/title_en"]


def test_a_submitted_version_is_never_changed(market):
    entry = submitted(market)
    drafting.edit(entry.listing_id, {"trl": 9}, by=market.by)
    db.session.flush()
    listing = listing_of(entry)
    assert (listing.draft_number, versions_of(listing), entry.submitted_number) == (2, 2, 1)
    first = db.session.scalars(select(ListingVersion.trl).where(ListingVersion.listing_id == listing.id).order_by(ListingVersion.number))
    assert list(first) == [7, 9]


def test_an_incomplete_listing_is_not_submitted(market):
    listing = draft(market, trl=None, deal_kinds=[])
    with pytest.raises(Invalid) as refusal:
        submit(market, listing)
    assert {error.pointer for error in refusal.value.errors} == {"/trl", "/deal_kinds"}


@pytest.mark.parametrize(("place", "pointer"), [({"fair_slug": "nowhere"}, "/fair"), ({"segment_code": "nowhere"}, "/segment")])
def test_a_submission_names_a_fair_and_one_of_its_segments(market, place, pointer):
    where = {"fair_slug": market.fair.slug, "segment_code": "universities"} | place
    with pytest.raises(Invalid) as refusal:
        entering.submit(draft(market).id, **where, by=market.by)
    assert [error.pointer for error in refusal.value.errors] == [pointer]


def test_a_closed_fair_takes_nothing(market):
    from marketplace.core.clock import now

    market.fair.closed_at = now()
    db.session.commit()
    with pytest.raises(FairClosed):
        submit(market, draft(market))


def test_publishing_makes_it_public_numbers_it_and_tells_the_index(market):
    entry = published(market)
    listing = listing_of(entry)
    assert (entry.status, entry.published_number, entry.submitted_number) == (EntryStatus.PUBLISHED, 1, None)
    assert (listing.public_number, entry.num) == (1, listing.num)
    assert listing.num is not None
    assert changes(listing) == 1
    assert actions(listing) == ["listings.draft", "listings.submit", "listings.publish"]


def test_numbers_grow_with_publication_not_with_creation(market):
    early, late = draft(market), draft(market)
    deciding.publish(submit(market, late).id, by=market.judge)
    deciding.publish(submit(market, early).id, by=market.judge)
    assert early.num > late.num
    assert [row["id"] for row in queries.public_rows(Kind.ACHIEVEMENT, fair=market.fair)] == [early.id, late.id]


def test_an_update_waits_while_visitors_see_the_approved_version(market):
    entry = published(market)
    drafting.edit(entry.listing_id, {"title_en": "Better heat pump"}, by=market.by)
    submit(market, listing_of(entry))
    assert (entry.status, entry.published_number, entry.submitted_number) == (EntryStatus.PUBLISHED, 1, 2)
    assert queries.public_one(Kind.ACHIEVEMENT, entry.listing_id)["title_en"] == "Heat pump for process steam"
    assert [row.id for row in db.session.execute(review_queue(by=market.judge))] == [entry.id]
    deciding.publish(entry.id, by=market.judge, number=2)
    assert queries.public_one(Kind.ACHIEVEMENT, entry.listing_id)["title_en"] == "Better heat pump"
    assert (entry.published_number, entry.submitted_number) == (2, None)


def test_an_update_that_is_sent_back_leaves_the_approved_version_public(market):
    entry = published(market)
    drafting.edit(entry.listing_id, {"trl": 9}, by=market.by)
    submit(market, listing_of(entry))
    deciding.send_back(entry.id, reason="Who says so?", by=market.judge)
    assert (entry.status, entry.published_number, entry.returned_number, entry.reason) == (EntryStatus.PUBLISHED, 1, 2, "Who says so?")
    assert queries.own_counts(by=market.by) == {"sent_back": 1, "waiting": 0}
    drafting.edit(entry.listing_id, {"trl": 8}, by=market.by)
    submit(market, listing_of(entry))
    assert (entry.submitted_number, entry.returned_number, entry.reason) == (3, None, None)


def test_a_correction_keeps_its_place_in_the_queue(market):
    entry = submitted(market)
    since = entry.submitted_at
    drafting.edit(entry.listing_id, {"trl": 9}, by=market.by)
    submit(market, listing_of(entry))
    assert (entry.submitted_number, entry.submitted_at) == (2, since)


def test_the_same_version_is_not_submitted_twice(market):
    entry = submitted(market)
    with pytest.raises(IllegalMove):
        submit(market, listing_of(entry))
    deciding.publish(entry.id, by=market.judge)
    with pytest.raises(IllegalMove):
        submit(market, listing_of(entry))


def test_a_moderator_decides_on_the_version_they_read(market):
    entry = submitted(market)
    drafting.edit(entry.listing_id, {"trl": 9}, by=market.by)
    submit(market, listing_of(entry))
    with pytest.raises(Stale):
        deciding.publish(entry.id, by=market.judge, number=1)
    with pytest.raises(Stale):
        deciding.send_back(entry.id, reason="No.", by=market.judge, number=1)


def test_nobody_decides_about_their_own_organisation(market):
    entry = submitted(market)
    insider = make_member(market.agency, person=make_staff(market.fair, "moderator"))
    elsewhere = make_organization()
    make_member(elsewhere, person=insider)
    for acting in (market.agency, elsewhere):
        with pytest.raises(FourEyes):
            deciding.publish(entry.id, by=actor(insider, acting))
        with pytest.raises(FourEyes):
            deciding.send_back(entry.id, reason="No.", by=actor(insider, acting))


@pytest.mark.parametrize("role", ["manager", "clerk", "verifier"])
def test_only_this_fairs_moderators_decide(market, role):
    entry = submitted(market)
    for person in (make_staff(market.fair, role), make_staff(make_fair(), "moderator"), market.owner):
        with pytest.raises(NotFound):
            deciding.publish(entry.id, by=actor(person))


def test_a_listing_is_public_while_one_fair_shows_it(market):
    entry = published(market)
    listing = listing_of(entry)
    second = make_fair()
    make_segment(second)
    judge = actor(make_staff(second, "moderator"))
    deciding.publish(submit(market, listing, second).id, by=judge)
    entering.withdraw(listing.id, fair_slug=market.fair.slug, by=market.by)
    assert listing.public_number == 1
    assert queries.public_rows(Kind.ACHIEVEMENT, fair=market.fair) == []
    assert len(queries.public_rows(Kind.ACHIEVEMENT, fair=second)) == 1
    entering.withdraw(listing.id, fair_slug=second.slug, by=market.by)
    assert listing.public_number is None
    with pytest.raises(NotFound):
        queries.public_one(Kind.ACHIEVEMENT, listing.id)
    assert changes(listing) == 4


def test_each_fair_shows_the_version_it_approved(market):
    entry = published(market)
    listing = listing_of(entry)
    drafting.edit(listing.id, {"title_en": "Second"}, by=market.by)
    second = make_fair()
    make_segment(second)
    deciding.publish(submit(market, listing, second).id, by=actor(make_staff(second, "moderator")))
    assert [row["title_en"] for row in queries.public_rows(Kind.ACHIEVEMENT, fair=market.fair)] == ["Heat pump for process steam"]
    assert [row["title_en"] for row in queries.public_rows(Kind.ACHIEVEMENT, fair=second)] == ["Second"]
    assert listing.public_number == 2


def test_a_withdrawn_listing_is_submitted_again_and_keeps_its_number(market):
    entry = published(market)
    listing = listing_of(entry)
    num = listing.num
    entering.withdraw(listing.id, fair_slug=market.fair.slug, by=market.by)
    with pytest.raises(IllegalMove):
        entering.withdraw(listing.id, fair_slug=market.fair.slug, by=market.by)
    submit(market, listing)
    deciding.publish(entry.id, by=market.judge)
    assert (listing.num, listing.public_number) == (num, 1)


def test_the_submitter_is_told_by_mail(market):
    from marketplace.core.jobs import OutboxRow

    entry = submitted(market)
    deciding.send_back(entry.id, reason="Say who measured it.", by=market.judge)
    mails = [row.payload for row in db.session.scalars(select(OutboxRow).where(OutboxRow.task == "mail.send"))]
    assert [(mail["to"], mail["body"]) for mail in mails] == [(market.owner.email, "Say who measured it.")]


def brought_to(market, status):
    """An entry in each state, through the services."""
    entry = submitted(market)
    if status is EntryStatus.PUBLISHED:
        deciding.publish(entry.id, by=market.judge)
    elif status is EntryStatus.SENT_BACK:
        deciding.send_back(entry.id, reason="No.", by=market.judge)
    elif status is EntryStatus.WITHDRAWN:
        entering.withdraw(entry.listing_id, fair_slug=market.fair.slug, by=market.by)
    elif status is EntryStatus.EXPIRED:  # with an update that waits, so that a moderator can decide
        deciding.publish(entry.id, by=market.judge)
        drafting.edit(entry.listing_id, {"trl": 8}, by=market.by)
        submit(market, listing_of(entry))
        renewing.expire(listing_of(entry))
    drafting.edit(entry.listing_id, {"trl": 9}, by=market.by)
    db.session.commit()
    return entry


def move(market, entry, end):
    if end is EntryStatus.SUBMITTED:
        submit(market, listing_of(entry))
    elif end is EntryStatus.PUBLISHED:
        deciding.publish(entry.id, by=market.judge)
    elif end is EntryStatus.SENT_BACK:
        deciding.send_back(entry.id, reason="No.", by=market.judge)
    elif end is EntryStatus.EXPIRED:
        renewing.expire(listing_of(entry))
    else:
        entering.withdraw(entry.listing_id, fair_slug=market.fair.slug, by=market.by)


STAYS_PUBLISHED = (EntryStatus.PUBLISHED, EntryStatus.SUBMITTED)  # an update is handed in: visible, and in the queue


@pytest.mark.parametrize("end", list(EntryStatus))
@pytest.mark.parametrize("start", list(EntryStatus))
def test_every_pair_of_states(market, start, end):
    entry = brought_to(market, start)
    if (start, end) == STAYS_PUBLISHED:
        move(market, entry, end)
        assert (entry.status, entry.submitted_number) == (EntryStatus.PUBLISHED, 2)
    elif end in MOVES[start] and (start, end) != (EntryStatus.PUBLISHED, EntryStatus.PUBLISHED):
        move(market, entry, end)
        assert entry.status is end
    elif end is EntryStatus.EXPIRED:  # the clock asks for it, and leaves alone what is not shown
        move(market, entry, end)
        assert entry.status is start
    else:
        with pytest.raises(IllegalMove):
            move(market, entry, end)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": EntryStatus.PUBLISHED}, {"submitted_number": None}, {"status": EntryStatus.WITHDRAWN},
        {"status": EntryStatus.SENT_BACK, "submitted_number": None},
    ],
)  # fmt: skip
def test_the_database_refuses_an_entry_at_odds_with_itself(market, fields):
    entry = submitted(market)
    statement = update(FairEntry).where(FairEntry.id == entry.id).values(**fields)
    savepoint = db.session.begin_nested()
    with pytest.raises(IntegrityError):
        db.session.execute(statement)
    savepoint.rollback()
