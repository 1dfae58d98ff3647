"""Reading agreements, who may read how much of a listing till when, and who did. Everything starts from the actor."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, NotFound
from marketplace.disclosure import rules
from marketplace.disclosure.models import Agreement, Closure, Read, State
from marketplace.listings.levels import Level
from marketplace.listings.models import Listing, ListingFile, ListingVersion
from marketplace.negotiations.models import Negotiation
from marketplace.organizations.models import Organization

BY_TIME = (Agreement.proposed_at, Agreement.id)
READ_KEYS = (Read.at, Read.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An organisation that the owner talks to about a listing: its level now, the agreement behind it, and whether it is closed."""

    organization: Organization
    negotiation: Negotiation
    agreement: Agreement | None
    closure: Closure | None
    level: Level
    last_read: datetime | None

    @property
    def until(self) -> datetime | None:
        """When the agreement runs out."""
        return self.agreement.ends_at if self.agreement and self.level is Level.AFTER_NDA else None


def of_mine(*, by: Actor) -> Select[Any]:
    """The agreements of the organisation acted for, for `core.pages.paged` by `BY_TIME`. Raises Forbidden."""
    by.require("negotiations.read")
    if by.organization_id is None:
        raise Forbidden()
    return select(Agreement).where(or_(Agreement.provider_id == by.organization_id, Agreement.recipient_id == by.organization_id))


def one(agreement_id: UUID, *, by: Actor, lock: bool = False) -> Agreement:
    """One of one's own. Raises NotFound, Forbidden."""
    query = of_mine(by=by).where(Agreement.id == agreement_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Agreement | None = db.session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def of_thread(negotiation_id: UUID, *, by: Actor) -> list[Agreement]:
    """The agreements of one of one's own threads, the latest first. Raises Forbidden."""
    return list(db.session.scalars(of_mine(by=by).where(Agreement.negotiation_id == negotiation_id).order_by(Agreement.proposed_at.desc(), Agreement.id.desc())))


def open_one(negotiation_id: UUID, *, lock: bool = False) -> Agreement | None:
    """The agreement of a thread that nobody withdrew or ended; the caller is of the thread."""
    query = select(Agreement).where(Agreement.open_key == negotiation_id)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)


def is_in_force(negotiation_id: UUID) -> bool:
    """Whether the two sides of a thread are bound to secrecy now."""
    query = select(Agreement.id).where(Agreement.negotiation_id == negotiation_id, Agreement.state == State.IN_FORCE, Agreement.ends_at > now())
    return db.session.scalar(query.limit(1)) is not None


def to_confirm(*, by: Actor) -> int:
    """How many agreements wait for the word of one's own organisation."""
    mine = by.organization_id
    if mine is None:
        return 0
    waits = or_(
        and_(Agreement.provider_id == mine, Agreement.provider_confirmed_at.is_(None)),
        and_(Agreement.recipient_id == mine, Agreement.recipient_confirmed_at.is_(None)),
    )
    query = select(func.count()).select_from(Agreement).join(Negotiation, Negotiation.id == Agreement.negotiation_id)
    query = query.where(waits, Agreement.state == State.PROPOSED, Agreement.ends_at > now(), Negotiation.stage.in_(rules.TALKING))
    return db.session.scalar(query) or 0


