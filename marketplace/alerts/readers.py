"""The one row of each person by which mails to them are kept apart: who writes one holds it to the end of the transaction."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.alerts.models import AlertReader
from marketplace.core.db import db, is_postgresql


def locked(person_ids: Collection[UUID]) -> list[AlertReader]:
    """The rows of these people, made where they are missing, locked in the order of their ids, so that nobody waits in a circle."""
    if not person_ids:
        return []
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    wanted = sorted(person_ids)
    db.session.execute(insert(AlertReader).on_conflict_do_nothing(), [{"person_id": person_id} for person_id in wanted])
    query = select(AlertReader).where(AlertReader.person_id.in_(wanted)).order_by(AlertReader.person_id)
    return list(db.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def lock(person_id: UUID) -> AlertReader:
    """The row of one person, locked."""
    return locked([person_id])[0]
