"""Who comes second reads that it is done: the one answer of all pages of meetings to a step that is not possible any more.

Of two who press the same button one is late, and a page may be old. Both are led back to where the meeting is shown, and told who did
what and when; JSON keeps its 409.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from flask import Response, redirect, request, url_for
from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core import problems
from marketplace.core.access import Actor, current_actor
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove, NotFound, OtherOrganization
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, localized
from marketplace.core.layout import moment, say
from marketplace.fairs import queries as fairs
from marketplace.meetings import answering, noshow, noting, service
from marketplace.meetings.models import Meeting, MeetingStatus, Standby
from marketplace.organizations.models import Organization

LATE = (IllegalMove, answering.TooLate)
"""Refusals that say that the meeting stands elsewhere by now, so that the form is of no use any more."""
BROUGHT = {
    MeetingStatus.CONFIRMED: ("meetings.confirmed", "meetings.came_after_all"), MeetingStatus.DECLINED: ("meetings.declined",),
    MeetingStatus.CANCELLED: ("meetings.cancelled",), MeetingStatus.HELD: ("meetings.outcome",), MeetingStatus.NO_SHOW: ("meetings.no_show",),
}  # fmt: skip
"""By which steps a meeting comes to stand as it does."""
ON_TODAY = ("meeting_day.missed", "meeting_day.came")


def on_form(form: Form, error: DomainError) -> None:
    """Show a refusal on its form; one that only says that it is too late, or too early, is raised again."""
    if isinstance(error, (*LATE, noting.NotBegun)):
        raise error
    form.refused(error)


def answer(error: DomainError) -> Response:
    """A refusal of a page about a meeting, or about a place in a waiting list."""
    found = request.view_args or {}
    other = isinstance(error, OtherOrganization)  # no matter of time
    late = not other and error.status == 409 and "meeting_id" in found or not other and error.status in (404, 409) and "standby_id" in found
    if not late:
        return problems.on_domain_error(error)
    actor = current_actor()
    if "standby_id" in found:
        return _of_standby(found["standby_id"], error, by=actor)
    meeting = service.get_meeting(found["meeting_id"], by=actor)
    say(sentence(meeting, error, by=actor))
    problems.note(error)
    if request.endpoint in ON_TODAY:
        return _to(url_for("meeting_day.day", fair=fairs.get(meeting.fair_id).slug))
    return _to(url_for("meetings.one", meeting_id=meeting.id))


def _to(address: str) -> Response:
    return redirect(address, 303)  # type: ignore[return-value]


def sentence(meeting: Meeting, error: DomainError, *, by: Actor) -> str:
    """What happened to a meeting last, instead of its two states by their codes; else what the refusal says itself."""
    if not isinstance(error, LATE):
        return str(error.detail)
    if meeting.status is MeetingStatus.NO_SHOW and (came := _came_instead(meeting)) is not None:
        return gettext("%(name)s took the rest of the time, %(when)s.", name=came[0], when=_when(came[1], meeting))
    if isinstance(error, answering.TooLate) or not error.facts.get("start"):  # it says in words of its own what is the matter
        return str(error.detail)
    return _happened(meeting, by=by)


def _happened(meeting: Meeting, *, by: Actor) -> str:
    """Who brought a meeting to where it is, and when."""
    query = select(AuditRow).where(AuditRow.subject == f"meeting:{meeting.id}", AuditRow.action.in_(BROUGHT.get(meeting.standing, ())))
    row = db.session.scalar(query.order_by(AuditRow.at.desc(), AuditRow.seq.desc()).limit(1))
    if row is None:
        return gettext("This meeting changed since you opened the page.")
    facts = {"who": _who(row, by=by), "when": _when(row.at, meeting)}
    if row.action == "meetings.no_show" and meeting.missed_by_id == by.organization_id:
        return gettext("%(who)s said that you did not come, %(when)s.", **facts)
    return {
        "meetings.confirmed": gettext("%(who)s accepted this meeting, %(when)s.", **facts),
        "meetings.came_after_all": gettext("%(who)s said that everybody came after all, %(when)s.", **facts),
        "meetings.declined": gettext("%(who)s declined this meeting, %(when)s.", **facts),
        "meetings.cancelled": gettext("%(who)s cancelled this meeting, %(when)s.", **facts),
        "meetings.outcome": gettext("%(who)s wrote down what came of this meeting, %(when)s.", **facts),
        "meetings.no_show": gettext("%(who)s said that they did not come, %(when)s.", **facts),
    }[row.action]


def _who(row: AuditRow, *, by: Actor) -> str:
    """One's own colleagues by name, the other side by that of the organisation."""
    if row.organization_id is not None and row.organization_id != by.organization_id:
        return localized(db.session.get_one(Organization, row.organization_id), "name")[0]
    person = db.session.get(Person, row.person_id) if row.person_id is not None else None
    return person.name if person is not None else gettext("somebody")


def _when(at: datetime, meeting: Meeting) -> str:
    return moment(at, fairs.get(meeting.fair_id).time_zone).striptags()


def _came_instead(meeting: Meeting) -> tuple[str, datetime] | None:
    query = (
        select(Organization, Standby.ended_at)
        .join(Standby, Standby.organization_id == Organization.id)
        .where(Standby.offered_meeting_id == meeting.id, Standby.meeting_id.is_not(None))
    )
    found = db.session.execute(query.limit(1)).one_or_none()
    return (localized(found[0], "name")[0], found[1]) if found is not None and found[1] is not None else None


def _of_standby(standby_id: UUID, error: DomainError, *, by: Actor) -> Response:
    """One's own place in a list, answered for on another device or by a colleague; of others' nothing is said."""
    row = db.session.scalar(select(Standby).where(Standby.id == standby_id, Standby.organization_id == by.organization_id))
    if row is None or not by.may("meetings.write"):
        return problems.on_domain_error(error)
    problems.note(error)
    if row.meeting_id is not None:
        meeting = service.get_meeting(row.meeting_id, by=by)
        person = db.session.get_one(Person, meeting.requested_by)
        say(gettext("%(who)s is coming already, since %(when)s.", who=person.name, when=_when(meeting.created_at, meeting)))
        return _to(url_for("meetings.one", meeting_id=meeting.id))
    say(gettext("You are no longer on this list.") if isinstance(error, NotFound) else str(error.detail))
    return _to(url_for("meeting_day.waiting", fair=fairs.get(row.fair_id).slug))


def here(meetings: Iterable[Meeting]) -> dict[UUID, datetime]:
    """Since when those who are said not to have come say that they are there, by meeting; at most one query."""
    missing = {f"meeting:{one.id}": one for one in meetings if one.status is MeetingStatus.NO_SHOW}
    if not missing:
        return {}
    query = select(AuditRow.subject, func.max(AuditRow.at)).where(AuditRow.subject.in_(missing), AuditRow.action == noshow.HERE)
    rows = db.session.execute(query.group_by(AuditRow.subject))
    return {one.id: at for subject, at in rows if (one := missing[subject]).outcome_at is None or at >= one.outcome_at}
