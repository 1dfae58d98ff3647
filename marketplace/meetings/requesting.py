"""Asking another organisation to meet: place and people are kept for a limited time until it answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.meetings import notices, queries, rules, taking
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.organizations.models import Organization, Status
from marketplace.venue import service as venue

MOST_OPEN_REQUESTS = 20


class TooManyRequests(DomainError):
    """One organisation would hold half the tables with requests nobody has answered."""

    slug, title = "too-many-open-requests", _l("Too many open requests")
    text = _l("You have many requests without an answer. Wait for answers, or cancel some, before you ask for more.")


def request(
    fair_id: UUID,
    *,
    organization_id: UUID,
    place_id: UUID | None = None,
    starts_at: datetime,
    length_minutes: int,
    topic: str,
    people: Sequence[UUID] = (),
    online: bool = False,
    language: str | None = None,
    their_language: str | None = None,
    accept_warnings: bool = False,
    by: Actor,
) -> Meeting:
    """Ask another organisation to meet at a place and time of a fair; ``people`` of one's own come, oneself unless named.

    Without ``place_id`` any free table or room is taken, or any ``online`` room. Place and people are booked from now on, so that
    an acceptance finds them, and given back when nobody answered by ``held_until``. ``length_minutes`` in quarters, up to 120;
    languages are ISO 639-1. Raises Forbidden, NotFound, Invalid, Taken, Blocked, Warned, TooManyRequests."""
    by.require("meetings.write")
    fair = fairs.get(fair_id)
    other = db.session.get(Organization, organization_id)
    if other is None or other.status is not Status.APPROVED or by.organization_id is None:
        raise NotFound()
    if other.id == by.organization_id:
        raise Invalid.field("organization", "own_organization", gettext("You act for this organisation yourself."))
    venue.check_times(starts_at, starts_at + timedelta(minutes=length_minutes), fair)
    moment = now()
    if starts_at <= moment:
        raise Invalid.field("starts_at", "past", gettext("This time has passed."))
    one_at_a_time(by)
    if queries.open_requests(by, fair_id=fair_id) >= MOST_OPEN_REQUESTS:
        raise TooManyRequests()
    meeting = Meeting(
        id=uuid7(), fair_id=fair_id, from_organization_id=by.organization_id, to_organization_id=other.id, requested_by=by.person_id,
        topic=topic, starts_at=starts_at, length_minutes=length_minutes, from_language=language, to_language=their_language,
        status=MeetingStatus.REQUESTED, held_until=rules.held_until(moment, starts_at), created_at=moment,
    )  # fmt: skip
    coming = taking.coming(people, by=by)
    if place_id is None:
        places = taking.any_place(meeting.id, fair=fair, starts_at=starts_at, minutes=length_minutes, online=online)
    else:
        places = [taking.place_for_meetings(place_id, fair=fair)]
    place = taking.take(
        meeting, fair=fair, places=places, starts_at=starts_at, minutes=length_minutes, people=coming, holder=f"meeting:{meeting.id}"
    )
    meeting.place_id = place.id
    db.session.add(meeting)
    taking.write_down(meeting, coming, organization_id=by.organization_id)
    taking.check(
        meeting, fair=fair, place=place, starts_at=starts_at, minutes=length_minutes, people=coming, accept_warnings=accept_warnings, by=by
    )
    audit.record("meetings.request", f"meeting:{meeting.id}", by=by, fair_id=fair_id)
    notices.requested(meeting, fair)
    return meeting


def one_at_a_time(by: Actor) -> None:
    """Colleagues wait for each other, so that what is counted and looked for stays true until the end.

    Who asks this organisation at the same time is not kept waiting, or the two would wait for each other."""
    db.session.scalar(select(Organization.id).where(Organization.id == by.organization_id).with_for_update(key_share=True))


