"""Erasing who answered: name, position and mail address go, what they said for their side stays for ever."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select, update

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.confirmations.models import Answer, Answerer, Request
from marketplace.core import audit, idempotency, mail
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.fields import fold_email


@person_erased.connect
def on_person_erased(person: Person, *, email: str, by: Actor | None) -> list[str]:
    """What they answered signed in, and by a link that was sent to their address."""
    _erase([*_answers_of(email), *db.session.scalars(select(Answer).where(Answer.person_id == person.id))], by=by)
    _forget_address(email)
    return []


def erase_by_email(email: str, *, by: Actor | None) -> int:
    """What was answered by links that were sent to an address, and the address itself; how many names. Raises NotFound."""
    answers = _answers_of(email)
    if not _forget_address(email):
        raise NotFound()
    mail.forget(fold_email(email), name=fold_email(email))
    return _erase(answers, by=by)


def erase_one(answer_id: UUID, *, by: Actor | None) -> int:
    """The name that stands beside one answer, and the address that its link was sent to. Raises NotFound."""
    answer = db.session.get(Answer, answer_id)
    if answer is None:
        raise NotFound()
    db.session.execute(update(Request).where(Request.id == answer.request_id).values(email=None))
    return _erase([answer], by=by)


def _answers_of(email: str) -> list[Answer]:
    query = select(Answer).join(Request, Request.id == Answer.request_id).where(Request.email == fold_email(email))
    return list(db.session.scalars(query))


def _forget_address(email: str) -> int:
    changed = db.session.execute(update(Request).where(Request.email == fold_email(email)).values(email=None))
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _erase(answers: Iterable[Answer], *, by: Actor | None) -> int:
    named = {answer.id: answer for answer in answers if answer.answerer is not None}
    db.session.execute(delete(Answerer).where(Answerer.answer_id.in_(list(named))))
    for answer in named.values():
        db.session.expire(answer, ["answerer"])
        audit.record("confirmations.erase_name", f"contract:{answer.contract_id}", by=by, answer=str(answer.id))
    if named:
        idempotency.forget_strangers()  # the page of thanks says the name
    return len(named)
