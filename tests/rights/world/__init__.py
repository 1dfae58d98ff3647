"""One fair with everything in it: organisations A and B in a deal, the outsider C, staff here and elsewhere, and their objects."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from marketplace.accounts.models import ApiToken, SignIn
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.listings import indexing
from tests.rights.world.agenda import add_agenda
from tests.rights.world.alerts import add_alerts
from tests.rights.world.calls import add_calls
from tests.rights.world.contracts import add_ceremony, add_confirmations, add_contracts, add_figures, add_followups
from tests.rights.world.coverage import add_coverage
from tests.rights.world.directory import add_directory
from tests.rights.world.disclosure import add_disclosure
from tests.rights.world.imports import add_imports
from tests.rights.world.listings import ASKED, TERMS, add_listings, add_threads
from tests.rights.world.meeting_day import add_meeting_day
from tests.rights.world.people import add_people, add_secrets
from tests.rights.world.reviews import add_reviews
from tests.rights.world.roadshow import NOTES, add_roadshow
from tests.rights.world.running import add_running
from tests.rights.world.scheduling import add_scheduling
from tests.rights.world.threads import add_thread_parts
from tests.rights.world.webhooks import add_webhooks
from tests.rights.world.whole import ROLES, TOKEN_MAY, Plain, World, do, plain

__all__ = ["ASKED", "NOTES", "ROLES", "TERMS", "TOKEN_MAY", "Plain", "World", "do", "make_world"]

PARTS = (
    add_people, add_listings, add_threads, add_contracts, add_confirmations, add_roadshow, add_meeting_day, add_ceremony, add_secrets, add_figures, add_followups,
    add_alerts, add_coverage, add_disclosure, add_webhooks, add_imports, add_directory, add_reviews, add_agenda, add_running, add_calls, add_thread_parts, add_scheduling,
)  # fmt: skip
"""In this order: each uses what those before it have made."""


def make_world(app: Flask) -> World:
    world = World(app)
    for add in PARTS:
        add(world)
    indexing.drain()
    do(everybody_was_just_here)
    db.session.expire_all()
    world.desk = world.things.pop("desk")
    world.things = {name: plain(thing) for name, thing in world.things.items()}
    for kept in {*world.people.values(), *world.acting.values(), world.desk.fair}:
        db.session.refresh(kept)
        db.session.expunge(kept)
    return world


def everybody_was_just_here() -> None:
    """And will have been to the end of the run: else each call, which is undone, would begin by writing down that its caller came."""
    db.session.execute(update(ApiToken).values(used_at=now() + timedelta(hours=5)))
    db.session.execute(update(SignIn).values(seen_at=now() + timedelta(hours=5)))
