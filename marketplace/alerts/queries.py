"""Reading alerts: one's saved searches, what one hears of matches, and the notices with what they name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from marketplace.alerts import rules
from marketplace.alerts.models import AlertReader, Frequency, Least, MatchAlert, Notice, SavedSearch
from marketplace.core.access import Acting, Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import localized
from marketplace.fairs import queries as fairs
from marketplace.listings import queries as listings
from marketplace.listings.models import Kind, Listing
from marketplace.organizations.models import Role

UNDO_WITHIN = timedelta(days=1)
OTHER = {Kind.NEED: Kind.ACHIEVEMENT, Kind.ACHIEVEMENT: Kind.NEED}


@dataclass(frozen=True, slots=True)
class MatchSetting:
    """What a member hears of an organisation's new matches; ``chosen`` is False for the default of their role."""

    acting: Acting
    frequency: Frequency
    least: Least
    chosen: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with what it names: rows of `listings.queries`, None when that listing is not public (any more).

    ``kind`` is that of what was found."""

    notice: Notice
    search: str | None
    kind: Kind
    listing: dict[str, Any] | None
    subject: dict[str, Any] | None


def approved(by: Actor) -> set[UUID]:
    """The approved organisations that they belong to; a token speaks for its own one only."""
    mine = by.memberships if by.token_permissions is None else [by.acting] if by.acting else []
    return {each.id for each in mine if each.approved}


def searches(*, by: Actor) -> Select[Any]:
    """One's own searches, for reading in the order of (created_at, id); a program sees those of its organisation and of none."""
    query = select(SavedSearch).where(SavedSearch.person_id == by.person_id, SavedSearch.deleted_at.is_(None))
    return query if by.token_permissions is None else query.where(_of(by))


def _of(by: Actor) -> ColumnElement[bool]:
    return or_(SavedSearch.organization_id.is_(None), SavedSearch.organization_id == by.organization_id)


def all_searches(*, by: Actor) -> list[SavedSearch]:
    """At most `rules.MOST_SEARCHES`, the newest first."""
    return list(db.session.scalars(searches(by=by).order_by(SavedSearch.created_at.desc(), SavedSearch.id.desc())))


def deleted_searches(*, by: Actor) -> list[SavedSearch]:
    """Those that can still be taken back, the last deleted first."""
    lately = SavedSearch.deleted_at > now() - UNDO_WITHIN
    query = select(SavedSearch).where(SavedSearch.person_id == by.person_id, lately).order_by(SavedSearch.deleted_at.desc())
    return list(db.session.scalars(query.limit(rules.MOST_SEARCHES)))


def one(search_id: UUID, *, by: Actor, deleted: bool = False, lock: bool = False) -> SavedSearch:
    """An own search, ``deleted`` ones that can be taken back too. Raises NotFound, the same for an unknown and a foreign one."""
    query = select(SavedSearch).where(SavedSearch.id == search_id, SavedSearch.person_id == by.person_id)
    if by.token_permissions is not None:
        query = query.where(_of(by))
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None or (found.deleted_at is not None and not (deleted and found.deleted_at > now() - UNDO_WITHIN)):
        raise NotFound()
    return found


def match_settings(*, by: Actor) -> list[MatchSetting]:
    """One for each approved organisation that they belong to. One query."""
    rows = db.session.scalars(select(MatchAlert).where(MatchAlert.person_id == by.person_id))
    chosen = {row.organization_id: row for row in rows}
    found = []
    for acting in by.memberships:
        if acting.approved:
            row = chosen.get(acting.id)
            frequency = row.frequency if row else rules.DEFAULT[Role(acting.role)]
            found.append(MatchSetting(acting, frequency, row.least if row else Least.ANY, row is not None))
    return found


def is_stopped(by: Actor) -> bool:
    """Whether they want no mail of this kind at all."""
    query = select(AlertReader.person_id).where(AlertReader.person_id == by.person_id, AlertReader.stopped_at.is_not(None))
    return db.session.scalar(query) is not None


def fair_names() -> dict[str, str]:
    """The fairs' names in the reader's language by slug."""
    return {fair.slug: localized(fair, "name")[0] for fair in fairs.everyone()}


def notices(*, by: Actor) -> Select[Any]:
    """One's own notices, for `core.pages.paged` by (found_at, id); none of an organisation that they left."""
    query = select(Notice).where(Notice.person_id == by.person_id)
    return query.where(or_(Notice.organization_id.is_(None), Notice.organization_id.in_(approved(by))))


def unread(by: Actor) -> int:
    """How many notices are new to them. One query."""
    new = notices(by=by).where(Notice.read_at.is_(None)).subquery()
    return db.session.scalar(select(func.count()).select_from(new)) or 0


def told(rows: Iterable[Notice]) -> list[Told]:
    """These notices with what they name. Three queries."""
    found: Sequence[Notice] = list(rows)
    ids = sorted({id for row in found for id in (row.listing_id, row.subject_id) if id is not None})
    public = {row["id"]: row for row in listings.rows_by_id(ids)}
    kinds: dict[UUID, Kind] = {row.id: row.kind for row in db.session.execute(select(Listing.id, Listing.kind).where(Listing.id.in_(ids)))}
    named = select(SavedSearch.id, SavedSearch.name).where(SavedSearch.id.in_({row.search_id for row in found if row.search_id}))
    names: dict[UUID, str] = {row.id: row.name for row in db.session.execute(named)}
    return [
        Told(
            row,
            search=names.get(row.search_id) if row.search_id else None,
            kind=kinds[row.listing_id] if row.listing_id else OTHER[kinds[row.subject_id]] if row.subject_id else Kind.ACHIEVEMENT,
            listing=public.get(row.listing_id) if row.listing_id else None,
            subject=public.get(row.subject_id) if row.subject_id else None,
        )
        for row in found
    ]
