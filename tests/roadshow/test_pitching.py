"""Sessions and their pitch slots: who may book what, and what the fee does to the slot."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.listings.models import EntryStatus
from marketplace.payments import service as payments
from marketplace.payments.models import Fee
from marketplace.payments.till import PaymentOff
from marketplace.roadshow import pitching, programme
from marketplace.roadshow.models import PITCH_MOVES, Pitch, PitchStatus
from marketplace.venue import booking
from marketplace.venue.models import Booking, PlaceKind
from tests.factories import actor, make_fair, make_member, make_organization, make_staff
from tests.roadshow.factories_roadshow import make_achievement, make_session
from tests.venue.factories_venue import at, make_place


def schedule(fair, place, manager, **more):
    facts = {
        "title_en": "New materials", "title_zh": None, "capacity": 50, "slots": 4, "slot_minutes": 15, "price_minor": None, "currency": None,
        "starts_at": at(fair, 10), "ends_at": at(fair, 11),
    } | more  # fmt: skip
    with transaction():
        return programme.schedule(fair.id, place_id=place.id, **facts, by=actor(manager))


def test_a_place_is_booked_for_all_of_a_session_and_the_refusal_names_three_ways_out(app):
    fair = make_fair()
    manager, hall = make_staff(fair), make_place(fair, PlaceKind.HALL, name_en="Hall A")
    schedule(fair, hall, manager)
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 4
    with pytest.raises(booking.Taken) as refused:
        schedule(fair, hall, manager, starts_at=at(fair, 10, 45), ends_at=at(fair, 11, 45))
    assert [error.code for error in refused.value.errors] == ["taken", "free", "free", "free"]
    assert "Hall A" in str(refused.value.detail)
    assert "11:00" in refused.value.errors[1].detail
    schedule(fair, hall, manager, starts_at=at(fair, 11), ends_at=at(fair, 12))


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        (lambda fair: {"starts_at": at(fair, 10, 5)}, "/starts_at", "quarter"),
        (lambda fair: {"ends_at": at(fair, 9)}, "/ends_at", "times_order"),
        (lambda fair: {"ends_at": at(fair, 10)}, "/ends_at", "times_order"),
        (lambda fair: {"starts_at": at(fair, 10, day=-1), "ends_at": at(fair, 11, day=-1)}, "/starts_at", "outside_fair"),
        (lambda fair: {"capacity": 101}, "/capacity", "capacity"),
        (lambda fair: {"slots": 5}, "/slots", "slots"),
        (lambda fair: {"price_minor": 5, "currency": "IQD"}, "/amount", "currency_not_chargeable"),
    ],
)
def test_what_a_session_cannot_be(app, change, field, code):
    fair = make_fair()
    with pytest.raises(Invalid) as refused:
        schedule(fair, make_place(fair, PlaceKind.HALL), make_staff(fair), **change(fair))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(field, code)]


def test_the_manager_of_another_fair_schedules_nothing_here(app):
    fair, other = make_fair(), make_fair()
    place = make_place(fair, PlaceKind.HALL)
    with pytest.raises(Forbidden):
        schedule(fair, place, make_staff(other))
    with pytest.raises(NotFound):
        schedule(other, place, make_staff(other))


@pytest.fixture
def fair(app):
    return make_fair()


@pytest.fixture
def agency(fair):
    organization = make_organization()
    return organization, make_member(organization)


def book(session, achievement, agency, **more) -> Pitch:
    organization, person = agency
    with transaction():
        return pitching.book(session.id, achievement_id=achievement.id, **more, by=actor(person, organization))


def test_a_free_slot_is_confirmed_at_once(fair, agency):
    session = make_session(fair)
    pitch = book(session, make_achievement(fair, agency[0]), agency)
    assert (pitch.status.value, pitch.position, pitch.fee_id) == ("confirmed", 1, None)
    second = book(session, make_achievement(fair, agency[0]), agency, position=3)
    assert second.starts_at - session.starts_at == timedelta(minutes=30)


def test_a_slot_with_a_price_needs_card_payment(fair, agency):
    session = make_session(fair, price_minor=50_000, currency="CNY")
    with pytest.raises(PaymentOff):
        book(session, make_achievement(fair, agency[0]), agency)
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 0


def test_only_ones_own_achievement_published_at_this_fair_is_pitched_and_once(fair, agency):
    session, own = make_session(fair), make_achievement(fair, agency[0])
    for foreign in (
        make_achievement(fair), make_achievement(make_fair(), agency[0]), make_achievement(fair, agency[0], status=EntryStatus.SUBMITTED),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            book(session, foreign, agency)
    book(session, own, agency)
    with pytest.raises(Duplicate):
        book(session, own, agency)


def test_a_taken_slot_and_a_taken_presenter_are_refused(fair, agency):
    session, other = make_session(fair), make_session(fair)
    book(session, make_achievement(fair, agency[0]), agency, position=1)
    with pytest.raises(booking.Taken, match="Free slots: 2, 3, 4"):
        book(session, make_achievement(fair, agency[0]), agency, position=1)
    with pytest.raises(booking.Taken, match="you"):
        book(other, make_achievement(fair, agency[0]), agency, position=1)
    with pytest.raises(NotFound):
        book(session, make_achievement(fair, agency[0]), agency, position=5)


def test_a_session_that_has_begun_or_is_full_takes_no_more(fair, agency):
    begun = make_session(fair, starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1))
    with pytest.raises(pitching.Over):
        book(begun, make_achievement(fair, agency[0]), agency)
    full = make_session(fair, slots=1)
    book(full, make_achievement(fair, agency[0]), agency)
    with pytest.raises(pitching.Full):
        book(full, make_achievement(fair, agency[0]), agency)


def test_a_reader_books_nothing(fair, agency):
    reader = make_member(agency[0], role="reader")
    with pytest.raises(Forbidden):
        book(make_session(fair), make_achievement(fair, agency[0]), (agency[0], reader))


@pytest.fixture
def paying(app, monkeypatch):
    """A key is set; Stripe itself is not asked here."""
    from marketplace.payments.gateway import Gateway

    monkeypatch.setitem(app.extensions, "payments_gateway", Gateway("sk_test_1", "http://127.0.0.1:1", "whsec_1"))


def settled(pitch, *, paid) -> str:
    from marketplace.payments.gateway import CheckoutState

    fee = db.session.get_one(Fee, pitch.fee_id)
    state = CheckoutState(
        id="cs_1", status="complete" if paid else "expired", payment_status="paid" if paid else "unpaid",
        payment_intent="pi_1" if paid else None, amount_minor=fee.amount_minor, currency=fee.currency, reference=str(fee.id),
    )  # fmt: skip
    with transaction():
        payments.settle(fee.id, state)
    return db.session.get_one(Pitch, pitch.id).status.value


def test_a_priced_slot_is_held_and_confirmed_with_its_fee_and_one_mail(fair, agency, paying):
    session = make_session(fair, price_minor=50_000, currency="CNY")
    pitch = book(session, make_achievement(fair, agency[0]), agency)
    assert (pitch.status.value, pitch.fee_id is not None) == ("held", True)
    assert settled(pitch, paid=True) == "confirmed"
    assert settled(pitch, paid=True) == "confirmed"
    from marketplace.core import jobs

    jobs.sweep()
    assert [message["Subject"] for message in OUTBOX_SEEN] == ["Your pitch slot is confirmed"]


def test_a_hold_that_is_not_paid_frees_the_slot_for_the_next(fair, agency, paying):
    session = make_session(fair, slots=1, price_minor=50_000, currency="CNY")
    pitch = book(session, make_achievement(fair, agency[0]), agency)
    with pytest.raises(pitching.Full):
        book(session, make_achievement(fair, agency[0]), agency)
    assert settled(pitch, paid=False) == "cancelled"
    assert book(session, make_achievement(fair, agency[0]), agency).status is PitchStatus.HELD


def test_a_refund_frees_the_slot(fair, agency, paying):
    session, manager = make_session(fair, slots=1, price_minor=50_000, currency="CNY"), make_staff(fair)
    pitch = book(session, make_achievement(fair, agency[0]), agency)
    assert settled(pitch, paid=True) == "confirmed"
    with pytest.raises(pitching.Paid), transaction():
        pitching.cancel(pitch.id, by=actor(agency[1], agency[0]))
    with transaction():
        payments.refund(pitch.fee_id, by=actor(manager))
    assert db.session.get_one(Pitch, pitch.id).status is PitchStatus.CANCELLED
    assert book(session, make_achievement(fair, agency[0]), agency).status is PitchStatus.HELD


def test_cancelling_gives_the_hold_up_and_a_stranger_cannot(fair, agency, paying):
    session = make_session(fair, price_minor=50_000, currency="CNY")
    pitch = book(session, make_achievement(fair, agency[0]), agency)
    stranger = make_organization()
    with pytest.raises(NotFound), transaction():
        pitching.cancel(pitch.id, by=actor(make_member(stranger), stranger))
    with transaction():
        pitching.cancel(pitch.id, by=actor(agency[1], agency[0]))
    assert db.session.get_one(Pitch, pitch.id).status is PitchStatus.CANCELLED
    assert db.session.get_one(Fee, pitch.fee_id).status.value == "released"
    with pytest.raises(IllegalMove), transaction():
        pitching.cancel(pitch.id, by=actor(agency[1], agency[0]))


def test_a_session_with_pitches_is_not_called_off(fair, agency):
    session, manager = make_session(fair), make_staff(fair)
    pitch = book(session, make_achievement(fair, agency[0]), agency)
    with pytest.raises(programme.HasPitches), transaction():
        programme.call_off(session.id, by=actor(manager))
    with transaction():
        pitching.cancel(pitch.id, by=actor(manager))
        programme.call_off(session.id, by=actor(manager))
    with pytest.raises(pitching.Over):
        book(session, make_achievement(fair, agency[0]), agency)


@pytest.mark.parametrize("start", PitchStatus)
@pytest.mark.parametrize("end", PitchStatus)
def test_the_moves_of_a_pitch(start, end):
    allowed = {"held": "confirmed cancelled", "confirmed": "cancelled", "cancelled": ""}
    assert (end in PITCH_MOVES[start]) == (end.value in allowed[start.value].split())
