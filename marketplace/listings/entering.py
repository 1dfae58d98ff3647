"""Entering a listing in a fair, and taking it back: what its owner does, and what staff do in bulk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, func, insert, literal, select, update
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import Moment, db
from marketplace.core.errors import DomainError, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.references import next_numbers
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair, Segment
from marketplace.listings import rules
from marketplace.listings.drafting import BATCH, newest_version, own
from marketplace.listings.life import terms
from marketplace.listings.models import MOVES, EntryStatus, FairEntry, Kind, Listing, ListingChange, ListingVersion
from marketplace.listings.telling import told, told_of

COUNTER = "L"


class FairClosed(DomainError):
    slug, title = "fair-closed", _l("The fair is closed")
    text = _l("This fair takes no listings any more.")


def submit(listing_id: UUID, *, fair_slug: str, segment_code: str, by: Actor) -> FairEntry:
    """Hand the newest version to a fair's moderator; again after it was sent back or withdrawn, or as an update.

    A published entry stays published in its approved version. Raises NotFound (listing), Forbidden, Invalid (what is still
    asked, an unknown fair or segment), FairClosed, IllegalMove (this version waits or is public already).
    """
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    fair, segment = _place(fair_slug, segment_code)
    version = newest_version(listing)
    if faults := rules.submission_faults(listing.kind, rules.content_of(version)):
        raise Invalid(errors=faults)
    if terms.is_over(rules.closes(version.valid_until, written_on=listing.created_at.date()), today(rules.EVERYWHERE_OVER)):
        raise Invalid.field("valid_until", "day_over", gettext("This day is over. State a later one, or none."))
    return hand_in(listing, version, fair=fair, segment=segment, by=by)


def hand_in(listing: Listing, version: ListingVersion, *, fair: Fair, segment: Segment, by: Actor | None) -> FairEntry:
    """Put a complete version of a locked listing into the fair's queue. Raises IllegalMove."""
    moment = now()
    entry = entry_of(listing.id, fair.id)
    if entry is None:
        entry = FairEntry(listing_id=listing.id, fair_id=fair.id, kind=listing.kind, num=listing.num, status=EntryStatus.SUBMITTED)
        db.session.add(entry)
    else:
        if version.number in (entry.submitted_number, entry.published_number):
            raise IllegalMove(_l("This version is with the fair already. Change the listing first."))
        stays = entry.status is EntryStatus.PUBLISHED
        entry.status = check_move(MOVES, entry.status, EntryStatus.PUBLISHED if stays else EntryStatus.SUBMITTED)
    if not entry.waiting:  # a corrected version keeps the place of the one that waited
        entry.submitted_at = moment
    entry.submitted_number, entry.returned_number, entry.reason = version.number, None, None
    listing.archived_at = listing.closed_at = listing.closed_as = listing.closed_reason = None  # whoever hands it in wants it back
    entry.segment_id, entry.submitted_by = segment.id, by.person_id if by else None
    version.entered_at = version.entered_at or moment
    db.session.flush()
    audit.record("listings.submit", f"listing:{listing.id}", by=by, fair_id=fair.id, number=version.number)
    return entry


def withdraw(listing_id: UUID, *, fair_slug: str, by: Actor) -> FairEntry:
    """Take a listing out of a fair: out of the queue, and out of sight. Raises NotFound, Forbidden, IllegalMove."""
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    fair_id = db.session.scalar(select(Fair.id).where(Fair.slug == fair_slug))
    entry = entry_of(listing.id, fair_id) if fair_id else None
    if entry is None:
        raise NotFound()
    check_move(MOVES, entry.status, EntryStatus.WITHDRAWN)
    entry.status, entry.submitted_number, entry.published_number = EntryStatus.WITHDRAWN, None, None
    db.session.flush()
    make_public(listing)
    audit.record("listings.withdraw", f"listing:{listing.id}", by=by, fair_id=entry.fair_id)
    told("withdrawn", listing, fair_id=entry.fair_id)
    return entry


def make_public(listing: Listing) -> None:
    """Bring a locked listing in step with its entries, and tell the index: it is public in the newest published version.

    Once an open fair shows it, it has a last day (`terms`).
    """
    before = listing.public_number
    shown = select(func.max(FairEntry.published_number)).where(FairEntry.listing_id == listing.id)
    listing.public_number = db.session.scalar(shown)
    listing.changed_at = now()
    if listing.public_number is not None and is_in_open_fair(listing.id):
        _keep_term(listing, before)
    db.session.add(ListingChange(listing_id=listing.id, changed_at=listing.changed_at))


def is_in_open_fair(listing_id: UUID) -> bool:
    """Whether a fair that is not closed shows it: what a closed one showed stays as its record."""
    return bool(db.session.scalar(select(shown_in_open_fair(listing_id))))


def shown_in_open_fair(listing_id: Any) -> ColumnElement[bool]:
    """The same as a condition; ``listing_id`` may be a column."""
    shown = select(FairEntry.id).join(Fair, Fair.id == FairEntry.fair_id)
    return shown.where(FairEntry.listing_id == listing_id, FairEntry.published_number.is_not(None), Fair.closed_at.is_(None)).exists()


