"""The timetable: placing, moving, changing places, taking out, taking back; what speaks against it; who is told when."""

from datetime import timedelta

import pytest

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.listings.models import Listing
from marketplace.payments.models import Fee, FeeStatus
from marketplace.roadshow import pitching, queries
from marketplace.roadshow.calls import publishing, selecting, timetable, timetabling, wording
from marketplace.roadshow.calls.models import Deed, Status
from marketplace.roadshow.models import Pitch, PitchStatus
from marketplace.venue import booking, conflicts
from marketplace.venue.models import PlaceKind, Walk
from tests.factories import actor, make_fair, make_member, make_organization, make_staff, save
from tests.roadshow.calls.factories_calls import do, make_application, make_call
from tests.roadshow.factories_roadshow import make_achievement, make_session
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def fair(app):
    return make_fair(current=True)


@pytest.fixture
def manager(fair):
    return actor(make_staff(fair))


@pytest.fixture
def call(fair):
    return make_call(fair, places=20)


def chosen(call, **fields):
    return make_application(call, **({"status": Status.SELECTED, "told": "selected"} | fields))


def where(pitch):
    fresh = db.session.get_one(Pitch, pitch.id)
    return (fresh.session_id, fresh.position) if fresh.status is not PitchStatus.CANCELLED else None


def test_a_chosen_application_is_placed_held_and_free_of_charge(fair, call, manager):
    session = make_session(fair, price_minor=50_000, currency="CNY")
    application = chosen(call)
    pitch = do(timetabling.place, application.id, session.id, 2, by=manager)
    assert (pitch.status, pitch.fee_id, pitch.starts_at, where(pitch)) == (PitchStatus.HELD, None, at(fair, 10, 15), (session.id, 2))
    assert queries.free_positions(session) == [1, 3, 4]
    with pytest.raises(timetabling.NotChosen):
        do(timetabling.place, application.id, session.id, 3, by=manager)
    with pytest.raises(timetabling.NotChosen):
        do(timetabling.place, make_application(call).id, session.id, 3, by=manager)
    with pytest.raises(selecting.InTimetable):
        do(selecting.decide, fair.id, [application.id], Status.WAITING, by=manager)
    for wrong in (0, 5):
        with pytest.raises(NotFound):
            do(timetabling.place, chosen(call).id, session.id, wrong, by=manager)


def test_a_pitch_moves_to_another_session_with_its_bookings(fair, call, manager):
    here, there = make_session(fair), make_session(fair, starts_at=at(fair, 14), ends_at=at(fair, 16), slots=4, slot_minutes=30)
    pitch = do(timetabling.place, chosen(call).id, here.id, 1, by=manager)
    do(timetabling.move, pitch.id, there.id, 2, by=manager)
    assert (where(pitch), pitch.starts_at, pitch.length_minutes) == ((there.id, 2), at(fair, 14, 30), 30)
    assert (queries.free_positions(here), queries.free_positions(there)) == ([1, 2, 3, 4], [1, 3, 4])
    held = booking.occupied([booking.person_key(pitch.person_id)], at(fair, 8), at(fair, 20))
    assert sorted(cell for _, cell in held) == [at(fair, 14, 30), at(fair, 14, 45)]


def test_two_pitches_change_places_and_it_is_taken_back_step_by_step(fair, call, manager):
    here, there = make_session(fair), make_session(fair, starts_at=at(fair, 14), ends_at=at(fair, 15))
    one = do(timetabling.place, chosen(call).id, here.id, 1, by=manager)
    two = do(timetabling.place, chosen(call).id, there.id, 3, by=manager)
    do(timetabling.swap, one.id, two.id, by=manager)
    assert (where(one), where(two)) == ((there.id, 3), (here.id, 1))
    do(timetabling.move, one.id, there.id, 4, by=manager)
    do(timetabling.take_out, two.id, by=manager)
    assert [do(timetabling.undo, fair.id, by=manager) for _ in range(3)] == [Deed.TAKE_OUT, Deed.MOVE, Deed.SWAP]
    placed = {line.pitch.achievement_id: (line.pitch.session_id, line.pitch.position) for lines in queries.pitch_lines([here.id, there.id], fair_id=fair.id).values() for line in lines}
    assert placed == {one.achievement_id: (here.id, 1), two.achievement_id: (there.id, 3)}
    assert [do(timetabling.undo, fair.id, by=manager) for _ in range(2)] == [Deed.PLACE, Deed.PLACE]
    with pytest.raises(timetabling.NothingToUndo):
        do(timetabling.undo, fair.id, by=manager)
    assert len(timetable.unplaced(call)) == 2


