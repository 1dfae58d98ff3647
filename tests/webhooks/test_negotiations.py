"""What both sides' programs hear of a thread: each step, whose it was, and nothing that was said in it."""

import orjson
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.negotiations import interest, rounds
from marketplace.webhooks.models import Delivery, Endpoint, Event
from tests.negotiations.factories_negotiations import TERMS, asked, make_world
from tests.webhooks.conftest import do, named

HEARS = [event.value for event in Event if event.value.startswith(("interest.", "negotiation."))]


def told():
    """(who, event, by_us) in order."""
    query = select(Delivery, Endpoint.organization_id).join(Endpoint, Endpoint.id == Delivery.endpoint_id).order_by(Delivery.created_at, Delivery.id)
    return [(organization_id, each.event, orjson.loads(each.body)["data"].get("by_us")) for each, organization_id in db.session.execute(query)]


def test_both_sides_hear_of_each_step(app):
    world = make_world()
    for side in (world.seller, world.buyer, world.stranger):
        named(side, events=HEARS)
    us, them = world.agency.id, world.company.id
    thread = asked(world)
    assert told() == [(us, "interest.received", None)], "who asks knows"
    do(interest.accept, thread.id, by=world.seller)
    do(rounds.offer, thread.id, TERMS, by=world.buyer)
    do(rounds.agree, thread.id, 1, by=world.seller)
    do(rounds.lose, thread.id, "other", by=world.buyer)
    steps = [("interest.accepted", us), ("negotiation.round", them), ("negotiation.agreed", us), ("negotiation.lost", them)]
    for event, by in steps:
        assert {(who, by_us) for who, what, by_us in told() if what == event} == {(us, by == us), (them, by == them)}, event
    stages = ["interest", "talking", "terms_proposed", "terms_agreed", "lost"]
    assert len(told()) == 1 + 2 * len(steps) + 2 * len(stages[1:]), "nobody else hears, and nobody hears twice"
    bodies = list(db.session.scalars(select(Delivery.body)))
    assert not any("CANARY" in body or str(TERMS.amount_minor) in body for body in bodies)
    moved = [orjson.loads(body)["data"] for body in db.session.scalars(select(Delivery.body).where(Delivery.event == "negotiation.stage_changed"))]
    assert sorted((data["before"], data["stage"]) for data in moved) == sorted(2 * list(zip(stages, stages[1:], strict=False)))
    assert {frozenset(orjson.loads(body)["data"]) for body in bodies} == {
        frozenset({"reference", "id", "fair_id", "address"}), frozenset({"reference", "id", "fair_id", "address", "by_us"}),
        frozenset({"reference", "id", "fair_id", "address", "stage", "before"}),
    }  # fmt: skip
    assert orjson.loads(bodies[0])["data"]["address"] == f"http://127.0.0.1:5000/negotiations/{thread.id}"
