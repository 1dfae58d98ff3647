"""What somebody typed into a listing's form and has not saved: kept for them alone, offered when they open it again."""

import re
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from uuid_utils.compat import uuid7

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.errors import Forbidden, Invalid, TooLarge
from marketplace.core.forms import OURS
from marketplace.core.i18n import gettext
from marketplace.listings.drafting import own
from marketplace.listings.models import Kind, ListingTyped

KEPT = timedelta(days=30)
MOST_CHARACTERS, MOST_FIELDS = 400_000, 1000
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def keep(place: str, pairs: Iterable[tuple[str, str]], *, by: Actor) -> ListingTyped:
    """Keep the fields of a form as they stand, right or wrong, in place of what was kept before.

    ``place``: the id of an own listing, or the kind of a new one. Raises NotFound, Forbidden, Invalid, TooLarge.
    """
    by.require("listings.write")
    place = known_place(place, by=by)
    fields = [[name, value] for name, value in pairs if name not in OURS]
    if len(fields) > MOST_FIELDS or sum(len(name) + len(value) for name, value in fields) > MOST_CHARACTERS:
        raise TooLarge()
    if any(UNSTORABLE.search(text) for field in fields for text in field):
        raise Invalid.field("place", "text_control", gettext("Control characters are not allowed."))
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    values = {"person_id": by.person_id, "organization_id": by.organization_id, "place": place, "fields": fields, "saved_at": now()}
    made = insert(ListingTyped).values(id=uuid7(), **values)
    made = made.on_conflict_do_update(
        index_elements=["person_id", "organization_id", "place"], set_={"fields": made.excluded.fields, "saved_at": made.excluded.saved_at}
    )
    return db.session.scalars(made.returning(ListingTyped), execution_options={"populate_existing": True}).one()


def known_place(place: str, *, by: Actor) -> str:
    """The place as it is written. Raises NotFound, Invalid, Forbidden (acting for nobody)."""
    if by.organization_id is None:
        raise Forbidden()
    if place in {kind.value for kind in Kind}:
        return place
    try:
        return str(own(UUID(place), by=by).id)
    except ValueError as error:
        raise Invalid.field("place", "place_unknown", gettext("Name a listing, or the kind of a new one.")) from error


def kept(place: str, *, by: Actor) -> ListingTyped | None:
    """What this person typed there, acting for this organisation, and did not save."""
    mine = (ListingTyped.person_id == by.person_id, ListingTyped.organization_id == by.organization_id, ListingTyped.place == place)
    return db.session.scalar(select(ListingTyped).where(*mine, ListingTyped.saved_at > now() - KEPT))


def forget(place: str, *, by: Actor) -> bool:
    """It was saved, or is not wanted; False when nothing was kept."""
    mine = (ListingTyped.person_id == by.person_id, ListingTyped.organization_id == by.organization_id, ListingTyped.place == place)
    found = db.session.execute(delete(ListingTyped).where(*mine))
    return bool(found.rowcount)  # type: ignore[attr-defined]


def forget_person(person_id: UUID) -> None:
    """All that a person typed."""
    db.session.execute(delete(ListingTyped).where(ListingTyped.person_id == person_id))


def is_old() -> ColumnElement[bool]:
    return ListingTyped.saved_at <= now() - KEPT