def test_what_was_booked_moves_but_is_not_taken_out(fair, manager):
    organization, session = make_organization(), make_session(fair)
    person, achievement = make_member(organization), make_achievement(fair, organization)
    pitch = do(pitching.book, session.id, achievement_id=achievement.id, by=actor(person, organization))
    do(timetabling.move, pitch.id, session.id, 4, accept_warnings=True, by=manager)
    with pytest.raises(timetabling.BookedDirectly):
        do(timetabling.take_out, pitch.id, by=manager)
    assert (where(pitch), db.session.get_one(Pitch, pitch.id).status) == ((session.id, 4), PitchStatus.CONFIRMED)


def test_what_was_paid_for_moves_only_to_a_slot_of_the_same_price(fair, call, manager):
    organization, priced = make_organization(), {"price_minor": 50_000, "currency": "CNY"}
    here, alike, free = make_session(fair, **priced), make_session(fair, **priced), make_session(fair)
    fee = save(Fee(
        subject="pitch_slot:x", fair_id=fair.id, organization_id=organization.id, person_id=make_member(organization).id, description_en="x",
        description_zh="x", amount_minor=50_000, currency="CNY", status=FeeStatus.PAID, paid_at=now(), created_at=now(), held_until=now(),
    ))  # fmt: skip
    pitch = save(Pitch(
        session_id=here.id, position=1, starts_at=here.starts_at, length_minutes=15, achievement_id=make_achievement(fair, organization).id,
        organization_id=organization.id, person_id=fee.person_id, fee_id=fee.id, status=PitchStatus.CONFIRMED, created_at=now(),
    ))  # fmt: skip
    other = do(timetabling.place, chosen(call).id, free.id, 1, by=manager)
    for step, there in ((timetabling.move, (free.id, 2)), (timetabling.swap, (other.id,))):
        with pytest.raises(timetabling.OtherPrice):
            do(step, pitch.id, *there, accept_warnings=True, by=manager)
    do(timetabling.move, pitch.id, alike.id, 2, accept_warnings=True, by=manager)
    assert where(pitch) == (alike.id, 2)


def test_only_the_fairs_manager_arranges_and_only_what_lies_ahead(fair, call, manager):
    session, other = make_session(fair), make_session(make_fair())
    over = make_session(fair, starts_at=at(fair, 10, day=4), ends_at=at(fair, 11, day=4))
    pitch = do(timetabling.place, chosen(call).id, session.id, 1, by=manager)
    for by in (actor(make_member()), actor(make_staff(make_fair())), actor(make_staff(fair, "moderator"))):
        for step in (lambda by=by: timetabling.take_out(pitch.id, by=by), lambda by=by: timetabling.move(pitch.id, session.id, 2, by=by)):
            with pytest.raises(NotFound):
                do(step)
    with pytest.raises(NotFound):
        do(timetabling.move, pitch.id, other.id, 1, by=manager)
    with pytest.raises(pitching.Over):
        do(timetabling.move, pitch.id, over.id, 1, by=manager)


