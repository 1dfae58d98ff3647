"""Reading the programme and one's own pitches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing, ListingVersion
from marketplace.listings.owners import UNNAMED, Unnamed
from marketplace.organizations.models import Organization
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.venue import booking
from marketplace.venue.models import Booking, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchLine:
    """A pitch as the programme shows it: ``version`` is what of the achievement is public at this fair, None once it is withdrawn.

    Who presents an anonymous achievement is not named."""

    pitch: Pitch
    organization: Organization | Unnamed
    reference: str
    version: ListingVersion | None


def sessions(fair_id: UUID) -> Select[Session]:
    """The sessions of a fair that were not called off."""
    return select(Session).where(Session.fair_id == fair_id, Session.status == SessionStatus.SCHEDULED)


def by_day(fair: Fair) -> list[tuple[date, list[tuple[Session, Place]]]]:
    """The programme: each day on the fair's own clock, with its sessions in order."""
    query = sessions(fair.id).join(Place, Place.id == Session.place_id).add_columns(Place).order_by(Session.starts_at, Session.id)
    days: dict[date, list[tuple[Session, Place]]] = {}
    for session, place in db.session.execute(query):
        days.setdefault(session.starts_at.astimezone(ZoneInfo(fair.time_zone)).date(), []).append((session, place))
    return list(days.items())


def pitch_lines(session_ids: Sequence[UUID], *, fair_id: UUID) -> dict[UUID, list[PitchLine]]:
    """The pitches of these sessions by session, in order: two states, held ones too, so that nobody waits for a taken slot."""
    entry = and_(FairEntry.listing_id == Listing.id, FairEntry.fair_id == fair_id, FairEntry.status == EntryStatus.PUBLISHED)
    shown = and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == FairEntry.published_number)
    query = (
        select(Pitch, Organization, Listing.reference, ListingVersion)
        .join(Listing, Listing.id == Pitch.achievement_id)
        .outerjoin(Organization, and_(Organization.id == Pitch.organization_id, Listing.shown_owner_id.is_not(None)))
        .outerjoin(FairEntry, entry)
        .outerjoin(ListingVersion, shown)
        .where(Pitch.session_id.in_(session_ids), Pitch.status != PitchStatus.CANCELLED)
        .order_by(Pitch.position)
    )
    found: dict[UUID, list[PitchLine]] = {}
    for pitch, organization, reference, version in db.session.execute(query):
        line = PitchLine(pitch=pitch, organization=organization or UNNAMED, reference=reference, version=version)
        found.setdefault(pitch.session_id, []).append(line)
    return found


def is_named(pitch: Pitch) -> bool:
    """Whether the staff may know who presents: of an anonymous achievement nobody may (docs/rules/selection.md)."""
    return db.session.get_one(Listing, pitch.achievement_id).shown_owner_id is not None


def is_announced(pitch: Pitch) -> bool:
    """Whether its presenters know of their slot: one that staff gave in a timetable which is not published yet is nobody's news."""
    return pitch.status is not PitchStatus.HELD or pitch.fee_id is not None


def free_positions(session: Session) -> list[int]:
    """The slots that nobody has booked, by the table that decides."""
    keys = {booking.slot_key(session.id, number): number for number in range(1, session.slots + 1)}
    held = set(db.session.scalars(select(Booking.resource).where(Booking.resource.in_(list(keys)), Booking.cell == session.starts_at)))
    return [number for key, number in keys.items() if key not in held]


def own_achievements(fair_id: UUID, *, by: Actor, most: int = 500) -> list[tuple[UUID, str, ListingVersion]]:
    """What the acting organisation may pitch at a fair: (id, reference, public version) of its published achievements."""
    query = (
        select(Listing.id, Listing.reference, ListingVersion)
        .join(FairEntry, and_(FairEntry.listing_id == Listing.id, FairEntry.fair_id == fair_id))
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == FairEntry.published_number))
        .where(
            Listing.organization_id == by.organization_id, Listing.kind == Kind.ACHIEVEMENT, FairEntry.status == EntryStatus.PUBLISHED
        )
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query.order_by(Listing.reference).limit(most))]


def get_pitch(pitch_id: UUID, *, by: Actor) -> Pitch:
    """One's own pitch, or as the fair's manager anyone's. Raises NotFound."""
    found = db.session.execute(select(Pitch, Session.fair_id).join(Session).where(Pitch.id == pitch_id)).one_or_none()
    if found is None or not (found[0].organization_id == by.organization_id or by.may("roadshow.manage", fair_id=found[1])):
        raise NotFound()
    pitch: Pitch = found[0]
    return pitch
