"""Something is not there for a time: what breaks is shown first, then three repairs; the chosen one and the loss are one transaction."""

import pytest
from sqlalchemy import select

from marketplace.core import jobs
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import IllegalMove, Invalid
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings import answering
from marketplace.meetings.models import Absence, Interpreter, Meeting, MeetingStatus
from marketplace.scheduling import applying, queries, repairing, shown, tasks, touched
from marketplace.scheduling.models import ChangeState, PlanChange
from marketplace.scheduling.planning.changing import Kind
from marketplace.venue import booking
from marketplace.venue.models import Booking, Closure, PlaceKind
from tests.factories import save
from tests.scheduling.factories_scheduling import Fair
from tests.venue.factories_venue import at, make_place


def meetings():
    db.session.expire_all()
    return list(db.session.scalars(select(Meeting).order_by(Meeting.starts_at, Meeting.id)))


def asked(fair, kind, subject_id, begins=(9, 0), ends=(12, 0)):
    with transaction():
        change = repairing.ask(
            fair.fair.id, kind=kind, subject_id=subject_id, starts_at=at(fair.fair, *begins), ends_at=at(fair.fair, *ends), reason="CANARY-WATER", by=fair.manager
        )
        change_id = change.id
    tasks.repair(change_id=str(change_id))
    return queries.get_change(change_id, by=fair.manager)


def applied(fair, change, repair):
    with transaction():
        return applying.apply(change.id, repair, by=fair.manager)


def did(change, repair):
    return sorted(step["what"] for step in change.repairs[repair])


@pytest.fixture
def two(app):
    """Two organisations with one meeting, and a third that has one with each of them, at two tables."""
    fair = Fair()
    fair.a, fair.b, fair.c = (fair.organization() for _ in range(3))
    fair.wish(fair.a, fair.b)
    fair.wish(fair.a, fair.c)
    fair.wish(fair.b, fair.c)
    fair.published()
    jobs.sweep()
    OUTBOX_SEEN.clear()
    return fair


def test_a_lost_table_moves_nobody_in_time_while_another_is_free(two):
    lost = meetings()[0].place_id
    hit = sum(one.place_id == lost for one in meetings())
    change = asked(two, "place", lost)
    assert (change.state, len(change.broken), did(change, "drop")) == (ChangeState.READY, hit, ["dropped"] * hit)
    assert did(change, "fewest_moves") == did(change, "tables_only") == ["reseated"] * hit
    times = [one.starts_at for one in meetings()]
    applied(two, change, "fewest_moves")
    assert [one.starts_at for one in meetings()] == times
    assert all(one.place_id != lost and one.status is MeetingStatus.CONFIRMED for one in meetings())
    assert {row.holder.partition(":")[0] for row in db.session.scalars(select(Booking).where(Booking.resource == booking.place_key(lost)))} == {"closure"}
    assert db.session.scalar(select(Closure.reason)) == "CANARY-WATER"
    jobs.sweep()
    assert all("CANARY-WATER" in message.get_content() for message in OUTBOX_SEEN)


@pytest.mark.parametrize("kind", ["person", "organization"])
def test_whoever_is_away_for_a_while_meets_at_another_time(two, kind):
    before = {one.id: (one.starts_at, one.sequence) for one in meetings()}
    first = meetings()[0]
    begins = first.starts_at.astimezone(at(two.fair, 9).tzinfo)
    away = next(one for one in (two.a, two.b, two.c) if one.organization_id == first.from_organization_id)
    change = asked(two, kind, away.person_id if kind == "person" else away.organization_id, (begins.hour, begins.minute), (begins.hour + 1, begins.minute))
    assert did(change, "fewest_moves").count("moved") >= 1
    assert set(did(change, "tables_only")) == set(did(change, "drop")) == {"dropped"}
    applied(two, change, "fewest_moves")
    moved = [one for one in meetings() if one.starts_at != before[one.id][0]]
    assert first.id in {one.id for one in moved}
    assert all(one.sequence == before[one.id][1] + 1 for one in moved)
    for one in meetings():
        inside = one.starts_at < begins.replace(hour=begins.hour + 1) and one.ends_at > begins
        assert not (inside and away.organization_id in (one.from_organization_id, one.to_organization_id))
    held = list(db.session.scalars(select(Booking.holder).where(Booking.holder.startswith("absence:"))))
    assert (len(held), len(list(db.session.scalars(select(Absence))))) == (4 if kind == "person" else 0, 1)


def test_dropping_cancels_frees_and_tells(two):
    change = asked(two, "person", two.a.person_id)
    assert shown.ways(change) == [list(Kind)]  # all day away: nothing else can be done
    applied(two, change, "drop")
    cancelled = [one for one in meetings() if one.status is MeetingStatus.CANCELLED]
    assert [(one.reason, one.sequence) for one in cancelled] == [("CANARY-WATER", 1)] * 2
    assert not db.session.scalars(select(Booking).where(Booking.holder.in_([f"meeting:{one.id}" for one in cancelled]))).all()
    jobs.sweep()
    assert sorted(message["To"] for message in OUTBOX_SEEN) == sorted(one.email for one in (two.a, two.b, two.c))
    with pytest.raises(IllegalMove):
        applied(two, change, "drop")