def _about(listing_id: UUID, owner_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The threads in which a listing's owner talks about it, as its provider or as its recipient."""
    return (
        or_(
            and_(Negotiation.achievement_id == listing_id, Negotiation.provider_id == owner_id),
            and_(Negotiation.need_id == listing_id, Negotiation.recipient_id == owner_id),
        ),
        Negotiation.stage.in_(rules.TALKING),
    )


def level_of(listing_id: UUID, owner_id: UUID, by: Actor) -> Level | None:
    """What the negotiations of the reader's organisation open of a listing now: one query; None where they open nothing."""
    mine = by.organization_id
    if mine is None or mine == owner_id or not by.may("negotiations.read"):
        return None
    closed = select(Closure.id).where(Closure.listing_id == listing_id, Closure.organization_id == mine, Closure.reopened_at.is_(None)).exists()
    query = (
        select(Agreement)
        .select_from(Negotiation)
        .outerjoin(Agreement, and_(Agreement.negotiation_id == Negotiation.id, Agreement.state == State.IN_FORCE, Agreement.ends_at > now()))
        .where(*_about(listing_id, owner_id), or_(Negotiation.provider_id == mine, Negotiation.recipient_id == mine), ~closed)
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).all()
    if any(agreement is not None and rules.opens(agreement, owner_id) for agreement in found):
        return Level.AFTER_NDA
    return Level.AFTER_INTEREST if found else None


def until(listing_id: UUID, owner_id: UUID, *, by: Actor) -> datetime | None:
    """When the last agreement that opens a listing to the reader's organisation runs out; None where none is in force."""
    query = (
        select(Agreement)
        .join(Negotiation, Negotiation.id == Agreement.negotiation_id)
        .where(*_about(listing_id, owner_id), Agreement.state == State.IN_FORCE, Agreement.ends_at > now())
        .where(or_(Negotiation.provider_id == by.organization_id, Negotiation.recipient_id == by.organization_id))
    )
    return max((row.ends_at for row in db.session.scalars(query) if rules.opens(row, owner_id)), default=None)


def own_listing(listing_id: UUID, *, by: Actor) -> Listing:
    """A listing of the organisation acted for. Raises NotFound."""
    found = db.session.scalar(select(Listing).where(Listing.id == listing_id, Listing.organization_id == by.organization_id))
    if found is None or not by.may("listings.read_own"):
        raise NotFound()
    return found


def partners(listing: Listing) -> list[Partner]:
    """Who may read more of a listing than a registered visitor, or could if it were not closed to them. Five queries; for its owner."""
    threads = list(db.session.scalars(select(Negotiation).where(*_about(listing.id, listing.organization_id)).order_by(Negotiation.sent_at, Negotiation.id)))
    others = {thread.other_side(listing.organization_id) for thread in threads}
    organizations = {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(others)))}
    running = select(Agreement).where(Agreement.negotiation_id.in_([thread.id for thread in threads]), Agreement.state == State.IN_FORCE, Agreement.ends_at > now())
    agreements = {row.negotiation_id: row for row in db.session.scalars(running) if rules.opens(row, listing.organization_id)}
    closures = {row.organization_id: row for row in db.session.scalars(select(Closure).where(Closure.listing_id == listing.id, Closure.reopened_at.is_(None)))}
    last = select(Read.organization_id, func.max(Read.at)).where(Read.listing_id == listing.id).group_by(Read.organization_id)
    read: dict[UUID, datetime] = dict(db.session.execute(last).all())  # type: ignore[arg-type]
    found: dict[UUID, Partner] = {}
    for thread in threads:
        side, agreement = thread.other_side(listing.organization_id), agreements.get(thread.id)
        if side in found and agreement is None:
            continue
        level = Level.REGISTERED if side in closures else Level.AFTER_NDA if agreement else Level.AFTER_INTEREST
        found[side] = Partner(
            organization=organizations[side], negotiation=thread, agreement=agreement, closure=closures.get(side), level=level, last_read=read.get(side)
        )
    return list(found.values())


def reads(listing_id: UUID) -> Select[Any]:
    """The log of a listing with names of people, organisations and files, for `core.pages.paged` by `READ_KEYS`; for its owner."""
    query = (
        select(Read.at, Read.id, Read.number, Read.level, Read.groups, Read.file_id, ListingFile.name.label("file"), Person.name.label("person"),
               Read.organization_id, Organization.name_en, Organization.name_zh)
        .join(Person, Person.id == Read.person_id)
        .join(Organization, Organization.id == Read.organization_id)
        .outerjoin(ListingFile, ListingFile.id == Read.file_id)
        .where(Read.listing_id == listing_id)
    )  # fmt: skip
    return cast(Select[Any], query)


def names(ids: Iterable[UUID]) -> dict[UUID, Organization]:
    """Organisations by id."""
    return {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(list(ids))))}


def file_with_versions(file_id: UUID) -> tuple[ListingFile, Listing, list[tuple[int, list[dict[str, Any]]]]] | None:
    """A file, its listing, and the versions (number, files) that are public or the newest."""
    found = db.session.execute(select(ListingFile, Listing).join(Listing, Listing.id == ListingFile.listing_id).where(ListingFile.id == file_id)).one_or_none()
    if found is None:
        return None
    file, listing = found
    query = select(ListingVersion.number, ListingVersion.files).where(
        ListingVersion.listing_id == listing.id, ListingVersion.number.in_({listing.draft_number, listing.public_number} - {None})
    )
    return file, listing, [(row.number, row.files) for row in db.session.execute(query)]
