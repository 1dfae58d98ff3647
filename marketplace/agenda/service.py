"""Addresses for calendar programs: made and revoked by the person whose eyes they are, and opened by who has the secret."""

from uuid import UUID

from sqlalchemy import func, select

from marketplace.accounts import passwords
from marketplace.accounts.models import Person
from marketplace.agenda import queries
from marketplace.agenda.models import CalendarFeed, Whose
from marketplace.core import access, audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext

MOST_OPEN = 20
"""Addresses of one person that work at a time."""


def open_feed(whose: Whose, thing_id: UUID | None, *, name: str, by: Actor) -> tuple[CalendarFeed, str]:
    """A new address and its secret, which is shown this once. ``thing_id``: the organisation, interpreter or place.

    Raises NotFound when it is not theirs to see, Invalid when they have `MOST_OPEN` already."""
    by.require("agenda.feeds")
    known = {whose_id: thing_id if whose is Whose(kind) else None for kind, whose_id in IDS.items()}
    feed = CalendarFeed(person_id=by.person_id, whose=whose, name=name, created_at=now(), secret_hash="", **known)
    check(feed, by=by)
    db.session.get(Person, by.person_id, with_for_update=True)  # two that are opened at once are counted one after the other
    alive = select(func.count()).select_from(CalendarFeed).where(CalendarFeed.person_id == by.person_id, CalendarFeed.revoked_at.is_(None))
    if (db.session.scalar(alive) or 0) >= MOST_OPEN:
        raise Invalid.field("whose", "too_many", gettext("You have %(most)s addresses already; revoke one first.", most=MOST_OPEN))
    secret = passwords.new_secret()
    feed.secret_hash = passwords.hash_secret(secret)
    db.session.add(feed)
    db.session.flush()
    audit.record("agenda.open_feed", f"calendar:{feed.id}", by=by, whose=whose.value)
    return feed, secret


IDS = {"organization": "organization_id", "interpreter": "interpreter_id", "place": "place_id"}


def revoke(feed_id: UUID, *, by: Actor) -> None:
    """End one of one's own addresses; harmless to repeat. Raises NotFound."""
    query = select(CalendarFeed).where(CalendarFeed.id == feed_id, CalendarFeed.person_id == by.person_id)
    feed = db.session.scalar(query.with_for_update())
    if feed is None:
        raise NotFound()
    feed.revoked_at = feed.revoked_at or now()
    audit.record("agenda.revoke_feed", f"calendar:{feed.id}", by=by)


def mine(*, by: Actor) -> list[CalendarFeed]:
    """One's own addresses that work, the newest first."""
    query = select(CalendarFeed).where(CalendarFeed.person_id == by.person_id, CalendarFeed.revoked_at.is_(None))
    return list(db.session.scalars(query.order_by(CalendarFeed.created_at.desc(), CalendarFeed.id.desc())))


def opened(secret: str) -> tuple[CalendarFeed, Actor]:
    """The feed behind an address and the person whose eyes it is, with the rights they have at this moment.

    Raises NotFound alike for an unknown address, a revoked one, and one whose maker may not see the thing any more."""
    query = select(CalendarFeed, Person).join(Person, Person.id == CalendarFeed.person_id).where(
        CalendarFeed.secret_hash == passwords.hash_secret(secret), CalendarFeed.revoked_at.is_(None), Person.disabled_at.is_(None)
    )  # fmt: skip
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    feed, person = found
    actor = access.actor_of(access.Identity(
        person_id=person.id, name=person.name, email=person.email, admin=person.admin, wants_organization=feed.organization_id,
    ))  # fmt: skip
    check(feed, by=actor)
    return feed, actor


def check(feed: CalendarFeed, *, by: Actor) -> None:
    """Whether this person may see what the feed holds. Raises NotFound."""
    if feed.whose is Whose.ORGANIZATION:
        acting = by.acting
        if acting is None or acting.id != feed.organization_id or not by.may("agenda.organization"):
            raise NotFound()
    elif feed.whose is Whose.INTERPRETER:
        queries.interpreter(_given(feed.interpreter_id), by=by)
    elif feed.whose is Whose.PLACE:
        queries.place(_given(feed.place_id), by=by)


def _given(thing_id: UUID | None) -> UUID:
    if thing_id is None:
        raise NotFound()
    return thing_id
