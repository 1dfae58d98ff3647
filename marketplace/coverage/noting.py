"""Call notes: who of an organisation was phoned, what was said, and when to call again; a note is never changed."""

from datetime import date
from uuid import UUID

from sqlalchemy import delete, func, select

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.coverage import looking_up
from marketplace.coverage.models import CallNote, CallNoteName
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Membership


def write(
    fair: Fair, organization_id: UUID, *, said: str, spoke_with: str | None = None, next_on: date | None = None, listing_id: UUID | None = None, by: Actor
) -> CallNote:  # fmt: skip
    """Write down a call with an organisation that shows something at the fair, about one of its listings there if one is named.

    Raises NotFound for a fair of others and an organisation without listings there, Invalid for a listing that is not its own.
    """
    if fair.id not in by.fairs_where("coverage.write"):
        raise NotFound()
    looking_up.organization(fair, organization_id)
    if listing_id is not None and not looking_up.shows(fair, organization_id, listing_id):
        raise Invalid.field("listing_id", "listing_foreign", gettext("Name a listing that this organisation shows at the fair."))
    note = CallNote(
        fair_id=fair.id, organization_id=organization_id, listing_id=listing_id, said=said, next_on=next_on, written_by=by.person_id,
        written_at=now(), callee=CallNoteName(name=spoke_with) if spoke_with else None,
    )  # fmt: skip
    db.session.add(note)
    db.session.flush()
    audit.record("coverage.note_call", f"call_note:{note.id}", by=by, fair_id=fair.id, organization=str(organization_id))
    return note


@person_erased.connect
def on_person_erased(person: Person, *, email: str, by: Actor | None) -> list[str]:
    """The name of somebody who was phoned goes, where they belonged to the organisation that the note is about."""
    theirs = select(Membership.organization_id).where(Membership.person_id == person.id)
    notes = (
        select(CallNote.id)
        .join(CallNoteName, CallNoteName.note_id == CallNote.id)
        .where(CallNote.organization_id.in_(theirs), func.lower(CallNoteName.name) == person.name.lower())
    )
    found = list(db.session.scalars(notes))
    db.session.execute(delete(CallNoteName).where(CallNoteName.note_id.in_(found)))
    for note_id in found:
        audit.record("coverage.erase_name", f"call_note:{note_id}", by=by)
    return []
