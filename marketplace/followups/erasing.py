"""Erasing who answered a follow-up: the name goes, what was said for their side stays."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.core import audit, idempotency
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.followups.models import FollowUpAnswer, FollowUpAnswerer


@person_erased.connect
def on_person_erased(person: Person, *, email: str, by: Actor | None) -> list[str]:
    """What they answered signed in; a link knows no address, so `erase_one` takes a name that was typed there."""
    _erase(db.session.scalars(select(FollowUpAnswer).where(FollowUpAnswer.person_id == person.id)), by=by)
    return []


def erase_one(answer_id: UUID, *, by: Actor | None) -> int:
    """The name that stands beside one answer. Raises NotFound."""
    answer = db.session.get(FollowUpAnswer, answer_id)
    if answer is None:
        raise NotFound()
    return _erase([answer], by=by)


def _erase(answers: Iterable[FollowUpAnswer], *, by: Actor | None) -> int:
    named = {answer.id: answer for answer in answers if answer.answerer is not None}
    db.session.execute(delete(FollowUpAnswerer).where(FollowUpAnswerer.answer_id.in_(list(named))))
    for answer in named.values():
        db.session.expire(answer, ["answerer"])
        audit.record("followups.erase_name", f"followup:{answer.followup_id}", by=by, answer=str(answer.id))
    if named:
        idempotency.forget_strangers()
    return len(named)
