"""Sessions with pitches and fees, and meetings of A and B."""

from typing import Any

from marketplace.core.db import db
from marketplace.meetings import answering, availability, moving, noting, requesting
from marketplace.payments import service as payments
from marketplace.payments.gateway import CheckoutState
from marketplace.payments.models import Fee
from marketplace.roadshow import pitching
from marketplace.venue import closing
from marketplace.venue.models import PlaceKind
from tests.rights.world.whole import World, do
from tests.roadshow.factories_roadshow import make_session
from tests.venue.factories_venue import at, make_place

NOTES = "CANARY-NOTES of one side"


def add_roadshow(world: World) -> None:
    things, fair = world.things, world.things["fair"]
    table = things["table"] = make_place(fair)
    things["hall"] = make_place(fair, PlaceKind.HALL)
    things["free_session"] = make_session(fair, starts_at=at(fair, 14), ends_at=at(fair, 15))
    things["priced_session"] = make_session(fair, price_minor=50_000, currency="CNY")
    things["open_session"] = make_session(fair, starts_at=at(fair, 15), ends_at=at(fair, 16), price_minor=50_000, currency="CNY")
    a = world.by("a_owner")
    things["empty_session"] = make_session(fair, starts_at=at(fair, 18), ends_at=at(fair, 19))
    things["pitch"] = do(pitching.book, things["priced_session"].id, achievement_id=things["achievement"].id, by=a)
    things["fee"] = db.session.get_one(Fee, things["pitch"].fee_id)
    paid = things["paid_pitch"] = do(pitching.book, things["priced_session"].id, achievement_id=things["asked_about"].id, position=3, by=world.by("a_editor"))
    fee = things["paid_fee"] = db.session.get_one(Fee, paid.fee_id)
    do(payments.settle, fee.id, CheckoutState(
        id="cs_test_paid", status="complete", payment_status="paid", payment_intent="pi_test_paid", amount_minor=50_000,
        currency="CNY", reference=str(fee.id),
    ))  # fmt: skip

    def meeting(hour: int) -> Any:
        return do(
            requesting.request, fair.id, organization_id=things["b"].id, place_id=table.id, starts_at=at(fair, hour), length_minutes=30,
            topic="CANARY-TOPIC", by=a,
        )  # fmt: skip

    things["requested"] = meeting(11)
    confirmed = things["confirmed"] = meeting(12)
    do(answering.accept, confirmed.id, by=world.by("b_owner"))
    do(noting.write_notes, confirmed.id, NOTES, by=a)
    moving_one = things["moving"] = meeting(8)
    do(answering.accept, moving_one.id, by=world.by("b_owner"))
    do(moving.propose, moving_one.id, starts_at=at(fair, 8, 30), by=a)
    away = {"starts_at": at(fair, 19), "ends_at": at(fair, 20), "reason": "CANARY-AWAY"}
    things["absence"] = do(availability.away, fair.id, **away, person_id=None, by=a)
    manager = world.by("manager")
    closed = things["closed_table"] = make_place(fair, hall_id=things["hall"].id)
    things["other_hall"] = make_place(fair, PlaceKind.HALL)
    things["closure"] = do(closing.close, closed.id, starts_at=at(fair, 9), ends_at=at(fair, 10), reason="Repair", by=manager)
