"""Reading for the review: the queue and who reads what in it, one case, and the work that was done. A constant number of queries each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair, Segment
from marketplace.listings.checks.findings import Severity
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing
from marketplace.listings.models import ListingVersion as V
from marketplace.listings.queries import ENTRY
from marketplace.organizations.models import Organization
from marketplace.reviews import checks
from marketplace.reviews.models import ReviewClaim

QUEUE_KEYS: tuple[InstrumentedAttribute[Any], ...] = (FairEntry.submitted_at, FairEntry.id)
MOST_CHECKED = 1_000
"""Of the anonymous listings that wait, so many are looked through for blockers: the oldest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries of the queue. ``first``: never published before (True) or an update (False); ``reader``: who reads it now."""

    kind: Kind | None = None
    segment: str | None = None
    first: bool | None = None
    reader: UUID | None = None
    free: bool = False
    blockers: bool = False


ALL = Wanted()


def wanted_of(data: Mapping[str, Any]) -> Wanted:
    """``kind``, ``segment``, ``round``, ``reader`` and ``show`` as `reviews.schemas.WantedIn` loads them."""
    return Wanted(
        kind=Kind(data["kind"]) if data["kind"] else None, segment=data["segment"], reader=data["reader"],
        first=None if data["round"] is None else data["round"] == "first", free="free" in data["show"], blockers="blockers" in data["show"],
    )  # fmt: skip


def queue(*, by: Actor, fair: Fair | None = None, status: str | None = EntryStatus.SUBMITTED, wanted: Wanted = ALL) -> Select[Any]:
    """Entries of the fairs one moderates, for `core.pages.paged` by `QUEUE_KEYS`; ``submitted`` means: something waits.

    ``reader_id``, ``reader_name`` and ``read_until`` say who reads it now. Raises NotFound for a fair that one does not moderate.
    """
    places = by.fairs_where("listings.moderate")
    number = func.coalesce(FairEntry.submitted_number, FairEntry.published_number, FairEntry.returned_number, Listing.draft_number)
    query: Any = (
        select(
            *ENTRY, FairEntry.submitted_by, Fair.name_en, Fair.name_zh, Fair.time_zone, Listing.kind, Listing.reference, Listing.anonymous,
            V.title_en, V.title_zh, V.levels, Segment.name_en.label("segment_en"), Segment.name_zh.label("segment_zh"),
            Organization.id.label("owner_id"), Organization.slug.label("owner_slug"), Organization.name_en.label("owner_en"),
            Organization.name_zh.label("owner_zh"), Organization.country.label("owner_country"),
            ReviewClaim.person_id.label("reader_id"), Person.name.label("reader_name"), ReviewClaim.expires_at.label("read_until"),
        )
        .select_from(FairEntry)
        .join(Fair, Fair.id == FairEntry.fair_id)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .join(V, and_(V.listing_id == Listing.id, V.number == number))
        .join(Organization, Organization.id == Listing.organization_id)
        .outerjoin(Segment, Segment.id == FairEntry.segment_id)
        .outerjoin(ReviewClaim, and_(ReviewClaim.entry_id == FairEntry.id, ReviewClaim.expires_at > now()))
        .outerjoin(Person, Person.id == ReviewClaim.person_id)
        .where(FairEntry.fair_id.in_(places) if fair is None else FairEntry.fair_id == fair.id)
    )  # fmt: skip
    if fair is not None and fair.id not in places:
        raise NotFound()
    narrowed = _narrowed(query, wanted, by, fair)
    if status == EntryStatus.SUBMITTED:
        return narrowed.where(FairEntry.submitted_number.is_not(None))
    return narrowed if status is None else narrowed.where(FairEntry.status == status)


def _narrowed(query: Select[Any], wanted: Wanted, by: Actor, fair: Fair | None) -> Select[Any]:
    if wanted.kind is not None:
        query = query.where(FairEntry.kind == wanted.kind)
    if wanted.segment is not None:
        query = query.where(Segment.code == wanted.segment)
    if wanted.first is not None:
        query = query.where(FairEntry.published_at.is_(None) if wanted.first else FairEntry.published_at.is_not(None))
    if wanted.reader is not None:
        query = query.where(ReviewClaim.person_id == wanted.reader)
    if wanted.free:
        query = query.where(ReviewClaim.entry_id.is_(None))
    if wanted.blockers:
        query = query.where(FairEntry.id.in_(_with_blockers(by, fair)))
    return query


def _with_blockers(by: Actor, fair: Fair | None) -> list[UUID]:
    """Entries whose waiting version the checks would not let pass: only anonymous listings can be such."""
    places = by.fairs_where("listings.moderate") if fair is None else {fair.id}
    rows = db.session.execute(
        select(FairEntry.id, FairEntry.listing_id, FairEntry.submitted_number)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .where(FairEntry.fair_id.in_(places), FairEntry.submitted_number.is_not(None), Listing.anonymous)
        .order_by(*QUEUE_KEYS)
        .limit(MOST_CHECKED)
    ).all()
    found = checks.of_many({row.listing_id: row.submitted_number for row in rows})
    return [row.id for row in rows if any(each.severity is Severity.BLOCKER for each in found.get(row.listing_id, ()))]


def takeable(*, by: Actor, fair: Fair | None, wanted: Wanted, after: UUID | None, limit: int) -> list[UUID]:
    """What one could take, oldest first: it waits, nobody reads it, and it is neither one's organisation's nor handed in by oneself.

    ``after``: beginning behind that entry, and again with the oldest at the end.
    """
    others = queue(by=by, fair=fair, wanted=wanted).where(
        or_(ReviewClaim.entry_id.is_(None), ReviewClaim.person_id == by.person_id),
        Listing.organization_id.not_in([membership.id for membership in by.memberships]),
        or_(FairEntry.submitted_by.is_(None), FairEntry.submitted_by != by.person_id),
    )
    ordered = others.order_by(*QUEUE_KEYS).with_only_columns(FairEntry.id, maintain_column_froms=True)
    place = db.session.execute(select(*QUEUE_KEYS).where(FairEntry.id == after)).one_or_none() if after else None
    if place is None or place[0] is None:
        return list(db.session.scalars(ordered.limit(limit)))
    behind = or_(FairEntry.submitted_at > place[0], and_(FairEntry.submitted_at == place[0], FairEntry.id > place[1]))
    found = list(db.session.scalars(ordered.where(behind).limit(limit)))
    return found or list(db.session.scalars(ordered.limit(limit)))


def queue_state(*, by: Actor) -> tuple[int, Any]:
    """How many entries wait in the fairs one moderates, and since when the oldest does."""
    query = select(func.count(), func.min(FairEntry.submitted_at)).where(
        FairEntry.fair_id.in_(by.fairs_where("listings.moderate")), FairEntry.submitted_number.is_not(None)
    )
    row = db.session.execute(query).one()
    return row[0], row[1]


def entry_row(row: Row[Any]) -> dict[str, Any]:
    """An entry of the queue as JSON."""
    values = row._mapping
    found = {name: values[name] for name in (*(column.key for column in ENTRY), "kind", "reference", "anonymous", "title_en", "title_zh")}
    found["organization"] = {"slug": values["owner_slug"], "name_en": values["owner_en"], "name_zh": values["owner_zh"], "country": values["owner_country"]}
    found["read_by"], found["read_until"] = values["reader_name"], values["read_until"]
    return found


def case_of(entry_id: UUID, *, by: Actor) -> tuple[Row[Any], dict[str, Any] | None, dict[str, Any] | None]:
    """What a moderator decides on: the entry, the content that waits, the content that is public. Raises NotFound.

    Of both, what who is signed in may read: what is reserved for partners is none of the staff's.
    """
    row = db.session.execute(queue(by=by, status=None).where(FairEntry.id == entry_id)).one_or_none()
    if row is None:
        raise NotFound()
    contents = contents_of(row.listing_id, [row.submitted_number, row.published_number])
    return row, contents.get(row.submitted_number), contents.get(row.published_number)


def contents_of(listing_id: UUID, numbers: Sequence[int | None]) -> dict[int, dict[str, Any]]:
    """What staff read of some versions of a listing, by number."""
    wanted = [number for number in numbers if number is not None]
    found = db.session.scalars(select(V).where(V.listing_id == listing_id, V.number.in_(wanted)))
    return {version.number: checks.read_by_staff(version) for version in found}


def readers(*, by: Actor) -> list[Row[Any]]:
    """(id, name) of those who read something now in the fairs one moderates."""
    query = (
        select(Person.id, Person.name)
        .join(ReviewClaim, ReviewClaim.person_id == Person.id)
        .join(FairEntry, FairEntry.id == ReviewClaim.entry_id)
        .where(FairEntry.fair_id.in_(by.fairs_where("listings.moderate")), ReviewClaim.expires_at > now())
    )
    return list(db.session.execute(query.distinct().order_by(Person.name)))


def moderated(*, by: Actor) -> list[tuple[Fair, list[Segment]]]:
    """The fairs one moderates, the latest first, with their segments."""
    places = by.fairs_where("listings.moderate")
    fairs = list(db.session.scalars(select(Fair).where(Fair.id.in_(places)).order_by(Fair.opens_on.desc(), Fair.slug)))
    segments = list(db.session.scalars(select(Segment).where(Segment.fair_id.in_(places)).order_by(Segment.position)))
    return [(fair, [segment for segment in segments if segment.fair_id == fair.id]) for fair in fairs]


def age(since: datetime | None) -> int:
    """Whole minutes since a moment; 0 for none."""
    return 0 if since is None else max(0, int((now() - since).total_seconds() // 60))