def one_table_and_three_wishes():
    """(the fair, the four who wish, the change when somebody of the one meeting it holds is away)."""
    fair = Fair(tables=1, hours="09:00-09:30")
    a, b, c, d = (fair.organization() for _ in range(4))
    fair.wish(a, b)
    fair.wish(b, c, "like")
    fair.wish(c, d, "like")
    fair.published()
    [kept] = meetings()
    gone = a if a.organization_id in (kept.from_organization_id, kept.to_organization_id) else c
    return fair, (a, b, c, d), asked(fair, "person", gone.person_id)


def test_a_free_place_goes_to_a_wish_that_waited(app):
    fair, _, change = one_table_and_three_wishes()
    assert did(change, "fewest_moves") == ["added", "dropped"]
    applied(fair, change, "fewest_moves")
    assert [one.status.value for one in sorted(meetings(), key=lambda one: one.status.value)] == ["cancelled", "confirmed"]
    plan = queries.published(fair.fair.id)
    lines = queries.row_lines(list(db.session.scalars(queries.rows(plan.id))), plan)
    assert sorted(line.became for line in lines) == ["added", "cancelled"]


def test_a_wish_that_waited_is_looked_at_again_when_the_repair_is_applied(app):
    fair, all_four, change = one_table_and_three_wishes()
    [added] = [step for step in change.repairs["fewest_moves"] if step["what"] == "added"]
    one, other = (next(each for each in all_four if str(each.organization_id) == added[name]) for name in ("from_organization_id", "to_organization_id"))
    fair.wish(other, one, "no")
    with pytest.raises(applying.RepairOutdated):
        applied(fair, change, "fewest_moves")
    assert [each.status.value for each in meetings()] == ["confirmed"]


def test_a_repair_is_refused_when_a_meeting_changed_since(two):
    change = asked(two, "place", meetings()[0].place_id)
    touched = change.repairs["fewest_moves"][0]["meeting_id"]
    meeting = next(one for one in meetings() if str(one.id) == touched)
    by = next(one for one in (two.a, two.b, two.c) if one.organization_id == meeting.to_organization_id)
    with transaction():
        answering.cancel(meeting.id, reason="Ill.", by=by)
    with pytest.raises(applying.RepairOutdated):
        applied(two, change, "fewest_moves")
    assert db.session.scalar(select(Closure)) is None
    with transaction():
        anew = repairing.again(change.id, by=two.manager)
    assert (change.state, anew.state, anew.subject_id) == (ChangeState.CANCELLED, ChangeState.COMPUTING, change.subject_id)
    assert str(meeting.id) in change.broken and str(meeting.id) not in anew.broken


def test_what_failed_is_computed_again_as_it_was(two):
    change = asked(two, "place", two.tables[0].id)
    with transaction():
        db.session.query(PlanChange).update({"state": ChangeState.FAILED})
    with transaction():
        anew = repairing.again(change.id, by=two.manager)
    assert (change.state, anew.state, anew.reason, anew.starts_at) == (ChangeState.FAILED, ChangeState.COMPUTING, change.reason, change.starts_at)


def test_a_proposed_time_on_the_lost_table_is_shown_before_it_comes_to_nothing(two):
    meeting, lost, proposed = meetings()[0], make_place(two.fair), at(two.fair, 11)
    with transaction():
        meeting.move_by_id, meeting.move_to, meeting.move_to_place_id, meeting.move_until = two.a.organization_id, proposed, lost.id, proposed
        booking.take([booking.place_key(lost.id)], proposed, minutes=30, holder=f"move:{meeting.id}")
    change = asked(two, "place", lost.id)
    assert change.broken == []
    assert [(line.before[0], line.before[1].id) for line in touched.proposals(change)] == [(proposed, lost.id)]
    applied(two, change, "drop")
    assert (touched.proposals(change), meetings()[0].move_to) == ([], None)


def test_nobody_is_given_a_meeting_who_left_since_the_repairs_were_computed(app):
    fair = Fair()
    a, b = fair.organization(["zh"]), fair.organization(["de"])
    first, other = fair.interpreter("zh", "de"), fair.interpreter("zh", "de")
    fair.wish(a, b)
    fair.published()
    has = next(one for one in (first, other) if one.id == meetings()[0].interpreter_id)
    change = asked(fair, "interpreter", has.id)
    assert did(change, "fewest_moves") == ["reinterpreted"]
    with transaction():
        db.session.query(Interpreter).filter(Interpreter.id != has.id).update({"left_at": now()})
    with pytest.raises(applying.RepairOutdated):
        applied(fair, change, "fewest_moves")
    assert meetings()[0].interpreter_id == has.id


def test_only_what_has_a_part_in_the_fair_can_be_missing(two):
    hall, elsewhere = make_place(two.fair, PlaceKind.HALL), Fair()
    for kind, subject in (("place", hall.id), ("place", elsewhere.tables[0].id), ("person", elsewhere.manager.person_id), ("organization", hall.id), ("interpreter", hall.id)):
        with pytest.raises(Invalid) as refused, transaction():
            repairing.ask(two.fair.id, kind=kind, subject_id=subject, starts_at=at(two.fair, 9), ends_at=at(two.fair, 10), reason="–", by=two.manager)
        assert refused.value.errors[0].code == "subject_unknown"
    assert save(Closure(place_id=two.tables[0].id, starts_at=at(two.fair, 9), ends_at=at(two.fair, 10), reason="–", closed_by=two.manager.person_id, created_at=now()))
