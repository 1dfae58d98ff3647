"""Deciding with notes, claiming and taking back, as the services do them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.appendonly import AppendOnlyRefused
from marketplace.core.audit import AuditRow
from marketplace.core.clock import shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError, Forbidden, FourEyes, IllegalMove, Invalid, NotFound
from marketplace.core.mail import OutboxRow
from marketplace.listings import drafting
from marketplace.listings.checks.findings import Severity
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing, ListingChange
from marketplace.reviews import cases, claiming, deciding, history, notes, queries
from marketplace.reviews.claiming import Claimed
from marketplace.reviews.deciding import Blocked
from marketplace.reviews.models import ReviewClaim, ReviewDecision, Verdict
from marketplace.reviews.queries import Wanted
from tests.factories import actor, make_fair, make_member, make_staff
from tests.listings.factories_listings import draft, listing_of, make_market, make_segment, published, submit, submitted

MAJOR = notes.written("advantages_en", Severity.MAJOR, "Say who measured it.")
MINOR = notes.written("summary_en", Severity.MINOR, "Shorter would be better.")


@pytest.fixture
def market(app):
    with transaction():
        yield make_market()


def colleague(market):
    return actor(make_staff(market.fair, "moderator"))


def mails() -> list[str]:
    return [row.payload["body"] for row in db.session.scalars(select(OutboxRow).where(OutboxRow.task == "mail.send").order_by(OutboxRow.id))]


def state(entry: FairEntry) -> tuple[object, ...]:
    return tuple(getattr(entry, name) for name in deciding.KEPT)


@pytest.mark.parametrize("given", [(), (MINOR,)])
def test_sending_back_needs_a_reason_or_a_grave_note(market, given):
    entry = submitted(market)
    with pytest.raises(Invalid):
        deciding.send_back(entry.id, by=market.judge, notes=given)
    deciding.send_back(entry.id, by=market.judge, notes=(*given, MAJOR))
    assert entry.status is EntryStatus.SENT_BACK
    assert "Say who measured it." in (entry.reason or "")
    assert "- Advantages in English (major): Say who measured it." in mails()[-1]


def test_what_is_published_has_minor_notes_only_and_fields_of_its_kind(market):
    entry = submitted(market)
    for wrong in (MAJOR, notes.written("min_trl", Severity.MINOR, "?")):
        with pytest.raises(Invalid):
            deciding.publish(entry.id, by=market.judge, notes=(wrong,))
    deciding.publish(entry.id, by=market.judge, notes=(MINOR,))
    (note,) = history.open_notes(entry.listing_id)
    assert (note["text_en"], note["severity"], note["done_at"]) == ("Shorter would be better.", Severity.MINOR, None)


def test_the_owner_ticks_notes_off_and_the_reviewer_sees_what_changed(market):
    entry = submitted(market)
    deciding.send_back(entry.id, by=market.judge, notes=(MAJOR, notes.canned("for_whom"), notes.canned("rewrite")))
    first, second, third = sorted(history.open_notes(entry.listing_id), key=lambda note: note["field"])
    assert [note["field"] for note in (first, second, third)] == ["advantages_en", "general", "summary_en"]
    assert third["text_zh"] and third["text_en"]
    history.tick(first["id"], listing_id=entry.listing_id, done=True, by=market.by)
    for who, refusal in ((actor(market.reader, market.agency), Forbidden), (actor(market.outsider), NotFound), (market.judge, NotFound)):
        with pytest.raises(refusal):
            history.tick(first["id"], listing_id=entry.listing_id, done=False, by=who)
    drafting.edit(entry.listing_id, {"advantages_en": "42 % less, measured by a test house."}, by=market.by)
    submit(market, listing_of(entry))
    met = {note["field"]: (note["changed"], note["done_at"] is not None) for note in cases.case_of(entry.id, by=market.judge).last_notes}
    assert met == {"advantages_en": (True, True), "general": (None, False), "summary_en": (False, False)}
    deciding.publish(entry.id, by=market.judge)
    assert history.open_notes(entry.listing_id) == []
    assert [each["verdict"] for each in history.of_listing(entry.listing_id)] == [Verdict.PUBLISHED, Verdict.SENT_BACK]
    assert "by" not in history.of_listing(entry.listing_id)[0]
    assert {each["by"] for each in history.of_entry(entry.id, by=market.judge)} == {market.moderator.name}


def test_the_next_one_is_the_oldest_that_nobody_reads(market):
    first, second, third = (submitted(market) for _ in range(3))
    one, other = market.judge, colleague(market)
    assert claiming.take_next(by=one) == first.id
    assert claiming.take_next(by=other) == second.id
    assert claiming.take_next(by=one, after=first.id) == third.id
    assert claiming.take_next(by=one, after=third.id) == first.id, "at the end it begins again"
    with pytest.raises(Claimed):
        deciding.publish(second.id, by=one)
    with pytest.raises(Claimed):
        claiming.take(second.id, by=one)
    claiming.take(second.id, by=one, over=True)
    deciding.publish(second.id, by=one)
    assert db.session.scalar(select(func.count()).select_from(ReviewClaim)) == 0
    assert claiming.take_next(by=other) == first.id
    with shifted(timedelta(minutes=claiming.MINUTES, seconds=1)):
        assert claiming.take_next(by=one) == first.id, "a claim ends by itself"


def test_nobody_takes_their_own_and_nobody_another_fairs(market):
    entry = submitted(market)
    insider = make_member(market.agency, person=make_staff(market.fair, "moderator"))
    assert claiming.take_next(by=actor(insider)) is None
    with pytest.raises(FourEyes):
        claiming.take(entry.id, by=actor(insider))
    stranger = actor(make_staff(make_fair(), "moderator"))
    assert claiming.take_next(by=stranger) is None
    for refused in (lambda: claiming.take(entry.id, by=stranger), lambda: history.of_entry(entry.id, by=stranger), lambda: cases.case_of(entry.id, by=stranger)):
        with pytest.raises(NotFound):
            refused()


@pytest.mark.parametrize("update", [False, True])
@pytest.mark.parametrize("decide", [deciding.publish, lambda id, by: deciding.send_back(id, by=by, notes=(MAJOR,))])
def test_a_decision_is_taken_back_for_a_minute(market, update, decide):
    entry = published(market) if update else submitted(market)
    if update:
        drafting.edit(entry.listing_id, {"title_en": "Better pump"}, by=market.by)
        submit(market, listing_of(entry))
    before, shown = state(entry), listing_of(entry).public_number
    decide(entry.id, by=market.judge)
    last = history.undoable(by=market.judge)
    assert last and last["entry_id"] == entry.id
    with pytest.raises(NotFound):
        deciding.undo(last["id"], by=colleague(market))
    with shifted(timedelta(seconds=61)), pytest.raises(IllegalMove):
        deciding.undo(last["id"], by=market.judge)
    changes = db.session.scalar(select(func.count()).select_from(ListingChange))
    deciding.undo(last["id"], by=market.judge)
    assert (state(entry), listing_of(entry).public_number) == (before, shown)
    assert db.session.scalar(select(func.count()).select_from(ListingChange)) == changes + (decide is deciding.publish), "the index is told"
    assert history.undoable(by=market.judge) is None
    assert history.open_notes(entry.listing_id) == [], "notes of a decision that does not stand"
    with pytest.raises(IllegalMove):
        deciding.undo(last["id"], by=market.judge)
    assert claiming.take_next(by=colleague(market)) is None, "who took it back reads it"
    assert "listings.undo" in set(db.session.scalars(select(AuditRow.action)))


def test_what_happened_since_is_not_undone(market):
    entry = submitted(market)
    deciding.send_back(entry.id, by=market.judge, reason="Who measured it?")
    last = history.undoable(by=market.judge)
    drafting.edit(entry.listing_id, {"title_en": "Better pump"}, by=market.by)
    submit(market, listing_of(entry))
    with pytest.raises(IllegalMove):
        deciding.undo(last["id"], by=market.judge)


def test_the_history_is_for_ever(market):
    entry = published(market)
    decision = db.session.scalars(select(ReviewDecision).where(ReviewDecision.entry_id == entry.id)).one()
    decision.reason = "Another one."
    with pytest.raises(AppendOnlyRefused):
        db.session.flush()
    db.session.rollback()


def test_what_tells_who_is_behind_it_is_published_only_for_a_reason(market):
    listing = draft(market, summary_en="Northgate Transfer offers steam.")
    drafting.edit(listing.id, {"anonymous": True}, by=market.by)
    entry = submit(market, listing)
    plain = submitted(market, summary_en="Northgate Transfer offers steam.")
    found = queries.queue(by=market.judge, wanted=Wanted(blockers=True))
    assert [row.id for row in db.session.execute(found)] == [entry.id]
    with pytest.raises(Blocked):
        deciding.publish(entry.id, by=market.judge)
    deciding.publish(entry.id, by=market.judge, reason="They agreed by telephone.")
    assert history.of_entry(entry.id, by=market.judge)[0]["overridden"]
    deciding.publish(plain.id, by=market.judge)
    assert not history.of_entry(plain.id, by=market.judge)[0]["overridden"]


def test_staff_read_that_something_is_reserved_and_never_what(market):
    canary = "CANARY mail me at anna@northgate.example"
    entry = submitted(market, advantages_en=canary, description_en="For members: CANARY-REGISTERED. Steam.", levels={"advantages": "after_nda", "description": "registered"})
    case = cases.case_of(entry.id, by=market.judge)
    assert (case.reserved, case.content["advantages_en"]) == (("advantages",), None)
    assert "CANARY-REGISTERED" in case.content["description_en"]
    assert "CANARY mail" not in repr(case)
    assert {each.field for each in case.findings} & {"advantages_en", "advantages_zh"} == set()


def test_filters_narrow_the_queue(market):
    make_segment(market.fair, "other")
    need, entry = submitted(market, Kind.NEED), submitted(market)
    update = published(market)
    drafting.edit(update.listing_id, {"title_en": "Better"}, by=market.by)
    submit(market, listing_of(update))
    claiming.take(entry.id, by=market.judge)

    def ids(**wanted):
        query = queries.queue(by=market.judge, fair=market.fair, wanted=Wanted(**wanted)).order_by(*queries.QUEUE_KEYS)
        return [row.id for row in db.session.execute(query)]

    assert ids() == [need.id, entry.id, update.id]
    assert ids(kind=Kind.NEED) == [need.id]
    assert ids(first=False) == [update.id]
    assert ids(first=True, free=True) == [need.id]
    assert ids(reader=market.moderator.id) == [entry.id]
    assert ids(segment="other") == []


def test_the_workload_counts_what_waits_and_who_decided(market):
    submitted(market), submitted(market)
    published(market)
    claiming.take_next(by=market.judge)
    (load,) = history.workload(by=market.judge)
    assert (load.waiting, load.reading, load.decided_today, load.median_minutes) == (2, 1, 1, 0)
    assert [(work.name, work.today, work.week, work.reading) for work in load.reviewers] == [(market.moderator.name, 1, 1, 1)]
    assert history.decided_today(by=market.judge) == 1


def test_near_duplicates_stand_beside_each_other(market):
    one, other = submitted(market), submitted(market)
    submitted(market, title_en="Milk powder", summary_en="A drier for milk.", description_en="Spray drying of whey.")
    (near,) = cases.case_of(other.id, by=market.judge).near
    assert (near.id, near.percent, near.own, near.public) == (one.listing_id, 100, True, False)
    assert [each.id for each in cases.own_case(one.listing_id)[1]] == [other.listing_id]


def test_findings_become_notes_in_both_languages(market):
    entry = submitted(market, summary_en="Write to anna@x.example for steam.")
    (email,) = (each for each in cases.case_of(entry.id, by=market.judge).findings if each.code == "email")
    data = {"findings": [email.key], "notes": [{"field": None, "severity": None, "text": "请写清楚", "canned": None}, {"field": None, "severity": None, "text": None, "canned": "maturity"}]}
    found = cases.noted(entry.id, data)
    assert [(note.field, note.severity.value) for note in found] == [("summary_en", "major"), ("general", "major"), ("trl", "major")]
    assert found[0].text_zh and "anna@x.example" in found[0].text_zh and found[1].text_en is None
    assert cases.noted(entry.id, data, most=Severity.MINOR)[0].severity is Severity.MINOR
    with pytest.raises(DomainError):
        cases.noted(entry.id, {"findings": ["title_en.email.0"], "notes": []})


def test_listings_are_untouched_by_reading(market):
    entry = submitted(market)
    version = db.session.get_one(Listing, entry.listing_id).version
    cases.case_of(entry.id, by=market.judge)
    claiming.take(entry.id, by=market.judge)
    assert db.session.get_one(Listing, entry.listing_id).version == version
