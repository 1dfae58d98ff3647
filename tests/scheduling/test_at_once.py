"""A plan is published and a repair applied while others ask for the very table and time: one of them gets it, the others are told."""

from uuid import UUID

import pytest
from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.meetings import requesting
from marketplace.meetings.models import Meeting, Origin
from marketplace.scheduling import applying, publishing, queries
from marketplace.scheduling.models import ChangeState, PlanState
from marketplace.venue import booking
from marketplace.venue.models import Booking
from tests.at_once import own_app as own_app
from tests.at_once import rush
from tests.factories import actor, make_member, make_organization
from tests.scheduling.factories_scheduling import Fair
from tests.scheduling.test_repairing import asked

ASKERS = 6


def askers(fair_id, place_id, starts_at):
    """Others who ask somebody else for this table and time."""
    host = make_organization()
    make_member(host)
    found = [actor(make_member(one), one) for one in (make_organization() for _ in range(ASKERS))]
    host_id = host.id
    return [
        lambda by=by: requesting.request(
            fair_id, organization_id=host_id, place_id=place_id, starts_at=starts_at, length_minutes=30, topic="Licence", accept_warnings=True, by=by
        )
        for by in found
    ]  # fmt: skip


def one_meeting(fair):
    """The plan of a fair where two wish to meet."""
    one, other = fair.organization(), fair.organization()
    fair.wish(one, other)
    return fair.plan().id


def held_by(place_id, starts_at):
    """The meeting that holds a table at a time."""
    db.session.remove()
    query = select(Booking.holder).where(Booking.resource == booking.place_key(place_id), Booking.cell == starts_at)
    return db.session.get_one(Meeting, UUID(db.session.scalars(query).one().removeprefix("meeting:")))


@pytest.mark.timeout(120)
def test_beside_requests_for_the_same_table_a_plan_or_repair_takes_all_or_nothing(own_app):
    fair = Fair(tables=1)
    plan_id = one_meeting(fair)
    [row] = db.session.scalars(queries.rows(plan_id))
    place_id, starts_at, works = row.place_id, row.starts_at, askers(fair.fair.id, row.place_id, row.starts_at)
    db.session.remove()
    assert rush(own_app, [lambda: publishing.publish(plan_id, by=fair.manager), *works]) == {"won": 1, "409": ASKERS}
    won = queries.get_plan(plan_id, by=fair.manager).state is PlanState.PUBLISHED
    assert (held_by(place_id, starts_at).origin is Origin.PLANNED, db.session.query(Meeting).count()) == (won, 1)

    other = Fair(tables=2)
    plan_id = one_meeting(other)
    with transaction():
        publishing.publish(plan_id, by=other.manager)
    [row] = db.session.scalars(queries.rows(plan_id))
    meeting_id, starts_at, [free] = row.meeting_id, row.starts_at, [table.id for table in other.tables if table.id != row.place_id]
    change_id = asked(other, "place", row.place_id).id
    works = askers(other.fair.id, free, starts_at)
    db.session.remove()
    assert rush(own_app, [lambda: applying.apply(change_id, "tables_only", by=other.manager), *works]) == {"won": 1, "409": ASKERS}
    won = queries.get_change(change_id, by=other.manager).state is ChangeState.APPLIED
    assert (held_by(free, starts_at).id == meeting_id) is won
