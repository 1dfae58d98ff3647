"""What nobody answered in time gives way at once to whoever comes next; and a room for sessions is none for 1:1 meetings."""

from datetime import timedelta

import pytest

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError
from marketplace.fairs import queries as fairs
from marketplace.meetings import interpreters, requesting
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.roadshow import pitching, programme
from marketplace.roadshow.calls import timetabling
from marketplace.roadshow.calls.models import Status
from marketplace.roadshow.running import effects, moving
from marketplace.venue import booking, closing, queries, service
from marketplace.venue.models import PlaceKind
from tests.factories import make_member, make_organization
from tests.roadshow.calls.factories_calls import make_application, make_call
from tests.roadshow.factories_roadshow import make_achievement, make_session
from tests.roadshow.factories_running import do, make_stage
from tests.venue.factories_venue import at, make_place

SESSION = {"title_en": "New materials", "title_zh": None, "capacity": 50, "slots": 4, "slot_minutes": 15, "price_minor": None, "currency": None}


class Asked:
    """A stage from 10 to 11, and a request of its first presenter for 14:00 in a room."""

    def __init__(self):
        self.stage = make_stage()
        self.fair, self.staff = self.stage.fair, self.stage.staff
        self.room = make_place(self.fair, PlaceKind.ROOM)
        self.company = make_organization()
        make_member(self.company)
        self.meeting = self.ask(self.room, by=self.stage.by(0))

    def ask(self, place, *, by, hour=14) -> Meeting:
        return do(
            requesting.request, self.fair.id, organization_id=self.company.id, place_id=place.id, starts_at=at(self.fair, hour), length_minutes=30,
            topic="x", accept_warnings=True, by=by,
        )  # fmt: skip

    def later(self, place=None):
        """A session at the time that was asked for."""
        return make_session(self.fair, place, starts_at=at(self.fair, 14), ends_at=at(self.fair, 15))


def close(asked):
    return lambda: closing.close(asked.room.id, starts_at=at(asked.fair, 14), ends_at=at(asked.fair, 15), reason="x", by=asked.staff)


def schedule(asked):
    times = {"starts_at": at(asked.fair, 14), "ends_at": at(asked.fair, 15)}
    return lambda: programme.schedule(asked.fair.id, place_id=asked.room.id, **times, **SESSION, by=asked.staff)


def pitch(asked):
    session_id, achievement_id = asked.later().id, make_achievement(asked.fair, asked.stage.agencies[0]).id
    return lambda: pitching.book(session_id, achievement_id=achievement_id, by=asked.stage.by(0))


def give(asked):
    presenting = {"organization": asked.stage.agencies[0], "person": asked.stage.presenters[0]}
    chosen, session_id = make_application(make_call(asked.fair), status=Status.SELECTED, **presenting).id, asked.later().id
    return lambda: timetabling.place(chosen, session_id, 1, accept_warnings=True, by=asked.staff)


def move_a_pitch(asked):
    session_id = asked.later().id
    return lambda: timetabling.move(asked.stage.pitches[0].id, session_id, 1, accept_warnings=True, by=asked.staff)


def move_a_session(asked):
    session_id, there = asked.stage.session.id, {"place_id": asked.room.id, "starts_at": at(asked.fair, 14)}
    return lambda: moving.move(session_id, **there, seen=effects.of_move(session_id, **there, by=asked.staff).seen, by=asked.staff)


def interpreter_away(asked):
    one = do(interpreters.add, asked.fair.id, name="Lin Yu", languages=["zh", "en"], by=asked.staff)
    times = {"starts_at": at(asked.fair, 14), "ends_at": at(asked.fair, 15)}
    do(booking.take, [booking.interpreter_key(one.id)], at(asked.fair, 14), minutes=30, holder=f"meeting:{asked.meeting.id}")
    return lambda: interpreters.absent(one.id, **times, accept_warnings=True, by=asked.staff)


@pytest.mark.parametrize("take", [close, schedule, pitch, give, move_a_pitch, move_a_session, interpreter_away])
def test_whoever_comes_next_takes_what_nobody_answered_in_time(app, take):
    asked = Asked()
    step = take(asked)
    with pytest.raises(DomainError):
        do(step)
    asked.meeting.held_until = now() - timedelta(minutes=1)
    db.session.commit()
    do(step)
    assert asked.stage.fresh(asked.meeting).status is MeetingStatus.EXPIRED


def online(asked):
    return make_place(asked.fair, PlaceKind.ONLINE, name_en="Online room", link="https://meet.example.org/for-two-alone")


def session_in(asked, room):
    facts = {**SESSION, "starts_at": at(asked.fair, 16), "ends_at": at(asked.fair, 17)}
    return do(programme.schedule, asked.fair.id, place_id=room.id, **facts, by=asked.staff)


def read_by_anybody(client, session) -> str:
    own = f"/roadshow/sessions/{session.id}"
    addresses = ("/roadshow", own, f"{own}/running", f"{own}.ics", f"/api/v1/sessions/{session.id}", f"/api/v1/fairs/{fairs.get(session.fair_id).slug}/places")
    return "".join(client.get(address).text for address in addresses)


def test_no_stranger_reads_the_link_by_which_two_meet(client):
    asked = Asked()
    room, other = online(asked), make_place(asked.fair, PlaceKind.ONLINE, link="https://meet.example.org/for-everybody")
    asked.ask(room, by=asked.stage.by(1))
    with pytest.raises(booking.Taken, match="never for both"):
        session_in(asked, room)
    stage = asked.stage
    preview = effects.of_move(stage.session.id, place_id=room.id, starts_at=at(asked.fair, 17), by=asked.staff)
    assert preview.stops and room not in [place for place, _ in preview.elsewhere]
    session = session_in(asked, other)
    page = read_by_anybody(client, session)
    assert ("for-everybody" in page, "for-two-alone" in page) == (True, False)


def test_what_a_session_made_public_is_for_no_meeting_until_it_has_a_new_link(app):
    asked = Asked()
    room = online(asked)
    session = session_in(asked, room)
    assert room not in queries.places(asked.fair.id, for_meetings=True) and room in queries.places(asked.fair.id, for_sessions=True)
    with pytest.raises(booking.Taken):
        asked.ask(room, by=asked.stage.by(1), hour=12)
    do(programme.call_off, session.id, by=asked.staff)
    with pytest.raises(booking.Taken):
        asked.ask(room, by=asked.stage.by(1), hour=12)
    do(lambda: service.change_place(service.managed_place(room.id, by=asked.staff), link="https://meet.example.org/new", by=asked.staff))
    asked.ask(room, by=asked.stage.by(1), hour=12)
    assert room in queries.places(asked.fair.id, for_meetings=True) and room not in queries.places(asked.fair.id, for_sessions=True)
