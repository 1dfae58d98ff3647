"""New listings for saved searches: what the index has just taken in is run past every search that wants to be told.

The promise is an outbox row written in the transaction that notes the change as taken in; a job takes a bounded number of
searches, runs equal ones once against those listings only, and promises the job for the rest.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from uuid_utils.compat import uuid7

from marketplace.accounts.models import Person
from marketplace.alerts import hearing, mailing, searching
from marketplace.alerts.models import AlertReader, Frequency, Notice, SavedSearch, Source
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.jobs import enqueue
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings import browsing
from marketplace.listings.models import Kind, Listing

log = logging.getLogger(__name__)
BATCH = 500
"""Searches that one job runs."""
MOST = 20
"""New listings that one search names of one batch of the index; of more it names the best."""


def taken_in(ids: Sequence[UUID], _generation: str, _seq: int) -> None:
    """The index holds the change of these listings. Called inside the transaction that notes it."""
    wanted = select(SavedSearch.id).where(SavedSearch.deleted_at.is_(None), SavedSearch.frequency != Frequency.NEVER).limit(1)
    if ids and db.session.scalar(wanted) is not None:
        enqueue("alerts.look", ids=[str(id) for id in ids])


def look(ids: Sequence[UUID], after: tuple[str, UUID] | None = None) -> None:
    """Run the next `BATCH` searches against these listings, write what is new, and mail it to who wants it at once.

    Only listings that were first published after the search was saved; each once for a search. A number of queries that does
    not depend on how many searches there are; one search of the index for each different one. Raises `browsing.Rebuilding`.
    """
    since = select(func.min(SavedSearch.created_at)).where(SavedSearch.deleted_at.is_(None), SavedSearch.frequency != Frequency.NEVER)
    new = db.session.execute(
        select(Listing.id, Listing.kind, Listing.published_at, Listing.organization_id)
        .where(Listing.id.in_(ids), Listing.public_number.is_not(None), Listing.published_at > since.scalar_subquery())
    ).all()  # fmt: skip
    if not new:
        return
    rows = _searches({row.kind for row in new}, after)
    if len(rows) == BATCH:
        enqueue("alerts.look", ids=[str(id) for id in ids], after=[rows[-1].key, str(rows[-1].id)])
    written = _write(_hits(rows, new), now())
    mailing.tell({person_id for person_id, by_mail in written if by_mail is Frequency.AT_ONCE})


def _searches(kinds: set[Kind], after: tuple[str, UUID] | None) -> Sequence[Any]:
    """The next searches of people who may be told, equal ones side by side."""
    query = (
        select(
            SavedSearch.id, SavedSearch.key, SavedSearch.kind, SavedSearch.query, SavedSearch.person_id, SavedSearch.organization_id,
            SavedSearch.frequency, SavedSearch.created_at, AlertReader.stopped_at,
        )
        .join(Person, Person.id == SavedSearch.person_id)
        .outerjoin(AlertReader, AlertReader.person_id == SavedSearch.person_id)
        .where(SavedSearch.kind.in_(kinds), SavedSearch.deleted_at.is_(None), SavedSearch.frequency != Frequency.NEVER)
        .where(Person.disabled_at.is_(None), hearing.belongs(SavedSearch.person_id, SavedSearch.organization_id))
        .order_by(SavedSearch.key, SavedSearch.id)
    )  # fmt: skip
    if after is not None:
        query = query.where(tuple_(SavedSearch.key, SavedSearch.id) > tuple_(*after))
    return db.session.execute(query.limit(BATCH)).all()


def _hits(rows: Sequence[Any], new: Sequence[Any]) -> list[tuple[Any, UUID]]:
    """(search, listing) for what each search finds among the new listings; equal searches run once."""
    by_slug = {fair.slug: fair for fair in fairs.everyone()}
    current = next((fair for fair in by_slug.values() if fair.current), None)
    facts = {row.id: row for row in new}
    found: dict[str, list[UUID]] = {}
    hits = []
    for search in rows:
        if search.key not in found:
            ids = [row.id for row in new if row.kind is search.kind]
            found[search.key] = _run(search, ids, by_slug, current)
        for listing_id in found[search.key]:
            listing = facts[listing_id]
            own = search.organization_id is not None and search.organization_id == listing.organization_id
            if listing.published_at > search.created_at and not own:
                hits.append((search, listing_id))
    return hits


def _run(search: Any, ids: list[UUID], by_slug: dict[str, Fair], current: Fair | None) -> list[UUID]:
    """What one search finds among ``ids``. Without a fair in its address it is that of the fair that is shown now, as in the catalogue."""
    try:
        query = searching.loaded(search.query)
    except ValidationError:
        log.warning("the saved search %s can no longer be read", search.id)
        return []
    slug = query["fair"]
    fair = None if slug == searching.ANY_FAIR else by_slug.get(slug) if slug else current
    if fair is None and (query["segment"] or slug not in {None, searching.ANY_FAIR}):
        return []
    return browsing.among(search.kind, query, fair=fair, ids=ids, limit=MOST)


def _write(hits: list[tuple[Any, UUID]], moment: datetime) -> list[tuple[UUID, Frequency | None]]:
    """Write a notice for each pair that has none yet, in one order for all workers; returns person and mail of the new ones."""
    if not hits:
        return []
    values = [
        {
            "id": uuid7(), "person_id": search.person_id, "organization_id": search.organization_id, "source": Source.SEARCH,
            "search_id": search.id, "listing_id": listing_id, "number": 1, "found_at": moment,
            "mail_by": None if search.stopped_at else search.frequency,
        }
        for search, listing_id in sorted(hits, key=lambda hit: (hit[0].id, hit[1]))
    ]  # fmt: skip
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    written = insert(Notice).on_conflict_do_nothing(index_elements=["search_id", "listing_id"]).returning(Notice.person_id, Notice.mail_by)
    return [(row.person_id, row.mail_by) for row in db.session.execute(written, values)]
