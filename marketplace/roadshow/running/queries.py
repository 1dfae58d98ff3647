"""Reading the running roadshow: turns of sessions, own pitches, and who came to the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, NotFound
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Organization
from marketplace.roadshow import queries as roadshow
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.roadshow.queries import PitchLine
from marketplace.roadshow.running import rules
from marketplace.roadshow.running.models import DoorInterest, Slides
from marketplace.venue.models import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A session with its confirmed pitches, each with where it stands at one moment."""

    session: Session
    place: Place
    at: datetime
    turns: Sequence[tuple[PitchLine, rules.Turn]]

    def first(self, standing: str) -> tuple[PitchLine, rules.Turn] | None:
        return next((each for each in self.turns if each[1].standing.value == standing), None)

    @property
    def is_over(self) -> bool:
        return self.session.finished_at is not None or self.ends_at <= self.at

    @property
    def ends_at(self) -> datetime:
        """When it is expected to end: with its last pitch, and not before its planned end put back by what was announced."""
        planned = self.session.ends_at + timedelta(minutes=self.session.late_minutes)
        return self.session.finished_at or max([planned, *(turn.ends_at for _, turn in self.turns)])


def running(sessions: Sequence[tuple[Session, Place]], *, fair: Fair) -> list[Running]:
    """How these sessions stand now. A constant number of queries."""
    at = now()
    lines = roadshow.pitch_lines([session.id for session, _ in sessions], fair_id=fair.id)
    found = []
    for session, place in sessions:
        confirmed = {line.pitch.id: line for line in lines.get(session.id, []) if line.pitch.status is PitchStatus.CONFIRMED}
        planned = [_planned(line.pitch) for line in confirmed.values()]
        turns = rules.running_order(planned, late_minutes=session.late_minutes, over=session.finished_at is not None, at=at)
        found.append(Running(session=session, place=place, at=at, turns=[(confirmed[turn.id], turn) for turn in turns]))
    return found


def _planned(pitch: Pitch) -> rules.Planned:
    return rules.Planned(
        id=pitch.id, starts_at=pitch.starts_at, minutes=pitch.length_minutes, started_at=pitch.started_at, finished_at=pitch.finished_at
    )


def one(session_id: UUID) -> tuple[Running, Fair]:
    """A session as it stands, with its fair. Raises NotFound."""
    query = select(Session, Place, Fair).join(Place, Place.id == Session.place_id).join(Fair, Fair.id == Session.fair_id)
    row = db.session.execute(query.where(Session.id == session_id)).one_or_none()
    if row is None:
        raise NotFound()
    return running([(row[0], row[1])], fair=row[2])[0], row[2]


def today_in(fair: Fair) -> list[Running]:
    """The sessions of the day that it is at the fair, in order of time."""
    zone = ZoneInfo(fair.time_zone)
    begins = datetime.combine(today(fair.time_zone), time(), zone)
    ends = datetime.combine(today(fair.time_zone) + timedelta(days=1), time(), zone)
    query = select(Session, Place).join(Place, Place.id == Session.place_id)
    query = query.where(Session.fair_id == fair.id, Session.status == SessionStatus.SCHEDULED, Session.starts_at < ends, Session.ends_at > begins)
    rows = db.session.execute(query.order_by(Session.starts_at, Session.id))
    return running([(session, place) for session, place in rows], fair=fair)