def test_what_stops_and_what_warns_is_named_before_anything_moves(fair, call, manager):
    halls = [make_place(fair, PlaceKind.HALL) for _ in range(2)]
    first, second = sorted(hall.id for hall in halls)
    save(Walk(one_hall_id=first, other_hall_id=second, minutes=20))
    organization = make_organization()
    person = make_member(organization)
    wish = [fair.closes_on - timedelta(days=1)]
    here = make_session(fair, halls[0])
    do(booking.take, [booking.place_key(halls[0].id)], here.starts_at, minutes=60, holder=f"session:{here.id}")
    same_time, after, free = (
        make_session(fair, halls[1], **times)
        for times in ({}, {"starts_at": at(fair, 11), "ends_at": at(fair, 12)}, {"starts_at": at(fair, 16), "ends_at": at(fair, 17)})
    )
    mine = do(timetabling.place, chosen(call, organization=organization, person=person).id, here.id, 4, by=manager)
    other = chosen(call, organization=organization, person=person, days=wish)
    colleague = chosen(call, organization=organization, person=make_member(organization))
    taken = {
        (other.id, here.id, 4): (conflicts.Blocked, {"double_booking"}),
        (other.id, same_time.id, 4): (conflicts.Blocked, {"double_booking"}),
        (other.id, after.id, 1): (conflicts.Warned, {"walking", "other_day"}),
        (other.id, free.id, 1): (conflicts.Warned, {"other_day"}),
        (colleague.id, same_time.id, 4): (conflicts.Warned, {"twice_at_once"}),
    }
    for (application_id, session_id, position), (kind, codes) in taken.items():
        with pytest.raises(kind) as refused:
            do(timetabling.place, application_id, session_id, position, by=manager)
        assert {error.code for error in refused.value.errors} == codes, (session_id, position)
    assert len(timetable.unplaced(call)) == 2
    placed = do(timetabling.place, other.id, after.id, 1, accept_warnings=True, by=manager)
    assert (where(placed), where(mine)) == ((after.id, 1), (here.id, 4))


def test_a_form_says_what_goes_where(fair, call, manager):
    session = make_session(fair)
    application, second = chosen(call), chosen(call)
    one = timetable.arrange
    pitch = do(one, fair, f"application:{application.id}", f"slot:{session.id}:1", accept_warnings=False, by=manager)
    other = do(one, fair, f"application:{second.id}", f"slot:{session.id}:2", accept_warnings=False, by=manager)
    do(one, fair, f"pitch:{pitch.id}", f"slot:{session.id}:2", accept_warnings=False, by=manager)
    assert (where(pitch), where(other)) == ((session.id, 2), (session.id, 1))
    do(one, fair, f"pitch:{pitch.id}", "out", accept_warnings=False, by=manager)
    assert [row.Application.id for row in timetable.unplaced(call)] == [application.id]
    day, cards = timetable.cards(fair)[0]
    assert (day, [line and line.reference is not None for line in cards[0].slots]) == (fair.closes_on, [True, None, None, None])


@pytest.mark.parametrize("to", ["", "out", "slot:x:1", "slot:01a203a8-b750-7302-82cc-0d7d27c04aa6:", "slot:01a203a8-b750-7302-82cc-0d7d27c04aa6:99", "pitch:1"])
def test_what_is_no_slot_is_refused_beside_the_field(fair, call, manager, to):
    with pytest.raises(timetable.Invalid) as refused:
        do(timetable.arrange, fair, f"application:{chosen(call).id}", to, accept_warnings=False, by=manager)
    assert refused.value.errors[0].pointer == "/to"


def mails_of(person, before):
    sweep()
    return [mail.get_content() for mail in OUTBOX_SEEN[before:] if mail["To"] == person.email]


def test_presenters_hear_once_of_where_they_are_in_the_end(fair, call, manager):
    session, later = make_session(fair), make_session(fair, starts_at=at(fair, 14), ends_at=at(fair, 15))
    organization = make_organization()
    person = make_member(organization)
    application, unaware = chosen(call, organization=organization, person=person), chosen(call, told=None)
    pitch = do(timetabling.place, application.id, session.id, 1, by=manager)
    hidden = do(timetabling.place, unaware.id, session.id, 2, by=manager)
    do(timetabling.move, pitch.id, later.id, 2, by=manager)
    before = len(OUTBOX_SEEN)
    assert do(publishing.publish, fair.id, by=manager) == 1
    assert [("14:15" in text, "10:00" in text) for text in mails_of(person, before)] == [(True, False)]
    assert (pitch.status, hidden.status) == (PitchStatus.CONFIRMED, PitchStatus.HELD), "who does not know of the choice waits"
    do(timetabling.move, hidden.id, later.id, 4, by=manager)
    do(timetabling.move, hidden.id, session.id, 2, by=manager)
    assert (publishing.pending(fair.id), do(publishing.publish, fair.id, by=manager)) == ([], 0), "back where it was, and nobody knows"


