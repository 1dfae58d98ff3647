"""When people and organisations are free for each other: absences, common times, and colleagues who meet the same partner."""

from datetime import timedelta

import pytest

from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotFound
from marketplace.meetings import answering, availability, calendar
from marketplace.meetings.models import Interpreter
from marketplace.venue import conflicts
from marketplace.venue.models import PlaceKind, Walk
from tests.counting import counted
from tests.factories import actor, make_member, save
from tests.meetings.factories_meetings import Two, bookings
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def two(app):
    return Two()


def away(two, by, first, last, *, person=None, **more):
    with transaction():
        return availability.away(
            two.fair.id, starts_at=at(two.fair, first), ends_at=at(two.fair, last), person_id=person.id if person else None, by=by, **more
        )


def free(two, *, by=None, people=(), online=False, minutes=30, theirs=()) -> list[str]:
    """The common times of the fair's last day, on its clock."""
    found = availability.common(two.fair, people=people or [two.asking.id], other_id=two.company.id, minutes=minutes, online=online, theirs=theirs, by=by or two.a)
    return [f"{slot.starts_at:%H:%M}" for day, slots in found for slot in slots if day == two.fair.closes_on]


def test_a_whole_day_is_free_between_two_who_have_nothing(two):
    assert (free(two)[0], free(two)[-1], len(free(two))) == ("08:00", "19:30", 47)
    assert free(two, online=True) == []
    make_place(two.fair, PlaceKind.ONLINE)
    assert len(free(two, online=True)) == 47


@pytest.mark.parametrize(
    "fill",
    [
        lambda t: t.request(by=t.c),  # the only table
        lambda t: t.request(place_id=make_place(t.fair).id, organization_id=t.outsider.id),  # who asks
        lambda t: t.request(by=t.b, organization_id=t.outsider.id, place_id=make_place(t.fair).id),  # the only one of the other side
        lambda t: away(t, t.a, 10, 11, person=t.asking),
        lambda t: away(t, t.b, 10, 11),  # the whole other side
        lambda t: away(t, t.a, 10, 11),
    ],
)
def test_whatever_one_of_them_has_is_no_common_time(two, fill):
    fill(two)
    assert "10:00" not in free(two)
    assert {"08:00", "11:00"} <= set(free(two))


def test_a_second_person_of_the_other_side_and_a_second_table_make_a_time_free_again(two):
    two.request(by=two.b, organization_id=two.outsider.id)
    assert "10:00" not in free(two)
    make_member(two.company)
    assert "10:00" not in free(two)
    make_place(two.fair)
    assert "10:00" in free(two)
    assert "10:00" not in free(two, theirs=[two.asked.id]), "where it is said who comes, these people count"


def test_common_times_lie_ahead(two):
    with shifted(at(two.fair, 12, 20) - now()):
        assert free(two)[0] == "12:30"


def test_common_times_take_a_constant_number_of_queries(two):
    def statements():
        with counted() as seen:
            free(two)
        return len(seen)

    few = statements()
    for hour in (9, 11, 13):
        two.request(by=two.c, starts_at=at(two.fair, hour))
        away(two, two.a, hour + 1, hour + 2, person=make_member(two.agency))
    assert statements() == few <= 15


def test_an_organisation_that_is_away_is_not_asked_and_a_person_who_is_away_is_not_booked(two):
    away(two, two.b, 10, 11)
    with pytest.raises(conflicts.Blocked) as refused:
        two.request(accept_warnings=True)
    assert [error.code for error in refused.value.errors] == ["organization_absent"]
    assert (bookings(), two.request(starts_at=at(two.fair, 11)).id is not None) == (0, True)


def test_a_time_away_is_taken_back_by_one_s_own_side_only(two):
    absence = away(two, two.a, 10, 12, person=two.asking)
    assert bookings(f"absence:{absence.id}") == 8
    with pytest.raises(NotFound), transaction():
        availability.back(absence.id, by=two.b)
    with transaction():
        availability.back(absence.id, by=two.a)
    assert (bookings(), availability.own_absences(two.a, fair_id=two.fair.id)) == (0, [])


