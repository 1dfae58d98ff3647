"""Reading the public records: by date and set for harvesters, by number for readers who poll. Slices by key, whatever their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Gone
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.interchange import contents, keeping
from marketplace.interchange.models import PublicRecord, PublicRecordSet
from marketplace.listings.models import Kind
from marketplace.organizations.models import OrganizationNumber
from marketplace.taxonomy import vocabularies as v

RECORD: tuple[Any, ...] = (PublicRecord.listing_id, PublicRecord.kind, PublicRecord.seq, PublicRecord.shown, PublicRecord.changed_at)
KIND_SETS = {"achievements": Kind.ACHIEVEMENT, "needs": Kind.NEED}


class Ahead(Gone):
    """The reader has read what this server does not have: it was set back to an earlier state."""

    text = _l("This server has not come that far: it was restored from an earlier copy. Begin anew without since.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a harvester asks for: from (inclusive) and before (exclusive), and a set."""

    since: datetime | None = None
    before: datetime | None = None
    of_set: str | None = None


def records(wanted: Wanted, *, after: int, limit: int) -> Sequence[Row[Any]]:
    """The next records (listing_id, kind, seq, shown, changed_at) in the order of their changes."""
    query = _chosen(select(*RECORD), wanted)
    return db.session.execute(query.where(PublicRecord.seq > after).order_by(PublicRecord.seq).limit(limit)).all()


def count(wanted: Wanted) -> int:
    return db.session.scalar(_chosen(select(func.count()).select_from(PublicRecord), wanted)) or 0


def _chosen(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Changes are shown from their date on, see `keeping.SETTLES`."""
    query = query.where(PublicRecord.changed_at <= now())
    if wanted.since is not None:
        query = query.where(PublicRecord.changed_at >= wanted.since)
    if wanted.before is not None:
        query = query.where(PublicRecord.changed_at < wanted.before)
    if wanted.of_set in KIND_SETS:
        return query.where(PublicRecord.kind == KIND_SETS[wanted.of_set])
    if wanted.of_set is not None:
        query = query.join(PublicRecordSet, PublicRecordSet.listing_id == PublicRecord.listing_id).where(PublicRecordSet.name == wanted.of_set)
    return query


def one(listing_id: UUID) -> Row[Any] | None:
    """The record of a listing that was ever public."""
    return db.session.execute(select(*RECORD).where(PublicRecord.listing_id == listing_id)).one_or_none()


def sets_of(ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    query = select(PublicRecordSet.listing_id, PublicRecordSet.name).where(PublicRecordSet.listing_id.in_(ids)).order_by(PublicRecordSet.name)
    found: dict[UUID, list[str]] = {}
    for listing_id, name in db.session.execute(query):
        found.setdefault(listing_id, []).append(name)
    return found


def sets() -> list[tuple[str, str]]:
    """(name, title) of every set: the kinds, WIPO's technology fields, the fairs."""
    fairs = db.session.execute(select(Fair.slug, Fair.name_en).order_by(Fair.opens_on, Fair.slug))
    return [
        ("achievements", "Achievements: technology on offer"), ("needs", "Needs: technology wanted"),
        *((f"field-{term.code}", f"Technology field {term.code}: {term.label('en')}") for term in v.WIPO_FIELDS.values()),
        *((contents.FAIR + slug, f"Shown at {name}") for slug, name in fairs),
    ]  # fmt: skip


def earliest() -> datetime | None:
    """The date of the oldest change that still stands."""
    return db.session.scalar(select(func.min(PublicRecord.changed_at)))


def changed_at(ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When what the public sees of listings changed last."""
    query = select(PublicRecord.listing_id, PublicRecord.changed_at).where(PublicRecord.listing_id.in_(ids))
    return dict(db.session.execute(query).all())  # type: ignore[arg-type]


def changes(since: int, *, limit: int) -> tuple[Sequence[Row[Any]], bool]:
    """The next changes after a number, and whether there are more. Raises Ahead for a number that was never given.

    Each listing stands there once, at its last change. Numbers appear in the order of commits: what is not there yet is higher.
    """
    query = select(*RECORD).where(PublicRecord.seq > since).order_by(PublicRecord.seq).limit(limit + 1)
    rows = db.session.execute(query).all()
    if not rows and since > keeping.last_number():
        raise Ahead()
    return rows[:limit], len(rows) > limit


def numbers_of(organization_id: UUID) -> dict[str, str]:
    """An organisation's registration numbers by scheme."""
    query = select(OrganizationNumber.scheme, OrganizationNumber.value).where(OrganizationNumber.organization_id == organization_id)
    return {scheme.value: value for scheme, value in db.session.execute(query)}
