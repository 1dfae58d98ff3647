"""From wishes to a plan, from the plan to meetings: computed, verified, published once, and told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core import jobs
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings.models import Meeting, MeetingStatus, Origin
from marketplace.organizations.models import Membership
from marketplace.scheduling import computing, ground, merging, notices, publishing, queries, service
from marketplace.scheduling.models import MeetingWish, PlanState
from marketplace.venue import booking
from marketplace.venue.models import Booking
from tests.scheduling.factories_scheduling import HALF, Fair


@pytest.fixture
def fair(app):
    return Fair()


def meetings():
    return list(db.session.scalars(select(Meeting).order_by(Meeting.starts_at, Meeting.id)))


def test_wishes_become_confirmed_meetings_and_each_person_is_told_once(fair):
    a, b, c = (fair.organization() for _ in range(3))
    fair.wish(a, b, topic="CANARY-LICENCE")
    fair.wish(a, c, "like")
    fair.wish(b, c, "like")
    plan = fair.published()
    made = meetings()
    assert [(one.status, one.origin, one.length_minutes) for one in made] == [(MeetingStatus.CONFIRMED, Origin.PLANNED, 30)] * 3
    assert {one.topic for one in made} == {"CANARY-LICENCE", "Getting to know each other"}
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 3 * 3 * 2
    assert (plan.state, plan.result["best"][0], plan.result["published"]) == (PlanState.PUBLISHED, 3, 3)
    jobs.sweep()
    assert sorted(message["To"] for message in OUTBOX_SEEN) == sorted(one.email for one in (a, b, c))
    assert all(message["Subject"] == "The fair planned 2 meetings for you" for message in OUTBOX_SEEN)


def test_no_is_no_whoever_says_it_and_a_second_plan_adds_only_what_is_new(fair):
    a, b, c = (fair.organization() for _ in range(3))
    fair.wish(a, b)
    fair.wish(b, a, "no")
    fair.wish(a, c)
    fair.published()
    assert [{one.from_organization_id, one.to_organization_id} for one in meetings()] == [{a.organization_id, c.organization_id}]
    fair.wish(c, b)
    again = fair.published()
    assert (len(meetings()), again.result["published"], again.result["met"]) == (2, 1, 1)


def test_of_one_table_and_three_wishes_everybody_meets_before_anybody_meets_twice(app):
    fair = Fair(tables=1, hours="09:00-10:00")  # two slots
    a, b, c, d = (fair.organization() for _ in range(4))
    fair.wish(a, b)
    fair.wish(b, c)  # both musts; the third pair alone is light, but d has no other
    fair.wish(c, d, "like")
    fair.wish(a, c, "like")
    plan = fair.plan()
    assert (plan.result["best"][0], plan.result["bound"][0], plan.result["greedy"][0], plan.result["meetings"]) == (4, 4, 3, 2)


def test_an_interpreter_is_planned_where_languages_differ_and_no_meeting_without_one(fair):
    a, b, c, d = (fair.organization(languages) for languages in (["zh"], ["de", "en"], ["ja"], ["en"]))
    one = fair.interpreter("zh", "de")
    fair.wish(a, b)
    fair.wish(b, d)
    fair.wish(a, c)
    fair.published()
    made = {frozenset((m.from_organization_id, m.to_organization_id)): (m.interpreter_id, m.from_language, m.to_language) for m in meetings()}
    assert made == {
        frozenset((a.organization_id, b.organization_id)): (one.id, "zh", "de"),
        frozenset((b.organization_id, d.organization_id)): (None, "en", "en"),
    }


def test_who_meets_and_interprets_does_one_of_the_two_at_a_time(app):
    fair = Fair(hours="09:00-09:30")  # one slot, two tables
    a, b, c, d = (fair.organization(languages) for languages in (["zh"], ["de"], ["en"], ["en"]))
    one = fair.interpreter("zh", "de")
    one.person_id = c.person_id
    db.session.commit()
    fair.wish(a, b)
    fair.wish(c, d)
    fair.published()
    assert len(meetings()) == 1
    held = db.session.scalars(select(Booking.holder).where(Booking.resource == booking.person_key(c.person_id)))
    assert set(held) == {f"meeting:{meetings()[0].id}"}


def test_what_was_booked_since_is_refused_or_left_out(fair):
    a, b, c = (fair.organization() for _ in range(3))
    fair.wish(a, b)
    fair.wish(c, b)
    plan = fair.plan()
    rows = list(db.session.scalars(queries.rows(plan.id)))
    with transaction():
        booking.take([booking.person_key(a.person_id)], rows[0].starts_at, minutes=180, holder="session:elsewhere")
        booking.take([booking.person_key(a.person_id)], rows[1].starts_at, minutes=180, holder="session:elsewhere")
    with pytest.raises(publishing.PlanOutdated, match="One meeting") as refused, transaction():
        publishing.publish(plan.id, by=fair.manager)
    [lost] = refused.value.members["lost"]
    assert {row.number for row in rows if a.organization_id in (row.from_organization_id, row.to_organization_id)} == {lost}
    assert meetings() == []
    with transaction():
        publishing.publish(plan.id, without_lost=True, by=fair.manager)
    [made] = meetings()
    for change, became in ({}, None), ({"starts_at": made.starts_at + HALF}, "moved"), ({"status": MeetingStatus.CANCELLED}, "cancelled"):
        with transaction():
            db.session.query(Meeting).update(change or {"reason": None})
        lines = queries.row_lines(list(db.session.scalars(queries.rows(plan.id))), queries.get_plan(plan.id, by=fair.manager))
        assert {line.row.number == lost: line.became for line in lines} == {True: "left_out", False: became}
        assert [line.now[0] for line in lines if line.now] == [change["starts_at"] for _ in lines[1:] if became == "moved"]
    with pytest.raises(IllegalMove, match="published already"), transaction():
        publishing.publish(plan.id, by=fair.manager)


def test_what_other_fairs_hold_is_not_read(app):
    ours, theirs, day = booking.place_key(uuid4()), booking.place_key(uuid4()), timedelta(days=1)
    with transaction():
        booking.take([ours, theirs], now().replace(minute=0, second=0, microsecond=0), minutes=15, holder="meeting:one")
    assert list(ground.held([ours], now() - day, now() + day).by_resource) == [ours]
    assert ground.held([ours], now() - day, now() + day, but_for=["meeting:one"]).by_resource == {}


def test_a_wish_said_anew_is_another_wish_and_who_left_is_not_told(fair):
    a, b, c = (fair.organization() for _ in range(3))
    old = fair.wish(a, b).id
    fair.wish(c, b)
    plan = fair.plan()
    with transaction():
        service.take_back(old, by=a)
    fair.wish(a, b)
    with pytest.raises(publishing.PlanOutdated, match="One meeting"), transaction():
        publishing.publish(plan.id, by=fair.manager)
    with transaction():
        publishing.publish(plan.id, without_lost=True, by=fair.manager)
    [meeting] = meetings()
    assert c.organization_id in (meeting.from_organization_id, meeting.to_organization_id)
    while jobs.sweep():
        pass
    OUTBOX_SEEN.clear()
    with transaction():
        db.session.query(Membership).filter_by(person_id=b.person_id).update({"ended_at": now()})
    with transaction():
        notices.changed(fair.fair, [notices.Told(meeting)], reason="CANARY-WATER")
    jobs.sweep()
    assert [message["To"] for message in OUTBOX_SEEN] == [db.session.get_one(Person, c.person_id).email]


def test_one_plan_is_computed_at_a_time_and_a_cancelled_one_stays_so(fair):
    a, b = fair.organization(), fair.organization()
    fair.wish(a, b)
    with transaction():
        plan = computing.ask(fair.fair.id, by=fair.manager)
    with pytest.raises(Duplicate), transaction():
        computing.ask(fair.fair.id, by=fair.manager)
    with pytest.raises(Forbidden), transaction():
        computing.ask(fair.fair.id, by=a)
    token = computing.claim(plan.id)
    assert computing.claim(plan.id) is None
    with transaction():
        computing.cancel(plan.id, by=fair.manager)
    computing.run(plan.id, token)
    plan = queries.get_plan(plan.id, by=fair.manager)
    assert (plan.state, plan.result) == (PlanState.CANCELLED, {})


def test_a_plan_whose_worker_is_gone_is_computed_by_the_next_and_written_once(fair):
    a, b = fair.organization(), fair.organization()
    fair.wish(a, b)
    with transaction():
        plan_id = computing.ask(fair.fair.id, by=fair.manager).id
    gone = computing.claim(plan_id)
    with shifted(computing.STALE + timedelta(seconds=1)):
        token = computing.claim(plan_id)
    assert token is not None
    computing.run(plan_id, gone)
    assert queries.get_plan(plan_id, by=fair.manager).state is PlanState.COMPUTING
    computing.run(plan_id, token)
    plan = queries.get_plan(plan_id, by=fair.manager)
    assert (plan.state, plan.result["meetings"], plan.worker) == (PlanState.READY, 1, None)


def test_of_two_organisations_that_become_one_each_wish_stays_once(fair):
    loser, winner, other = (fair.organization() for _ in range(3))
    fair.wish(loser, other, "like")
    kept = fair.wish(winner, other, "must").id
    fair.wish(other, loser)
    fair.wish(loser, winner)
    with transaction():
        merging._move(loser.organization_id, winner.organization_id)
    rows = {(row.organization_id, row.about_organization_id): row for row in db.session.scalars(select(MeetingWish))}
    assert set(rows) == {(winner.organization_id, other.organization_id), (other.organization_id, winner.organization_id)}
    assert rows[winner.organization_id, other.organization_id].id == kept