def pitch_with_session(pitch_id: UUID) -> tuple[Pitch, Session]:
    """Any pitch: for who may see it, ask further. Raises NotFound."""
    row = db.session.execute(select(Pitch, Session).join(Session, Session.id == Pitch.session_id).where(Pitch.id == pitch_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def own_pitch(pitch_id: UUID, *, by: Actor) -> tuple[Pitch, Session]:
    """A pitch of the organisation acted for, or as the fair's manager anyone's. Raises NotFound."""
    pitch, session = pitch_with_session(pitch_id)
    mine = by.organization_id is not None and pitch.organization_id == by.organization_id and by.may("roadshow.see_pitch")
    mine = mine and roadshow.is_announced(pitch)
    if not mine and not by.may("roadshow.manage", fair_id=session.fair_id):
        raise NotFound()
    return pitch, session


def own_pitches(*, by: Actor, most: int = 200) -> list[tuple[Pitch, Session, Fair, Slides | None]]:
    """The confirmed and held pitches of the organisation acted for, and those given up whose doors have contacts, in order of time,
    those of the last days first."""
    if by.organization_id is None:
        raise Forbidden()
    query = (
        select(Pitch, Session, Fair, Slides)
        .join(Session, Session.id == Pitch.session_id)
        .join(Fair, Fair.id == Session.fair_id)
        .outerjoin(Slides, Slides.pitch_id == Pitch.id)
        .where(Pitch.organization_id == by.organization_id)
        .where(or_(
            Pitch.status == PitchStatus.CONFIRMED, and_(Pitch.status == PitchStatus.HELD, Pitch.fee_id.is_not(None)),
            select(DoorInterest.id).where(DoorInterest.pitch_id == Pitch.id, DoorInterest.shares_contact).exists(),
        ))
        .order_by(Fair.closes_on.desc(), Pitch.starts_at, Pitch.id)
        .limit(most)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]


def slides_of(pitch_ids: Sequence[UUID]) -> dict[UUID, Slides]:
    """The slides of these pitches by pitch."""
    return {row.pitch_id: row for row in db.session.scalars(select(Slides).where(Slides.pitch_id.in_(pitch_ids)))} if pitch_ids else {}


def without_slides(by: Actor) -> int:
    """How many own pitches that lie ahead have no slides yet."""
    query = select(func.count()).select_from(Pitch).outerjoin(Slides, Slides.pitch_id == Pitch.id)
    ahead = (Pitch.status == PitchStatus.CONFIRMED, Pitch.starts_at > now(), Slides.pitch_id.is_(None))
    return db.session.scalar(query.where(Pitch.organization_id == by.organization_id, *ahead)) or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody at the door, as the presenter sees them: only who agreed to be known is one of these."""

    interest: DoorInterest
    person: Person | None
    organization: Organization | None

    @property
    def name(self) -> str:
        return self.person.name if self.person is not None else self.interest.name or ""

    @property
    def email(self) -> str:
        return self.person.email if self.person is not None else self.interest.email or ""


def visitors(pitch: Pitch, *, most: int = 1000) -> list[Visitor]:
    """Who said at the door of a pitch that they may be known, the latest first. For its own organisation only: the caller asks."""
    query = (
        select(DoorInterest, Person, Organization)
        .outerjoin(Person, Person.id == DoorInterest.person_id)
        .outerjoin(Organization, Organization.id == DoorInterest.organization_id)
        .where(DoorInterest.pitch_id == pitch.id, DoorInterest.shares_contact)
        .order_by(DoorInterest.created_at.desc(), DoorInterest.id)
        .limit(most)
    )
    return [Visitor(interest=row[0], person=row[1], organization=row[2]) for row in db.session.execute(query)]


def had_visitors(pitch: Pitch) -> bool:
    """Whether somebody came to its door."""
    return db.session.scalar(select(DoorInterest.id).where(DoorInterest.pitch_id == pitch.id).limit(1)) is not None


def door_counts(pitch_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many people came to the door of each of these pitches, known or not."""
    query = select(DoorInterest.pitch_id, func.count()).where(DoorInterest.pitch_id.in_(pitch_ids)).group_by(DoorInterest.pitch_id)
    return {row[0]: row[1] for row in db.session.execute(query)} if pitch_ids else {}


def mine_at(pitch_ids: Sequence[UUID], *, by: Actor | None) -> dict[UUID, DoorInterest]:
    """What this person said at the doors of these pitches."""
    if by is None or not pitch_ids:
        return {}
    query = select(DoorInterest).where(DoorInterest.pitch_id.in_(pitch_ids), DoorInterest.person_id == by.person_id)
    return {row.pitch_id: row for row in db.session.scalars(query)}


def waiting_at_door(by: Actor) -> int:
    """How many who agreed to be known wait to be taken up at own pitches."""
    return db.session.scalar(select(func.count()).select_from(_open(by).subquery())) or 0


def _open(by: Actor) -> Select[Any]:
    query = select(DoorInterest.id).join(Pitch, and_(Pitch.id == DoorInterest.pitch_id, Pitch.organization_id == by.organization_id))
    return query.where(DoorInterest.shares_contact, DoorInterest.organization_id.is_not(None), DoorInterest.became.is_(None))
