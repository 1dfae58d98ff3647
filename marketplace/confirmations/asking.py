"""Asking both sides: one-time links, asked again whenever the content changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import passwords
from marketplace.confirmations import rules
from marketplace.confirmations.models import MOVES, Mismatch, Request, RequestStatus, Settled, Side
from marketplace.confirmations.queries import STANDING
from marketplace.contracts import service as contracts
from marketplace.contracts.amending import Proposal
from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import IllegalMove
from marketplace.core.i18n import gettext, language
from marketplace.core.states import check_move
from marketplace.ledger.models import Status

LIVES = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the secret of its link, which is shown once and stored as a hash only."""

    request: Request
    secret: str


def ask(
    contract_id: UUID, sides: Iterable[Side], *, emails: Mapping[Side, str | None] | None = None, spoken: str | None = None, by: Actor
) -> list[Asked]:
    """Ask these sides about the content as it is now; an older open link of theirs ends. Mails go out after the commit.

    Raises NotFound, Forbidden, IllegalMove for a void contract.
    """
    shown, _ = contracts.locked(contract_id, "confirmations.ask", by)
    if shown.contract.status is Status.VOID:
        raise IllegalMove(gettext("A void contract is not confirmed."))
    found = [put(shown, side, email=(emails or {}).get(side), spoken=spoken or language(), by=by) for side in dict.fromkeys(sides)]
    _note("ask", shown, by=by, sides=[one.request.side.value for one in found])
    return found


def put(shown: contracts.Shown, side: Side, *, email: str | None, spoken: str, by: Actor, amendment_id: UUID | None = None) -> Asked:
    """One question to one side, its mails promised."""
    contract, secret, moment = shown.contract, passwords.new_secret(), now()
    before = select(Request).where(
        Request.contract_id == contract.id, Request.side == side, Request.content_hash == contract.content_hash,
        Request.status == RequestStatus.OPEN,
    )  # fmt: skip
    for older in db.session.scalars(before):
        close(older, RequestStatus.SUPERSEDED)
    db.session.flush()  # the older one makes room: one open question a side and content
    request = Request(
        contract_id=contract.id, amendment_id=amendment_id, fair_id=contract.fair_id, side=side, content_hash=contract.content_hash,
        facts=rules.seven(contract, shown.parties), secret_hash=passwords.hash_secret(secret), email=email, language=spoken,
        status=RequestStatus.OPEN, asked_by=by.person_id, asked_at=moment, expires_at=moment + LIVES,
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    jobs.enqueue("confirmations.invite", request_id=str(request.id), secret=secret)
    return Asked(request, secret)


def close(request: Request, status: RequestStatus) -> None:
    request.status = check_move(MOVES, request.status, status)
    request.closed_at = now()


def on_changed(shown: contracts.Shown, *, by: Actor, **_: Any) -> None:
    """Another content: what was said of the old one no longer stands, and whoever had been asked is asked again."""
    contract = shown.contract
    requests = list(db.session.scalars(select(Request).where(Request.contract_id == contract.id).order_by(Request.id)))
    for request in requests:
        if request.content_hash != contract.content_hash and request.status in STANDING:
            close(request, RequestStatus.SUPERSEDED)
    settle_all(contract.id, Settled.EDIT, by=by, but=contract.content_hash)
    standing = {request.side for request in requests if request.status in STANDING}
    again = [] if not requests else [side for side in Side if side not in standing]
    for side in again:
        last = next((request for request in reversed(requests) if request.side is side), requests[-1])
        put(shown, side, email=last.email if last.side is side else None, spoken=last.language, by=by)
    if again:
        _note("ask_again", shown, by=by, sides=[side.value for side in again])


def on_proposed(proposal: Proposal, *, by: Actor, **_: Any) -> None:
    """Both sides are asked about the content that an amendment proposes, at the addresses where they were asked before."""
    contract_id = proposal.shown.contract.id
    query = select(Request).where(Request.contract_id == contract_id).order_by(Request.id)
    last = {request.side: request for request in db.session.scalars(query)}
    for side in Side:
        known = last.get(side)
        put(
            proposal.then, side, email=known.email if known else None, spoken=known.language if known else language(), by=by,
            amendment_id=proposal.amendment.id,
        )  # fmt: skip
    _note("ask", proposal.then, by=by, sides=[side.value for side in Side])


def on_proposal_ended(proposal: Proposal, *, by: Actor, **_: Any) -> None:
    """Nobody answers any more about facts that will not be."""
    query = select(Request).where(Request.amendment_id == proposal.amendment.id, Request.status == RequestStatus.OPEN)
    for request in db.session.scalars(query):
        close(request, RequestStatus.WITHDRAWN)
    settle_all(proposal.shown.contract.id, Settled.ENDED, by=by, only=proposal.amendment.content_hash)


def on_void(shown: contracts.Shown, *, by: Actor, **_: Any) -> None:
    """Open questions and mismatches end with the contract."""
    if shown.contract.status is not Status.VOID:
        return
    query = select(Request).where(Request.contract_id == shown.contract.id, Request.status == RequestStatus.OPEN)
    for request in db.session.scalars(query):
        close(request, RequestStatus.WITHDRAWN)
    settle_all(shown.contract.id, Settled.ENDED, by=by)


def settle_all(contract_id: UUID, how: Settled, *, by: Actor | None, but: str | None = None, only: str | None = None) -> None:
    """Settle the open mismatches of a contract: all, all but those of one content, or only those of one."""
    query = select(Mismatch).where(Mismatch.contract_id == contract_id, Mismatch.settled_at.is_(None))
    if but is not None:
        query = query.where(Mismatch.content_hash != but)
    if only is not None:
        query = query.where(Mismatch.content_hash == only)
    for mismatch in db.session.scalars(query):
        mismatch.settled_at, mismatch.settled_how, mismatch.settled_by = now(), how, by.person_id if by else None


def _note(verb: str, shown: contracts.Shown, *, by: Actor, **facts: Any) -> None:
    contract = shown.contract
    audit.record(f"confirmations.{verb}", f"contract:{contract.id}", by=by, fair_id=contract.fair_id, after=contract.content_hash, **facts)
