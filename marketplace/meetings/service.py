"""1:1 meetings of two organisations: the meeting itself, for one of the two. Each use case has a module of its own beside this one."""

from uuid import UUID

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.meetings import queries
from marketplace.meetings.models import Meeting


def get_meeting(meeting_id: UUID, *, by: Actor, lock: bool = False) -> Meeting:
    """A meeting of the organisation one acts for. Raises NotFound, the same for a foreign one as for none."""
    query = queries.own_meetings(by).where(Meeting.id == meeting_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    meeting = db.session.scalars(query).one_or_none()
    if meeting is None or not by.may("meetings.read"):
        raise NotFound()
    return meeting
