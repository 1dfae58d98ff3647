"""Many taps at one free time: two say that the other side did not come, colleagues accept what is offered, others reach for the table; each time one wins."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.meetings import noshow, standby
from marketplace.meetings.models import Meeting, MeetingStatus, Origin
from marketplace.venue import booking
from marketplace.venue.models import Booking
from tests.at_once import own_app as own_app
from tests.at_once import rush
from tests.factories import actor, make_fair, make_member, make_organization
from tests.meetings.factories_day import make_meeting, make_standby
from tests.venue.factories_venue import make_place

COLLEAGUES = 8


@pytest.mark.timeout(120)
def test_of_many_taps_at_once_one_wins_and_the_table_is_never_free_in_between(own_app):
    fair, host, guest, waits = make_fair(), make_organization(), make_organization(), make_organization()
    moment = now()
    began = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0) - timedelta(minutes=15)
    sits, comes = make_member(host), make_member(guest)
    place = make_place(fair)
    meeting = make_meeting(fair, host, guest, place, hosts=[sits], guests=[comes], starts_at=began, minutes=120)
    colleagues = [actor(make_member(waits), waits) for _ in range(COLLEAGUES)]
    row = make_standby(fair, waits, host, db.session.get_one(type(sits), colleagues[0].person_id))
    meeting_id, row_id, place_key, starts_at = meeting.id, row.id, booking.place_key(place.id), began + timedelta(minutes=45)
    present = [actor(sits, host), actor(make_member(host), host)]
    db.session.remove()

    assert rush(own_app, [lambda by=by: noshow.missed(meeting_id, by=by) for by in present]) == {"won": 1, "409": 1}

    def slips_in() -> None:
        if taken := booking.take([place_key], starts_at, minutes=15, holder="meeting:another"):
            raise booking.Taken(str(taken))

    accepts = [lambda by=by: standby.accept(row_id, by=by) for by in colleagues]
    answers = rush(own_app, [*accepts, *[slips_in] * COLLEAGUES])
    assert (answers["won"], answers["404"], answers["409"]) == (1, COLLEAGUES - 1, COLLEAGUES)
    assert db.session.scalar(select(func.count()).select_from(Meeting).where(Meeting.origin == Origin.STANDBY)) == 1
    assert "meeting:another" not in {holder for (holder,) in db.session.execute(select(Booking.holder).where(Booking.resource == place_key))}
    assert db.session.get_one(Meeting, meeting_id).status is MeetingStatus.NO_SHOW
