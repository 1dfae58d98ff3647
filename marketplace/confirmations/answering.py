"""Answering: by a one-time link without signing in, or signed in for a party. Of two answers at once, one wins."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import passwords
from marketplace.confirmations import queries, rules
from marketplace.confirmations.asking import close
from marketplace.confirmations.models import Answer, Answerer, Mismatch, Request, RequestStatus, Settled, Side
from marketplace.contracts import service as contracts
from marketplace.contracts.models import Contract, Party
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, FourEyes, Gone, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.money import MESSAGES
from marketplace.organizations import conflicts


class LinkGone(Gone):
    """A link that answers nothing any more; ``why`` is unknown, answered, expired, replaced or withdrawn."""

    def __init__(self, why: str):
        super().__init__({
            "unknown": gettext("This link is not known. Check that it was copied whole, or ask the fair's contract desk for a new one."),
            "answered": gettext("This link has been used: the answer is at the contract desk. Ask the desk for a new link to change it."),
            "expired": gettext("This link has expired. Ask the fair's contract desk for a new one, or sign in and answer from your day page."),
            "replaced": gettext("The contract was changed or asked about again after this link was sent. Use the newer link, or ask the desk for one."),
            "withdrawn": gettext("This question was withdrawn: the contract is void, or the change was turned down. There is nothing to answer."),
        }[why])  # fmt: skip
        self.why = why


def opened(secret: str) -> Request:
    """The question behind a link. Raises LinkGone."""
    request = db.session.scalar(select(Request).where(Request.secret_hash == passwords.hash_secret(secret)))
    if request is None:
        raise LinkGone("unknown")
    _still_open(request)
    if request.expires_at < now():
        raise LinkGone("expired")
    return request


def _still_open(request: Request) -> None:
    if request.status is not RequestStatus.OPEN:
        answered = request.status is RequestStatus.ANSWERED
        raise LinkGone("answered" if answered else "replaced" if request.status is RequestStatus.SUPERSEDED else "withdrawn")


def answer_by_link(secret: str, said: Mapping[str, Any], *, by: Actor | None) -> Answer:
    """What the holder of a link says; ``by`` when somebody is signed in all the same.

    Raises LinkGone, Stale, Invalid, FourEyes (fair staff), Forbidden (somebody of the other side).
    """
    request = opened(secret)
    if by is not None:
        right_person(request, by)
    return _keep(request, said, by=by)


def right_person(request: Request, by: Actor) -> None:
    """Raises FourEyes for staff of the fair, Forbidden for somebody who acts for the other side only, ConflictOfInterest for both."""
    if request.fair_id in by.staff:
        raise FourEyes(gettext("Fair staff do not answer for a party. Sign out if you are not staff of this fair here, or let the party open its link."))
    parties = list(db.session.scalars(select(Party).where(Party.contract_id == request.contract_id)))
    sides = queries.sides_of(by.organization_ids, parties)
    if sides and request.side not in sides:
        raise Forbidden(gettext("This link was made for the other side of the contract."))
    other_sides = {side.value for side in Side if side is not request.side}
    across = {party.organization_id for party in parties if party.role.value in other_sides and party.organization_id is not None}
    conflicts.check(by, others=across - by.organization_ids, subject=f"contract:{request.contract_id}")


def ours(contract_id: UUID, request_id: UUID, *, by: Actor) -> Request:
    """A question about this contract to the organisation acted for. Raises NotFound, Forbidden, LinkGone when it is answered."""
    shown = contracts.show(contract_id, by=by)
    request = db.session.scalar(select(Request).where(Request.id == request_id, Request.contract_id == contract_id))
    if request is None or request.side not in queries.sides_of(by.organization_ids, shown.parties):
        raise NotFound()
    by.require("confirmations.answer")
    right_person(request, by)
    _still_open(request)
    return request


def answer_signed_in(contract_id: UUID, request_id: UUID, *, said: Mapping[str, Any], by: Actor) -> Answer:
    """What somebody says for their organisation. Raises NotFound, Forbidden, LinkGone, Stale, Invalid."""
    return _keep(ours(contract_id, request_id, by=by), said, by=by)


def _keep(request: Request, said: Mapping[str, Any], *, by: Actor | None) -> Answer:
    """Lock the contract, then the question; write the answer down for ever. The second of two finds the question closed."""
    lock = {"with_for_update": True, "populate_existing": True}
    contract = db.session.get_one(Contract, request.contract_id, **lock)  # type: ignore[arg-type]
    request = db.session.get_one(Request, request.id, **lock)  # type: ignore[arg-type]
    _still_open(request)
    if said["content_hash"] != request.content_hash:
        raise Stale()
    differs = _corrections(said, request)
    answer = Answer(
        request_id=request.id, contract_id=contract.id, side=request.side, content_hash=request.content_hash, corrections=differs,
        answerer=Answerer(name=said["name"], position=said["position"]), show_names=said["show_names"], show_title=said["show_title"],
        show_amount=said["show_amount"], person_id=by.person_id if by else None, organization_id=by.organization_id if by else None,
        answered_at=now(),
    )  # fmt: skip
    _replace_earlier(request, by=by)
    close(request, RequestStatus.ANSWERED)
    db.session.add(answer)
    db.session.flush()
    if differs:
        db.session.add(Mismatch(
            answer_id=answer.id, contract_id=contract.id, fair_id=contract.fair_id, content_hash=request.content_hash, opened_at=answer.answered_at,
        ))  # fmt: skip
    audit.record(
        "confirmations.answer", f"contract:{contract.id}", by=by, fair_id=contract.fair_id, after=request.content_hash,
        side=request.side.value, differs=sorted(differs), answer=str(answer.id),
    )  # fmt: skip
    return answer


def _corrections(said: Mapping[str, Any], request: Request) -> dict[str, Any]:
    try:
        return rules.corrections(said, request.facts)
    except rules.FactAmount as error:
        code, params = error.error.code, error.error.params
        raise Invalid.field(f"{error.fact}_to", code, gettext(MESSAGES[code]) % params) from error


def _replace_earlier(request: Request, *, by: Actor | None) -> None:
    """An earlier answer of the same side about the same content gives way, and so does its mismatch."""
    query = select(Request).where(
        Request.contract_id == request.contract_id, Request.side == request.side, Request.content_hash == request.content_hash,
        Request.status == RequestStatus.ANSWERED,
    )  # fmt: skip
    earlier = list(db.session.scalars(query))
    for one in earlier:
        close(one, RequestStatus.SUPERSEDED)
    answers = select(Answer.id).where(Answer.request_id.in_([one.id for one in earlier]))
    for mismatch in db.session.scalars(select(Mismatch).where(Mismatch.answer_id.in_(answers), Mismatch.settled_at.is_(None))):
        mismatch.settled_at, mismatch.settled_how, mismatch.settled_by = now(), Settled.NEW_ANSWER, by.person_id if by else None

