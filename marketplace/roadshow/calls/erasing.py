"""What the call does when a person is erased: they review no more; their points stay."""

from sqlalchemy import select

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.roadshow.calls import calling
from marketplace.roadshow.calls.models import Reviewer


@person_erased.connect
def end_reviewing(person: Person, *, email: str, by: Actor | None) -> list[str]:
    standing = select(Reviewer).where(Reviewer.person_id == person.id, Reviewer.ended_at.is_(None)).with_for_update()
    for reviewer in db.session.scalars(standing).all():
        reviewer.ended_at = now()
        fair_id = calling.get(reviewer.call_id).fair_id
        audit.record("roadshow.dismiss_reviewer", f"call:{reviewer.call_id}", by=by, fair_id=fair_id, person=str(person.id))
    return []