def test_who_has_a_meeting_is_not_away_then_and_an_organisation_is_warned(two):
    meeting = two.confirmed()
    with pytest.raises(availability.Engaged):
        away(two, two.a, 10, 11, person=two.asking)
    with pytest.raises(conflicts.Warned):
        away(two, two.b, 9, 12)
    assert away(two, two.b, 9, 12, accept_warnings=True).id
    assert meeting.status.value == "confirmed"


def test_somebody_of_another_organisation_cannot_be_sent_away(two):
    with pytest.raises(Invalid):
        away(two, two.a, 10, 11, person=two.asked)


def test_a_colleague_who_asks_the_same_organisation_is_told_who_was_there_before(two):
    two.request()
    two.request(starts_at=at(two.fair, 16))  # oneself again is no accident
    colleague = actor(make_member(two.agency), two.agency)
    again = {"by": colleague, "starts_at": at(two.fair, 14)}
    with pytest.raises(conflicts.Warned) as refused:
        two.request(**again)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/accept_warnings", "same_partner")]
    assert two.asking.name in refused.value.errors[0].detail
    assert two.request(**again, accept_warnings=True).id


def test_who_is_asked_and_asks_back_is_told_of_the_request(two):
    two.request()
    with pytest.raises(conflicts.Warned, match="look again|accept_warnings") as refused:
        two.request(by=two.b, organization_id=two.agency.id, starts_at=at(two.fair, 14))
    assert refused.value.errors[0].code == "same_partner"


def test_any_table_is_found_while_one_is_free(two):
    make_place(two.fair)
    for by, code in ((two.a, None), (two.c, None)):
        assert two.request(by=by, place_id=None).place_id is not code
    other = actor(make_member(), None)
    with pytest.raises(Exception, match="Already taken"):
        two.request(by=other, place_id=None)


def test_languages_that_differ_want_an_interpreter(two):
    meeting = two.request(language="en")
    with pytest.raises(conflicts.Warned) as refused, transaction():
        answering.accept(meeting.id, language="zh", by=two.b)
    assert [error.code for error in refused.value.errors] == ["no_interpreter"]
    save(Interpreter(fair_id=two.fair.id, name="Li Hua", languages=["en", "zh"], created_at=now()))
    with transaction():
        answering.accept(meeting.id, language="zh", by=two.b)
    assert (meeting.interpreter_id is not None, bookings()) == (True, 8)


def test_the_company_s_calendar_shows_all_colleagues_double_visits_and_ways(two):
    north, south = make_place(two.fair, PlaceKind.HALL), make_place(two.fair, PlaceKind.HALL)
    near, far = make_place(two.fair, hall_id=north.id), make_place(two.fair, hall_id=south.id, name_en="Table far")
    halls = sorted([north.id, south.id])
    save(Walk(one_hall_id=halls[0], other_hall_id=halls[1], minutes=12))
    two.request(place_id=near.id)
    colleague = make_member(two.agency)
    two.request(by=actor(colleague, two.agency), starts_at=at(two.fair, 12), accept_warnings=True)
    away(two, two.a, 16, 17)
    with pytest.raises(conflicts.Warned) as refused:
        two.request(place_id=far.id, starts_at=at(two.fair, 10, 30), organization_id=two.outsider.id)
    assert [error.code for error in refused.value.errors] == ["walking"]
    two.request(place_id=far.id, starts_at=at(two.fair, 10, 45), organization_id=two.outsider.id)
    day = calendar.of_company(two.fair, two.fair.closes_on, by=two.a)
    assert [f"{entry.starts_at.astimezone(at(two.fair, 1).tzinfo):%H:%M}" for entry in day] == ["10:00", "10:45", "12:00", "16:00"]
    assert colleague.name in day[0].remarks[0]
    assert two.asking.name in day[2].remarks[0]
    assert "12 min" in day[1].remarks[0]
    assert calendar.of_company(two.fair, two.fair.closes_on - timedelta(days=1), by=two.a) == []
    assert [entry.line is None for entry in calendar.of_company(two.fair, two.fair.closes_on, by=two.c)] == [False]
    assert db.session.is_active
