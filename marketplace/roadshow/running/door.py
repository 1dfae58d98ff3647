"""Interest at the door: one tap by who scanned its code, with or without their name; the presenter takes it up in their name, as they agreed."""

from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, IllegalMove, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.roadshow.running import events, queries, rules
from marketplace.roadshow.running.models import DoorInterest


class DoorClosed(DomainError):
    """The pitch is not in the programme any more, or the fair is over."""

    slug, title = "door-closed", _l("This door is closed")
    text = _l("This pitch is not in the programme any more, or the fair is over.")


def behind(code: str) -> Session | Pitch:
    """The session or the pitch whose door has this code: a confirmed one, or one that was given up after somebody came, so that they
    can take their contact back. Raises NotFound."""
    thing_id = rules.of_door(code)
    if thing_id is None:
        raise NotFound()
    session = db.session.get(Session, thing_id)
    if session is not None:
        return session
    pitch = db.session.get(Pitch, thing_id)
    if pitch is None or not (pitch.status is PitchStatus.CONFIRMED or queries.had_visitors(pitch)):
        raise NotFound()
    return pitch


def is_open(pitch: Pitch, session: Session, fair: Fair) -> bool:
    """Whether interest in a pitch is taken: while it is in the programme, to the last day of the fair."""
    there = pitch.status is PitchStatus.CONFIRMED and session.status is SessionStatus.SCHEDULED
    return there and today(fair.time_zone) <= fair.closes_on


def _open_pitch(pitch_id: UUID) -> tuple[Pitch, Session]:
    """Raises NotFound, DoorClosed."""
    pitch, session = queries.pitch_with_session(pitch_id)
    if pitch.status is PitchStatus.HELD:
        raise NotFound()
    if not is_open(pitch, session, db.session.get_one(Fair, session.fair_id)):
        raise DoorClosed()
    return pitch, session


def come(pitch_id: UUID, *, shares_contact: bool, question: str | None = None, by: Actor) -> DoorInterest:
    """Say that a pitch is of interest. With ``shares_contact`` the presenter learns name, organisation and mail and may take it up.

    Who came before says it anew: what is shared now counts, unless it was taken up. Raises NotFound, Forbidden (one's own pitch), DoorClosed.
    """
    pitch, session = _open_pitch(pitch_id)
    if by.organization_id is not None and pitch.organization_id == by.organization_id:
        raise Forbidden(gettext("Your own organisation presents this."))
    found = DoorInterest(pitch_id=pitch.id, person_id=by.person_id)
    interest = _added(found, shares_contact) or _of_person(pitch.id, by.person_id)
    if interest.became is None:
        interest.organization_id, interest.shares_contact = by.organization_id, shares_contact
        interest.question = question if shares_contact else None
    _note("come", interest, session, by=by)
    return interest


def leave_contact(pitch_id: UUID, *, name: str, email: str, firm: str | None = None, question: str | None = None) -> DoorInterest:
    """The same by somebody who is not signed in: name and mail as typed go to the presenter. Raises NotFound, DoorClosed.

    An address that was left before changes nothing, and is answered like a new one: who came is not told to who guesses addresses.
    """
    pitch, session = _open_pitch(pitch_id)
    found = DoorInterest(pitch_id=pitch.id, name=name, email=email, firm=firm, question=question)
    interest = _added(found, True)
    if interest is None:
        return found
    _note("come", interest, session, by=None)
    return interest


def _added(found: DoorInterest, shares_contact: bool) -> DoorInterest | None:
    """The row, saved; None when one of the same person or address stands there."""
    found.shares_contact, found.created_at = shares_contact, now()
    try:
        with db.session.begin_nested():
            db.session.add(found)
    except IntegrityError:
        return None
    return found


def _of_person(pitch_id: UUID, person_id: UUID) -> DoorInterest:
    query = select(DoorInterest).where(DoorInterest.pitch_id == pitch_id, DoorInterest.person_id == person_id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def withdraw(interest_id: UUID, *, by: Actor) -> Pitch:
    """Take one's own interest back, with all that was said. Raises NotFound (also another's), IllegalMove (taken up)."""
    interest = _locked(interest_id)
    if interest.person_id != by.person_id:
        raise NotFound()
    if interest.became is not None:
        raise IllegalMove(gettext("It was taken up already: answer in the conversation that came of it."))
    pitch, session = queries.pitch_with_session(interest.pitch_id)
    db.session.delete(interest)
    _note("leave", interest, session, by=by)
    return pitch


def take_up(interest_id: UUID, *, by: Actor) -> DoorInterest:
    """The presenter opens a talk with who agreed to it at the door; it is asked in the visitor's name.

    Raises NotFound (another's pitch, or who is not to be known), Forbidden, IllegalMove (taken up, or of no organisation), and what
    asking refuses with.
    """
    interest = _locked(interest_id)
    pitch, session = queries.pitch_with_session(interest.pitch_id)
    if by.organization_id is None or pitch.organization_id != by.organization_id or not interest.shares_contact:
        raise NotFound()
    by.require("roadshow.pitch")
    if interest.became is not None:
        raise IllegalMove(gettext("This was taken up already."))
    if interest.person_id is None or interest.organization_id is None or not events.TAKERS:
        raise IllegalMove(gettext("They acted for no organisation here: write to them at the address they left."))
    take, _address = events.TAKERS[0]
    interest.became = take(interest, by)
    interest.taken_up_by, interest.taken_up_at = by.person_id, now()
    _note("take_up", interest, session, by=by)
    db.session.flush()
    return interest


def _locked(interest_id: UUID) -> DoorInterest:
    query = select(DoorInterest).where(DoorInterest.id == interest_id)
    interest = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if interest is None:
        raise NotFound()
    return interest


def _note(action: str, interest: DoorInterest, session: Session, *, by: Actor | None) -> None:
    audit.record(
        f"roadshow.door_{action}", f"door_interest:{interest.id}", by=by, fair_id=session.fair_id, pitch=str(interest.pitch_id),
        shares_contact=interest.shares_contact, became=interest.became,
    )  # fmt: skip


@person_erased.connect
def forget(person: Person, *, email: str, by: Actor | None) -> list[str]:
    """What somebody left at doors goes with them."""
    db.session.execute(delete(DoorInterest).where(or_(DoorInterest.person_id == person.id, DoorInterest.email == email)))
    return []
