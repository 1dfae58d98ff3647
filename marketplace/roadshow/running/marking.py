"""Marks of a running session: a pitch is started, finished, or marked wrongly and taken back; a session ends. By presenters and staff."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.zones import clock_time
from marketplace.fairs import queries as fairs
from marketplace.roadshow import programme
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.roadshow.running import queries

EARLIEST = timedelta(minutes=30)
"""How long before its session begins a pitch may be started."""


class NotYet(DomainError):
    """A mark hours before the session would tell everybody that it is on."""

    slug, title = "not-yet", _l("Too early")
    text = _l("A pitch is started no earlier than half an hour before its session begins.")


class Marked(IllegalMove):
    """Somebody was quicker, or the page was an old one: says who set the mark, and when."""


def start(pitch_id: UUID, *, by: Actor) -> Pitch:
    """A pitch begins now; the one that was on is finished with it. Raises NotFound, Forbidden, IllegalMove, NotYet."""
    pitch, session = _to_mark(pitch_id, by=by)
    if pitch.started_at is not None:
        raise Marked(gettext("Started already: %(when)s, by %(who)s.", **_by_whom("start_pitch", pitch, session, at=pitch.started_at, by=by)))
    at = now()
    if not can_begin(session):
        raise NotYet()
    for other in _confirmed(session):
        if other.started_at is not None and other.finished_at is None:
            other.finished_at = at
            _note("finish_pitch", other, session, by=by)
    pitch.started_at, session.finished_at = at, None
    session.started_at = session.started_at or at
    return _note("start_pitch", pitch, session, by=by)


def finish(pitch_id: UUID, *, by: Actor) -> Pitch:
    """A pitch ends now; with the last one its session. Raises NotFound, Forbidden, IllegalMove (it is not on)."""
    pitch, session = _to_mark(pitch_id, by=by)
    if pitch.finished_at is not None:
        raise Marked(gettext("Finished already: %(when)s, by %(who)s.", **_by_whom("finish_pitch", pitch, session, at=pitch.finished_at, by=by)))
    if pitch.started_at is None:
        raise IllegalMove(gettext("Only a pitch that is on can be finished."))
    pitch.finished_at = now()
    if all(each.finished_at is not None for each in _confirmed(session)):
        session.finished_at = pitch.finished_at
    return _note("finish_pitch", pitch, session, by=by)


def take_back(pitch_id: UUID, *, by: Actor) -> Pitch:
    """The last mark of a pitch was wrong: finished becomes on, on becomes not started. Raises NotFound, Forbidden, IllegalMove."""
    pitch, session = _to_mark(pitch_id, by=by)
    if pitch.started_at is None:
        raise IllegalMove(gettext("This pitch has no mark."))
    if pitch.finished_at is not None:
        pitch.finished_at = None
    else:
        pitch.started_at = None
    session.finished_at = None
    if all(each.started_at is None for each in _confirmed(session)):
        session.started_at = None
    return _note("unmark_pitch", pitch, session, by=by)


def end_session(session_id: UUID, *, by: Actor) -> Session:
    """The session is over, whatever was not pitched. Raises NotFound, Forbidden, IllegalMove, NotYet."""
    session = programme.get_session(session_id, lock=True)
    by.require("roadshow.manage", fair_id=session.fair_id)
    if session.status is not SessionStatus.SCHEDULED or session.finished_at is not None:
        raise IllegalMove(gettext("This session is over already."))
    at = now()
    if not can_begin(session):
        raise NotYet()
    for pitch in _confirmed(session):
        if pitch.started_at is not None and pitch.finished_at is None:
            pitch.finished_at = at
            _note("finish_pitch", pitch, session, by=by)
    session.finished_at = at
    audit.record("roadshow.end_session", f"session:{session.id}", by=by, fair_id=session.fair_id)
    db.session.flush()
    return session


def may_mark(pitch: Pitch, session: Session, by: Actor | None) -> bool:
    """Whether this person may mark a pitch: who writes for its organisation, and the fair's manager."""
    if by is None or not by.may("roadshow.run"):
        return False
    mine = by.organization_id is not None and pitch.organization_id == by.organization_id and by.may("roadshow.pitch")
    return mine or by.may("roadshow.manage", fair_id=session.fair_id)


def can_begin(session: Session) -> bool:
    """Whether it is near enough to its time that a pitch may be started."""
    return now() >= session.starts_at - EARLIEST


def _to_mark(pitch_id: UUID, *, by: Actor) -> tuple[Pitch, Session]:
    """A confirmed pitch and its session, locked: the session first. Raises NotFound, Forbidden, IllegalMove."""
    found, _ = queries.own_pitch(pitch_id, by=by)
    session = programme.get_session(found.session_id, lock=True)
    pitch = db.session.get_one(Pitch, pitch_id, with_for_update=True, populate_existing=True)
    if not may_mark(pitch, session, by):
        raise Forbidden()
    if session.status is not SessionStatus.SCHEDULED or pitch.status is not PitchStatus.CONFIRMED:
        raise IllegalMove(gettext("This pitch is not confirmed, or its session was called off."))
    return pitch, session


def _by_whom(action: str, pitch: Pitch, session: Session, *, at: datetime, by: Actor) -> dict[str, str]:
    """Who set a mark: colleagues by name; staff are not told who presents, nor presenters who of the staff it was."""
    query = select(AuditRow).where(AuditRow.subject == f"pitch:{pitch.id}", AuditRow.action == f"roadshow.{action}")
    row = db.session.scalar(query.order_by(AuditRow.at.desc(), AuditRow.seq.desc()).limit(1))
    theirs = row is not None and row.organization_id == pitch.organization_id
    if theirs != (by.organization_id == pitch.organization_id):
        who = gettext("the presenter's side") if theirs else gettext("the fair's staff")
    else:
        person = db.session.get(Person, row.person_id) if row is not None and row.person_id is not None else None
        who = person.name if person is not None else gettext("somebody")
    return {"when": clock_time(at, fairs.get(session.fair_id).time_zone), "who": who}


def _confirmed(session: Session) -> list[Pitch]:
    query = select(Pitch).where(Pitch.session_id == session.id, Pitch.status == PitchStatus.CONFIRMED).order_by(Pitch.position)
    return list(db.session.scalars(query))


def _note(action: str, pitch: Pitch, session: Session, *, by: Actor) -> Pitch:
    audit.record(f"roadshow.{action}", f"pitch:{pitch.id}", by=by, fair_id=session.fair_id)
    db.session.flush()  # the answer carries the new version
    return pitch
