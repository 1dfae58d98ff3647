"""Reading for the review: the moderators' queue and one case. A constant number of queries each."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair, Segment
from marketplace.listings import levels, rules
from marketplace.listings.models import EntryStatus, FairEntry, Listing
from marketplace.listings.models import ListingVersion as V
from marketplace.listings.queries import ENTRY
from marketplace.organizations.models import Organization

QUEUE_KEYS: tuple[InstrumentedAttribute[Any], ...] = (FairEntry.submitted_at, FairEntry.id)


def queue(*, by: Actor, fair: Fair | None = None, status: str | None = EntryStatus.SUBMITTED) -> Select[Any]:
    """Entries of the fairs one moderates, for `core.pages.paged` by `QUEUE_KEYS`; ``submitted`` means: something waits.

    Raises NotFound for a fair that one does not moderate.
    """
    places = by.fairs_where("listings.moderate")
    number = func.coalesce(FairEntry.submitted_number, FairEntry.published_number, FairEntry.returned_number, Listing.draft_number)
    query = (
        select(
            *ENTRY, Fair.name_en, Fair.name_zh, Fair.time_zone, Listing.kind, Listing.reference, V.title_en, V.title_zh,
            Organization.slug.label("owner_slug"), Organization.name_en.label("owner_en"), Organization.name_zh.label("owner_zh"),
            Organization.country.label("owner_country"),
        )
        .select_from(FairEntry)
        .join(Fair, Fair.id == FairEntry.fair_id)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .join(V, and_(V.listing_id == Listing.id, V.number == number))
        .join(Organization, Organization.id == Listing.organization_id)
        .outerjoin(Segment, Segment.id == FairEntry.segment_id)
        .where(FairEntry.fair_id.in_(places) if fair is None else FairEntry.fair_id == fair.id)
    )  # fmt: skip
    if fair is not None and fair.id not in places:
        raise NotFound()
    if status == EntryStatus.SUBMITTED:
        return query.where(FairEntry.submitted_number.is_not(None))
    return query if status is None else query.where(FairEntry.status == status)


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
    found = {name: values[name] for name in (*(column.key for column in ENTRY), "kind", "reference", "title_en", "title_zh")}
    found["organization"] = {"slug": values["owner_slug"], "name_en": values["owner_en"], "name_zh": values["owner_zh"], "country": values["owner_country"]}
    return found


def case_of(entry_id: UUID, *, by: Actor) -> tuple[Row[Any], dict[str, Any] | None, dict[str, Any] | None]:
    """What a moderator decides on: the entry, the content that waits, the content that is public. Raises NotFound.

    Of both, what who is signed in may read: what is reserved for partners is none of the staff's.
    """
    row = db.session.execute(queue(by=by, status=None).where(FairEntry.id == entry_id)).one_or_none()
    if row is None:
        raise NotFound()
    wanted = [number for number in (row.submitted_number, row.published_number) if number is not None]
    found = db.session.scalars(select(V).where(V.listing_id == row.listing_id, V.number.in_(wanted)))
    contents = {version.number: levels.seen(rules.public_of(version), version.reserved, levels.Level.REGISTERED) for version in found}
    return row, contents.get(row.submitted_number), contents.get(row.published_number)
