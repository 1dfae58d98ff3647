"""The sample has work for everybody: a roadshow, and something that waits for each role of the open fair."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.accounts import service as accounts
from marketplace.contracts.models import Contract
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.jobs import OutboxRow
from marketplace.demo import cli, loading, people
from marketplace.demo.plan import generate
from marketplace.fairs import queries as fairs
from marketplace.ledger.models import Status
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing
from marketplace.meetings import answering, day_queries
from marketplace.meetings import queries as meeting_queries
from marketplace.meetings import today as day
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.negotiations import meeting as thread_meetings
from marketplace.negotiations import queries as negotiations
from marketplace.negotiations.models import Stage
from marketplace.organizations import service as organizations
from marketplace.organizations.models import Organization
from marketplace.organizations.models import Status as Standing
from marketplace.roadshow import queries as roadshow
from marketplace.roadshow.models import Pitch, PitchStatus, Session
from tests.demo.conftest import holds_together, load
from tests.factories import sign_in

LEAST = loading.Part(achievements=0, needs=0, organizations=0)
LAST_MINUTE, FIRST_MINUTE = (datetime(2026, 3, 9, hour, minute, tzinfo=UTC) for hour, minute in ((15, 59), (16, 0)))
"""Around midnight in Shanghai."""


def actor(code):
    found = people.actor(code)
    assert found is not None
    return found


def stop_the_clock(monkeypatch, moment):
    """Under `clock.now`, not in its place: what is imported meanwhile would keep another function for good."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment

    monkeypatch.setattr(clock, "datetime", Stopped)


@pytest.mark.one_database
@pytest.mark.parametrize("moment", [LAST_MINUTE, FIRST_MINUTE])
def test_what_is_booked_lies_ahead_at_either_side_of_midnight_also_with_no_part_at_all(app, tmp_path, monkeypatch, moment):
    stop_the_clock(monkeypatch, moment)
    plan = generate(cli.SEED, loading.day_of_loading())
    holds_together(plan, load(plan, tmp_path, LEAST), LEAST)
    fair = fairs.by_slug("today")
    pitch = db.session.scalars(select(Pitch).where(Pitch.status == PitchStatus.CONFIRMED).order_by(Pitch.created_at)).first()
    (meeting,) = db.session.scalars(select(Meeting).where(Meeting.status == MeetingStatus.REQUESTED)).all()
    session = db.session.get_one(Session, pitch.session_id)
    assert session.price_minor is None and pitch.fee_id is None
    for start in (pitch.starts_at, meeting.starts_at):
        assert moment < start < moment + timedelta(hours=39)
    days = [(len(rows), [(one.price_minor, one.currency) for one, _ in rows]) for _, rows in roadshow.by_day(fair)]
    assert days == [(1, [(200_000, "CNY")]), (1, [(None, None)]), (1, [(200_000, "CNY")])]


def test_the_agency_has_a_meeting_next_one_to_write_down_and_a_step_that_is_due(sample):
    agency = actor("agency")
    assert (day.count_unwritten(agency), day.count_steps_due(agency), len(day_queries.waiting_for(fairs.by_slug("today").id, by=agency))) == (1, 1, 1)
    ahead = select(Meeting.interpreter_id).where(Meeting.status == MeetingStatus.CONFIRMED, Meeting.starts_at > clock.now())
    assert db.session.scalars(ahead).one() is not None


def test_every_role_finds_something_that_waits(sample):
    fair = fairs.by_slug("today")
    waiting = select(FairEntry.kind).where(FairEntry.fair_id == fair.id, FairEntry.status == EntryStatus.SUBMITTED)
    assert Counter(db.session.scalars(waiting)) == {Kind.ACHIEVEMENT: 2, Kind.NEED: 2}
    back = select(FairEntry.reason, Listing.organization_id).join(Listing, Listing.id == FairEntry.listing_id).where(FairEntry.status == EntryStatus.SENT_BACK)
    ((reason, owner),) = db.session.execute(back)
    assert owner == actor("agency").organization_id and "\n\n" in reason
    (newcomer,) = db.session.scalars(select(Organization).where(Organization.status == Standing.PENDING))
    with transaction():
        assert organizations.approve(newcomer.id, by=actor("manager")).status is Standing.APPROVED
    (handed,) = negotiations.waiting_handovers(by=actor("clerk"), fair=fair)
    assert negotiations.get(handed.negotiation_id, by=actor("company")).ended_at is not None
    signed = select(func.count()).select_from(Contract).where(Contract.fair_id == fair.id, Contract.status == Status.SIGNED)
    assert db.session.scalar(signed) == 8
    assert meeting_queries.awaiting_answer(actor("agency")) == 1


def test_the_accepted_meeting_belongs_to_the_talks_and_nobody_got_mail(sample):
    assert db.session.scalar(select(func.count()).select_from(OutboxRow)) == 0
    agency = actor("agency")
    (asked,) = db.session.scalars(select(Meeting).where(Meeting.status == MeetingStatus.REQUESTED))
    assert (asked.status, asked.from_organization_id, asked.to_organization_id) == (
        MeetingStatus.REQUESTED, actor("company").organization_id, agency.organization_id
    )  # fmt: skip
    with transaction():
        answering.accept(asked.id, by=agency)
    (thread,) = negotiations.threads(by=agency, stage=Stage.COUNTERED).rows
    belonging, others = thread_meetings.meetings_of(thread, by=agency)
    assert belonging == [asked] and asked not in others and asked.status is MeetingStatus.CONFIRMED


def test_the_programme_of_2020_has_sessions_on_each_day_and_no_pitches(sample):
    client = sample.client()
    days = roadshow.by_day(fairs.by_slug("zgc-2020"))
    assert [(day.isoformat(), len(rows)) for day, rows in days] == [("2020-09-17", 1), ("2020-09-18", 2), ("2020-09-19", 2), ("2020-09-20", 1)]
    page = client.get("/roadshow?fair=zgc-2020").text
    assert "Roadshow: New materials" in page and "线上" in client.get("/roadshow?fair=zgc-2020", headers={"Accept-Language": "zh"}).text
    sign_in(client, accounts.by_email("agency@demo.example"))
    assert "Open roadshow: every field" in client.get("/roadshow").text
