"""The meetings of a thread: which of the two sides' meetings at the roadshow belongs to it."""

from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, NotFound
from marketplace.core.i18n import gettext
from marketplace.matching import outcomes
from marketplace.matching.models import Outcome
from marketplace.meetings import queries as meetings
from marketplace.meetings.models import Meeting
from marketplace.negotiations import queries, steps
from marketplace.negotiations.models import NegotiationMeeting
from marketplace.negotiations.queries import Thread


def link(negotiation_id: UUID, meeting_id: UUID, *, by: Actor) -> NegotiationMeeting:
    """Say that a meeting of these two organisations belongs to this thread.

    Raises NotFound (thread, or no meeting of this pair), Forbidden, Duplicate (it belongs to a thread already).
    """
    negotiation = queries.get(negotiation_id, by=by, lock=True)
    steps.acting(by)
    if not queries.thread(negotiation_id, by=by).named:
        raise NotFound()
    pair = meetings.meetings_of_pair(negotiation.provider_id, negotiation.recipient_id, by=by)
    if meeting_id not in {meeting.id for meeting in pair if meeting.fair_id == negotiation.fair_id}:
        raise NotFound()
    if db.session.get(NegotiationMeeting, meeting_id) is not None:
        raise Duplicate(gettext("This meeting belongs to a negotiation already."))
    row = NegotiationMeeting(meeting_id=meeting_id, negotiation_id=negotiation.id, linked_by=by.person_id, linked_at=now())
    db.session.add(row)
    outcomes.note(negotiation.need_id, negotiation.achievement_id, Outcome.MEETING)
    audit.record("negotiations.meeting", f"negotiation:{negotiation.id}", by=by, fair_id=negotiation.fair_id, meeting=str(meeting_id))
    return row


def meetings_of(thread: Thread, *, by: Actor) -> tuple[list[Meeting], list[Meeting]]:
    """(those that belong to the thread, other meetings of the pair at this fair that belong to none), by time."""
    negotiation = thread.negotiation
    if not thread.named:
        return [], []  # whom one meets would tell whom one asked
    pair = [
        meeting
        for meeting in meetings.meetings_of_pair(negotiation.provider_id, negotiation.recipient_id, by=by)
        if meeting.fair_id == negotiation.fair_id
    ]
    query = select(NegotiationMeeting.meeting_id, NegotiationMeeting.negotiation_id)
    owner = {row.meeting_id: row.negotiation_id for row in db.session.execute(query.where(NegotiationMeeting.meeting_id.in_([m.id for m in pair])))}
    ours = [meeting for meeting in pair if owner.get(meeting.id) == negotiation.id]
    return ours, [meeting for meeting in pair if meeting.id not in owner]
