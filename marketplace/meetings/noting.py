"""What came of a meeting: shared outcome and next step, each side's own notes, and what is typed on a phone and not saved yet."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.errors import DomainError, IllegalMove, Invalid, TooLarge
from marketplace.core.forms import OURS
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.meetings import expiring, noshow, queries, service
from marketplace.meetings.day_models import MeetingTyped
from marketplace.meetings.models import MEETING_MOVES, Meeting, MeetingNote, MeetingStatus, Outcome

KEPT = timedelta(days=30)
MOST_CHARACTERS, MOST_FIELDS = 20_000, 40
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class WrittenMeanwhile(DomainError):
    """The other side, or a colleague, wrote down another outcome since the page was opened."""

    status, slug, title = 412, "written-meanwhile", _l("Written down in the meantime")
    text = _l("Somebody else wrote down what came of this meeting since you opened the page. Compare it with yours, and send yours again to replace it.")


class NotBegun(DomainError):
    """What came of it is written down once it has begun."""

    slug, title = "meeting-not-begun", _l("The meeting has not begun")
    text = _l("What came of a meeting is written down from its beginning on. Until then you can keep notes of your own side.")


def record(
    meeting_id: UUID, *, outcome: str, next_step: str | None = None, due_on: date | None = None, notes: str | None = None,
    seen: datetime | None = None, check_seen: bool = False, by: Actor,
) -> Meeting:  # fmt: skip
    """What came of a meeting, for both sides to read; either may correct it. ``no_show`` says that the other side did not come.

    Nothing has come of a meeting before it begins. ``notes`` are one's own side's. With ``check_seen`` the outcome must
    still be that of the moment ``seen``. Raises NotFound, Forbidden, IllegalMove, NotYetMissed, WrittenMeanwhile."""
    if Outcome(outcome) is Outcome.NO_SHOW:
        meeting = noshow.missed(meeting_id, by=by)
    else:
        meeting = service.get_meeting(meeting_id, by=by, lock=True)
        by.require("meetings.write")
        if check_seen and meeting.outcome_at != seen:
            raise WrittenMeanwhile()
        if meeting.status is not MeetingStatus.HELD:
            if meeting.status is MeetingStatus.NO_SHOW:
                raise IllegalMove(gettext("This meeting did not take place. If they came after all, say so first."))
            status = check_move(MEETING_MOVES, meeting.standing, MeetingStatus.HELD)
            if not meeting.begun:
                raise NotBegun()
            meeting.status = status
            expiring.forget_move(meeting)
        if (meeting.next_step, meeting.due_on) != (next_step, due_on):
            meeting.done_at = None
        meeting.outcome, meeting.next_step, meeting.due_on = Outcome(outcome), next_step, due_on
        meeting.outcome_by_id, meeting.outcome_at = by.organization_id, now()
        audit.record("meetings.outcome", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id, outcome=outcome)
    if notes is not None:
        write_notes(meeting_id, notes, by=by)
    forget(meeting_id, by=by)
    db.session.flush()
    return meeting


def write_notes(meeting_id: UUID, text: str, *, by: Actor) -> MeetingNote:
    """One's own side's notes, as they shall stand from now on. Raises NotFound, Forbidden."""
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    note = queries.own_note(meeting, by=by)
    if note is None:
        note = MeetingNote(meeting_id=meeting.id, organization_id=by.organization_id)
        db.session.add(note)
    note.text, note.changed_by, note.changed_at = text, by.person_id, now()
    audit.record("meetings.notes", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    return note


def finish_step(meeting_id: UUID, *, by: Actor) -> Meeting:
    """The next step was taken; either side says so, and nobody is reminded of it. Raises NotFound, Forbidden, IllegalMove."""
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    if meeting.next_step is None or meeting.done_at is not None:
        raise IllegalMove(gettext("There is no next step to tick off."))
    meeting.done_at = now()
    audit.record("meetings.step_done", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    db.session.flush()
    return meeting


def keep(meeting_id: UUID, pairs: Iterable[tuple[str, str]], *, by: Actor) -> datetime:
    """Keep the fields of the form as they stand, right or wrong, for this person alone; returns when. Raises NotFound, Forbidden, Invalid, TooLarge."""
    meeting = service.get_meeting(meeting_id, by=by)
    by.require("meetings.write")
    fields = [[name, value] for name, value in pairs if name not in OURS]
    if len(fields) > MOST_FIELDS or sum(len(name) + len(value) for name, value in fields) > MOST_CHARACTERS:
        raise TooLarge()
    if any(UNSTORABLE.search(text) for field in fields for text in field):
        raise Invalid.field("notes", "text_control", gettext("Control characters are not allowed."))
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    row = {"meeting_id": meeting.id, "organization_id": by.organization_id, "person_id": by.person_id, "fields": fields, "saved_at": now()}
    made = insert(MeetingTyped).values(**row)
    db.session.execute(made.on_conflict_do_update(
        index_elements=["meeting_id", "organization_id", "person_id"], set_={"fields": made.excluded.fields, "saved_at": made.excluded.saved_at}
    ))  # fmt: skip
    return now()


def typed(meeting_id: UUID, *, by: Actor) -> Sequence[tuple[str, str]]:
    """What this person typed about a meeting and did not save."""
    query = select(MeetingTyped.fields).where(
        MeetingTyped.meeting_id == meeting_id, MeetingTyped.organization_id == by.organization_id, MeetingTyped.person_id == by.person_id,
        MeetingTyped.saved_at > now() - KEPT,
    )  # fmt: skip
    return [(name, value) for name, value in db.session.scalar(query) or ()]


def forget(meeting_id: UUID, *, by: Actor) -> None:
    """It was saved, or is not wanted."""
    mine = (MeetingTyped.organization_id == by.organization_id, MeetingTyped.person_id == by.person_id)
    db.session.execute(delete(MeetingTyped).where(MeetingTyped.meeting_id == meeting_id, *mine))


def forget_person(person_id: UUID) -> None:
    db.session.execute(delete(MeetingTyped).where(MeetingTyped.person_id == person_id))


def forget_old() -> None:
    db.session.execute(delete(MeetingTyped).where(MeetingTyped.saved_at <= now() - KEPT))