def _keep_term(listing: Listing, before: int | None) -> None:
    numbers = [number for number in (before, listing.public_number) if number is not None]
    query = select(ListingVersion.number, ListingVersion.valid_until).where(ListingVersion.listing_id == listing.id, ListingVersion.number.in_(numbers))
    stated: dict[int | None, Any] = dict(db.session.execute(query).all())  # type: ignore[arg-type]
    day = terms.end_of_term(
        listing.ends_on, stated=stated.get(listing.public_number), stated_before=stated.get(before),
        published=(listing.published_at or now()).date(), today=today(rules.EVERYWHERE_OVER),
    )  # fmt: skip
    if day != listing.ends_on:
        listing.ends_on, listing.extended_at = day, None
    listing.expired_at = None


def numbered(listing: Listing) -> int:
    """The listing's place in the catalogue, given at its first publication."""
    if listing.num is None:
        listing.num, listing.published_at = next_numbers(COUNTER)[0], now()
    return listing.num


def publish_many(kind: Kind, numbers: Mapping[UUID, int], *, fair: Fair, segments: Mapping[UUID, UUID], by: Actor | None) -> None:
    """Staff publish versions (``numbers``: listing id → version number) of new listings in a fair, in bulk, without a submission.

    The listings have no entry in the fair yet. The caller checked the right and writes the audit rows.
    """
    moment, ids = now(), list(numbers)
    nums = dict(zip(ids, next_numbers(COUNTER, len(ids)), strict=True)) if ids else {}
    known = _known_nums(ids)
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        given = {id: known.get(id) or nums[id] for id in part}
        db.session.execute(insert(FairEntry), [
            {
                "id": uuid7(), "listing_id": id, "fair_id": fair.id, "kind": kind, "num": given[id], "segment_id": segments.get(id),
                "status": EntryStatus.PUBLISHED, "published_number": numbers[id], "published_at": moment, "decided_at": moment,
                "decided_by": by.person_id if by else None, "version": 1,
            }
            for id in part
        ])  # fmt: skip
        _show(part, numbers, given, moment)
        told_of("published", part, fair_id=fair.id)


def publish_version(listing: Listing, *, fair: Fair, by: Actor | None) -> bool:
    """Staff bring an existing entry of a locked listing to its newest version; False when its owner took it out of the fair,
    when it waits for a correction, or when that version is public already."""
    entry = entry_of(listing.id, fair.id)
    if entry is None or EntryStatus.PUBLISHED not in MOVES[entry.status] or entry.published_number == listing.draft_number:
        return False
    moment = now()
    entry.num, listing.archived_at = numbered(listing), None
    entry.status, entry.published_number, entry.submitted_number = EntryStatus.PUBLISHED, listing.draft_number, None
    entry.published_at = entry.published_at or moment
    entry.decided_by, entry.decided_at = by.person_id if by else None, moment
    newest_version(listing).entered_at = moment
    db.session.flush()
    make_public(listing)
    audit.record("listings.publish", f"listing:{listing.id}", by=by, fair_id=fair.id, number=listing.draft_number)
    told("published", listing, fair_id=fair.id, number=listing.draft_number)
    return True


def _known_nums(ids: Sequence[UUID]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        found |= dict(db.session.execute(select(Listing.id, Listing.num).where(Listing.id.in_(part), Listing.num.is_not(None))).all())  # type: ignore[arg-type]
    return found


def _show(ids: Sequence[UUID], numbers: Mapping[UUID, int], nums: Mapping[UUID, int], moment: datetime) -> None:
    table = cast(Table, Listing.__table__)
    shown = table.update().where(table.c.id == bindparam("of")).values(
        num=bindparam("place"), public_number=bindparam("number"), changed_at=moment,
        published_at=func.coalesce(table.c.published_at, literal(moment, Moment)), version=table.c.version + 1,
    )  # fmt: skip
    db.session.execute(shown, [{"of": id, "place": nums[id], "number": numbers[id]} for id in ids])
    versions = update(ListingVersion).where(ListingVersion.listing_id.in_(ids), ListingVersion.entered_at.is_(None))
    db.session.execute(versions.values(entered_at=moment), execution_options={"synchronize_session": False})
    db.session.execute(insert(ListingChange), [{"listing_id": id, "changed_at": moment} for id in ids])


def _place(fair_slug: str, segment_code: str) -> tuple[Fair, Segment]:
    """Raises Invalid, FairClosed."""
    fair = db.session.scalar(select(Fair).where(Fair.slug == fair_slug))
    if fair is None:
        raise Invalid.field("fair", "fair_unknown", gettext("There is no such fair."))
    segment = db.session.scalar(select(Segment).where(Segment.fair_id == fair.id, Segment.code == segment_code))
    if segment is None:
        raise Invalid.field("segment", "segment_unknown", gettext("The fair has no such segment."))
    if fair.closed_at is not None:
        raise FairClosed()
    return fair, segment


def entry_of(listing_id: UUID, fair_id: UUID) -> FairEntry | None:
    """The entry of a listing in a fair, locked."""
    query = select(FairEntry).where(FairEntry.listing_id == listing_id, FairEntry.fair_id == fair_id)
    return db.session.scalar(query.with_for_update())