def test_what_is_public_moves_after_a_second_yes_and_its_presenter_hears_at_once(fair, call, manager):
    session, organization = make_session(fair), make_organization()
    person = make_member(organization)
    pitch = do(timetabling.place, chosen(call, organization=organization, person=person).id, session.id, 1, by=manager)
    held = do(timetabling.place, chosen(call).id, session.id, 3, by=manager)
    do(publishing.publish, fair.id, by=manager)
    mails_of(person, len(OUTBOX_SEEN))
    waiting = do(timetabling.place, chosen(call, told=None).id, session.id, 4, by=manager)
    steps = [
        (timetabling.move, (pitch.id, session.id, 2), {"10:15"}),
        (timetabling.swap, (waiting.id, pitch.id), {"10:45"}),
        (timetabling.take_out, (pitch.id,), {"taken out"}),
    ]
    for step, what, said in steps:
        with pytest.raises(conflicts.Warned) as refused:
            do(step, *what, by=manager)
        assert [error.code for error in refused.value.errors] == ["told_at_once"], step
        before = len(OUTBOX_SEEN)
        do(step, *what, accept_warnings=True, by=manager)
        assert [all(word in text for word in said) for text in mails_of(person, before)] == [True], step
    assert publishing.pending(fair.id) == [], "who is not told of the choice still waits, and all others heard"
    assert where(held) == (session.id, 3)


def test_undo_stops_at_what_somebody_has_heard_of(fair, call, manager):
    session = make_session(fair)
    pitch, other = (do(timetabling.place, chosen(call).id, session.id, number, by=manager) for number in (1, 2))
    do(publishing.publish, fair.id, by=manager)
    new = do(timetabling.place, chosen(call).id, session.id, 3, by=manager)
    assert do(timetabling.undo, fair.id, by=manager) is Deed.PLACE
    with pytest.raises(timetabling.NothingToUndo):
        do(timetabling.undo, fair.id, by=manager)
    assert (where(pitch), where(other), where(new)) == ((session.id, 1), (session.id, 2), None)
    again = do(timetabling.place, chosen(call).id, session.id, 3, by=manager)
    do(timetabling.swap, again.id, pitch.id, accept_warnings=True, by=manager)
    with pytest.raises(timetabling.NothingToUndo):
        do(timetabling.undo, fair.id, by=manager)
    assert (where(pitch), where(again)) == ((session.id, 3), (session.id, 1))


def test_a_swap_says_whose_conflict_it_is_and_days_are_written_out(fair, call, manager):
    session = make_session(fair)
    one = do(timetabling.place, chosen(call).id, session.id, 1, by=manager)
    wishes = chosen(call, days=[fair.closes_on - timedelta(days=1)])
    other = do(timetabling.place, wishes.id, session.id, 2, accept_warnings=True, by=manager)
    with pytest.raises(conflicts.Warned) as refused:
        do(timetabling.swap, one.id, other.id, by=manager)
    reference = db.session.get_one(Listing, other.achievement_id).reference
    asked = wording.day(fair.closes_on - timedelta(days=1))
    assert [error.detail for error in refused.value.errors] == [f"{reference}: They asked for other days: {asked}."]


def test_trying_slots_does_not_tell_whose_an_anonymous_achievement_is(fair, call, manager):
    organization, here, there = make_organization(), make_session(fair), make_session(fair)
    named, hidden = (
        chosen(call, organization=organization, person=make_member(organization), anonymous=anonymous) for anonymous in (False, True)
    )
    do(timetabling.place, named.id, here.id, 1, by=manager)
    pitch = do(timetabling.place, hidden.id, there.id, 1, by=manager)
    do(timetabling.take_out, pitch.id, by=manager)
    assert where(do(timetabling.place, hidden.id, there.id, 2, by=manager)) == (there.id, 2)
